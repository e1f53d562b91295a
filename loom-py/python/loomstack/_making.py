"""Objects of frozen classes, made from all of their fields with one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def maker(cls: type, fields: Sequence[str]) -> Callable[..., Any]:
    """Answer a function that makes what ``cls`` would, quicker than a frozen class makes it itself.

    A frozen dataclass sets each field through ``object.__setattr__``. The function sets them on an
    object of a class of the same layout without that guard, and then makes it one of ``cls``.

    Args:
        cls: A dataclass with ``slots``.
        fields: All of its fields, in the order in which the function takes them.
    """
    if set(fields) != set(cls.__slots__):  # type: ignore[attr-defined]
        raise TypeError(f"{cls.__name__} does not have the fields {', '.join(fields)}")
    names = {"cls": cls, "unguarded": type(cls.__name__, cls.__bases__, {"__slots__": fields})}
    lines = [
        f"def make({', '.join(f'{field}_' for field in fields)}):",
        "    made = unguarded()",
        *(f"    made.{field} = {field}_" for field in fields),
        "    made.__class__ = cls",
        "    return made",
    ]
    exec("\n".join(lines), names)  # noqa: S102 - the names of fields of this package
    make: Callable[..., Any] = names["make"]
    return make
