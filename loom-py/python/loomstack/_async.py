"""The same handle for asyncio: nothing here blocks the event loop.

Every call waits in a thread (:func:`asyncio.to_thread`). A task that is cancelled stops waiting; a
command that it had sent may still land. Whoever has to know sends it again under the same
``command_id``.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Generator, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from ._async_calls import AsyncCalls
from ._async_store import AsyncStore, WaitedStore
from ._loom import Loom

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType
    from uuid import UUID

    from ._errors import LoomError
    from ._forms import Duration, Time
    from ._run import Claim, Clock, Pause, Run
    from ._sources import PatternLike
    from ._store import Store
    from ._values import (
        Actor,
        Answer,
        Beaten,
        Briefing,
        ClaimReply,
        ClaimView,
        HandOverReply,
        Head,
        Mode,
        NotAllowed,
        Notice,
        OnConflict,
        QueryAnswer,
        ReleaseReply,
        Renewal,
        RunFinished,
        RunOutcome,
        Slot,
        SpecRequest,
    )


class _Scope(Protocol):
    """What can be left: a handle, a run, a claim."""

    async def _enter(self) -> None: ...

    async def _leave(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


ScopeT = TypeVar("ScopeT", bound=_Scope)


class Opening(Generic[ScopeT]):
    """Something that is about to begin: ``await`` it, or enter it with ``async with``."""

    __slots__ = ("_begin", "_scope")

    def __init__(self, begin: Coroutine[Any, Any, ScopeT]) -> None:
        """Not for callers."""
        self._begin = begin

    def __await__(self) -> Generator[Any, Any, ScopeT]:
        """Begin, and leave the end to the caller."""
        return self._begin.__await__()

    async def __aenter__(self) -> ScopeT:
        """Begin."""
        self._scope = await self._begin
        await self._scope._enter()
        return self._scope

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what was begun."""
        await self._scope._leave(kind, raised, trace)


