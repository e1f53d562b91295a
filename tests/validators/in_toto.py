"""Holds a file of in-toto statements against in-toto's own types: in_toto.py FILE."""

import json
import sys

from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

PREDICATES = {
    "https://slsa.dev/provenance/v1": provenance_pb2.Provenance,
    "https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult,
}
HEX = set("0123456789abcdef")


def check(line: str) -> str:
    """Raises where the line is no statement, or holds a field that its type does not know."""
    parsed = json_format.Parse(line, statement_pb2.Statement())
    Statement.copy_from_pb(parsed).validate()
    for subject in parsed.subject:
        for digest in subject.digest.values():
            if len(digest) not in (40, 64) or not set(digest) <= HEX:
                raise ValueError(f"{digest!r} is no digest")
    kind = PREDICATES.get(parsed.predicate_type)
    if kind is not None:
        predicate = json.dumps(json.loads(line)["predicate"])
        json_format.Parse(predicate, kind())
    return parsed.predicate_type


def main(file: str) -> None:
    with open(file, encoding="utf-8", newline="\n") as statements:
        types = [check(line) for line in statements.read().split("\n") if line]
    if missing := set(PREDICATES) - set(types):
        raise SystemExit(f"{file}: no statement of {sorted(missing)}")
    # The check itself must be able to say no.
    for wrong in (
        '{"_type":"https://in-toto.io/Statement/v1","subject":[]}',
        '{"_type":"https://in-toto.io/Statement/v1","misspelt":1}',
    ):
        try:
            check(wrong)
        except (ValueError, json_format.ParseError):
            continue
        raise SystemExit(f"accepted {wrong}")
    print(f"{file}: {len(types)} statements")


if __name__ == "__main__":
    main(sys.argv[1])
