"""The handle that callers open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ._calls import Calls
from ._loomstack import Handle
from ._run import Clock, Pause, Run
from ._store import Adapter

if TYPE_CHECKING:
    from types import TracebackType

    from ._forms import Duration
    from ._store import Store
    from ._values import Actor, Slot


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
    def open(cls, where: str | os.PathLike[str] | Store) -> Loom:
        """Opens a journal.

        Args:
            where: ``"sqlite:PATH"`` or a path object for a file, which is created where there is
                none; ``"postgres://USER@HOST/DATABASE?workspace=NAME"`` for a journal that machines
                share; ``"memory:"`` for one that ends with the handle; or a :class:`Store`.

        Raises:
            LoomError: Where it cannot be opened; ``invalid_field`` for a text of another form.
            TypeError: For an object that is no text, no path and no store.
        """
        if isinstance(where, os.PathLike):
            where = f"sqlite:{os.fsdecode(where)}"
        if isinstance(where, str):
            return cls(Handle.open(where))
        return cls(Handle.over(Adapter(where)))

    def run(
        self,
        name: str,
        *,
        actor: Actor | str,
        loop: str | None = None,
        parent: str | None = None,
        slot: Slot | None = None,
        ttl: Duration | None = None,
        clock: Clock | None = None,
        pause: Pause | None = None,
    ) -> Run:
        """Starts a run. Inside ``with`` it is kept alive; leaving the block finishes it.

        >>> loom = Loom.open("memory:")
        >>> _ = loom.create_journal(actor="human:ada", workspace="acme")
        >>> _ = loom.register_repo(actor="human:ada", id="shop", default_branch="main")
        >>> with loom.run("nightly-1", actor="loop:nightly") as run:
        ...     with run.claim("src/**", repo="shop", ttl="30m") as claim:
        ...         bool(claim)
        True

        Args:
            name: The name of the new run.
            actor: Who works in it.
            loop: The loop it belongs to; its parent's where absent.
            parent: The run that it works for.
            slot: The slot of the loop that it starts for, as :meth:`due` lists it.
            ttl: The length of its lease; 15 minutes where absent.
            clock: What time it is, for tests and simulations.
            pause: Waits for so many seconds before a heartbeat and answers whether to go on, for
                tests and simulations.

        Raises:
            AlreadyExists: Where there is a run of this name.
            RefusedError: Where the loop does not start, or another run has the slot.
            LoomError: Where it cannot be started; see the class and its code.
        """
        return Run(
            self,
            name,
            actor=actor,
            loop=loop,
            parent=parent,
            slot=slot,
            ttl=ttl,
            clock=clock if clock is not None else _own_clock,
            pause=pause,
        )

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


def _own_clock() -> None:
    """Leave the time to the library."""
