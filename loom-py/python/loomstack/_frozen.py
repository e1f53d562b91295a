"""A map that does not change, for values that can be hashed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

V_co = TypeVar("V_co", covariant=True)


class FrozenMap(Mapping[str, V_co], Generic[V_co]):
    """What some texts stand for. Equal to a dict of the same entries."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, V_co] | Iterable[tuple[str, V_co]] = ()) -> None:
        """Keep the entries, in their order."""
        self._entries = dict(entries)

    def __getitem__(self, key: str) -> V_co:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        """As a dict."""
        return repr(self._entries)