class AsyncLoom(AsyncCalls):
    """A journal, ready to work with, for asyncio.

    ::

        async with AsyncLoom.open("sqlite:journal.db") as loom:
            async with loom.run("nightly-1", actor="loop:nightly") as run:
                async with run.claim("src/**", repo="shop", ttl="30m") as claim:
                    ...
    """

    def __init__(self, loom: Loom) -> None:
        """Over a handle that is open already; both may be used."""
        self._calls = loom
        self._loom = loom

    @classmethod
    def open(cls, where: str | os.PathLike[str] | Store | AsyncStore) -> Opening[AsyncLoom]:
        """Opens a journal, as :meth:`Loom.open`. Await it, or enter it with ``async with``.

        Args:
            where: What :meth:`Loom.open` takes, or an :class:`AsyncStore`: its coroutines run on
                the event loop that the journal is opened in.
        """

        async def begin() -> AsyncLoom:
            if iscoroutinefunction(getattr(where, "head", None)):
                waiting = WaitedStore(cast("AsyncStore", where), asyncio.get_running_loop())
                return cls(await asyncio.to_thread(Loom.open, waiting))
            return cls(await asyncio.to_thread(Loom.open, cast("Store", where)))

        return Opening(begin())

    async def submit_json(self, command: str, at: Time | None = None) -> str:
        """As :meth:`Loom.submit_json`."""
        return await asyncio.to_thread(self._loom.submit_json, command, at)

    async def query_json(self, query: str, at: Time | None = None) -> str:
        """As :meth:`Loom.query_json`."""
        return await asyncio.to_thread(self._loom.query_json, query, at)

    async def submit(
        self,
        actor: Actor | str,
        body: Mapping[str, object],
        *,
        at: Time | None = None,
        command_id: UUID | str | None = None,
    ) -> Answer:
        """As :meth:`Loom.submit`."""
        return await asyncio.to_thread(self._loom.submit, actor, body, at=at, command_id=command_id)

    async def query(self, query: Mapping[str, object], *, at: Time | None = None) -> QueryAnswer:
        """As :meth:`Loom.query`."""
        return await asyncio.to_thread(self._loom.query, query, at=at)

    async def verify(self) -> Head:
        """As :meth:`Loom.verify`."""
        return await asyncio.to_thread(self._loom.verify)

    async def close(self) -> None:
        """As :meth:`Loom.close`."""
        await asyncio.to_thread(self._loom.close)

    @property
    def closed(self) -> bool:
        """Whether the handle was closed."""
        return self._loom.closed

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
    ) -> Opening[AsyncRun]:
        """Starts a run, as :meth:`Loom.run`. Await it, or enter it with ``async with``."""

        async def begin() -> AsyncRun:
            run = await asyncio.to_thread(
                self._loom.run,
                name,
                actor=actor,
                loop=loop,
                parent=parent,
                slot=slot,
                ttl=ttl,
                clock=clock,
                pause=pause,
            )
            return AsyncRun(run)

        return Opening(begin())

    def __repr__(self) -> str:
        """Whether it is open."""
        return f"<{type(self).__name__} {'closed' if self.closed else 'open'}>"

    async def _enter(self) -> None:
        pass

    async def _leave(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


class AsyncRun:
    """A run that is under way, as :class:`Run`. Made by :meth:`AsyncLoom.run`."""

    def __init__(self, run: Run) -> None:
        """Not for callers: use :meth:`AsyncLoom.run`."""
        self._run = run

    @property
    def name(self) -> str:
        """Its name."""
        return self._run.name

    @property
    def actor(self) -> Actor:
        """Who works in it; the actor of every command that belongs to the run."""
        return self._run.actor

    @property
    def outcome(self) -> RunOutcome:
        """What the run comes to when the block is left without an exception."""
        return self._run.outcome

    @outcome.setter
    def outcome(self, outcome: RunOutcome) -> None:
        self._run.outcome = outcome

    @property
    def summary(self) -> str | None:
        """What the run says of itself when it is finished."""
        return self._run.summary

    @summary.setter
    def summary(self, summary: str | None) -> None:
        self._run.summary = summary

    @property
    def finished(self) -> RunFinished | None:
        """What it claimed against what it changed, once it is finished."""
        return self._run.finished

    @property
    def lost(self) -> LoomError | None:
        """Why heartbeats ended before the block did, if they did."""
        return self._run.lost

    def claim(
        self,
        *paths: PatternLike,
        repo: str | None = None,
        exclude: PatternLike | Sequence[PatternLike] = (),
        resources: Sequence[str] = (),
        branch: str | None = None,
        specs: Sequence[SpecRequest] | None = None,
        mode: Mode = "write",
        ttl: Duration,
        intent: str | None = None,
        priority: int = 0,
        on_conflict: OnConflict = "refuse",
        partial: bool = False,
        raise_on_refusal: bool = False,
    ) -> Opening[AsyncClaim]:
        """Asks for a claim, as :meth:`Run.claim`. Await it, or enter it with ``async with``."""

        async def begin() -> AsyncClaim:
            claim = await asyncio.to_thread(
                self._run.claim,
                *paths,
                repo=repo,
                exclude=exclude,
                resources=resources,
                branch=branch,
                specs=specs,
                mode=mode,
                ttl=ttl,
                intent=intent,
                priority=priority,
                on_conflict=on_conflict,
                partial=partial,
                raise_on_refusal=raise_on_refusal,
            )
            return AsyncClaim(claim)

        return Opening(begin())

    async def brief(
        self, *, specs: Sequence[SpecRequest] = (), budget_chars: int = 8000
    ) -> Briefing:
        """As :meth:`Run.brief`."""
        return await asyncio.to_thread(self._run.brief, specs=specs, budget_chars=budget_chars)

    async def heartbeat(self) -> Beaten:
        """As :meth:`Run.heartbeat`."""
        return await asyncio.to_thread(self._run.heartbeat)

    async def notices(self) -> tuple[Notice, ...]:
        """As :meth:`Run.notices`."""
        return await asyncio.to_thread(self._run.notices)

    async def finish(self, outcome: RunOutcome, summary: str | None = None) -> RunFinished:
        """As :meth:`Run.finish`."""
        return await asyncio.to_thread(self._run.finish, outcome, summary)

    def __repr__(self) -> str:
        """As of :class:`Run`."""
        return repr(self._run).replace("<Run", "<AsyncRun", 1)

    async def _enter(self) -> None:
        self._run.__enter__()

    async def _leave(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._run.__exit__, kind, raised, trace)


class AsyncClaim:
    """What a run asked for, as :class:`Claim`. Made by :meth:`AsyncRun.claim`."""

    def __init__(self, claim: Claim) -> None:
        """Not for callers: use :meth:`AsyncRun.claim`."""
        self._claim = claim

    @property
    def reply(self) -> ClaimReply | NotAllowed:
        """Granted, waiting or refused; or not allowed by the policy."""
        return self._claim.reply

    @property
    def governed(self) -> bool:
        """Whether a policy was asked."""
        return self._claim.governed

    @property
    def token(self) -> str | None:
        """The fencing token; ``None`` where nothing is held."""
        return self._claim.token

    @property
    def expires_at(self) -> datetime | None:
        """When the lease ends if nobody renews it, as far as it was told."""
        return self._claim.expires_at

    def __bool__(self) -> bool:
        """Whether something is held."""
        return bool(self._claim)

    async def poll(self) -> bool:
        """As :meth:`Claim.poll`."""
        return await asyncio.to_thread(self._claim.poll)

    async def renew(self, ttl: Duration | None = None) -> Renewal | None:
        """As :meth:`Claim.renew`."""
        return await asyncio.to_thread(self._claim.renew, ttl)

    async def narrow(self, specs: Sequence[SpecRequest]) -> ClaimView:
        """As :meth:`Claim.narrow`."""
        return await asyncio.to_thread(self._claim.narrow, specs)

    async def hand_over(self, to: str) -> HandOverReply:
        """As :meth:`Claim.hand_over`."""
        return await asyncio.to_thread(self._claim.hand_over, to)

    async def release(self) -> ReleaseReply | None:
        """As :meth:`Claim.release`."""
        return await asyncio.to_thread(self._claim.release)

    def __repr__(self) -> str:
        """As of :class:`Claim`."""
        return repr(self._claim).replace("<Claim", "<AsyncClaim", 1)

    async def _enter(self) -> None:
        pass

    async def _leave(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._claim.__exit__, kind, raised, trace)
