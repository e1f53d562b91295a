"""Runs and claims as context managers: what was started ends, whatever happens in between.

A run inside ``with`` is kept alive by a thread that sends a heartbeat whenever a third of the
shortest lease is over. A process that dies takes the thread along, and its leases end by
themselves.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from ._errors import LoomError, NotLive
from ._forms import Duration, duration_ms
from ._roles import actor_to_wire
from ._sources import PathSetSource, PatternLike, as_path_set, as_patterns
from ._values import (
    Actor,
    Answer,
    Beaten,
    Briefing,
    ClaimAnswer,
    ClaimReply,
    Claims,
    ClaimView,
    Granted,
    HandedOver,
    HandOverReply,
    Mode,
    NotAllowed,
    Notice,
    OnConflict,
    Refused,
    ReleaseReply,
    Renewal,
    RenewReply,
    RunFinished,
    RunNotDone,
    RunNotStarted,
    RunOutcome,
    RunStarted,
    Slot,
    SpecRequest,
    Waiting,
    decode_Actor,
)

if TYPE_CHECKING:
    from types import TracebackType

    from ._loom import Loom

Clock: TypeAlias = Callable[[], "datetime | None"]
"""What time it is; ``None`` for the library's own clock."""
Pause: TypeAlias = Callable[[float], bool]
"""Waits for so many seconds at most; answers whether to go on."""

BEATS_PER_LEASE: Final = 3
"""How often a heartbeat is sent within one lease."""


class RefusedError(Exception):
    """A claim was refused, and the caller asked for an exception; or a run did not start."""

    def __init__(self, reply: Refused | NotAllowed | RunNotStarted | RunNotDone) -> None:
        """Carry the reply."""
        super().__init__(reply)
        self.reply = reply
        """Who is in the way: every meeting has a witness. Or what the policy decided, and why."""

    def __str__(self) -> str:
        """Who is in the way, and where; or which rules are."""
        if isinstance(self.reply, RunNotDone):
            return f"run {self.reply.run} is not done: {self.reply.next}"
        if isinstance(self.reply, RunNotStarted):
            by = f" (run {self.reply.by})" if self.reply.by else ""
            return f"loop {self.reply.loop} does not start: {self.reply.why.replace('_', ' ')}{by}"
        if isinstance(self.reply, NotAllowed):
            decision = self.reply.decision
            rules = ", ".join(reason.rule.id for reason in decision.reasons)
            return f"the policy says {decision.verdict} ({rules})"
        met = [f"{it.run} holds {it.repo} ({it.met})" for it in self.reply.meetings.list]
        more = self.reply.meetings.more
        return "; ".join(met) + (f"; and {more} more" if more else "")


