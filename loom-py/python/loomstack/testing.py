"""The conformance suite for stores that are written in Python, as tests of pytest.

``pytest --loom-store module:Factory`` runs it (:mod:`loomstack.pytest_plugin`). A project that
wants it among its own tests, with fixtures of its own, inherits it. Every check is a test, and its
name is the sentence that it proves::

    import pytest
    from loomstack.testing import StoreConformance, StoreFactory


    class Factory(StoreFactory):
        def __init__(self, folder):
            self.folder = folder

        def open(self, journal):
            return MyStore(self.folder / journal)


    class TestMyStore(StoreConformance):
        @pytest.fixture
        def factory(self, tmp_path):
            return Factory(tmp_path)

Needs pytest, which the package does not install.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import pytest

from ._loomstack import check_names, run_check
from ._store import Adapter, Record, Store

REMEMBERED = "a client opened anew remembers the head it saw"
"""The check that only stores pass which keep, beside the journal, the furthest head they saw."""


class StoreFactory(ABC):
    """How the suite gets at journals. A name seen for the first time is an empty journal."""

    outlives_its_clients: bool = True
    """Whether a journal is still there after all of its clients were closed."""
    remembers: bool = False
    """Whether a client that is opened anew remembers the furthest head that was seen before."""

    @abstractmethod
    def open(self, journal: str) -> Store:
        """A new client of the journal of this name. Two calls give two clients."""

    def restore(self, journal: str, records: Sequence[Record]) -> bool:
        """Makes the journal hold exactly these records behind the store's back.

        As restoring a backup does. Answers whether that was done; checks that need it are skipped
        where not.
        """
        del journal, records
        return False

    def tamper_text(self, journal: str, digest: str) -> bool:
        """Changes the words of a kept text behind the store's back.

        Answers whether that was done; checks that need it are skipped where not.
        """
        del journal, digest
        return False


class StoreConformance:
    """The suite. Inherit from it, with a fixture ``factory`` that answers a StoreFactory."""

    @pytest.mark.parametrize("check", check_names())
    def test_the_store_conforms(self, factory: StoreFactory, check: str) -> None:
        """Whether the sentence holds for the store."""
        hold(factory, check)


def hold(factory: StoreFactory, check: str) -> None:
    """Holds a store to one sentence of the suite.

    Args:
        factory: How the suite gets at journals.
        check: The sentence.

    Raises:
        AssertionError: Where it does not hold, with what was seen instead.
        pytest.skip.Exception: Where the store cannot do what the check needs.
    """
    if check == REMEMBERED and not factory.remembers:
        pytest.skip("the store keeps nothing of what it saw before")
    found = run_check(_Opened(factory), check)
    assert found is not None, f"there is no check {check!r}"
    outcome, why = found
    if outcome == "skipped":
        pytest.skip(why)
    assert outcome == "passed", f"{check}: {why}"


class _Opened:
    """A factory as the extension module calls it."""

    def __init__(self, factory: StoreFactory) -> None:
        self._factory = factory
        self.outlives_its_clients = factory.outlives_its_clients

    def open(self, journal: str) -> Adapter:
        return Adapter(self._factory.open(journal))

    def restore(self, journal: str, records: list[tuple[int, str, str, bytes]]) -> bool:
        return self._factory.restore(journal, [Record(*record) for record in records])

    def tamper_text(self, journal: str, digest: str) -> bool:
        return self._factory.tamper_text(journal, digest)
