"""Patterns and path sets, usable without a journal.

Two patterns are compared as the sets of paths that they denote, never as text, and an answer that
can carry a proof does: a path in both, or a path in one and not in the other.

>>> from loomstack import Pattern
>>> Pattern("src/**/*.rs").overlap("src/auth").witness
'src/auth/.rs'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from ._forms import Value
from ._loomstack import Paths
from ._sources import (
    HasPathSetSource,
    HasPatternSource,
    PathSetSource,
    PathsLike,
    PatternKind,
    PatternLike,
    PatternSource,
    as_path_set,
    as_patterns,
)
from ._values import PathRules

_GIT = PathRules()


@dataclass(frozen=True, slots=True, repr=False)
class Overlap(Value):
    """Whether two sets hold a path in common. True where they do, or must be taken to."""

    meets: bool
    """Whether they meet, proven or assumed."""
    witness: str | None = None
    """A path in both; ``None`` where they do not meet, or where it is assumed."""
    left: int | None = None
    """Which of the left set's ``include`` patterns meets there."""
    right: int | None = None
    """Which of the right set's ``include`` patterns meets there."""

    @property
    def assumed(self) -> bool:
        """Whether the search was given up, and this is the safe answer."""
        return self.meets and self.witness is None

    def __bool__(self) -> bool:
        """Whether they meet."""
        return self.meets


@dataclass(frozen=True, slots=True, repr=False)
class Containment(Value):
    """Whether one set holds everything that another does. True where that is proven."""

    contained: bool
    """Whether containment is proven."""
    escapee: str | None = None
    """A path that is in the other and not in this one."""

    @property
    def assumed(self) -> bool:
        """Whether the search was given up, and this is the safe answer."""
        return not self.contained and self.escapee is None

    def __bool__(self) -> bool:
        """Whether it is contained."""
        return self.contained


@dataclass(frozen=True, slots=True, repr=False)
class Emptiness(Value):
    """Whether a set holds no path at all. True where that is proven."""

    empty: bool
    """Whether emptiness is proven."""
    example: str | None = None
    """A path that the set holds."""

    @property
    def assumed(self) -> bool:
        """Whether the search was given up, and this is the safe answer."""
        return not self.empty and self.example is None

    def __bool__(self) -> bool:
        """Whether it is empty."""
        return self.empty


class _Algebra:
    """The questions that patterns and path sets are asked."""

    __slots__ = ("_paths", "_rules")

    _paths: Paths
    _rules: PathRules

    @property
    def rules(self) -> PathRules:
        """How names are compared: those of the repository."""
        return self._rules

    def matches(self, path: str | PurePath) -> bool:
        """Whether a path, relative to the repository's root, is in it.

        Raises:
            InvalidInput: ``invalid_path`` for an absolute path, ``..`` or NUL.
            LimitExceeded: For a path that is too long.
        """
        if isinstance(path, PurePath):
            path = path.as_posix()
        return self._paths.matches(path)

    def overlap(self, other: PathsLike) -> Overlap:
        """Whether it holds a path in common with another pattern or set, with a witness.

        What is not compiled yet is read under this one's rules.

        Raises:
            InvalidInput: Where the other is no pattern or path set.
        """
        return Overlap(*self._paths.overlap(_compiled(other, self._rules)))

    def contains(self, other: PathsLike) -> Containment:
        """Whether it holds every path of another pattern or set, with an escapee where not.

        Raises:
            InvalidInput: Where the other is no pattern or path set.
        """
        return Containment(*self._paths.contains(_compiled(other, self._rules)))

    def is_empty(self) -> Emptiness:
        """Whether it holds no path at all, with an example where it does."""
        return Emptiness(*self._paths.is_empty())


