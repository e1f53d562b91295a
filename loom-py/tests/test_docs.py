"""What the documentation shows works as it is shown."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from types import ModuleType

import loomstack
import pytest
from loomstack import PathSet, Pattern, _loom, _paths

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.mark.parametrize("module", [loomstack, _loom, _paths], ids=lambda it: it.__name__)
def test_the_examples_of_a_module_hold(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_the_examples_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        exec(compile(example, str(README), "exec"), {})  # noqa: S102
    assert (tmp_path / "journal.db").exists()
    assert capsys.readouterr().out == ""


def test_the_answers_that_the_readme_tells_are_given() -> None:
    text = README.read_text(encoding="utf-8")
    overlap = Pattern("src/**/*.{ts,tsx}").overlap("**/auth/*.test.*")
    assert f"# {overlap.witness!r}, a path in both" in text
    contained = PathSet(["src/**"], exclude=["src/generated"]).contains("src/api").contained
    assert f"# {contained}" in text


def test_every_exported_name_is_there_once_and_says_what_it_is() -> None:
    assert len(set(loomstack.__all__)) == len(loomstack.__all__)
    for name in loomstack.__all__:
        value = getattr(loomstack, name)
        if isinstance(value, type):
            assert value.__doc__, name
