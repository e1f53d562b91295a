"""A policy set, a person asked, spend reserved: the story of a loop that is governed."""

from __future__ import annotations

from typing import Any

import pytest
from loomstack import (
    Action,
    Actor,
    ClaimAnswer,
    Edge,
    InvalidInput,
    JournalError,
    Loom,
    NotAllowed,
    NotLive,
    NotPermitted,
    PathSet,
    PathSetSource,
    PathsTargets,
    PatternSource,
    RefusedError,
    ReservationAnswer,
    Reserved,
    ReserveRefused,
    SetTargets,
    SpecRequest,
    Spend,
    WaiverScope,
)

from .conftest import ADA, NIGHTLY, START, after

BOB = "human:bob"
RUN = Actor("loop", "web-1", run="w")
POLICY = """
version: 1
default: allow
owners:
  teams:
    web: { members: [ada] }
    payments: { members: [bob, eve] }
  areas:
    - { paths: "**", teams: [web] }
    - { paths: services/payments/**, teams: [payments] }
rules:
  - id: payments
    effect: require_approval
    when: { verb: [edit, create, delete], paths: services/payments/** }
    approval: { teams: [payments] }
    reason: money moves here
limits:
  - { id: team-day, level: team, unit: microdollars, max: 40000000, per: { day: UTC } }
"""
CHARGE = Action("edit", repo="shop", targets=["services/payments/charge.rs"])


@pytest.fixture
def governed(loom: Loom) -> Loom:
    """The journal with the policy, and the run ``w`` of a loop of the team ``web``."""
    loom.register_loop(actor=ADA, id="web-1", owner="ada", team="web", at=START)
    loom.start_run(actor=RUN, run="w", loop="web-1", ttl="1d", at=START)
    found = loom.set_policy(actor=ADA, name="loom.yaml", format="yaml", text=POLICY, at=START)
    assert (found.rules, found.limits) == (1, 1)
    return loom


def spent(loom: Loom) -> Spend:
    (spend,) = (it for it in loom.spend(at=START).spend if it.holder == "web")
    return spend


def test_a_loops_edit_of_payments_asks_a_person_and_passes_once_they_said_yes(
    governed: Loom,
) -> None:
    loom = governed
    asked = loom.propose_action(actor=RUN, action=CHARGE, intent="round to the cent", at=START)
    assert not asked.decision.passes
    assert asked.decision.verdict == "require_approval"
    (reason,) = asked.decision.reasons
    assert (reason.rule.id, reason.rule.reason) == ("payments", "money moves here")
    assert reason.targets == ("services/payments/charge.rs",)
    assert asked.request is not None

    (waiting,) = loom.requests(standing="open", at=START).requests
    assert waiting.id == asked.request
    assert waiting.action.targets == CHARGE.targets
    assert waiting.rules["payments"].people == ("bob", "eve")
    with pytest.raises(NotPermitted):
        loom.approve(actor=ADA, request=asked.request, at=START)
    answered = loom.approve(actor=BOB, request=asked.request, note="go", at=after(minutes=20))
    assert answered.standing == "approved"
    request = loom.request(asked.request, at=after(minutes=20))
    assert request is not None
    assert request.yes == {"bob": after(minutes=20)}

    passed = loom.propose_action(actor=RUN, action=CHARGE, at=after(minutes=21))
    assert passed.decision.passes
    assert passed.decision.approved_by == (asked.request,)
    with pytest.raises(NotLive) as caught:
        loom.reject(actor=BOB, request=asked.request, at=after(minutes=22))
    assert caught.value.code == "request_not_open"


def test_a_claim_that_the_policy_does_not_let_pass_holds_nothing_and_says_why(
    governed: Loom,
) -> None:
    with governed.run("c", actor="loop:web-1", loop="web-1", clock=lambda: START) as run:
        with run.claim("web/**", repo="shop", ttl="1h") as held:
            assert held
            assert held.governed
        with run.claim("services/payments/**", repo="shop", ttl="1h") as stopped:
            assert not stopped
            assert isinstance(stopped.reply, NotAllowed)
            assert stopped.reply.decision.verdict == "require_approval"
            assert len(stopped.reply.requests) == 1
        with pytest.raises(RefusedError, match=r"says require_approval \(payments\)"):
            run.claim("services/payments/**", repo="shop", ttl="1h", raise_on_refusal=True)