class Pattern(_Algebra, HasPatternSource):
    """One pattern, compiled under a repository's rules.

    >>> Pattern("src/*.rs").matches("src/lib.rs")
    True
    >>> Pattern("app/[id]/page.tsx", "file").matches("app/[id]/page.tsx")
    True
    """

    __slots__ = ("_source",)

    def __init__(self, text: str, kind: PatternKind = "glob", *, rules: PathRules = _GIT) -> None:
        """Compile a pattern.

        Args:
            text: The pattern. A glob knows ``*``, ``?``, ``**``, ``[a-z]`` and ``{a,b}``.
            kind: ``"glob"``; ``"file"`` for exactly this path; ``"dir"`` for this path and
                everything below it.
            rules: How names are compared; as git does where absent.

        Raises:
            InvalidInput: ``invalid_pattern`` or ``invalid_path`` for a text that is none.
            LimitExceeded: For a pattern that is too long or expands too far.
        """
        self._source = PatternSource(text, kind)
        self._rules = rules
        self._paths = Paths.pattern((kind, text), _rules(rules))

    @property
    def source(self) -> PatternSource:
        """The pattern as it was written."""
        return self._source

    def __eq__(self, other: object) -> bool:
        """Equal when text, kind and rules are."""
        if not isinstance(other, Pattern):
            return NotImplemented
        return (self._source, self._rules) == (other._source, other._rules)

    def __hash__(self) -> int:
        """Of text, kind and rules."""
        return hash((self._source, self._rules))

    def __repr__(self) -> str:
        """The pattern as it can be written."""
        kind = "" if self._source.kind == "glob" else f", {self._source.kind!r}"
        return f"Pattern({self._source.text!r}{kind}{_shown(self._rules)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Patterns are copied by compiling them again."""
        return partial(Pattern, rules=self._rules), (self._source.text, self._source.kind)


class PathSet(_Algebra, HasPathSetSource):
    """The union of some patterns less the union of others, compiled under a repository's rules.

    >>> mine = PathSet(["src/**"], exclude=["src/generated"])
    >>> bool(mine.overlap("src/generated/*.rs"))
    False
    """

    __slots__ = ("_source",)

    def __init__(
        self,
        include: PathsLike,
        exclude: PatternLike | list[PatternLike] | tuple[PatternLike, ...] = (),
        *,
        rules: PathRules = _GIT,
    ) -> None:
        """Compile a set.

        Args:
            include: A pattern, or a list of patterns.
            exclude: What is taken away again.
            rules: How names are compared; as git does where absent.

        Raises:
            InvalidInput: For a pattern that is none; its place is in the error's field.
            LimitExceeded: For a set that is too large or expands too far.
        """
        source = as_path_set(include, "include")
        taken = source.exclude + as_patterns(exclude, "exclude")
        self._source = PathSetSource(source.include, taken)
        self._rules = rules
        self._paths = _compile(self._source, rules)

    @property
    def source(self) -> PathSetSource:
        """The set as it was written."""
        return self._source

    def __eq__(self, other: object) -> bool:
        """Equal when the patterns, their order and the rules are."""
        if not isinstance(other, PathSet):
            return NotImplemented
        return (self._source, self._rules) == (other._source, other._rules)

    def __hash__(self) -> int:
        """Of patterns and rules."""
        return hash((self._source, self._rules))

    def __repr__(self) -> str:
        """The set as it can be written."""
        include, exclude = ([str(it) for it in part] for part in _parts(self._source))
        taken = f", exclude={exclude}" if exclude else ""
        return f"PathSet({include}{taken}{_shown(self._rules)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Sets are copied by compiling them again."""
        return partial(PathSet, rules=self._rules), (self._source,)


def _compiled(value: PathsLike, rules: PathRules) -> Paths:
    if isinstance(value, _Algebra):
        return value._paths
    return _compile(as_path_set(value, "other"), rules)


def _compile(source: PathSetSource, rules: PathRules) -> Paths:
    include, exclude = ([_pair(it) for it in part] for part in _parts(source))
    return Paths.set(include, exclude, _rules(rules))


def _pair(source: PatternSource) -> tuple[str, str]:
    return source.kind, source.text


def _parts(source: PathSetSource) -> tuple[tuple[PatternSource, ...], ...]:
    return source.include, source.exclude


def _rules(rules: PathRules) -> tuple[str, str, bool]:
    if not isinstance(rules, PathRules):
        message = f"rules: a PathRules, no {type(rules).__name__}"
        raise TypeError(message)
    return rules.case, rules.unicode, rules.windows


def _shown(rules: PathRules) -> str:
    return "" if rules == _GIT else f", rules={rules!r}"
