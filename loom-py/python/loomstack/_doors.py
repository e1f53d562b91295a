"""The two doors of a handle, as JSON and with types, under every named command and query."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ._errors import InvalidInput, LimitExceeded
from ._forms import Time, time_to_wire
from ._roles import actor_to_wire
from ._values import (
    Actor,
    Answer,
    Head,
    QueryAnswer,
    decode_Head,
)

if TYPE_CHECKING:
    from uuid import UUID

    from ._loomstack import Handle


class Doors:
    """A handle on a journal, and its two doors. Threads may share it."""

    __slots__ = ("_handle",)

    _handle: Handle

    def submit_json(self, command: str, at: Time | None = None) -> str:
        """Carries a command out: JSON in, JSON out.

        Args:
            command: ``{"id", "actor", "nonce"?, "body": {"type", …}}``, as
                ``tests/schema/requests.json`` has it. At most 1 MiB.
            at: The moment that it happens at; now where absent. A moment behind the journal's
                time is lifted to it.

        Returns:
            The answer: ``{"decided_at", "at", "lifted"?, "woken"?, "reply": {"type", …}}``.

        Raises:
            LoomError: Where it cannot be done; see the class and its code.
            UnicodeEncodeError: Where the text holds a lone surrogate.
        """
        return self._handle.submit_json(command, None if at is None else time_to_wire(at))

    def query_json(self, query: str, at: Time | None = None) -> str:
        """Answers a query over the newest state: JSON in, JSON out. Changes nothing.

        Args:
            query: ``{"type", …}``, as ``tests/schema/requests.json`` has it.
            at: The moment that is asked about; now where absent.

        Returns:
            The answer: ``{"decided_at", "at", "lifted"?, "reply": {"type", …}}``.

        Raises:
            LoomError: Where it cannot be answered; see the class and its code.
            UnicodeEncodeError: Where the text holds a lone surrogate.
        """
        return self._handle.query_json(query, None if at is None else time_to_wire(at))

    def submit(
        self,
        actor: Actor | str,
        body: Mapping[str, object],
        *,
        at: Time | None = None,
        command_id: UUID | str | None = None,
    ) -> Answer:
        """Carries a command out and answers with everything that is known of it.

        The methods that are named after commands answer with the reply alone; this one also tells
        the journal's version and time, and whose waits were served.

        Args:
            actor: Who sends it: an Actor, or text such as ``"human:ada"``. The caller has
                authenticated them.
            body: ``{"type": "tick"}``. Values may be what the named methods take.
            at: The moment that it happens at; now where absent.
            command_id: The id of the intention. The same id and body again answers with the reply
                that landed.

        Raises:
            LoomError: Where it cannot be done; see the class and its code.
        """
        answer: Answer = self._command(actor, _as_dict(body), at, command_id, whole=True)
        return answer

    def query(self, query: Mapping[str, object], *, at: Time | None = None) -> QueryAnswer:
        """Answers a query with everything that is known of the answer.

        The methods that are named after queries answer with the reply alone; this one also tells
        the journal's version and time.

        Args:
            query: ``{"type": "head"}``. Values may be what the named methods take.
            at: The moment that is asked about; now where absent.

        Raises:
            LoomError: Where it cannot be answered; see the class and its code.
        """
        answer: QueryAnswer = self._query(_as_dict(query), at, whole=True)
        return answer

    def verify(self) -> Head:
        """Reads the whole journal, verifies its chain, and answers where it ends.

        Raises:
            JournalError: For the first record that is not what was written; its version is in the
                error's field.
        """
        return decode_Head(json.loads(self._handle.verify_json()))

    def close(self) -> None:
        """Lets go of the journal. Calls under way still end; later ones raise HandleClosed."""
        self._handle.close()

    @property
    def closed(self) -> bool:
        """Whether the handle was closed."""
        return self._handle.closed

    def _command(
        self,
        actor: Actor | str,
        body: dict[str, object],
        at: Time | None,
        command_id: UUID | str | None,
        *,
        whole: bool = False,
    ) -> Any:
        try:
            return self._handle.submit(
                actor if type(actor) is Actor else actor_to_wire(actor),
                body,
                None if at is None else time_to_wire(at),
                None if command_id is None else str(command_id),
                whole,
            )
        except UnicodeEncodeError as why:
            _refuse_surrogates(why)
        except RecursionError:
            _refuse_depth("body")

    def _query(self, query: dict[str, object], at: Time | None, *, whole: bool = False) -> Any:
        try:
            return self._handle.query(query, None if at is None else time_to_wire(at), whole)
        except UnicodeEncodeError as why:
            _refuse_surrogates(why)
        except RecursionError:
            _refuse_depth("query")


def _as_dict(request: Mapping[str, object]) -> dict[str, object]:
    return request if type(request) is dict else dict(request.items())


def _refuse_surrogates(why: UnicodeEncodeError) -> NoReturn:
    message = f"a text holds a lone surrogate, which is no character ({why.reason})"
    raise InvalidInput("invalid_json", message) from why


def _refuse_depth(name: str) -> NoReturn:
    message = "it nests deeper than any command may"
    raise LimitExceeded("limit_exceeded", message, field=name, limit="COMMAND_DEPTH_MAX") from None