def test_a_claim_says_whether_a_policy_was_asked(governed: Loom) -> None:
    specs = [SpecRequest("shop", "web")]
    asked = governed.claim(actor=RUN, specs=specs, mode="write", ttl="1h", at=START)
    assert isinstance(asked, ClaimAnswer)
    assert asked.governed
    with Loom.open("memory:") as free:
        free.create_journal(actor=ADA, workspace="acme", at=START)
        free.register_repo(actor=ADA, id="shop", default_branch="main", at=START)
        free.start_run(actor=RUN, run="w", at=START)
        unasked = free.claim(actor=RUN, specs=specs, mode="write", ttl="1h", at=START)
    assert isinstance(unasked, ClaimAnswer)
    assert not unasked.governed


def test_what_is_reserved_counts_until_it_is_settled_and_then_what_it_came_to(
    governed: Loom,
) -> None:
    loom = governed

    def reserve(name: str) -> ReservationAnswer:
        dear = {"microdollars": 30_000_000}
        answer = loom.reserve(actor=RUN, id=name, estimate=dear, ttl="1h", at=START)
        assert isinstance(answer, ReservationAnswer)
        assert answer.governed
        return answer

    assert reserve("draft").reservation == Reserved(lapses_at=after(hours=1))
    assert (spent(loom).reserved, spent(loom).left) == (30_000_000, 10_000_000)
    refused = reserve("review").reservation
    assert isinstance(refused, ReserveRefused)
    (short,) = refused.short
    assert (short.limit, short.asked) == ("team-day", 30_000_000)
    loom.settle(actor=RUN, id="draft", actual={"microdollars": 4_000_000}, at=START)
    assert (spent(loom).settled, spent(loom).reserved) == (4_000_000, 0)
    assert isinstance(reserve("review").reservation, Reserved)
    loom.cancel_reservation(actor=RUN, id="review", at=START)
    assert spent(loom).left == 36_000_000


def test_an_exception_lifts_a_rule_where_it_reaches(governed: Loom) -> None:
    loom = governed
    scope = WaiverScope(paths="services/payments/*.rs", verbs=["edit"])
    waived = loom.waive(
        actor=BOB, rules=["payments"], ttl="1h", reason="an outage", scope=scope, at=START
    )
    (exception,) = loom.exceptions(at=START)
    assert (exception.id, exception.rules) == (waived.id, ("payments",))
    assert exception.scope == scope
    decision = loom.check(Action("edit", repo="shop", actor=RUN, targets=CHARGE.targets), at=START)
    assert decision.passes
    assert decision.waived_by == (waived.id,)
    other = Action("delete", repo="shop", actor=RUN, targets=CHARGE.targets)
    assert not loom.check(other, at=START).passes


def test_without_a_policy_nothing_is_decided(loom: Loom) -> None:
    assert loom.policy(at=START) is None
    with pytest.raises(JournalError) as caught:
        loom.propose_action(actor=NIGHTLY, action=CHARGE, at=START)
    assert (caught.value.code, caught.value.next) == ("no_policy", "ask_human")


def test_a_policy_that_cannot_be_read_says_where(loom: Loom) -> None:
    text = "version: 1\ndefault: allow\nrules: [{ id: a, effect: deny, wen: { verb: edit } }]"
    with pytest.raises(InvalidInput, match="3") as caught:
        loom.set_policy(actor=ADA, name="loom.yaml", format="yaml", text=text, at=START)
    assert caught.value.code == "invalid_policy"


def test_an_action_is_kept_in_one_form_however_it_was_written() -> None:
    assert Action("edit", targets=["a"]).targets == PathsTargets(("a",))
    glob = PathSetSource((PatternSource("src/**"),))
    for targets in (PathSet("src/**"), glob, SetTargets(glob)):
        assert Action("edit", targets=targets).targets == SetTargets(glob)
    one = Action("edit", facts={"green": True, "lines": 12}, edges=[Edge("a", "b")])
    two = Action("edit", facts={"lines": 12, "green": True}, edges=(Edge("a", "b"),))
    assert one == two
    assert hash(one) == hash(two)
    assert one.facts["lines"] == 12
    with pytest.raises(TypeError):
        one.facts["lines"] = 13  # type: ignore[index]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"targets": "src/**"}, "targets: a list of paths, or a PathSet"),
        ({"targets": [1]}, "targets: "),
        ({"facts": [("a", 1)]}, "facts: a map"),
        ({"estimate": 7}, "estimate: a map"),
        ({"resources": "db"}, "resources: a list"),
    ],
)
def test_an_action_of_other_types_is_a_type_error(given: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        Action("edit", **given)
