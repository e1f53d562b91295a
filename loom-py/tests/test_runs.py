"""Runs and claims in blocks: what was started ends, and lives as long as the block."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from queue import Queue

import pytest
from loomstack import (
    Claim,
    ClaimAnswer,
    ClaimView,
    Granted,
    HandedOver,
    HandleClosed,
    InternalError,
    IntervalTrigger,
    Loom,
    LoomError,
    NotLive,
    Pattern,
    Refused,
    RefusedError,
    RunView,
    SpecRequest,
    Unavailable,
    Waiting,
)

from .conftest import ADA, NIGHTLY, START


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **elapsed: float) -> None:
        self.now += timedelta(**elapsed)


class Pause:
    """Lets the heart of a run beat when a test says so, and keeps how long it would have waited."""

    def __init__(self) -> None:
        self.asked: Queue[float] = Queue()
        self._go: Queue[bool] = Queue()

    def __call__(self, seconds: float) -> bool:
        self.asked.put(seconds)
        return self._go.get(timeout=60)

    def wait(self) -> float:
        """How long the heart waits this time, once it does."""
        return self.asked.get(timeout=60)

    def beat(self) -> float:
        """One heartbeat; answers the wait after it."""
        self._go.put(True)
        return self.wait()

    def end(self) -> None:
        self._go.put(False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run_of(loom: Loom, name: str, clock: Clock) -> RunView:
    run = loom.get_run(name, at=clock())
    assert run is not None
    return run


def held(loom: Loom, clock: Clock) -> tuple[ClaimView, ...]:
    return loom.claims(at=clock()).claims


def test_leaving_the_block_releases_the_claim_and_finishes_the_run(
    loom: Loom, clock: Clock
) -> None:
    with loom.run("c", actor="loop:tidy", clock=clock) as run:
        assert run_of(loom, "c", clock).live
        with run.claim("src/**", repo="shop", ttl="30m", intent="tidy up") as claim:
            assert claim
            (view,) = held(loom, clock)
            assert (view.token, view.run, view.mode) == (claim.token, "c", "write")
            assert claim.expires_at == START + timedelta(minutes=30)
        assert not claim
        assert held(loom, clock) == ()
    assert run.finished is not None
    finished = run_of(loom, "c", clock).finished
    assert finished is not None
    assert finished.outcome == "done"


@pytest.mark.parametrize(
    ("raised", "outcome"), [(ZeroDivisionError, "failed"), (KeyboardInterrupt, "stopped")]
)
def test_a_block_that_raises_releases_and_finishes_too(
    loom: Loom, clock: Clock, raised: type[BaseException], outcome: str
) -> None:
    with (
        pytest.raises(raised),
        loom.run("c", actor="loop:tidy", clock=clock) as run,
        run.claim("src/**", repo="shop", ttl="30m"),
    ):
        raise raised
    assert held(loom, clock) == ()
    finished = run_of(loom, "c", clock).finished
    assert finished is not None
    assert finished.outcome == outcome


def test_the_outcome_is_what_the_block_says(loom: Loom, clock: Clock) -> None:
    with loom.run("c", actor="loop:tidy", clock=clock) as run:
        run.outcome, run.summary = "nothing_found", "all is tidy"
    with loom.run("d", actor="loop:tidy", clock=clock) as run:
        run.finish("handed_to_human", "help")
    for name, outcome, summary in [
        ("c", "nothing_found", "all is tidy"),
        ("d", "handed_to_human", "help"),
    ]:
        finished = run_of(loom, name, clock).finished
        assert finished is not None
        assert finished.summary is not None
        assert (finished.outcome, finished.summary.text) == (outcome, summary)


def test_what_the_block_raises_goes_before_what_finishing_raises(loom: Loom, clock: Clock) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        loom.run("c", actor="loop:tidy", ttl="1m", clock=clock) as run,
        run.claim("src", repo="shop", ttl="1m"),
    ):
        loom.finish_run(actor=run.actor, outcome="done", at=clock())
        raise ZeroDivisionError
    assert isinstance(run.lost, NotLive)


def test_a_journal_that_is_closed_meanwhile_hides_nothing_that_the_block_raises(
    loom: Loom, clock: Clock
) -> None:
    run = loom.run("c", actor="loop:tidy", clock=clock)
    claim = run.claim("src", repo="shop", ttl="1m")
    other = run.claim("docs", repo="shop", ttl="1m")
    with pytest.raises(ZeroDivisionError), claim:
        loom.close()
        raise ZeroDivisionError
    with pytest.raises(HandleClosed), other:
        pass


def test_a_run_that_ended_behind_its_back_says_so_when_it_is_finished(
    loom: Loom, clock: Clock
) -> None:
    with pytest.raises(NotLive) as caught, loom.run("c", actor="loop:tidy", clock=clock) as run:
        loom.finish_run(actor=run.actor, outcome="done", at=clock())
    assert caught.value.code == "run_not_live"


def test_a_claim_that_lapsed_is_missing_from_what_was_released(loom: Loom, clock: Clock) -> None:
    with loom.run("c", actor="loop:tidy", clock=clock) as run:
        claim = run.claim("src", repo="shop", ttl="1m")
        clock.move(minutes=2)
        released = claim.release()
        assert released is not None
        assert released.released == ()
        assert [it.why for it in released.skipped] == ["lapsed"]


def test_a_refusal_is_a_value_with_its_witness(loom: Loom, clock: Clock) -> None:
    loom.claim(
        actor=NIGHTLY, specs=[SpecRequest("shop", "src/**")], mode="write", ttl="1h", at=START
    )
    with loom.run("c", actor="loop:tidy", clock=clock) as run:
        with run.claim("src/*.rs", "docs", repo="shop", ttl="1m") as claim:
            assert not claim
            assert claim.token is None
            match claim.reply:
                case Refused(meetings=meetings):
                    (meeting,) = meetings.list
                    assert (meeting.run, meeting.cell) == ("a", "conflict")
                    assert Pattern("src/*.rs").matches(meeting.met.witness)  # type: ignore[union-attr, arg-type]
                case other:
                    pytest.fail(repr(other))
            with pytest.raises(NotLive):
                claim.hand_over("b")
            assert claim.renew() is None
            assert claim.release() is None
        with pytest.raises(RefusedError, match="a holds shop") as caught:
            run.claim("src/*.rs", repo="shop", ttl="1m", raise_on_refusal=True)
        assert isinstance(caught.value.reply, Refused)


def test_a_claim_takes_places_in_either_form(loom: Loom, clock: Clock) -> None:
    with loom.run("c", actor="loop:tidy", clock=clock) as run:
        one = run.claim("src", exclude="src/gen", resources=["db"], repo="shop", ttl="1m")
        assert isinstance(one.reply, Granted)
        (spec,) = one.reply.specs
        assert spec.resources == ("db",)
        assert [it.text for it in spec.paths.exclude] == ["src/gen"]
        both = run.claim(specs=[SpecRequest("shop", "a"), SpecRequest("shop", "b")], ttl="1m")
        assert isinstance(both.reply, Granted)
        assert len(both.reply.specs) == 2
        with pytest.raises(TypeError, match="needs repo, or specs"):
            run.claim("src", ttl="1m")
        with pytest.raises(TypeError, match="in place of"):
            run.claim("src", specs=[], ttl="1m")


def test_a_heartbeat_is_sent_at_a_third_of_the_shortest_lease(loom: Loom, clock: Clock) -> None:
    pause = Pause()
    with loom.run("c", actor="loop:tidy", ttl="1h", clock=clock, pause=pause) as run:
        assert pause.wait() == timedelta(hours=1).total_seconds() / 3
        claim = run.claim("src", repo="shop", ttl="30m")
        clock.move(minutes=20)
        assert pause.beat() == timedelta(minutes=30).total_seconds() / 3
        (view,) = held(loom, clock)
        assert view.expires_at == clock.now + timedelta(minutes=30)
        claim.release()
        assert pause.beat() == timedelta(hours=1).total_seconds() / 3
        pause.end()
    assert not heart_threads()


def test_a_claim_outlives_its_lease_while_its_run_beats(loom: Loom, clock: Clock) -> None:
    pause = Pause()
    with loom.run("c", actor="loop:tidy", ttl="10m", clock=clock, pause=pause) as run:
        pause.wait()
        with run.claim("src", repo="shop", ttl="10m"):
            for _ in range(12):
                clock.move(minutes=3)
                pause.beat()
            assert len(held(loom, clock)) == 1
            assert run_of(loom, "c", clock).live
        pause.end()


def test_a_heart_goes_on_after_an_error_that_passes_and_ends_at_one_that_does_not(
    loom: Loom, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause()
    errors: list[LoomError] = [
        Unavailable("unavailable", "busy"),
        InternalError("internal", "a bug"),
    ]
    with loom.run("c", actor="loop:tidy", clock=clock, pause=pause) as run:

        def broken() -> None:
            raise errors.pop(0)

        monkeypatch.setattr(run, "heartbeat", broken)
        pause.wait()
        pause.beat()
        assert run.lost is None
        pause._go.put(True)
        for thread in heart_threads():
            thread.join()
        assert isinstance(run.lost, InternalError)
    assert not errors


def heart_threads() -> list[threading.Thread]:
    return [it for it in threading.enumerate() if it.name == "loomstack-heart"]


def test_the_heart_of_its_own_stops_with_the_block(loom: Loom) -> None:
    with loom.run("c", actor="loop:tidy") as run:
        assert len(heart_threads()) == 1
        assert all(thread.daemon for thread in heart_threads())
        run.claim("src", repo="shop", ttl="1m")
    assert not heart_threads()


def test_a_run_without_a_block_has_no_heart(loom: Loom, clock: Clock) -> None:
    run = loom.run("c", actor="loop:tidy", clock=clock)
    assert not heart_threads()
    run.finish("done")
    with run:
        assert not heart_threads()


def test_a_shorter_claim_makes_the_heart_beat_sooner(
    loom: Loom, monkeypatch: pytest.MonkeyPatch
) -> None:
    beaten = threading.Event()
    with loom.run("c", actor="loop:tidy", ttl="24h") as run:
        monkeypatch.setattr(run, "heartbeat", beaten.set)
        # A lease of three milliseconds is shorter than any claim's: the wait of hours is cut short.
        run._holds("token", timedelta(milliseconds=3))
        assert beaten.wait(timeout=60)
        monkeypatch.undo()


def test_notices_are_told_once(loom: Loom, clock: Clock) -> None:
    with (
        loom.run("c", actor="loop:tidy", clock=clock) as run,
        run.claim("src", repo="shop", ttl="30m"),
    ):
        loom.claim(
            actor=NIGHTLY, specs=[SpecRequest("shop", "src/a")], mode="write", ttl="1m", at=clock()
        )
        (notice,) = run.notices()
        assert (notice.from_run, notice.outcome) == ("a", "refused")
        assert run.notices() == ()


def test_a_wait_is_withdrawn_or_what_it_became_is_released(loom: Loom, clock: Clock) -> None:
    first = loom.claim(
        actor=NIGHTLY, specs=[SpecRequest("shop", "src")], mode="write", ttl="1h", at=clock()
    )
    assert isinstance(first, ClaimAnswer)
    assert isinstance(first.claim, Granted)
    with loom.run("c", actor="loop:tidy", clock=clock) as run:

        def ask() -> Claim:
            return run.claim("src", repo="shop", ttl="1m", on_conflict="wait")

        with ask() as claim:
            assert isinstance(claim.reply, Waiting)
            assert not claim.poll()
            assert len(loom.waits(at=clock()).waits) == 1
        assert loom.waits(at=clock()).waits == ()
        with ask() as claim:
            loom.release(actor=NIGHTLY, tokens=[first.claim.token], at=clock())
            assert [view.run for view in held(loom, clock)] == ["c"]
            assert claim.poll()
            assert claim.token == held(loom, clock)[0].token
        assert held(loom, clock) == ()


def test_a_wait_that_was_served_unseen_is_released_too(loom: Loom, clock: Clock) -> None:
    first = loom.claim(
        actor=NIGHTLY, specs=[SpecRequest("shop", "src")], mode="write", ttl="1h", at=clock()
    )
    assert isinstance(first, ClaimAnswer)
    assert isinstance(first.claim, Granted)
    with loom.run("c", actor="loop:tidy", clock=clock) as run:
        other = run.claim("docs", repo="shop", ttl="1m")
        with run.claim("src", repo="shop", ttl="1m", on_conflict="wait"):
            loom.release(actor=NIGHTLY, tokens=[first.claim.token], at=clock())
            assert len(held(loom, clock)) == 2
        assert [view.token for view in held(loom, clock)] == [other.token]


def test_what_was_handed_over_is_not_released(loom: Loom, clock: Clock) -> None:
    with loom.run("c", actor="loop:tidy", clock=clock) as run:
        with run.claim("src", repo="shop", ttl="30m") as claim:
            reply = claim.hand_over("b")
            assert isinstance(reply, HandedOver)
            assert not claim
        (view,) = held(loom, clock)
        assert (view.token, view.run) == (reply.token, "b")


def test_a_claim_is_narrowed_and_renewed(loom: Loom, clock: Clock) -> None:
    with (
        loom.run("c", actor="loop:tidy", clock=clock) as run,
        run.claim("src/**", repo="shop", ttl="30m") as claim,
    ):
        view = claim.narrow([SpecRequest("shop", "src/a")])
        assert [it.text for it in view.specs[0].paths.include] == ["src/a"]
        renewal = claim.renew("1h")
        assert renewal is not None
        assert claim.expires_at == renewal.expires_at == START + timedelta(hours=1)
        loom.revoke(actor=ADA, token=claim.token or "", reason="mine", at=clock())
        assert claim.renew() is None
        assert not claim


def test_a_run_below_another_names_its_parent(loom: Loom, clock: Clock) -> None:
    with (
        loom.run("c", actor="loop:tidy", clock=clock),
        loom.run("d", actor="loop:tidy", parent="c", clock=clock) as child,
    ):
        assert run_of(loom, "d", clock).parent == "c"
        assert child.actor.run == "d"
        assert "d" in child.brief().rendered.text
    assert repr(child) == "<Run d of loop:tidy: finished>"


def test_a_loop_of_short_claims_does_not_wake_the_heart_at_every_claim(loom: Loom) -> None:
    """It is woken for the first, and once more where it was only about to rest."""

    class Counted(threading.Condition):
        woken = 0

        def notify_all(self) -> None:
            Counted.woken += 1
            super().notify_all()

    run = loom.run("short", actor="loop:tidy", ttl="1d")
    run._heart._state = Counted()
    with run:
        for _ in range(100):
            with run.claim("docs", repo="shop", ttl="30m") as claim:
                assert claim
        assert 1 <= Counted.woken <= 2


def test_a_run_of_a_paused_loop_does_not_start_and_says_so(loom: Loom) -> None:
    loom.register_loop(actor=ADA, id="old", owner="ada")
    loom.pause_loop(actor=ADA, id="old", reason="a release")
    with pytest.raises(RefusedError, match=r"^loop old does not start: paused$"):
        loom.run("r1", actor="loop:nightly", loop="old")


def test_one_run_has_a_slot_and_the_other_is_told_whose_it_is(loom: Loom) -> None:
    every = IntervalTrigger(every_ms=60_000)
    loom.register_loop(actor=ADA, id="sitter", owner="ada", trigger=every, at=START)
    at = START + timedelta(minutes=3)
    (due,) = loom.due(at=at).due
    assert (due.loop, due.missed) == ("sitter", 2)
    clock = Clock()
    clock.move(minutes=3)
    with loom.run("one", actor="loop:a", loop="sitter", slot=due.slot, clock=clock):
        assert loom.due(at=at).due == ()
        with pytest.raises(RefusedError, match=r"slot taken \(run one\)$"):
            loom.run("two", actor="loop:b", loop="sitter", slot=due.slot, clock=clock)
