"""Exceptions: a class for every code, and everything that the core said."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import loomstack
import pytest
from loomstack import InvalidInput, LimitExceeded, Loom, LoomError, NotFound, SpecRequest
from loomstack._errors import CLASSES
from loomstack._loomstack import next_of

from .conftest import NIGHTLY, START

SCHEMA = Path(__file__).resolve().parents[2] / "tests" / "schema" / "answers.json"
CODES = [it["const"] for it in json.loads(SCHEMA.read_text())["$defs"]["Code"]["oneOf"]]


def test_every_code_of_the_core_has_a_class_and_no_class_a_code_that_is_none() -> None:
    assert list(dict.fromkeys(CODES)) == CODES
    assert set(CLASSES) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_the_next_step_that_the_core_gives_it(code: str) -> None:
    error = CLASSES[code](code, "why")  # type: ignore[index, arg-type]
    assert error.next == next_of(code)
    steps = {LimitExceeded: "fix_input", InvalidInput: "fix_input", NotFound: "fix_input"}
    assert error.next == steps.get(type(error), error.next)


def test_a_code_that_is_none_has_no_next_step() -> None:
    with pytest.raises(ValueError, match="no code"):
        next_of("nope")


def test_every_class_is_exported() -> None:
    for kind in CLASSES.values():
        assert getattr(loomstack, kind.__name__) is kind
        assert issubclass(kind, LoomError)


def test_an_error_says_all_that_the_core_said(loom: Loom) -> None:
    with pytest.raises(LimitExceeded) as caught:
        loom.claim(
            actor=NIGHTLY, specs=[SpecRequest("shop", "src")] * 65, mode="write", ttl="1m", at=START
        )
    error = caught.value
    assert (error.code, error.next, error.limit) == ("limit_exceeded", "fix_input", "SPECS_MAX")
    assert error.field == "specs"
    assert str(error) == f"specs: {error.message} [limit_exceeded]"
    assert repr(error).startswith("LimitExceeded('limit_exceeded', ")
    assert "limit='SPECS_MAX'" in repr(error)


def test_errors_can_be_caught_as_what_python_calls_them(loom: Loom) -> None:
    with pytest.raises(ValueError, match="specs"):
        loom.claim(actor=NIGHTLY, specs=[], mode="write", ttl="1m", at=START)
    with pytest.raises(LookupError, match="no run"):
        loom.heartbeat(actor=NIGHTLY.in_run("nope"))


def test_an_error_travels_between_processes_whole() -> None:
    error = LimitExceeded("limit_exceeded", "why", field="specs", limit="SPECS_MAX")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(again) is LimitExceeded
    assert vars(again) == vars(error)
    assert str(again) == str(error)
