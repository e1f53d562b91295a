"""Stores that are written in Python: what a journal's storage must do.

The library decides and does no I/O; a store keeps and decides nothing. Any engine that can compare
and append one record in one step is a store. What needs no storage is done around it: whether a
record is genuine, its time possible, the journal the one that was seen before, and a text what its
digest says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from ._forms import Value
from ._values import Head

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Record(Value):
    """One record of the journal: bytes that are chained to the record before them."""

    ver: int
    """The version that the journal has with this record: the one before, plus 1."""
    prev: str
    """The hash of the record before; 64 zeros for the first."""
    hash: str
    """SHA-256 over the domain, ``prev`` and ``body``, in hexadecimal."""
    body: bytes
    """The bytes, to be kept as they are: three lines of JSON, header, events and reply."""


@dataclass(frozen=True, slots=True, repr=False)
class StoredText(Value):
    """A text with its nonce: one row of the side table, which can be erased."""

    digest: str
    """The key: SHA-256 of nonce and text, in hexadecimal."""
    nonce: str = field(repr=False)
    """The salt, erased with the text."""
    text: str
    """The words."""


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot(Value):
    """A snapshot of one projection, as bytes that only the projection can read."""

    projection: str
    """Which projection this is."""
    format: int
    """The format of the bytes; another format is another key."""
    ver: int
    """The version of the journal that the snapshot stands for."""
    bytes: bytes = field(repr=False)
    """The bytes."""


@runtime_checkable
class Store(Protocol):
    """A journal, its texts and its snapshots. Any object with these methods.

    Methods may be called by several threads at once, and must not call the handle that the store
    serves. An exception becomes ``unavailable`` (nothing happened, try again), and in
    :meth:`append` ``outcome_unknown`` (nobody knows whether it landed); raise a ``LoomError`` to
    say another code, such as ``corrupt``. The exception is the ``__cause__`` of what callers see.
    """

    def head(self) -> Head:
        """Where the journal ends; ``Head(0, "0" * 64, 0)`` before the first record.

        Duty: a head answered after an append was acknowledged includes that append.
        """
        ...

    def read(self, after: int, max_bytes: int) -> Sequence[Record]:
        """The records behind version ``after``, in order and without gap.

        Of together at most ``max_bytes`` bytes of body, but at least one where there is one. Empty
        at the head.
        """
        ...

    def append(self, expected: Head, record: Record) -> bool:
        """Adds one record if the journal's head is ``expected`` (the same version and hash).

        Duties: compare and append are one step over all clients. The same record (same hash) at
        the same place again answers True and adds nothing. What was acknowledged survives. The new
        head's incarnation is the one in the record's header, the first line of its body.

        Returns:
            True where the record is in the journal, False where the head is another one.
        """
        ...

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot in place of an earlier one of its projection and format. Advisory."""
        ...

    def load_snapshot(self, projection: str, format: int) -> Snapshot | None:
        """The snapshot kept for a projection and format, if there is one."""
        ...

    def put_texts(self, texts: Sequence[StoredText]) -> None:
        """Keeps texts under their digests. They are put before the record that speaks of them."""
        ...

    def get_texts(self, digests: Sequence[str]) -> Sequence[StoredText | None]:
        """The texts of these digests that are kept, in the same order; None for one that is not."""
        ...

    def erase_texts(self, digests: Sequence[str]) -> None:
        """Forgets texts, nonce included, so that nothing of them can be read from the storage."""
        ...


METHODS = (
    "head",
    "read",
    "append",
    "save_snapshot",
    "load_snapshot",
    "put_texts",
    "get_texts",
    "erase_texts",
)


class Adapter:
    """A store as the extension module calls it: in tuples of numbers, texts and bytes."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        """Around a store.

        Raises:
            TypeError: Where a method is missing.
        """
        if isinstance(store, type):
            message = f"a store is an object, and {store.__name__} is a class"
            raise TypeError(message)
        missing = [name for name in METHODS if not callable(getattr(store, name, None))]
        if missing:
            message = f"a {type(store).__name__} is no store: it has no {', '.join(missing)}"
            raise TypeError(message)
        self._store = store

    def head(self) -> tuple[int, str, int]:
        """As :meth:`Store.head`."""
        head = _is(Head, self._store.head(), "head")
        return head.ver, head.hash, head.incarnation

    def read(self, after: int, max_bytes: int) -> list[tuple[int, str, str, bytes]]:
        """As :meth:`Store.read`."""
        records = (_is(Record, it, "read") for it in self._store.read(after, max_bytes))
        return [(it.ver, it.prev, it.hash, bytes(it.body)) for it in records]

    def append(self, expected: tuple[int, str, int], record: tuple[int, str, str, bytes]) -> bool:
        """As :meth:`Store.append`."""
        return _is(bool, self._store.append(Head(*expected), Record(*record)), "append")

    def save_snapshot(self, projection: str, format: int, ver: int, content: bytes) -> None:
        """As :meth:`Store.save_snapshot`."""
        self._store.save_snapshot(Snapshot(projection, format, ver, content))

    def load_snapshot(self, projection: str, format: int) -> tuple[str, int, int, bytes] | None:
        """As :meth:`Store.load_snapshot`."""
        kept = self._store.load_snapshot(projection, format)
        if kept is None:
            return None
        kept = _is(Snapshot, kept, "load_snapshot")
        return kept.projection, kept.format, kept.ver, bytes(kept.bytes)

    def put_texts(self, texts: list[tuple[str, str, str]]) -> None:
        """As :meth:`Store.put_texts`."""
        self._store.put_texts([StoredText(*text) for text in texts])

    def get_texts(self, digests: list[str]) -> list[tuple[str, str, str] | None]:
        """As :meth:`Store.get_texts`."""
        return [
            None if text is None else _text(_is(StoredText, text, "get_texts"))
            for text in self._store.get_texts(digests)
        ]

    def erase_texts(self, digests: list[str]) -> None:
        """As :meth:`Store.erase_texts`."""
        self._store.erase_texts(digests)


def _text(text: StoredText) -> tuple[str, str, str]:
    return text.digest, text.nonce, text.text


def _is(kind: type[T], value: Any, method: str) -> T:
    if isinstance(value, kind):
        return value
    message = f"store.{method} answers a {kind.__name__}, no {type(value).__name__}"
    raise TypeError(message)
