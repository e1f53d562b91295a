"""The handle that callers open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ._calls import Calls
from ._loomstack import Handle

if TYPE_CHECKING:
    from types import TracebackType


class Loom(Calls):
    """A journal, ready to work with.

    Threads may share a handle: the interpreter's lock is released while the core works. Other
    processes open their own handle on the same file.

    >>> with Loom.open("memory:") as loom:
    ...     loom.create_journal(actor="human:ada", workspace="acme")
    JournalCreated(workspace='acme')
    """

    __slots__ = ("__weakref__",)

    def __init__(self, handle: Handle) -> None:
        """Not for callers: use :meth:`Loom.open`."""
        self._handle = handle

    @classmethod
    def open(cls, where: str | os.PathLike[str]) -> Loom:
        """Opens a journal.

        Args:
            where: ``"sqlite:PATH"`` or a path object for a file, which is created where there is
                none, or ``"memory:"`` for a journal that ends with the handle.

        Raises:
            LoomError: Where it cannot be opened; ``invalid_field`` for another form of ``where``.
        """
        if isinstance(where, os.PathLike):
            where = f"sqlite:{os.fspath(where)}"
        return cls(Handle.open(where))

    def __enter__(self) -> Loom:
        """Answer the handle itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the handle."""
        self.close()

    def __repr__(self) -> str:
        """Whether it is open."""
        return f"<{type(self).__name__} {'closed' if self.closed else 'open'}>"
