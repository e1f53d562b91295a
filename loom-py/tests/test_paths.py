"""Patterns and path sets: answers with proofs, and errors for what is none."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from loomstack import (
    ClaimAnswer,
    Containment,
    Emptiness,
    Granted,
    InvalidInput,
    LimitExceeded,
    Loom,
    Overlap,
    PathRules,
    PathSet,
    PathSetSource,
    Pattern,
    PatternSource,
    SpecRequest,
)
from loomstack._sources import path_set_from_wire, pattern_from_wire

from .conftest import NIGHTLY, START

VECTORS = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "paths.jsonl"
MACOS = PathRules(case="insensitive", unicode="nfc")


def test_a_witness_is_in_both() -> None:
    mine, theirs = Pattern("src/**/*.{ts,tsx}"), Pattern("**/auth/*.test.*")
    overlap = mine.overlap(theirs)
    assert overlap
    assert overlap.witness is not None
    assert not overlap.assumed
    assert mine.matches(overlap.witness)
    assert theirs.matches(overlap.witness)


def test_what_is_excluded_does_not_meet() -> None:
    mine = PathSet(["src/**", "docs/**"], exclude=["src/generated"])
    assert mine.overlap("src/generated/*.rs") == Overlap(False)
    overlap = mine.overlap(["x", "docs/*.md"])
    assert (overlap.left, overlap.right) == (1, 1)


def test_an_escapee_is_in_the_other_and_not_in_this() -> None:
    assert Pattern("src/**").contains("src/*.rs") == Containment(True)
    containment = Pattern("src/*.rs").contains("src/**")
    assert not containment
    assert containment.escapee is not None
    assert Pattern("src/**").matches(containment.escapee)
    assert not Pattern("src/*.rs").matches(containment.escapee)


def test_a_set_is_empty_or_holds_an_example() -> None:
    assert PathSet("src/a.rs", exclude="src/**").is_empty() == Emptiness(True)
    emptiness = PathSet("src/*.rs").is_empty()
    assert not emptiness
    assert emptiness.example is not None
    assert Pattern("src/*.rs").matches(emptiness.example)


def test_results_are_matched_by_their_fields() -> None:
    match Pattern("src").overlap("src/a"):
        case Overlap(True, witness):
            assert witness == "src/a"
        case other:
            pytest.fail(repr(other))


def test_the_search_says_where_it_gave_up() -> None:
    hard = PathSet(["{*a????????????????a*,*b????????????????b*}"])
    containment = hard.contains("{*a???????????????b*,*b???????????????a*,*c*}x*a????????????a*")
    assert containment.assumed == (not containment and containment.escapee is None)
    assert Containment(False).assumed
    assert Overlap(True).assumed
    assert Emptiness(False).assumed


def test_rules_say_how_names_are_compared() -> None:
    assert not Pattern("README.md").matches("readme.md")
    assert Pattern("README.md", rules=MACOS).matches("readme.md")
    assert not Pattern("caf\u00e9").matches("cafe\u0301")
    assert Pattern("caf\u00e9", rules=MACOS).matches("cafe\u0301")
    windows = PathRules(windows=True)
    assert Pattern("src/a", rules=windows).matches("src\\a")
    with pytest.raises(InvalidInput) as caught:
        Pattern("src/a").matches("src\\a")
    assert caught.value.code == "invalid_path"
    backslash = PatternSource("src\\a", "file")
    assert Pattern("src/*", rules=windows).overlap(backslash).witness == "src/a"
    with pytest.raises(InvalidInput):
        Pattern("src/*").overlap(backslash)
    assert Pattern("SRC", rules=MACOS).overlap("src/x").witness == "src/x"


def test_a_path_may_be_a_path_object() -> None:
    assert Pattern("src/*.rs").matches(PurePosixPath("src/a.rs"))
    assert Pattern("src/*.rs").matches(PureWindowsPath("src\\a.rs"))


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a\0b", "a/.."])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Pattern("**").matches(path)
    assert (caught.value.code, caught.value.field) == ("invalid_path", "path")


@pytest.mark.parametrize("text", ["", "[", "{a", "../x", "a\0b"])
def test_a_pattern_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Pattern(text)
    assert caught.value.field == "pattern"
    with pytest.raises(InvalidInput) as caught:
        PathSet(["ok"], exclude=["ok", text])
    assert caught.value.field == "exclude[1]"


def test_limits_are_named() -> None:
    with pytest.raises(LimitExceeded) as caught:
        Pattern("a" * 1025)
    assert caught.value.limit == "PATTERN_BYTES_MAX"
    with pytest.raises(LimitExceeded) as caught:
        PathSet(["a"] * 1025)
    assert caught.value.limit == "SET_PATTERNS_MAX"


@pytest.mark.parametrize("value", [None, 7, 1.5, b"src", object()])
def test_what_is_no_text_is_a_type_error(value: Any) -> None:
    calls: list[Callable[[Any], object]] = [
        Pattern,
        PathSet,
        Pattern("x").matches,
        Pattern("x").overlap,
        PathSet("x").contains,
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call(value)
    with pytest.raises(TypeError, match="rules"):
        Pattern("x", rules=value)


def test_words_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidInput):
        Pattern("x", "regex")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        Pattern("x", rules=PathRules(case="upper"))  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        Pattern("\ud800")


def test_patterns_are_values() -> None:
    glob, file = Pattern("src/*"), Pattern("src/*", "file")
    assert glob == Pattern("src/*")
    assert glob != file
    assert glob != Pattern("src/*", rules=MACOS)
    assert len({glob, Pattern("src/*"), file}) == 2
    assert repr(file) == "Pattern('src/*', 'file')"
    assert str(file.source) == "file:src/*"
    both = PathSet([glob, file], exclude="x", rules=MACOS)
    assert both == PathSet([glob.source, file.source], ["x"], rules=MACOS)
    assert both.source == PathSetSource(
        (PatternSource("src/*"), PatternSource("src/*", "file")), (PatternSource("x"),)
    )
    for value in [file, both, Pattern("a", rules=MACOS)]:
        for again in [copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))]:  # noqa: S301
            assert again == value
            assert hash(again) == hash(value)


def test_a_claim_takes_compiled_patterns_and_sets(loom: Loom) -> None:
    paths = PathSet(["src/**", Pattern("app/[id]", "file")], exclude=["src/gen"])
    reply = loom.claim(
        actor=NIGHTLY, specs=[SpecRequest("shop", paths)], mode="write", ttl="1m", at=START
    )
    assert isinstance(reply, ClaimAnswer)
    assert isinstance(reply.claim, Granted)
    assert reply.claim.specs[0].paths == paths.source


CASES = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines() if line]


@pytest.mark.parametrize("op", ["matches", "overlap", "contains", "is_empty", "parse"])
def test_the_vectors_of_the_algebra_hold_here_too(op: str) -> None:
    cases = [case for case in CASES if case["op"] == op]
    assert len(cases) > 50
    for case in cases:
        assert answer(case) == case["expect"], case


def answer(case: dict[str, Any]) -> object:
    """What the case's question is answered with, after its proof was looked at."""
    rules = PathRules(**case.get("rules", {}))

    def compiled(name: str) -> PathSet:
        return PathSet(path_set_from_wire(case[name]), rules=rules)

    match case["op"]:
        case "matches":
            return compiled("set").matches(case["path"])
        case "overlap":
            left, right = compiled("a"), compiled("b")
            overlap = left.overlap(right)
            if overlap.witness is not None:
                assert left.matches(overlap.witness)
                assert right.matches(overlap.witness)
            return overlap.meets
        case "contains":
            left, right = compiled("a"), compiled("b")
            containment = left.contains(right)
            if containment.escapee is not None:
                assert right.matches(containment.escapee)
                assert not left.matches(containment.escapee)
            return containment.contained
        case "is_empty":
            emptiness = compiled("set").is_empty()
            if emptiness.example is not None:
                assert compiled("set").matches(emptiness.example)
            return emptiness.empty
    source = pattern_from_wire(case["pattern"])
    try:
        Pattern(source.text, source.kind, rules=rules)
    except InvalidInput:
        return "error"
    return "ok"
