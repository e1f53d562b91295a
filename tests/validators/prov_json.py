"""Holds our PROV-JSON against the ``prov`` library: it is read with warnings as errors, and what the
library writes of it says the same."""

from __future__ import annotations

import json
import sys
import warnings
from datetime import datetime
from pathlib import Path

from prov.model import ProvDocument


def same(value: object) -> object:
    """A value as both sides would write it: one typed value may stand alone or in a list."""
    if isinstance(value, dict):
        return {key: moment(it) if key.endswith("Time") else same(it) for key, it in value.items()}
    if value == "xsd:QName":  # what the library calls a qualified name, and the submission to W3C not
        return "prov:QUALIFIED_NAME"
    if isinstance(value, list):
        return same(value[0]) if len(value) == 1 else [same(it) for it in value]
    return value


def moment(value: object) -> object:
    """A time, however it is spelled."""
    return datetime.fromisoformat(str(value)).isoformat()


def records(document: dict[str, dict[str, object]]) -> dict[str, list[str]]:
    """What a document says, whatever its relations are called."""
    said = {}
    for part, held in document.items():
        if part == "prefix":
            continue
        named = part in {"entity", "activity", "agent"}
        rows = [json.dumps([name if named else "", same(it)], sort_keys=True) for name, it in held.items()]
        said[part] = sorted(rows)
    return said


def main(file: str) -> int:
    warnings.simplefilter("error")
    ours = json.loads(Path(file).read_text(encoding="utf-8"))
    document = ProvDocument.deserialize(content=json.dumps(ours), format="json")
    theirs = json.loads(document.serialize(format="json"))
    was, is_now = records(ours), records(theirs)
    count = sum(map(len, was.values()))
    if count < 50:  # a check that reads nothing holds nothing
        print(f"{file}: only {count} records", file=sys.stderr)
        return 1
    for part in sorted(was.keys() | is_now.keys()):
        lost = set(was.get(part, ())) ^ set(is_now.get(part, ()))
        if lost:
            print(f"{file}: {part} differs:\n" + "\n".join(sorted(lost)[:6]), file=sys.stderr)
            return 1
    print(f"{file}: {count} records, read and written by prov without loss")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
