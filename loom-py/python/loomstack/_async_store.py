"""Stores whose methods are coroutines, for a handle whose calls wait in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from ._store import Record, Snapshot, StoredText
from ._values import Head

T = TypeVar("T")


class AsyncStore(Protocol):
    """A :class:`Store` with coroutines for methods, for :meth:`AsyncLoom.open`.

    The duties are those of :class:`Store`. The coroutines run on the event loop that the journal
    was opened in.
    """

    async def head(self) -> Head:
        """As :meth:`Store.head`."""
        ...

    async def read(self, after: int, max_bytes: int) -> Sequence[Record]:
        """As :meth:`Store.read`."""
        ...

    async def append(self, expected: Head, record: Record) -> bool:
        """As :meth:`Store.append`."""
        ...

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """As :meth:`Store.save_snapshot`."""
        ...

    async def load_snapshot(self, projection: str, format: int) -> Snapshot | None:
        """As :meth:`Store.load_snapshot`."""
        ...

    async def put_texts(self, texts: Sequence[StoredText]) -> None:
        """As :meth:`Store.put_texts`."""
        ...

    async def get_texts(self, digests: Sequence[str]) -> Sequence[StoredText | None]:
        """As :meth:`Store.get_texts`."""
        ...

    async def erase_texts(self, digests: Sequence[str]) -> None:
        """As :meth:`Store.erase_texts`."""
        ...


class WaitedStore:
    """A store that waits, in the thread that asks, for the coroutines of another on their loop."""

    def __init__(self, store: AsyncStore, loop: asyncio.AbstractEventLoop) -> None:
        """Around a store, on this event loop."""
        self._store = store
        self._loop = loop

    def head(self) -> Head:
        """As :meth:`Store.head`."""
        return self._wait(self._store.head())

    def read(self, after: int, max_bytes: int) -> Sequence[Record]:
        """As :meth:`Store.read`."""
        return self._wait(self._store.read(after, max_bytes))

    def append(self, expected: Head, record: Record) -> bool:
        """As :meth:`Store.append`."""
        return self._wait(self._store.append(expected, record))

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """As :meth:`Store.save_snapshot`."""
        self._wait(self._store.save_snapshot(snapshot))

    def load_snapshot(self, projection: str, format: int) -> Snapshot | None:
        """As :meth:`Store.load_snapshot`."""
        return self._wait(self._store.load_snapshot(projection, format))

    def put_texts(self, texts: Sequence[StoredText]) -> None:
        """As :meth:`Store.put_texts`."""
        self._wait(self._store.put_texts(texts))

    def get_texts(self, digests: Sequence[str]) -> Sequence[StoredText | None]:
        """As :meth:`Store.get_texts`."""
        return self._wait(self._store.get_texts(digests))

    def erase_texts(self, digests: Sequence[str]) -> None:
        """As :meth:`Store.erase_texts`."""
        self._wait(self._store.erase_texts(digests))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine answers. On its own loop that would wait for itself."""
        if asyncio._get_running_loop() is self._loop:
            work.close()
            message = "the event loop cannot wait for a store that it runs; use AsyncLoom"
            raise RuntimeError(message)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
