"""200 threads, or as many tasks, share one handle, and see one journal that nobody can tell from a
sequential one.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from loomstack import Actor, Answer, AsyncLoom, Granted, Loom, QueryAnswer, Refused

from .conftest import START
from .history import Call, Contradiction, check, said

CALLERS = 200
PLACES = ["src/auth", "src/cart", "src/pay", "docs"]
ROUNDS = 3
HEAD = {"type": "head"}
RELEASE = {"type": "release"}


class Caller:
    """One of many: who it is, what it sends, and what it was answered."""

    ticket = itertools.count()

    def __init__(self, number: int) -> None:
        self.run = f"run-{number}"
        self.place = PLACES[number % len(PLACES)]
        self.actor = Actor("loop", "tidy", run=self.run)
        self.start = {"type": "start_run", "run": self.run, "ttl_ms": 3_600_000}
        specs = [{"repo": "shop", "paths": [f"{self.place}/**"]}]
        self.claim = {"type": "claim", "specs": specs, "mode": "exclusive", "ttl_ms": 3_600_000}
        self.calls: list[Call] = []

    def saw(self, began: int, answer: Answer | QueryAnswer) -> bool:
        """Whether a claim was granted."""
        self.calls.append(Call(began, next(self.ticket), self.run, self.place, answer))
        return isinstance(said(answer), Granted)


def shop() -> Loom:
    loom = Loom.open("memory:")
    loom.create_journal(actor="human:ada", workspace="acme", at=START)
    loom.register_repo(actor="human:ada", id="shop", default_branch="main", at=START)
    return loom


class Threaded(Caller):
    """A caller in a thread."""

    def __init__(self, number: int, loom: Loom) -> None:
        super().__init__(number)
        self.loom = loom

    def submit(self, body: Mapping[str, object]) -> bool:
        began = next(self.ticket)
        return self.saw(began, self.loom.submit(self.actor, body, at=START))

    def look(self) -> None:
        began = next(self.ticket)
        self.saw(began, self.loom.query(HEAD, at=START))

    def crowd(self) -> None:
        """Wants a place, which nobody gives back meanwhile."""
        self.submit(self.start)
        self.look()
        if not self.submit(self.claim):
            self.submit(self.claim)

    def work(self) -> None:
        """Gives back what it holds, and tries for it again."""
        if isinstance(said(self.calls[-1].answer), Granted):
            self.submit(RELEASE)
        for _ in range(ROUNDS):
            if self.submit(self.claim):
                self.submit(RELEASE)
            self.look()


def test_the_history_of_200_threads_on_one_handle_is_linearizable() -> None:
    with shop() as loom:
        before = loom.head().ver
        callers = [Threaded(number, loom) for number in range(CALLERS)]
        together([it.crowd for it in callers])
        together([it.work for it in callers])
        holds(callers, before, loom.verify().ver)


def together(works: Sequence[Callable[[], None]]) -> None:
    """Each in a thread of its own, all from the same moment on."""
    start = threading.Barrier(len(works), timeout=60)
    raised: list[BaseException] = []

    def carry_out(work: Callable[[], None]) -> None:
        try:
            start.wait()
            work()
        except BaseException as why:  # noqa: BLE001
            raised.append(why)

    threads = [threading.Thread(target=carry_out, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not raised


class Task(Caller):
    """A caller in a task of asyncio."""

    def __init__(self, number: int, loom: AsyncLoom) -> None:
        super().__init__(number)
        self.loom = loom

    async def submit(self, body: Mapping[str, object]) -> bool:
        began = next(self.ticket)
        return self.saw(began, await self.loom.submit(self.actor, body, at=START))

    async def look(self) -> None:
        began = next(self.ticket)
        self.saw(began, await self.loom.query(HEAD, at=START))

    async def crowd(self) -> None:
        """Wants a place, which nobody gives back meanwhile."""
        await self.submit(self.start)
        await self.look()
        if not await self.submit(self.claim):
            await self.submit(self.claim)

    async def work(self) -> None:
        """Gives back what it holds, and tries for it again."""
        if isinstance(said(self.calls[-1].answer), Granted):
            await self.submit(RELEASE)
        for _ in range(ROUNDS):
            if await self.submit(self.claim):
                await self.submit(RELEASE)
            await self.look()


def test_the_history_of_200_tasks_on_one_handle_is_linearizable() -> None:
    async def tasks() -> None:
        with shop() as loom:
            before = loom.head().ver
            callers = [Task(number, AsyncLoom(loom)) for number in range(CALLERS)]
            await asyncio.gather(*(it.crowd() for it in callers))
            await asyncio.gather(*(it.work() for it in callers))
            holds(callers, before, loom.verify().ver)

    asyncio.run(asyncio.wait_for(tasks(), timeout=120))


def holds(callers: Sequence[Caller], before: int, head: int) -> None:
    calls = [call for caller in callers for call in caller.calls]
    check(calls, before, head)
    # All were there at once: no place was given back before everybody had asked for it.
    refusals = [it for it in calls if isinstance(said(it.answer), Refused)]
    assert len(refusals) >= 2 * (CALLERS - len(PLACES))


def story() -> tuple[list[Call], int, int]:
    """Two runs want one place, one call after the other."""
    with shop() as loom:
        before = loom.head().ver
        one, two = Threaded(0, loom), Threaded(len(PLACES), loom)
        one.crowd()
        two.crowd()
        one.look()
        one.submit(RELEASE)
        two.submit(two.claim)
        two.submit(RELEASE)
        calls = sorted(one.calls + two.calls, key=lambda it: it.began)
        return calls, before, loom.head().ver


# The calls of the story by their place in it.
GRANTED, REFUSED, REFUSED_AGAIN, LOOKED, RELEASED, GRANTED_LATER = 2, 5, 6, 7, 8, 9


def test_a_story_told_by_one_caller_contradicts_nothing() -> None:
    calls, before, head = story()
    check(calls, before, head)
    replies = [type(said(it.answer)).__name__ for it in calls]
    assert replies == [
        *["RunStarted", "Head", "Granted"],
        *["RunStarted", "Head", "Refused", "Refused", "Head"],
        *["ReleaseReply", "Granted", "ReleaseReply"],
    ]


def swapped(calls: list[Call], left: int, right: int) -> None:
    one, two = calls[left], calls[right]
    calls[left], calls[right] = (
        replace(one, answer=two.answer),
        replace(two, answer=one.answer),
    )


def aged(calls: list[Call], nth: int, version: int) -> None:
    answer = replace(calls[nth].answer, decided_at=version)
    calls[nth] = replace(calls[nth], answer=answer)


def told(calls: list[Call], nth: int, reply: int) -> None:
    """What one call was answered, as another one's version has it."""
    answer = calls[nth].answer
    assert isinstance(answer, Answer)
    source = calls[reply].answer
    assert isinstance(source, Answer)
    calls[nth] = replace(calls[nth], answer=replace(answer, reply=source.reply))


