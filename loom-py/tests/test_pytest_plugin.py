"""The conformance suite as a plug-in of pytest, in projects of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from loomstack._loomstack import check_names
from loomstack.testing import REMEMBERED

SOUND = (Path(__file__).parent / "memory_store.py").read_text()

FACTORIES = """
from dataclasses import replace

from loomstack.testing import StoreFactory
from memory_store import MemoryStore


class Factory(StoreFactory):
    kind = MemoryStore

    def __init__(self, folder):
        assert not list(folder.iterdir())
        (folder / "used").touch()
        self.journals = {}

    def open(self, journal):
        return self.journals.setdefault(journal, self.kind())

    def restore(self, journal, records):
        self.open(journal).records = list(records)
        return True

    def tamper_text(self, journal, digest):
        texts = self.open(journal).texts
        texts[digest] = replace(texts[digest], text=texts[digest].text + "!")
        return True


class Twice(MemoryStore):
    def append(self, expected, record):
        self.records.append(record)
        return True


class Broken(Factory):
    kind = Twice


def nothing(folder):
    return None


number = 7
"""

TEST = "def test_of_the_project():\n    assert True\n"
STALE = "an append with a stale head is a conflict"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with stores and with one test of its own."""
    pytester.makepyfile(memory_store=SOUND, stores=FACTORIES, test_project=TEST)
    return pytester


def test_a_sound_store_passes_every_sentence_that_it_can_be_held_to(
    project: pytest.Pytester,
) -> None:
    told = project.runpytest("--loom-store", "stores:Factory", "-v", "--strict-markers")
    told.assert_outcomes(passed=len(check_names()), skipped=1)
    told.stdout.fnmatch_lines([f"stores:Factory::{STALE} PASSED*"])
    told.stdout.fnmatch_lines([f"stores:Factory::{REMEMBERED} SKIPPED*"])


def test_a_broken_store_is_convicted_by_the_sentence_that_it_breaks(
    project: pytest.Pytester,
) -> None:
    told = project.runpytest("--loom-store", "stores:Broken", "-m", "loom_store")
    outcomes = told.parseoutcomes()
    assert outcomes["failed"] >= 1
    assert outcomes["deselected"] == 1
    assert told.ret == pytest.ExitCode.TESTS_FAILED
    told.stdout.fnmatch_lines([f"*{STALE}: *"])
    told.stdout.no_fnmatch_line("*Traceback*")


def test_the_settings_of_a_project_name_stores_too_and_each_is_held_once(
    project: pytest.Pytester,
) -> None:
    project.makeini("[pytest]\nloom_store =\n    stores:Factory\n    stores:Broken\n")
    told = project.runpytest("--loom-store", "stores:Factory", "-k", "stale")
    told.assert_outcomes(passed=1, failed=1, deselected=2 * len(check_names()) - 1)


def test_a_project_that_names_no_store_runs_as_if_there_were_no_plugin(
    project: pytest.Pytester,
) -> None:
    told = project.runpytest("-W", "error", "--strict-markers", "--strict-config")
    told.assert_outcomes(passed=1)
    bare = project.runpytest("-p", "no:loomstack")
    bare.assert_outcomes(passed=1)
    refused = project.runpytest_subprocess("-p", "no:loomstack", "--loom-store", "stores:Factory")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("stores", "write it as MODULE:FACTORY"),
        (":Factory", "write it as MODULE:FACTORY"),
        ("nowhere:Factory", "No module named 'nowhere'"),
        ("stores:Nobody", "has no attribute 'Nobody'"),
        ("stores:number", "that is nothing to call"),
    ],
)
def test_a_name_that_leads_to_no_factory_stops_the_run_and_says_why(
    project: pytest.Pytester, named: str, why: str
) -> None:
    told = project.runpytest("--loom-store", named)
    assert told.ret == pytest.ExitCode.USAGE_ERROR
    told.stderr.fnmatch_lines([f"*--loom-store {named}: *{why}*"])


def test_a_factory_that_answers_something_else_is_told_so(project: pytest.Pytester) -> None:
    told = project.runpytest("--loom-store", "stores:nothing", "-k", "stale")
    told.assert_outcomes(failed=1, deselected=len(check_names()))
    told.stdout.fnmatch_lines(["*the factory answered a NoneType, and no StoreFactory*"])
