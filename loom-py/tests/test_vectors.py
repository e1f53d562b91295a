"""The vectors of the wire contract: what every language answers, and what decoding keeps of it."""

from __future__ import annotations

import json
import pickle
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from loomstack import Loom, LoomError, PathSetSource, PatternSource
from loomstack._forms import Value, time_text
from loomstack._frozen import FrozenMap
from loomstack._values import decode_Actor, decode_Answer, decode_QueryAnswer

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "wire"
VECTORS = [
    pytest.param(vector, id=f"{path.stem}: {vector['name']}")
    for path in sorted(FOLDER.glob("*.json"))
    for vector in json.loads(path.read_text(encoding="utf-8"))
]


def is_typed(vector: dict[str, Any]) -> bool:
    """Whether the typed doors have a way to say this: they take no raw text, and draw the nonce."""
    if "query" in vector:
        return isinstance(vector["query"], dict)
    command, error = vector["command"], vector["expect"].get("error", {})
    if not isinstance(command, dict) or error.get("field") == "nonce":
        return False
    is_whole = isinstance(command.get("actor"), dict) and isinstance(command.get("body"), dict)
    return is_whole and {"id"} <= command.keys() <= {"id", "actor", "nonce", "body"}


TYPED = [param for param in VECTORS if is_typed(param.values[0])]  # type: ignore[arg-type]


def test_there_are_vectors() -> None:
    """An empty folder proves nothing, and a vector that expects nothing neither."""
    assert len(VECTORS) > len(TYPED) > 100
    for vector in VECTORS:
        assert vector.values[0]["expect"].keys() & {"reply", "error"}, vector.id  # type: ignore[index]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_vector_is_answered_as_it_says(vector: dict[str, Any]) -> None:
    """Both doors answer every vector as it says, and the typed reply has all of it."""
    with Loom.open("memory:") as loom:
        for step in vector["given"]:
            loom.submit_json(json_text(step["command"]), step["at"])
        if error := vector["expect"].get("error"):
            with pytest.raises(LoomError) as caught:
                ask(loom, vector)
            assert caught.value.code == error["code"]
            if "field" in error:
                assert caught.value.field == error["field"]
        else:
            answer = json.loads(ask(loom, vector))
            assert answer["reply"] == vector["expect"]["reply"]
            decode = decode_Answer if "command" in vector else decode_QueryAnswer
            assert_kept(answer["reply"], decode(answer).reply)
        if "state_hash" in vector:
            answer = json.loads(loom.query_json('{"type": "state_hash"}', vector["at"]))
            assert answer["reply"]["hash"] == vector["state_hash"]


@pytest.mark.parametrize("vector", TYPED)
def test_the_typed_doors_answer_as_the_json_doors_decoded(vector: dict[str, Any]) -> None:
    """What is made of an answer directly equals what is made of its JSON, and so do errors."""
    is_command = "command" in vector
    answers: list[object] = []
    for door in (ask, ask_typed):
        with Loom.open("memory:") as loom:
            for step in vector["given"]:
                loom.submit_json(json_text(step["command"]), step["at"])
            try:
                answer = door(loom, vector)
            except LoomError as why:
                answers.append((type(why), why.code, why.next, why.field, why.limit))
                continue
            if isinstance(answer, str):
                decode = decode_Answer if is_command else decode_QueryAnswer
                answer = decode(json.loads(answer))
            answers.append(answer)
    decoded, typed = answers
    assert typed == decoded
    assert repr(typed) == repr(decoded)
    assert_alike(typed, decoded)
    if isinstance(typed, Value):
        assert pickle.loads(pickle.dumps(typed)) == decoded  # noqa: S301
        assert hash(typed) == hash(decoded)


def ask_typed(loom: Loom, vector: dict[str, Any]) -> object:
    """The same as :func:`ask` at the typed doors."""
    if "query" in vector:
        return loom.query(vector["query"], at=vector["at"])
    command = vector["command"]
    actor = decode_Actor(command["actor"])
    return loom.submit(actor, command["body"], at=vector["at"], command_id=command["id"])


def assert_alike(one: Any, other: Any) -> None:
    """The same classes all the way down: equality does not tell ``True`` from ``1``."""
    assert type(one) is type(other)
    if isinstance(one, Value):
        for field in fields(one):  # type: ignore[arg-type]
            assert_alike(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        for mine, theirs in zip(one, other, strict=True):
            assert_alike(mine, theirs)
    elif isinstance(one, FrozenMap):
        assert list(one) == list(other)
        for key, mine in one.items():
            assert_alike(mine, other[key])


def ask(loom: Loom, vector: dict[str, Any]) -> str:
    """What the vector's command or query is answered with."""
    if "command" in vector:
        return loom.submit_json(json_text(vector["command"]), vector["at"])
    return loom.query_json(json_text(vector["query"]), vector["at"])


def json_text(value: object) -> str:
    """The text for a door; a text in a vector is raw and goes as it is."""
    return value if isinstance(value, str) else json.dumps(value)


def has_shape(wire: dict[str, Any], value: Value) -> bool:
    """Whether the JSON has no key that the value has no field for, and all that it needs."""
    known = {field.name.rstrip("_"): field for field in fields(value)}  # type: ignore[arg-type]
    needed = {name for name, field in known.items() if field.default is MISSING}
    return needed <= wire.keys() - {"type"} <= known.keys()


def assert_kept(wire: Any, value: Any) -> None:
    """Everything in the JSON stands in the value, and nothing else does."""
    if isinstance(value, Value) and not isinstance(value, (PathSetSource, PatternSource)):
        assert_fields_kept(wire, value)
    elif isinstance(value, FrozenMap):
        assert list(wire) == list(value)
        for key, kept in value.items():
            assert_kept(wire[key], kept)
    elif isinstance(wire, dict) and "type" in wire:
        rest = [it for key, it in wire.items() if key != "type"]
        assert_kept(rest[0] if rest else None, value)
    elif isinstance(value, tuple):
        assert len(wire) == len(value)
        for one, other in zip(wire, value, strict=True):
            assert_kept(one, other)
    elif isinstance(value, datetime):
        assert time_text(value) == wire
    elif isinstance(value, (PathSetSource, PatternSource)):
        assert value.to_wire() == wire
    else:
        assert value == wire
        assert type(value) is type(wire)


def assert_fields_kept(wire: dict[str, Any], value: Value) -> None:
    """The same for an object of a class, which may only stand for what its form wraps."""
    if "type" in wire and not has_shape(wire, value):
        (wire,) = [it for key, it in wire.items() if key != "type"]
    left = {key: it for key, it in wire.items() if key != "type"}
    assert is_dataclass(value)
    for field in fields(value):
        kept = getattr(value, field.name)
        name = field.name.rstrip("_")
        if name in left:
            assert_kept(left.pop(name), kept)
        else:
            assert kept == field.default
    assert not left, f"{type(value).__name__} has lost {left}"