class Run:
    """A run that is under way. Made by :meth:`Loom.run`; a context manager.

    Leaving the block finishes the run: ``done``, or what :attr:`outcome` was set to; ``failed``
    where the block raises, ``stopped`` where it is interrupted. Threads may share it.
    """

    def __init__(
        self,
        loom: Loom,
        name: str,
        *,
        actor: Actor | str,
        loop: str | None,
        parent: str | None,
        slot: Slot | None,
        ttl: Duration | None,
        clock: Clock,
        pause: Pause | None,
    ) -> None:
        """Not for callers: use :meth:`Loom.run`."""
        self._loom = loom
        self._clock = clock
        self._claims: dict[str, timedelta] = {}
        self._lock = threading.Lock()
        self._seen: int | None = None
        self._heart = _Heart(self._beat, self._interval, pause)
        sender = _as_actor(actor)
        body = {
            "type": "start_run",
            "run": name,
            "loop": loop,
            "parent": parent,
            "slot": slot,
            "ttl_ms": None if ttl is None else duration_ms(ttl),
        }
        answer = loom.submit(sender, body, at=clock())
        if isinstance(answer.reply, RunNotStarted):
            raise RefusedError(answer.reply)
        started = cast("RunStarted", answer.reply)
        self._lease = started.live_until - answer.at
        self.name: Final = name
        """Its name."""
        self.actor: Final = sender.in_run(name)
        """Who works in it; the actor of every command that belongs to the run."""
        self.outcome: RunOutcome = "done"
        """What the run comes to when the block is left without an exception."""
        self.summary: str | None = None
        """What the run says of itself when it is finished."""
        self.finished: RunFinished | None = None
        """What it claimed against what it changed, once it is finished."""
        self.lost: LoomError | None = None
        """Why heartbeats ended before the block did, if they did: the run may have lapsed."""

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
    ) -> Claim:
        """Asks for a claim. Leaving its block releases it.

        Args:
            paths: What to claim: globs, or patterns.
            repo: Where.
            exclude: What to leave out of the paths.
            resources: Named things of the repository that are no files.
            branch: The branch that the work will land on; the repository's default where absent.
            specs: 1 to 64 places, in place of all of the above.
            mode: How strongly: ``"plan"``, ``"read"``, ``"write"`` or ``"exclusive"``.
            ttl: The length of the lease.
            intent: What for; others are told.
            priority: 0 to 9; more is served earlier.
            on_conflict: ``"refuse"``; ``"wait"`` to queue; ``"advise"`` for a plan in its place.
            partial: Leave out what meets, and grant the rest.
            raise_on_refusal: Raise :class:`RefusedError` in place of a claim that holds nothing.

        Returns:
            The claim, true where it holds something; :attr:`Claim.reply` says why where not.

        Raises:
            RefusedError: Where it is refused and ``raise_on_refusal`` is set.
            LoomError: Where it cannot be asked for; see the class and its code.
            TypeError: Where neither ``repo`` nor ``specs`` is given, or both are.
        """
        if specs is None:
            if repo is None:
                message = "claim() needs repo, or specs"
                raise TypeError(message)
            include = as_path_set(paths, "paths").include
            both = PathSetSource(include, as_patterns(exclude, "exclude"))
            specs = [SpecRequest(repo, both, branch=branch, resources=tuple(resources))]
        elif paths or repo is not None or exclude or resources or branch is not None:
            message = "claim() takes specs in place of paths, repo, exclude, resources and branch"
            raise TypeError(message)
        body = {
            "type": "claim",
            "specs": specs,
            "mode": mode,
            "ttl_ms": duration_ms(ttl),
            "intent": intent,
            "priority": priority,
            "on_conflict": on_conflict,
            "partial": partial,
        }
        claim = Claim(self, self._submit(body), body)
        if raise_on_refusal and isinstance(claim.reply, (Refused, NotAllowed)):
            raise RefusedError(claim.reply)
        return claim

    def brief(self, *, specs: Sequence[SpecRequest] = (), budget_chars: int = 8000) -> Briefing:
        """What the run should know before it starts; ``rendered.text`` is for the agent.

        Args:
            specs: Places besides those that it holds.
            budget_chars: The most characters of its text.

        Raises:
            LoomError: Where it cannot be answered; see the class and its code.
        """
        return self._loom.brief(self.name, specs=specs, budget_chars=budget_chars, at=self._clock())

    def heartbeat(self) -> Beaten:
        """Says that the run is alive: renews its lease and its claims.

        Raises:
            NotLive: Where it lapsed before.
        """
        return self._loom.heartbeat(actor=self.actor, seen=self._seen, at=self._clock())

    def notices(self) -> tuple[Notice, ...]:
        """What the run was told since it last asked: who wanted what it holds.

        Raises:
            NotLive: Where it lapsed before.
        """
        told = self.heartbeat().notices
        if told:
            self._seen = told[-1].seq
        return told

    def finish(self, outcome: RunOutcome, summary: str | None = None) -> RunFinished:
        """Ends the run: its claims are released. Leaving the block then does nothing more.

        Args:
            outcome: ``"done"``, ``"nothing_found"``, ``"handed_to_human"``, ``"failed"`` or
                ``"stopped"``.
            summary: What came of it, in its own words.

        Raises:
            NotLive: Where it was finished before.
            RefusedError: Where it is not done yet, or the policy wants more; its heart then
                beats no more.
        """
        self._heart.stop()
        reply = self._loom.finish_run(
            actor=self.actor, outcome=outcome, summary=summary, at=self._clock()
        )
        if isinstance(reply, RunNotDone | NotAllowed):
            raise RefusedError(reply)
        self.finished = reply
        return reply

    def __enter__(self) -> Run:
        """Begin to send heartbeats."""
        self._heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the run, if it is not. What the block raised goes before what finishing raises."""
        self._heart.stop()
        if self.finished is not None:
            return
        if raised is None:
            self.finish(self.outcome, self.summary)
            return
        try:
            self.finish("failed" if isinstance(raised, Exception) else "stopped", self.summary)
        except LoomError as why:
            self.lost = self.lost or why

    def __repr__(self) -> str:
        """Its name, who works in it, and whether it is over."""
        state = "under way" if self.finished is None else "finished"
        return f"<Run {self.name} of {self.actor}: {state}>"

    def _submit(self, body: Mapping[str, object]) -> Answer:
        return self._loom.submit(self.actor, body, at=self._clock())

    def _holds(self, token: str, lease: timedelta) -> None:
        with self._lock:
            self._claims[token] = lease
        self._heart.quicken(lease.total_seconds() / BEATS_PER_LEASE)

    def _lets_go(self, token: str) -> None:
        with self._lock:
            self._claims.pop(token, None)

    def _interval(self) -> float:
        with self._lock:
            shortest = min([self._lease, *self._claims.values()])
        return shortest.total_seconds() / BEATS_PER_LEASE

    def _beat(self) -> bool:
        """One heartbeat of the thread; answers whether there will be another."""
        try:
            self.heartbeat()
        except LoomError as why:
            if why.next == "retry":
                return True
            self.lost = why
            return False
        return True


class Claim:
    """What a run asked for. Made by :meth:`Run.claim`; a context manager that releases it.

    True where something is held. A refusal is a value: look at :attr:`reply`.
    """

    def __init__(self, run: Run, answer: Answer, body: Mapping[str, object]) -> None:
        """Not for callers: use :meth:`Run.claim`."""
        self._run = run
        self._body = body
        reply = cast("ClaimAnswer | NotAllowed", answer.reply)
        self.reply: ClaimReply | NotAllowed = (
            reply if isinstance(reply, NotAllowed) else reply.claim
        )
        """Granted, waiting or refused; or not allowed by the policy."""
        self.governed: bool = isinstance(reply, NotAllowed) or reply.governed
        """Whether a policy was asked."""
        self.token: str | None = None
        """The fencing token; ``None`` where nothing is held."""
        self.expires_at: datetime | None = None
        """When the lease ends if nobody renews it, as far as it was told."""
        if isinstance(self.reply, Granted):
            self._hold(self.reply.token, self.reply.expires_at, answer.at)

    def __bool__(self) -> bool:
        """Whether something is held."""
        return self.token is not None

    def poll(self) -> bool:
        """Looks whether a wait was served meanwhile. Answers whether something is held.

        Raises:
            LoomError: Where the journal cannot be asked.
        """
        if self.token is None and isinstance(self.reply, Waiting):
            answer = self._run._loom.query(
                {"type": "claims", "run": self._run.name}, at=self._run._clock()
            )
            for view in cast("Claims", answer.reply).claims:
                if view.expires_at and self._asked_for(view):
                    self._hold(view.token, view.expires_at, answer.at)
                    break
        return bool(self)

    def renew(self, ttl: Duration | None = None) -> Renewal | None:
        """Renews the claim now; heartbeats do so before its lease ends.

        Args:
            ttl: A new length of lease; the claim's own where absent.

        Returns:
            The renewed lease, or ``None`` where the claim is not held any more.
        """
        if self.token is None:
            return None
        body = {
            "type": "renew",
            "tokens": [self.token],
            "ttl_ms": None if ttl is None else duration_ms(ttl),
        }
        answer = self._run._submit(body)
        for renewal in cast("RenewReply", answer.reply).renewed:
            self._hold(renewal.token, renewal.expires_at, answer.at)
            return renewal
        self._let_go()
        return None

    def narrow(self, specs: Sequence[SpecRequest]) -> ClaimView:
        """Makes the claim hold less.

        Args:
            specs: All that it shall hold.

        Raises:
            InvalidInput: ``not_narrower`` where that is not less.
            NotLive: Where nothing is held.
        """
        return self._run._loom.narrow(
            actor=self._run.actor, token=self._held(), specs=specs, at=self._run._clock()
        )

    def hand_over(self, to: str) -> HandOverReply:
        """Gives the claim to another run. Where that is done, leaving the block releases nothing.

        Args:
            to: The run that holds it from now on.

        Raises:
            NotLive: Where nothing is held.
        """
        reply = self._run._loom.hand_over(
            actor=self._run.actor, token=self._held(), to=to, at=self._run._clock()
        )
        if isinstance(reply, HandedOver):
            self._let_go()
        return reply

    def release(self) -> ReleaseReply | None:
        """Releases what is held, or withdraws what waits.

        Returns:
            What is free now, and what was not held any more; ``None`` where nothing was held.
        """
        if isinstance(self.reply, Waiting) and self.token is None:
            self._run._loom.withdraw(actor=self._run.actor, at=self._run._clock())
            self.poll()
        if self.token is None:
            return None
        token = self.token
        self._let_go()
        return self._run._loom.release(actor=self._run.actor, tokens=[token], at=self._run._clock())

    def __enter__(self) -> Claim:
        """Answer the claim itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the claim. What the block raised goes before what releasing raises."""
        if self._run.finished is not None:
            return
        try:
            self.release()
        except LoomError:
            if raised is None:
                raise

    def __repr__(self) -> str:
        """What it holds, or what became of it."""
        return f"<Claim {self.token or type(self.reply).__name__.lower()} of {self._run.name}>"

    def _hold(self, token: str, expires_at: datetime, at: datetime) -> None:
        self.token, self.expires_at = token, expires_at
        self._run._holds(token, expires_at - at)

    def _let_go(self) -> None:
        if self.token is not None:
            self._run._lets_go(self.token)
        self.token = None

    def _held(self) -> str:
        if self.token is None:
            raise NotLive("claim_not_live", "the claim holds nothing", field="token")
        return self.token

    def _asked_for(self, view: ClaimView) -> bool:
        """Whether a claim of the run is the one that this wait asked for."""
        asked = cast("Sequence[SpecRequest]", self._body["specs"])
        return view.mode == self._body["mode"] and [
            (spec.repo, spec.paths) for spec in view.specs
        ] == [(spec.repo, as_path_set(spec.paths, "paths")) for spec in asked]


def _as_actor(actor: Actor | str) -> Actor:
    """The actor that somebody meant."""
    return decode_Actor(actor_to_wire(actor))


class _Heart:
    """A daemon thread that beats until it is stopped, or until a beat says that it was the last."""

    def __init__(
        self, beat: Callable[[], bool], interval: Callable[[], float], pause: Pause | None
    ) -> None:
        self._beat = beat
        self._interval = interval
        self._pause = pause if pause is not None else self._rest
        self._state = threading.Condition()
        self._stopped = False
        self._due = math.inf
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, once."""
        if self._thread is None and not self._stopped:
            self._thread = threading.Thread(target=self._work, name="loomstack-heart", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, and wait for a beat that is under way."""
        with self._state:
            self._stopped = True
            self._state.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def quicken(self, seconds: float) -> None:
        """A beat is due within so long: wake the thread where it would look too late."""
        latest = time.monotonic() + seconds
        with self._state:
            if latest < self._due:
                self._due = latest
                self._state.notify_all()

    def _work(self) -> None:
        while self._pause(self._interval()):
            if self._stopped or not self._beat():
                return

    def _rest(self, seconds: float) -> bool:
        """Wait for so long, or less where the interval becomes shorter meanwhile.

        It looks no later than it once had to, also when the claim that was due is let go: a loop of
        short claims then wakes it once and not at every claim.
        """
        begun = time.monotonic()
        with self._state:
            self._due = math.inf
            while not self._stopped:
                beat = begun + min(seconds, self._interval())
                now = time.monotonic()
                if beat <= now:
                    return True
                self._due = beat if self._due <= now else min(self._due, beat)
                self._state.wait(self._due - now)
        return False