def granted_both(calls: list[Call]) -> None:
    told(calls, REFUSED, GRANTED_LATER)
    calls.pop(REFUSED_AGAIN)


def refused_by_nobody(calls: list[Call]) -> None:
    """What was answered while somebody held the place is answered again once all is released."""
    end = calls[-1]
    calls.append(replace(calls[REFUSED_AGAIN], began=end.ended + 1, ended=end.ended + 2))
    aged(calls, -1, end.answer.decided_at + 1)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (lambda calls: swapped(calls, 0, 3), "earlier moment"),
        (lambda calls: swapped(calls, GRANTED, RELEASED), "earlier moment"),
        (lambda calls: aged(calls, REFUSED_AGAIN, 3), "earlier moment"),
        (lambda calls: aged(calls, GRANTED, 2), "nobody"),
        (lambda calls: aged(calls, REFUSED_AGAIN, 99), "never was"),
        (lambda calls: calls.pop(GRANTED), "nobody"),
        (lambda calls: calls.append(calls[RELEASED]), "several"),
        (lambda calls: aged(calls, LOOKED, 3), "head"),
        (granted_both, "granted while"),
        (refused_by_nobody, "refused by"),
        (lambda calls: told(calls, GRANTED_LATER, GRANTED), "tokens do not rise"),
        (lambda calls: told(calls, GRANTED_LATER, REFUSED), "nobody"),
    ],
)
def test_a_story_that_was_tampered_with_contradicts_itself(
    wrong: Callable[[list[Call]], object], complaint: str
) -> None:
    calls, before, head = story()
    wrong(calls)
    with pytest.raises(Contradiction, match=complaint):
        check(calls, before, head)
