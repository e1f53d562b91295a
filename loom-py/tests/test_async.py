"""The same handle for asyncio, and an event loop that goes on meanwhile."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from loomstack import (
    AsyncLoom,
    Claim,
    HandedOver,
    HandleClosed,
    Head,
    JournalCreated,
    Loom,
    OutcomeUnknown,
    Record,
    Refused,
    Run,
    Snapshot,
    SpecRequest,
    StoredText,
    Unavailable,
)
from loomstack._async import AsyncClaim, AsyncRun
from loomstack._async_calls import AsyncCalls
from loomstack._calls import Calls

from .conftest import ADA, NIGHTLY, START
from .memory_store import MemoryStore


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_the_handles_have_the_same_methods() -> None:
    assert public(Loom) == public(AsyncLoom)
    assert public(Run) - {"lost", "actor", "name"} <= public(AsyncRun)
    assert public(Claim) <= public(AsyncClaim)


def test_every_method_has_the_same_parameters_and_is_a_coroutine() -> None:
    names = public(AsyncCalls)
    assert len(names) > 30
    for name in names:
        blocking, waiting = getattr(Calls, name), getattr(AsyncCalls, name)
        assert inspect.iscoroutinefunction(waiting)
        assert inspect.signature(blocking) == inspect.signature(waiting)
        assert inspect.getdoc(blocking) == inspect.getdoc(waiting)


def done(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, timeout=120))


def test_a_story_is_told_without_blocking(tmp_path: Path) -> None:
    async def story() -> None:
        async with AsyncLoom.open(tmp_path / "journal.db") as loom:
            created = await loom.create_journal(actor=ADA, workspace="acme")
            assert created == JournalCreated("acme")
            await loom.register_repo(actor=ADA, id="shop", default_branch="main")
            async with (
                loom.run("c", actor="loop:tidy") as run,
                loom.run("d", actor="loop:other") as other,
            ):
                async with run.claim("src/**", repo="shop", ttl="30m") as claim:
                    assert claim
                    refused = await other.claim("src/a", repo="shop", ttl="30m")
                    assert isinstance(refused.reply, Refused)
                    assert [it.from_run for it in await run.notices()] == ["d"]
                    assert "d" in (await run.brief()).rendered.text
                    assert isinstance(await claim.hand_over("d"), HandedOver)
                    assert not claim
            assert run.finished is not None
            assert (await loom.verify()).ver == (await loom.head()).ver
        assert loom.closed
        with pytest.raises(HandleClosed):
            await loom.head()

    done(story())


def test_the_event_loop_goes_on_while_a_call_waits(
    loom: Loom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call waits for something that only the event loop does: blocking it would never end."""
    go = threading.Event()
    head = loom.head

    def slow(**given: Any) -> object:
        assert go.wait(timeout=60)
        return head(**given)

    async def work() -> None:
        waiting = asyncio.create_task(AsyncLoom(loom).head())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(go.set)
        assert (await waiting).ver == 4

    monkeypatch.setattr(type(loom), "head", lambda _, **given: slow(**given))
    done(work())


def test_many_tasks_share_a_handle(loom: Loom) -> None:
    async def work() -> None:
        waiting = AsyncLoom(loom)
        claims = [
            waiting.claim(
                actor=NIGHTLY,
                specs=[SpecRequest("shop", f"src/{nth}")],
                mode="write",
                ttl="1m",
                at=START,
            )
            for nth in range(50)
        ]
        await asyncio.gather(*claims)
        assert len((await waiting.claims(at=START)).claims) == 50

    done(work())


def test_a_block_that_is_cancelled_ends_its_run(loom: Loom) -> None:
    async def work() -> None:
        inside = asyncio.Event()

        async def block() -> None:
            async with AsyncLoom(loom).run("c", actor="loop:tidy") as run:
                async with run.claim("src", repo="shop", ttl="30m"):
                    inside.set()
                    await asyncio.Event().wait()

        task = asyncio.create_task(block())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    done(work())
    run = loom.get_run("c")
    assert run is not None
    assert run.finished is not None
    assert run.finished.outcome == "stopped"
    assert loom.claims(run="c").claims == ()


class WaitingStore:
    """A store of coroutines around one that does not wait; each hands the event loop back once."""

    def __init__(self) -> None:
        self.inner = MemoryStore()

    async def head(self) -> Head:
        await asyncio.sleep(0)
        return self.inner.head()

    async def read(self, after: int, max_bytes: int) -> Sequence[Record]:
        await asyncio.sleep(0)
        return self.inner.read(after, max_bytes)

    async def append(self, expected: Head, record: Record) -> bool:
        await asyncio.sleep(0)
        return self.inner.append(expected, record)

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        await asyncio.sleep(0)
        self.inner.save_snapshot(snapshot)

    async def load_snapshot(self, projection: str, format: int) -> Snapshot | None:
        await asyncio.sleep(0)
        return self.inner.load_snapshot(projection, format)

    async def put_texts(self, texts: Sequence[StoredText]) -> None:
        await asyncio.sleep(0)
        self.inner.put_texts(texts)

    async def get_texts(self, digests: Sequence[str]) -> Sequence[StoredText | None]:
        await asyncio.sleep(0)
        return self.inner.get_texts(digests)

    async def erase_texts(self, digests: Sequence[str]) -> None:
        await asyncio.sleep(0)
        self.inner.erase_texts(digests)


def test_a_store_of_coroutines_keeps_a_journal() -> None:
    async def work() -> None:
        store = WaitingStore()
        async with AsyncLoom.open(store) as loom:
            await loom.create_journal(actor=ADA, workspace="acme")
            await loom.register_repo(actor=ADA, id="shop", default_branch="main")
            async with loom.run("c", actor="loop:tidy") as run:
                async with run.claim("src", repo="shop", ttl="30m", intent="tidy up") as claim:
                    assert claim
                    assert [text.text for text in store.inner.texts.values()] == ["tidy up"]
            assert (await loom.verify()).ver == len(store.inner.records)
            with pytest.raises(Unavailable, match="cannot wait for a store that it runs"):
                loom._loom.head()

    done(work())


def test_what_a_store_of_coroutines_raises_is_the_cause() -> None:
    class Broken(WaitingStore):
        async def append(self, expected: Head, record: Record) -> bool:
            raise ConnectionError("the line is dead")

    async def work() -> None:
        async with AsyncLoom.open(Broken()) as loom:
            with pytest.raises(OutcomeUnknown) as caught:
                await loom.create_journal(actor=ADA, workspace="acme")
            assert isinstance(caught.value.__cause__, ConnectionError)

    done(work())
