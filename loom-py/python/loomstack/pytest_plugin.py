"""The conformance suite for stores as a plug-in of pytest.

``pytest --loom-store stores:Factory -m loom_store`` holds a store to every sentence of the
contract. ``stores`` is a module and ``Factory`` something in it that is called with an empty
folder, anew for every sentence, and answers a :class:`loomstack.testing.StoreFactory`::

    from loomstack.testing import StoreFactory


    class Factory(StoreFactory):
        def __init__(self, folder):
            self.folder = folder

        def open(self, journal):
            return MyStore(self.folder / journal)

``loom_store`` in the configuration of pytest does the same at every run. Where neither is given,
the plug-in adds nothing to a run.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ._loomstack import check_names
from .testing import StoreFactory, hold

OPTION = "--loom-store"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the option and the setting."""
    group = parser.getgroup("loomstack", "conformance of stores for LoomStack")
    group.addoption(
        OPTION,
        action="append",
        default=[],
        metavar="MODULE:FACTORY",
        dest="loom_stores",
        help="hold a store to the storage contract; FACTORY is called with an empty folder and "
        "answers a loomstack.testing.StoreFactory (may be given several times)",
    )
    parser.addini("loom_store", f"what {OPTION} names, at every run", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark that the tests of the suite bear."""
    config.addinivalue_line("markers", "loom_store: a sentence of the storage contract")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the suite for each store that is named, before anything selects among the tests."""
    named: list[str] = [*config.getini("loom_store"), *config.getoption("loom_stores")]
    for where in dict.fromkeys(named):
        suite = Suite.from_parent(session, name=where, nodeid=where, make=_found(where, config))
        items.extend(suite.collect())


class Suite(pytest.Collector):
    """The suite for one store."""

    def __init__(self, *, make: Callable[[Path], StoreFactory], **given: Any) -> None:
        """Not for callers: pytest makes it."""
        super().__init__(**given)
        self._make = make
        self.add_marker("loom_store")

    def collect(self) -> Iterator[Sentence]:
        """Answer one test for each sentence, in the order of the suite."""
        for check in check_names():
            yield Sentence.from_parent(self, name=check, make=self._make)


class Sentence(pytest.Item):
    """Holds a store to one sentence of the contract."""

    def __init__(self, *, make: Callable[[Path], StoreFactory], **given: Any) -> None:
        """Not for callers: pytest makes it."""
        super().__init__(**given)
        self._make = make

    def runtest(self) -> None:
        """Raise where the sentence does not hold."""
        with tempfile.TemporaryDirectory(prefix="loom-store-") as folder:
            factory = self._make(Path(folder))
            if not isinstance(factory, StoreFactory):
                kind = type(factory).__name__
                raise TypeError(f"the factory answered a {kind}, and no StoreFactory")
            hold(factory, self.name)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> Any:
        """Tell what was seen in place of what the sentence says; anything else in full."""
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the store and the sentence."""
        return self.path, None, f"{self.parent.name if self.parent else ''}: {self.name}"


def _found(where: str, config: pytest.Config) -> Callable[[Path], StoreFactory]:
    """Answer what a name stands for, also in the folder that pytest was started in."""
    module, colon, name = where.partition(":")
    if not (module and colon and name):
        raise pytest.UsageError(f"{OPTION} {where}: write it as MODULE:FACTORY")
    folder = str(config.invocation_params.dir)
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as why:
        raise pytest.UsageError(f"{OPTION} {where}: {why}") from why
    if not callable(found):
        raise pytest.UsageError(f"{OPTION} {where}: that is nothing to call")
    make: Callable[[Path], StoreFactory] = found
    return make
