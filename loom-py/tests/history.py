"""What many callers saw of one journal, and whether one order of it explains all of it.

After Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects": every
call takes effect at one moment between its beginning and its end. The order need not be searched
for, as every answer tells which version of the journal it was decided on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from loomstack import (
    Answer,
    ClaimAnswer,
    Granted,
    Head,
    QueryAnswer,
    Refused,
    ReleaseReply,
    RunStarted,
)


@dataclass(frozen=True)
class Call:
    """One call, with what a counter that all callers share showed before and behind it."""

    began: int
    ended: int
    run: str
    place: str
    answer: Answer | QueryAnswer


@dataclass(frozen=True)
class Moment:
    """When a call took effect: on which version, and whether it made the next one."""

    version: int
    landed: bool
    call: Call = field(compare=False)

    @property
    def order(self) -> tuple[int, bool]:
        """What changed nothing on a version stands before what made the next one of it."""
        return self.version, self.landed


class Contradiction(AssertionError):
    """No order of the calls explains what was answered."""


def check(calls: Sequence[Call], before: int, head: int) -> None:
    """Nothing contradicts that the calls were carried out one after the other, each once.

    Args:
        calls: All that were made while the journal went from one version to the other, each run's
            one after the other. Claims are exclusive, each for one of the places.
        before: The version that the first of them found.
        head: The version that the last of them left.
    """
    moments = sorted(_moments(calls), key=lambda it: it.order)
    _every_version_was_made_once(moments, before, head)
    _nothing_is_decided_before_what_had_ended(moments)
    _a_place_has_one_holder(moments)


def said(answer: Answer | QueryAnswer) -> object:
    """What was answered; of a claim, whether it was granted."""
    reply = answer.reply
    return reply.claim if isinstance(reply, ClaimAnswer) else reply


def _say(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise Contradiction(otherwise)


def _moments(calls: Sequence[Call]) -> list[Moment]:
    """A refusal is recorded where it is the first of its run by a claim, for the holder to see."""
    told: set[tuple[str, str]] = set()
    moments = []
    for call in sorted(calls, key=lambda it: it.began):
        _say(call.began < call.ended, "a call ended before it began")
        reply = said(call.answer)
        match reply:
            case RunStarted() | Granted() | ReleaseReply():
                landed = True
            case Refused():
                refused_by = {(call.run, it.token) for it in reply.meetings.list}
                landed = not refused_by <= told
                told |= refused_by
            case Head():
                _say(reply.ver == call.answer.decided_at, "a head is not the one it was asked of")
                landed = False
            case _:
                raise Contradiction(f"{call.run} was answered {reply}")
        moments.append(Moment(call.answer.decided_at, landed, call))
    return moments


def _every_version_was_made_once(moments: Sequence[Moment], before: int, head: int) -> None:
    made = Counter(it.version for it in moments if it.landed)
    missing = sorted(set(range(before, head)) - set(made))
    doubled = [version for version, times in made.items() if times > 1]
    _say(not missing, f"nobody was answered what became of versions {missing}")
    _say(not doubled, f"several were answered to have landed on versions {doubled}")
    last = (head, False)
    beyond = [it for it in moments if not (before, False) <= it.order <= last]
    _say(not beyond, f"decided on a version that never was: {beyond}")


def _nothing_is_decided_before_what_had_ended(moments: Sequence[Moment]) -> None:
    """Real time: of two calls that did not meet, the later one has the later moment."""
    began = earlier_began = -1
    order = None
    for it in moments:
        if it.order != order:
            order, earlier_began = it.order, began
        _say(it.call.ended > earlier_began, f"what began after it had an earlier moment: {it}")
        began = max(began, it.call.began)


def _a_place_has_one_holder(moments: Sequence[Moment]) -> None:
    holders: dict[str, tuple[str, str]] = {}
    last = ""
    for it in moments:
        run, place, reply = it.call.run, it.call.place, said(it.call.answer)
        match reply:
            case Granted(token=token):
                _say(place not in holders, f"granted while {holders.get(place)} held it: {it}")
                _say(token > last, f"tokens do not rise from {last}: {it}")
                last = token
                holders[place] = (run, token)
            case Refused():
                found = [(meeting.run, meeting.token) for meeting in reply.meetings.list]
                held = [holders[place]] if place in holders else []
                _say(found == held, f"refused by {found} where {held} held it: {it}")
            case ReleaseReply(released=released):
                found = [(run, claim.token) for claim in released]
                held = [holders.pop(place)] if place in holders else []
                _say(found == held, f"released {found} where {held} held it: {it}")
            case _:
                pass
    _say(not holders, f"never released: {holders}")
