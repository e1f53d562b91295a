"""Holds a file of Agent Trace records against a JSON schema: agent_trace.py SCHEMA FILE."""

import json
import sys

from jsonschema import Draft202012Validator, FormatChecker

MINIMAL = {
    "version": "0.1",
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "timestamp": "2026-01-25T10:00:00Z",
    "files": [],
}


def main(schema: str, file: str) -> None:
    with open(schema, encoding="utf-8") as text:
        schema_of_record = json.load(text)
    Draft202012Validator.check_schema(schema_of_record)
    validator = Draft202012Validator(schema_of_record, format_checker=FormatChecker())
    with open(file, encoding="utf-8", newline="\n") as text:
        records = [json.loads(line) for line in text.read().split("\n") if line]
    ids = {record["id"] for record in records}
    if not records or len(ids) != len(records):
        raise SystemExit(f"{file}: {len(records)} records, {len(ids)} ids")
    for record in records:
        validator.validate(record)
    # The check itself must be able to say no, formats included.
    validator.validate(MINIMAL)
    for wrong in ({"misspelt": 1}, {"id": "no-uuid"}, {"timestamp": "yesterday"}):
        if validator.is_valid(MINIMAL | wrong):
            raise SystemExit(f"accepted {wrong}")
    print(f"{file}: {len(records)} records")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
