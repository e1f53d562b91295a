"""The conformance suite over stores in Python: a sound one passes, broken ones are convicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from loomstack import Head, Record, Store, StoredText
from loomstack._loomstack import run_check
from loomstack.testing import REMEMBERED, StoreConformance, StoreFactory, _Opened

from .memory_store import MemoryStore


class Factory(StoreFactory):
    """Opens journals in memory, of one kind of store."""

    def __init__(self, kind: type[MemoryStore] = MemoryStore) -> None:
        self.kind = kind
        self.journals: dict[str, MemoryStore] = {}

    def open(self, journal: str) -> Store:
        return self.journal(journal)

    def journal(self, name: str) -> MemoryStore:
        return self.journals.setdefault(name, self.kind())

    def restore(self, journal: str, records: Sequence[Record]) -> bool:
        self.journal(journal).records = list(records)
        return True

    def tamper_text(self, journal: str, digest: str) -> bool:
        texts = self.journal(journal).texts
        texts[digest] = replace(texts[digest], text=texts[digest].text + "!")
        return True


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def factory(self) -> Factory:
        return Factory()


class LastWriterWins(MemoryStore):
    def append(self, expected: Head, record: Record) -> bool:
        del self.records[expected.ver :]
        self.records.append(record)
        return True


class Twice(MemoryStore):
    def append(self, expected: Head, record: Record) -> bool:
        self.records.append(record)
        return True


class Greedy(MemoryStore):
    def read(self, after: int, max_bytes: int) -> Sequence[Record]:
        return self.records[after:]


class Sentimental(MemoryStore):
    def erase_texts(self, digests: Sequence[str]) -> None:
        """Forget nothing."""


class Forgetful(MemoryStore):
    def put_texts(self, texts: Sequence[StoredText]) -> None:
        """Keep nothing."""


class Raising(MemoryStore):
    def head(self) -> Head:
        raise ConnectionError


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (LastWriterWins, "an append with a stale head is a conflict"),
        (Twice, "the same record again is committed and adds nothing"),
        (Greedy, "pages follow each other without gap and keep to max_bytes"),
        (Sentimental, "an erased text is none for every client and the others stay"),
        (Forgetful, "a text put twice is kept once"),
        (Raising, "the head is that of the last record appended"),
    ],
)
def test_a_broken_store_is_convicted(kind: type[MemoryStore], check: str) -> None:
    found = run_check(_Opened(Factory(kind)), check)
    assert found is not None
    assert found[0] == "failed"
    assert run_check(_Opened(Factory()), check) == ("passed", "")


def test_a_store_that_keeps_nothing_of_what_it_saw_does_not_pass_for_one_that_does() -> None:
    found = run_check(_Opened(Factory()), REMEMBERED)
    assert found is not None
    assert found[0] == "failed"


def test_the_test_of_a_check_passes_fails_and_skips_with_it() -> None:
    class Poor(StoreFactory):
        def __init__(self, kind: type[MemoryStore]) -> None:
            self.inner = Factory(kind)

        def open(self, journal: str) -> Store:
            return self.inner.open(journal)

    def outcome(kind: type[MemoryStore], check: str) -> None:
        StoreConformance().test_the_store_conforms(Poor(kind), check)

    stale, restored = "an append with a stale head is a conflict", "a head behind the one seen is"
    outcome(MemoryStore, stale)
    with pytest.raises(AssertionError, match=stale):
        outcome(Twice, stale)
    with pytest.raises(pytest.skip.Exception, match="cannot restore a backup"):
        outcome(MemoryStore, f"{restored} regressed")
    with pytest.raises(AssertionError, match="there is no check"):
        outcome(MemoryStore, "nope")


def test_a_factory_that_raises_fails_its_checks_and_nothing_else() -> None:
    class Empty(Factory):
        def open(self, journal: str) -> Store:
            raise FileNotFoundError(journal)

    found = run_check(_Opened(Empty()), "an append with a stale head is a conflict")
    assert found is not None
    assert found[0] == "failed"
    assert "FileNotFoundError" in found[1]


def test_a_check_that_is_none_is_none() -> None:
    assert run_check(_Opened(Factory()), "nope") is None
