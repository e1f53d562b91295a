"""What generated values can do beyond holding their fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from ._forms import Json, Value
from ._frozen import FrozenMap
from ._sources import HasPathSetSource, PathSetSource, as_path_set

if TYPE_CHECKING:
    from ._values import Actor, Targets


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
        _keep(self, "paths", as_path_set(self.paths, "paths"))  # type: ignore[attr-defined]
        _keep_lists(self, "resources")


class WaiverScopeRole(Value):
    """How the reach of an exception is written."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Whatever form the paths were given in, they are kept in one."""
        paths = self.paths  # type: ignore[attr-defined]
        if paths is not None:
            _keep(self, "paths", as_path_set(paths, "paths"))
        _keep_lists(self, "verbs")


class ActionRole(Value):
    """How an action is written."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Whatever form targets were given in, they are kept in one; maps and lists are frozen."""
        _keep(self, "targets", as_targets(self.targets, "targets"))  # type: ignore[attr-defined]
        _keep_lists(self, "resources", "edges")
        for name in ("facts", "blobs", "estimate"):
            value = getattr(self, name)
            if not isinstance(value, Mapping | None):
                message = f"{name}: a map from names, no {type(value).__name__}"
                raise TypeError(message)
            if value is not None:
                _keep(self, name, FrozenMap(value))


def as_targets(value: object, name: str) -> Targets | None:
    """What somebody meant: a list names its paths and no others, a path set any paths out of it."""
    from ._values import PathsTargets, SetTargets  # noqa: PLC0415 - made of what stands here

    match value:
        case None | PathsTargets() | SetTargets():
            return value
        case PathSetSource():
            return SetTargets(value)
        case HasPathSetSource():
            return SetTargets(value.source)
        case str() | bytes() | bytearray() | memoryview():
            pass
        case Sequence() if all(isinstance(path, str) for path in value):
            return PathsTargets(tuple(value))
    message = f"{name}: a list of paths, or a PathSet for any paths out of it"
    raise TypeError(message)


def _keep(owner: Value, name: str, value: object) -> None:
    object.__setattr__(owner, name, value)


def _keep_lists(owner: Value, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        if isinstance(value, str):
            message = f"{name}: a list, no text"
            raise TypeError(message)
        if value is not None:
            _keep(owner, name, tuple(value))


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
