"""Stores in Python: they keep a journal, and what they raise becomes a documented error."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from loomstack import (
    ClaimAnswer,
    Granted,
    Head,
    InvalidInput,
    JournalError,
    Loom,
    LoomError,
    OutcomeUnknown,
    Record,
    SpecRequest,
    Store,
    StoredText,
    Unavailable,
)

from .conftest import ADA, NIGHTLY, START
from .memory_store import MemoryStore


def begun(store: Store) -> Loom:
    """A handle on a journal in this store, with a repository and a run."""
    loom = Loom.open(store)
    loom.create_journal(actor=ADA, workspace="acme", at=START)
    loom.register_repo(actor=ADA, id="shop", default_branch="main", at=START)
    loom.start_run(actor=NIGHTLY, run="a", at=START)
    return loom


def claim(loom: Loom, **given: Any) -> Any:
    asked = {"specs": [SpecRequest("shop", "src")], "mode": "write", "ttl": "1m", "at": START}
    reply = loom.claim(actor=NIGHTLY, **{**asked, **given})
    assert isinstance(reply, ClaimAnswer)
    return reply.claim


def test_a_store_in_python_is_a_store() -> None:
    assert isinstance(MemoryStore(), Store)


def test_handles_on_one_store_see_each_other_and_what_is_kept() -> None:
    store = MemoryStore()
    one, other = begun(store), Loom.open(store)
    assert isinstance(claim(one, intent="fix it"), Granted)
    (view,) = other.claims(at=START).claims
    assert view.intent is not None
    assert view.intent.text == "fix it"
    assert other.verify() == one.head() == store.head()
    assert other.state_hash() == one.state_hash()
    one.erase(actor=ADA, texts=[view.intent.digest], at=START)
    assert store.texts == {}
    (view,) = other.claims(at=START).claims
    assert view.intent is not None
    assert view.intent.text is None


def test_a_long_journal_is_kept_with_a_snapshot_and_opened_from_it() -> None:
    store = MemoryStore()
    loom = begun(store)
    for nth in range(1100):
        loom.signal(actor=ADA, name=f"ci-{nth % 7}", key=f"k{nth}", at=START)
    ((projection, _),) = store.snapshots
    assert projection == "hot"
    assert Loom.open(store).state_hash() == loom.state_hash()


def test_threads_share_a_store_and_lose_no_command() -> None:
    store = MemoryStore()
    begun(store)

    def work(thread: int) -> None:
        loom = Loom.open(store)
        for nth in range(10):
            loom.start_run(actor=ADA, run=f"{thread}-{nth}", at=START)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.records) == 43
    assert Loom.open(store).verify().ver == 43


@pytest.mark.parametrize("value", [None, 7, object(), b"memory:", MemoryStore])
def test_what_is_no_store_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError):
        Loom.open(value).head()


class Broken(MemoryStore):
    """Raises, or answers something else, in one of its methods."""

    def __init__(self, method: str, does: Any) -> None:
        super().__init__()
        self.calls = 0

        def broken(*_: Any) -> Any:
            self.calls += 1
            if isinstance(does, BaseException):
                raise does
            return does

        self._method, self._broken = method, broken

    def break_down(self) -> None:
        setattr(self, self._method, self._broken)

    def repair(self) -> None:
        delattr(self, self._method)


def broken_store(method: str, does: Any) -> tuple[Broken, Loom]:
    store = Broken(method, does)
    loom = begun(store)
    claim(loom, intent="fix it", specs=[SpecRequest("shop", "docs")])
    store.break_down()
    return store, loom


@pytest.mark.parametrize("method", ["head", "read", "put_texts", "get_texts"])
def test_what_a_store_raises_is_unavailable_with_its_cause(method: str) -> None:
    why = ConnectionError("the line is dead")
    store, loom = broken_store(method, why)
    with pytest.raises(Unavailable, match="the line is dead") as caught:
        if method in {"head", "put_texts"}:
            claim(loom, intent="again")
            claim(loom, mode="exclusive", specs=[SpecRequest("shop", "nowhere")])
            loom.renew(actor=NIGHTLY, tokens=[], at=START)
        else:
            loom.brief("a", at=START)
            loom.claims(at=START)
    assert caught.value.code == "unavailable"
    assert caught.value.field == f"store.{method}"
    assert caught.value.__cause__ is why
    store.repair()
    assert loom.verify() == loom.head()


def test_an_append_that_raises_leaves_its_outcome_unknown_and_is_tried_again() -> None:
    why = ConnectionError("the line went dead")
    store, loom = broken_store("append", why)
    records = len(store.records)
    with pytest.raises(OutcomeUnknown) as caught:
        claim(loom)
    assert (caught.value.code, caught.value.next) == ("outcome_unknown", "retry")
    assert caught.value.__cause__ is why
    assert store.calls == 5
    store.repair()
    assert isinstance(claim(loom), Granted)
    assert len(store.records) == records + 1


def test_an_append_that_landed_and_raised_once_answers_as_if_it_had_not() -> None:
    class Nervous(MemoryStore):
        nervous = False

        def append(self, expected: Head, record: Record) -> bool:
            appended = super().append(expected, record)
            if self.nervous:
                self.nervous = False
                raise TimeoutError
            return appended

    store = Nervous()
    loom = begun(store)
    store.nervous = True
    assert isinstance(claim(loom), Granted)
    assert not store.nervous
    assert loom.head().ver == len(store.records) == 4


@pytest.mark.parametrize("method", ["append", "read"])
def test_a_store_says_another_code_with_an_error_of_the_library(method: str) -> None:
    why = JournalError("corrupt", "a bad page", field="page[7]")
    _, loom = broken_store(method, why)
    with pytest.raises(JournalError) as caught:
        claim(loom)
    assert (caught.value.code, caught.value.message) == ("corrupt", "a bad page")
    assert caught.value.field == "page[7]"
    assert caught.value.__cause__ is why


@pytest.mark.parametrize("method", ["append", "read"])
@pytest.mark.parametrize("why", [KeyboardInterrupt(), SystemExit(3)])
def test_a_wish_to_end_the_program_comes_through(method: str, why: BaseException) -> None:
    store, loom = broken_store(method, why)
    with pytest.raises(type(why)) as caught:
        claim(loom)
    assert caught.value is why
    assert store.calls == 1
    store.repair()
    assert isinstance(claim(loom), Granted)


WRONG: list[tuple[str, Any, type[LoomError]]] = [
    ("head", None, Unavailable),
    ("head", (0, "", 0), Unavailable),
    ("head", Head(-1, "0" * 64, 0), Unavailable),
    ("head", Head(10**30, "0" * 64, 0), Unavailable),
    ("head", Head(4, "zz", 0), JournalError),
    ("head", Head(1, "\ud800", 0), Unavailable),
    ("read", None, Unavailable),
    ("read", 7, Unavailable),
    ("read", [None], Unavailable),
    ("read", [Record(5, "0" * 64, "0" * 64, b"")], JournalError),
    ("read", [Record(9, "0" * 64, "0" * 64, b"x\ny\nz")], JournalError),
    ("append", None, OutcomeUnknown),
    ("append", 1, OutcomeUnknown),
    ("append", "yes", OutcomeUnknown),
    ("get_texts", None, Unavailable),
    ("get_texts", [], JournalError),
    ("get_texts", ["text"], Unavailable),
    ("get_texts", [StoredText("0" * 64, "0" * 32, "forged")], JournalError),
    ("get_texts", [StoredText("x", "y", "z")], JournalError),
]


@pytest.mark.parametrize(
    ("method", "answer", "kind"), WRONG, ids=[f"{it[0]}-{n}" for n, it in enumerate(WRONG)]
)
def test_a_wrong_answer_of_a_store_is_a_documented_error(
    method: str, answer: Any, kind: type[LoomError]
) -> None:
    store, loom = broken_store(method, answer)
    with pytest.raises(kind) as caught:
        claim(loom, intent="again")
        # A renewal that nobody needs makes no record, so the head is asked whether it is final.
        loom.release(actor=NIGHTLY, tokens=[], at=START)
        loom.brief("a", at=START)
        loom.claims(at=START)
    assert caught.value.code in {"unavailable", "outcome_unknown", "corrupt", "broken_chain", "gap"}
    store.repair()
    assert loom.verify() == Loom.open(store).head()


def test_a_snapshot_that_cannot_be_read_is_done_without() -> None:
    store = MemoryStore()
    loom = begun(store)
    for nth in range(1100):
        loom.signal(actor=ADA, name="ci", key=f"k{nth}", at=START)
    due = loom.state_hash()
    ((key, snapshot),) = store.snapshots.items()
    for answer in [dataclasses.replace(snapshot, bytes=b"rubbish"), "rubbish", None]:
        store.snapshots[key] = answer  # type: ignore[assignment]
        assert Loom.open(store).state_hash() == due


def test_a_store_that_calls_its_own_handle_is_refused_and_does_not_wait_for_itself() -> None:
    class Recursive(MemoryStore):
        loom: Loom | None = None

        def append(self, expected: Head, record: Record) -> bool:
            if self.loom is not None:
                self.loom.head()
            return super().append(expected, record)

    store = Recursive()
    loom = begun(store)
    store.loom = loom
    with pytest.raises(InvalidInput, match="a store cannot call the handle that it serves"):
        claim(loom)
    store.loom = Loom.open(store)
    assert isinstance(claim(loom), Granted)


def test_an_altered_record_is_found() -> None:
    store = MemoryStore()
    loom = begun(store)
    good = store.records[1]
    store.records[1] = dataclasses.replace(good, body=good.body.replace(b"shop", b"spot"))
    with pytest.raises(JournalError) as caught:
        loom.verify()
    assert (caught.value.code, caught.value.field) == ("broken_chain", "records[ver=2]")
    with pytest.raises(JournalError):
        Loom.open(store).head()


def test_a_journal_that_went_back_is_found() -> None:
    store = MemoryStore()
    loom = begun(store)
    loom.head()
    store.records.pop()
    with pytest.raises(JournalError) as caught:
        claim(loom)
    assert caught.value.code == "regressed"


def test_stores_are_asked_by_several_threads() -> None:
    """The handle lets other threads run while a store waits; held locks would never end this."""
    met = threading.Barrier(2, timeout=60)

    class Slow(MemoryStore):
        slow = False

        def get_texts(self, digests: Sequence[str]) -> Sequence[StoredText | None]:
            if self.slow:
                met.wait()
            return super().get_texts(digests)

    store = Slow()
    handle = begun(store)
    claim(handle, intent="fix it")
    store.slow = True
    threads = [threading.Thread(target=handle.claims, kwargs={"at": START}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not met.broken
