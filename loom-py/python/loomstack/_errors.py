"""What goes wrong, as exceptions.

Branch on the class, on :attr:`LoomError.code` (a stable word, part of the API) or on
:attr:`LoomError.next` (what to do about it). Messages are for people and may change.

Refusals that belong to the job, such as a claim that is in somebody's way, are replies and no
exceptions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from ._loomstack import next_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._values import Code, Next


class LoomError(Exception):
    """An error of the library: a stable code, the next step, and a sentence for people."""

    code: Code
    """What went wrong, as a stable word: ``"not_found"``, ``"limit_exceeded"``, …"""
    next: Next
    """What to do: ``"retry"``, ``"fix_input"``, ``"reload"``, ``"ask_human"`` or ``"stop"``."""
    message: str
    """A sentence for people, without the field."""
    field: str | None
    """What it is about, as a path into the input, such as ``specs[2].paths``."""
    limit: str | None
    """The name of the limit that was passed, such as ``SPECS_MAX``."""

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        next: Next | None = None,
        field: str | None = None,
        limit: str | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.next = next_of(code) if next is None else next
        self.message = message
        self.field = field
        self.limit = limit

    def __str__(self) -> str:
        """The sentence with its field in front and its code behind."""
        about = f"{self.field}: " if self.field else ""
        return f"{about}{self.message} [{self.code}]"

    def __repr__(self) -> str:
        """The class with every attribute that is set."""
        more = "".join(
            f", {name}={value!r}"
            for name in ("next", "field", "limit")
            if (value := getattr(self, name)) is not None
        )
        return f"{type(self).__name__}({self.code!r}, {self.message!r}{more})"

    def __reduce__(self) -> tuple[object, ...]:
        """Errors travel between processes whole."""
        state = {"next": self.next, "field": self.field, "limit": self.limit}
        return (type(self), (self.code, self.message), state)


class InvalidInput(LoomError, ValueError):
    """What was sent cannot be understood, or cannot be done as it was asked. Change it."""


class LimitExceeded(InvalidInput):
    """Something is over, or under, a documented limit; :attr:`LoomError.limit` names it."""


class HandleClosed(InvalidInput):
    """The handle was closed before."""


class NotFound(LoomError, LookupError):
    """The thing named does not exist here."""


class AlreadyExists(LoomError):
    """The name, the id or the place in the queue is taken."""


class NotLive(LoomError):
    """The run, the claim or the request has ended or lapsed. Read the state again, then decide."""


class NotPermitted(LoomError):
    """This actor may not send this command. A person has to decide."""


class JournalError(LoomError):
    """The journal is missing, damaged, newer than this library, or went back; or has no policy."""


class Unavailable(LoomError):
    """The store cannot be reached or is busy. Nothing happened; send the same again later."""


class OutcomeUnknown(Unavailable):
    """Nobody knows whether the command landed. Send the same again, with the same id."""


class InternalError(LoomError):
    """A bug in this library. Nothing was changed; the handle can be used."""


CLASSES: Final[Mapping[Code, type[LoomError]]] = {
    "invalid_path": InvalidInput,
    "invalid_pattern": InvalidInput,
    "invalid_field": InvalidInput,
    "missing_field": InvalidInput,
    "invalid_policy": InvalidInput,
    "invalid_json": InvalidInput,
    "not_narrower": InvalidInput,
    "limit_exceeded": LimitExceeded,
    "too_large": LimitExceeded,
    "not_found": NotFound,
    "already_exists": AlreadyExists,
    "id_reused": AlreadyExists,
    "already_waiting": AlreadyExists,
    "run_not_live": NotLive,
    "claim_not_live": NotLive,
    "request_not_open": NotLive,
    "not_permitted": NotPermitted,
    "no_journal": JournalError,
    "no_policy": JournalError,
    "broken_chain": JournalError,
    "gap": JournalError,
    "newer_journal": JournalError,
    "corrupt": JournalError,
    "regressed": JournalError,
    "unavailable": Unavailable,
    "clock_ahead": Unavailable,
    "outcome_unknown": OutcomeUnknown,
    "internal": InternalError,
}
"""The class of every code."""


def from_core(
    code: str, next: str, message: str, field: str | None, limit: str | None
) -> LoomError:
    """The exception for an error of the core. Called by the extension module."""
    known = cast("Code", code)
    kind = CLASSES.get(known, LoomError)
    return kind(known, message, next=cast("Next", next), field=field, limit=limit)


def handle_closed() -> HandleClosed:
    """The exception for a closed handle. Called by the extension module."""
    return HandleClosed("invalid_field", "this handle is closed", field="handle")
