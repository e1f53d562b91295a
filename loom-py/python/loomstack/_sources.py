"""Patterns and path sets as somebody wrote them, before any repository's rules are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from ._forms import Json, Value, Wired

PatternKind: TypeAlias = Literal["glob", "file", "dir"]
"""How a pattern's text is read. ``file`` and ``dir`` know no special characters."""


@dataclass(frozen=True, slots=True, repr=False)
class PatternSource(Value):
    """The text of one pattern, and how it is read."""

    text: str
    """The text as it was written."""
    kind: PatternKind = "glob"
    """``glob``; ``file``: exactly this path; ``dir``: this path and everything below it."""

    def __str__(self) -> str:
        """The text, with its kind in front where that is no glob."""
        return self.text if self.kind == "glob" else f"{self.kind}:{self.text}"

    def to_wire(self) -> Json:
        """A bare text for a glob, else an object with one key."""
        return self.text if self.kind == "glob" else {self.kind: self.text}


@dataclass(frozen=True, slots=True, repr=False)
class PathSetSource(Value):
    """The union of ``include`` less the union of ``exclude``."""

    include: tuple[PatternSource, ...] = ()
    """What the set holds."""
    exclude: tuple[PatternSource, ...] = ()
    """What is taken away again."""

    def to_wire(self) -> Json:
        """A list, or an object where something is excluded."""
        include = [pattern.to_wire() for pattern in self.include]
        if not self.exclude:
            return include
        return {"include": include, "exclude": [pattern.to_wire() for pattern in self.exclude]}


class HasPatternSource(Wired):
    """Something that was compiled from a pattern."""

    __slots__ = ()

    @property
    def source(self) -> PatternSource:
        """The pattern as it was written."""
        raise NotImplementedError

    def to_wire(self) -> Json:
        """As its source."""
        return self.source.to_wire()


class HasPathSetSource(Wired):
    """Something that was compiled from a path set."""

    __slots__ = ()

    @property
    def source(self) -> PathSetSource:
        """The set as it was written."""
        raise NotImplementedError

    def to_wire(self) -> Json:
        """As its source."""
        return self.source.to_wire()


PatternLike: TypeAlias = str | PatternSource | HasPatternSource
"""A pattern: a text is a glob."""
PathsLike: TypeAlias = PatternLike | PathSetSource | HasPathSetSource | Sequence[PatternLike]
"""A path set: one pattern, several, or a set with excludes."""


def as_pattern(value: object, name: str) -> PatternSource:
    """The pattern that somebody meant."""
    match value:
        case str():
            return PatternSource(value)
        case PatternSource():
            return value
        case HasPatternSource():
            return value.source
    message = f"{name}: a pattern is a text, a PatternSource or a Pattern, no {_kind(value)}"
    raise TypeError(message)


def as_path_set(value: object, name: str) -> PathSetSource:
    """The path set that somebody meant."""
    match value:
        case PathSetSource():
            return value
        case HasPathSetSource():
            return value.source
        case str() | PatternSource() | HasPatternSource():
            return PathSetSource((as_pattern(value, name),))
        case bytes() | bytearray() | memoryview():
            pass
        case Sequence():
            return PathSetSource(as_patterns(value, name))
    message = f"{name}: paths are a pattern, a list of patterns or a PathSet, no {_kind(value)}"
    raise TypeError(message)


def as_patterns(values: object, name: str) -> tuple[PatternSource, ...]:
    """The patterns that somebody meant; a lone one is a list of one."""
    # Asking whether something is a Sequence takes longer than all else here; most are lists.
    if isinstance(values, (tuple, list)) or (
        isinstance(values, Sequence) and not isinstance(values, (str, bytes, bytearray))
    ):
        return tuple(as_pattern(item, f"{name}[{place}]") for place, item in enumerate(values))
    return (as_pattern(values, name),)


def pattern_from_wire(json: Any) -> PatternSource:
    """A pattern of an answer."""
    if isinstance(json, str):
        return PatternSource(json)
    ((kind, text),) = json.items()
    return PatternSource(text, cast("PatternKind", kind))


def path_set_from_wire(json: Any) -> PathSetSource:
    """A path set of an answer."""
    if isinstance(json, Mapping) and "include" in json:
        exclude = map(pattern_from_wire, json.get("exclude", ()))
        return PathSetSource(tuple(map(pattern_from_wire, json["include"])), tuple(exclude))
    patterns = json if isinstance(json, (list, tuple)) else [json]
    return PathSetSource(tuple(map(pattern_from_wire, patterns)))


def _kind(value: object) -> str:
    return type(value).__name__
