"""Holds policies as PyYAML reads them against the JSON schema of a policy: policies.py SCHEMA FILE..."""

import copy
import json
import sys

import yaml
from jsonschema import Draft202012Validator


def main(schema: str, files: list[str]) -> None:
    with open(schema, encoding="utf-8") as text:
        schema_of_policy = json.load(text)
    Draft202012Validator.check_schema(schema_of_policy)
    validator = Draft202012Validator(schema_of_policy)
    documents = {}
    for file in files:
        with open(file, encoding="utf-8") as text:
            documents[file] = yaml.safe_load(text)
        validator.validate(documents[file])
    if not documents:
        raise SystemExit("there are no policies")
    # A key that is misspelt is refused, at the top of a document and in a rule.
    for file, document in documents.items():
        wrong = copy.deepcopy(document)
        wrong["vresion"] = 1
        if validator.is_valid(wrong):
            raise SystemExit(f"{file}: a misspelt key was accepted")
        for nth, _ in enumerate(document.get("rules", [])):
            wrong = copy.deepcopy(document)
            wrong["rules"][nth]["efect"] = "deny"
            if validator.is_valid(wrong):
                raise SystemExit(f"{file}: a misspelt key of rules[{nth}] was accepted")
    print(f"{len(documents)} policies")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
