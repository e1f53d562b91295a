"""What generated values can do beyond holding their fields."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

from ._forms import Json, Value
from ._sources import as_path_set

if TYPE_CHECKING:
    from ._values import Actor


class ActorRole(Value):
    """What an actor can do."""

    __slots__ = ()

    def in_run(self, run: str) -> Actor:
        """The same actor within a run; claims are held by runs."""
        return dataclasses.replace(cast("Actor", self), run=run)

    def __str__(self) -> str:
        """The kind and the name, as in ``loop:nightly``."""
        return f"{self.kind}:{self.id}"  # type: ignore[attr-defined]


class SpecRequestRole(Value):
    """How a place is written."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Whatever form the paths were given in, they are kept in one."""
        paths = as_path_set(self.paths, "paths")  # type: ignore[attr-defined]
        object.__setattr__(self, "paths", paths)
        resources = self.resources  # type: ignore[attr-defined]
        if isinstance(resources, str):
            message = "resources: a list of names, no text"
            raise TypeError(message)
        object.__setattr__(self, "resources", tuple(resources))


def actor_to_wire(actor: Actor | str) -> Json:
    """An actor, also one that is written as ``human:ada``."""
    if isinstance(actor, ActorRole):
        return actor.to_wire()
    if not isinstance(actor, str):
        message = f'actor: an Actor or a text such as "human:ada", no {type(actor).__name__}'
        raise TypeError(message)
    kind, colon, name = actor.partition(":")
    if not colon:
        message = f'actor: {actor!r} names no kind; write it as "human:ada" or "loop:nightly"'
        raise ValueError(message)
    return {"kind": kind, "id": name}
