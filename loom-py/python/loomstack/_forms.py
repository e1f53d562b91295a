"""The forms of values on both sides of the border: what callers may write, and what goes over.

Times are aware :class:`~datetime.datetime` objects or RFC 3339 texts, durations are
:class:`~datetime.timedelta` objects, whole milliseconds or texts such as ``"30m"``. A float is
neither, and neither is a naive datetime: which moment it means would be a guess.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Final, TypeAlias, cast
from uuid import UUID

Time: TypeAlias = datetime | str
"""A moment: an aware datetime, or RFC 3339 text such as ``"2026-11-22T07:30:00Z"``."""

Duration: TypeAlias = timedelta | int | str
"""A length of time: a timedelta, whole milliseconds, or text such as ``"90s"``, ``"1h30m"``."""

Json: TypeAlias = "None | bool | int | str | Sequence[Json] | Mapping[str, Json]"
"""What goes over the border. There is no float in it."""

_MILLISECOND: Final = timedelta(milliseconds=1)
_UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION: Final = re.compile(r"(?:[0-9]{1,18}(?:ms|[smhd]))+")
_PART: Final = re.compile(r"([0-9]+)(ms|[smhd])")


class Wired:
    """Has a form of its own in JSON."""

    __slots__ = ()

    def to_wire(self) -> Json:
        """Answer the form in JSON."""
        raise NotImplementedError


class Value(Wired):
    """What all replies share: a short ``repr``, and the way back to JSON."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The fields that say something: those at their defaults are left out."""
        shown = []
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if not field.repr:
                continue
            if field.default is dataclasses.MISSING or value != field.default:
                text = time_text(value) if isinstance(value, datetime) else repr(value)
                shown.append(f"{field.name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def to_wire(self) -> Json:
        """Answer the form in JSON; fields that are ``None`` are left out."""
        tag: str | None = getattr(type(self), "TYPE", None)
        told: dict[str, Json] = {} if tag is None else {"type": tag}
        return told | {
            wire: value if type(value) is str else to_wire(value, wire)
            for name, wire in _wire_names(cast("Hashable", type(self)))
            if (value := getattr(self, name)) is not None
        }


@cache
def _wire_names(kind: Hashable) -> tuple[tuple[str, str], ...]:
    """The fields of a class, and how JSON calls them."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    return tuple((field.name, field.name.rstrip("_")) for field in fields)


_PLAIN: Final = frozenset({type(None), bool, int, str})


def to_wire(value: object, name: str) -> Json:
    """The form of a value in JSON. ``name`` is said where it has none."""
    if type(value) in _PLAIN:
        return cast("Json", value)
    if isinstance(value, Wired):
        return value.to_wire()
    match value:
        case bool() | int() | str():
            return value
        case datetime():
            return time_to_wire(value, name)
        case UUID():
            return str(value)
        case list() | tuple():
            return [to_wire(item, name) for item in value]
        case Mapping():
            return {_key(key, name): to_wire(item, f"{name}.{key}") for key, item in value.items()}
        case bytes() | bytearray() | memoryview():
            pass
        case Sequence():
            return [to_wire(item, name) for item in value]
    message = f"{name}: a {type(value).__name__} cannot be sent"
    raise TypeError(message)


def time_to_wire(value: object, name: str = "at") -> str:
    """A moment as RFC 3339 text."""
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        message = f"{name}: a time is an aware datetime or RFC 3339 text, no {_kind(value)}"
        raise TypeError(message)
    if value.utcoffset() is None:
        message = f"{name}: a naive datetime names no moment; give it a time zone"
        raise ValueError(message)
    return time_text(value)


def time_text(value: datetime) -> str:
    """An aware datetime as RFC 3339 text, in UTC and whole milliseconds."""
    try:
        text = value.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    except OverflowError:
        message = f"{value} lies outside of the years that UTC can name"
        raise ValueError(message) from None
    return text.replace("+00:00", "Z")


@lru_cache(maxsize=512)
def time_from_wire(text: str) -> datetime:
    """The moment that an answer names, in UTC. One answer names the same moment several times."""
    return datetime.fromisoformat(f"{text[:-1]}+00:00")


def duration_ms(value: object, name: str = "ttl") -> int:
    """A length of time in whole milliseconds."""
    match value:
        case bool():
            pass
        case int():
            return _not_negative(value, name)
        case timedelta():
            ms, rest = divmod(value, _MILLISECOND)
            if rest:
                message = f"{name}: {value} is no whole number of milliseconds"
                raise ValueError(message)
            return _not_negative(ms, name)
        case str():
            if (written := _written_ms(value)) is None:
                message = f'{name}: {value!r} is no duration; write it as "90s", "30m" or "1h30m"'
                raise ValueError(message)
            return written
    message = (
        f"{name}: a duration is a timedelta, whole milliseconds or a text such as"
        f' "30m", no {_kind(value)}'
    )
    raise TypeError(message)


@lru_cache(maxsize=256)
def _written_ms(text: str) -> int | None:
    """The milliseconds of a text, if it is a duration. Most programs write two or three."""
    if not _DURATION.fullmatch(text):
        return None
    return sum(int(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text))


def _not_negative(ms: int, name: str) -> int:
    if ms < 0:
        message = f"{name}: a duration is not negative"
        raise ValueError(message)
    return ms


def _key(key: object, name: str) -> str:
    if isinstance(key, str):
        return key
    message = f"{name}: the key {key!r} is no text"
    raise TypeError(message)


def _kind(value: object) -> str:
    return type(value).__name__
