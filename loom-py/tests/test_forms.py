"""Times, durations, actors and paths in the forms that callers write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from loomstack import (
    Actor,
    ClaimAnswer,
    Granted,
    InvalidInput,
    LimitExceeded,
    Loom,
    PathSetSource,
    PatternSource,
    SpecRequest,
)

from .conftest import ADA, NIGHTLY, START, after


@pytest.mark.parametrize(
    ("ttl", "ms"),
    [
        ("30m", 1_800_000),
        ("90s", 90_000),
        ("2h", 7_200_000),
        ("1h30m", 5_400_000),
        ("60000ms", 60_000),
        (60_000, 60_000),
        (timedelta(minutes=1, milliseconds=1), 60_001),
    ],
)
def test_a_duration_is_written_in_many_forms(loom: Loom, ttl: Any, ms: int) -> None:
    reply = loom.claim(
        actor=NIGHTLY, specs=[SpecRequest("shop", "src")], mode="write", ttl=ttl, at=START
    )
    assert isinstance(reply, ClaimAnswer)
    assert isinstance(reply.claim, Granted)
    assert reply.claim.expires_at == START + timedelta(milliseconds=ms)


@pytest.mark.parametrize("ttl", [1.5, float("nan"), float("inf"), True, b"30m", None, [1], 1j])
def test_a_duration_of_another_type_is_a_type_error(loom: Loom, ttl: Any) -> None:
    with pytest.raises(TypeError, match="ttl: a duration is"):
        loom.claim(
            actor=NIGHTLY, specs=[SpecRequest("shop", "src")], mode="write", ttl=ttl, at=START
        )


@pytest.mark.parametrize(
    "ttl",
    ["", "30", "m", "1.5h", "-1m", "30 m", "30M", "٣m", -1, timedelta(-1), timedelta(0, 0, 1)],
)
def test_a_duration_that_is_none_is_a_value_error(loom: Loom, ttl: Any) -> None:
    with pytest.raises(ValueError, match="ttl: "):
        loom.claim(
            actor=NIGHTLY, specs=[SpecRequest("shop", "src")], mode="write", ttl=ttl, at=START
        )


@pytest.mark.parametrize(
    "ttl", [10**30, 2**64, timedelta(days=999_999_999), 0, "999999999999999999d"]
)
def test_a_duration_out_of_reach_is_an_error_of_the_library(loom: Loom, ttl: Any) -> None:
    with pytest.raises(InvalidInput):
        loom.claim(
            actor=NIGHTLY, specs=[SpecRequest("shop", "src")], mode="write", ttl=ttl, at=START
        )


@pytest.mark.parametrize("at", [1.5, float("nan"), True, 0, b"2026", START.date()])
def test_a_time_of_another_type_is_a_type_error(loom: Loom, at: Any) -> None:
    calls: list[Callable[[], object]] = [
        lambda: loom.head(at=at),
        lambda: loom.tick(actor=ADA, at=at),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="at: a time is an aware datetime"):
            call()


def test_a_naive_datetime_is_refused(loom: Loom) -> None:
    with pytest.raises(ValueError, match="a naive datetime names no moment"):
        loom.head(at=datetime(2026, 11, 22, 7, 30))  # noqa: DTZ001


def test_a_time_beyond_the_calendar_is_refused(loom: Loom) -> None:
    for moment, zone in [(datetime.max, timedelta(hours=-1)), (datetime.min, timedelta(hours=1))]:  # noqa: DTZ901
        with pytest.raises(ValueError, match="years that UTC can name"):
            loom.head(at=moment.replace(tzinfo=timezone(zone)))
    for year in [1, 1969]:
        with pytest.raises(InvalidInput):
            loom.head(at=datetime(year, 1, 1, tzinfo=timezone.utc))


def test_what_is_finer_than_a_millisecond_is_cut_off(loom: Loom) -> None:
    answer = loom.query({"type": "head"}, at=after(hours=1, microseconds=1_999))
    assert answer.at == after(hours=1, milliseconds=1)


def test_what_holds_itself_is_over_the_limit_of_depth(loom: Loom) -> None:
    ring: list[object] = []
    ring.append(ring)
    for call in (
        lambda: loom.submit(ADA, {"type": "claim", "specs": ring}),
        lambda: loom.query({"type": "conflicts", "specs": ring}),
    ):
        with pytest.raises(LimitExceeded) as caught:
            call()
        assert caught.value.limit == "COMMAND_DEPTH_MAX"


def test_a_time_in_another_zone_is_the_same_moment(loom: Loom) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    answer = loom.query({"type": "head"}, at=after(hours=1).astimezone(zone))
    assert answer.at == after(hours=1)
    assert answer.at.tzinfo is timezone.utc


@pytest.mark.parametrize("number", [10**30, -1, 10**5000], ids=["wide", "negative", "endless"])
def test_a_number_out_of_reach_is_a_value_error(loom: Loom, number: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        loom.heartbeat(actor=NIGHTLY, seen=number)


@pytest.mark.parametrize("value", [1.5, float("nan"), object(), b"x", {1, 2}, {1: 2}])
def test_a_value_that_json_cannot_hold_is_a_type_error_that_names_it(
    loom: Loom, value: Any
) -> None:
    for body in [{"seen": value}, {"seen": [value]}, {"seen": {"x": value}}]:
        with pytest.raises(TypeError, match="seen"):
            loom.submit(NIGHTLY, {"type": "heartbeat", **body})


def test_a_lone_surrogate_is_invalid_input(loom: Loom) -> None:
    calls: list[Callable[[], object]] = [
        lambda: loom.start_run(actor=ADA, run="\ud800"),
        lambda: loom.get_run("\udfff"),
        lambda: loom.tick(actor="human:\ud800"),
    ]
    for call in calls:
        with pytest.raises(InvalidInput) as caught:
            call()
        assert caught.value.code == "invalid_json"


def test_a_nul_inside_a_name_is_invalid_input(loom: Loom) -> None:
    with pytest.raises(InvalidInput):
        loom.start_run(actor=ADA, run="a\0b")
    with pytest.raises(InvalidInput):
        loom.claim(
            actor=NIGHTLY, specs=[SpecRequest("shop", "src/\0")], mode="write", ttl="1m", at=START
        )


def test_an_actor_is_written_as_text_or_whole(loom: Loom) -> None:
    loom.start_run(actor="loop:tidy", run="c")
    run = loom.get_run("c")
    assert run is not None
    assert run.actor == Actor("loop", "tidy", run="c")
    assert str(run.actor) == "loop:tidy"
    assert Actor("human", "ada").in_run("c") == Actor("human", "ada", run="c")


@pytest.mark.parametrize("actor", ["ada", ""])
def test_an_actor_without_a_kind_is_a_value_error(loom: Loom, actor: str) -> None:
    with pytest.raises(ValueError, match="names no kind"):
        loom.tick(actor=actor)


@pytest.mark.parametrize("actor", [None, 7, {"kind": "human", "id": "ada"}])
def test_an_actor_of_another_type_is_a_type_error(loom: Loom, actor: Any) -> None:
    with pytest.raises(TypeError, match="actor: "):
        loom.tick(actor=actor)


def test_an_actor_of_no_kind_is_invalid_input(loom: Loom) -> None:
    with pytest.raises(InvalidInput):
        loom.tick(actor="robot:ada")


def test_paths_are_kept_in_one_form_however_they_were_written() -> None:
    glob = PathSetSource((PatternSource("src/**"),))
    forms: list[Any] = ["src/**", ["src/**"], ("src/**",), PatternSource("src/**"), glob]
    for paths in forms:
        assert SpecRequest("shop", paths) == SpecRequest("shop", glob)
        assert SpecRequest("shop", paths).paths == glob
    assert hash(SpecRequest("shop", ["a"])) == hash(SpecRequest("shop", "a"))


@pytest.mark.parametrize("paths", [None, 7, b"src", [None], [b"x"], {"include": ["x"]}])
def test_paths_of_another_type_are_a_type_error(paths: Any) -> None:
    with pytest.raises(TypeError, match="paths"):
        SpecRequest("shop", paths)


def test_resources_are_a_list() -> None:
    assert SpecRequest("shop", resources=["db:x"]).resources == ("db:x",)
    with pytest.raises(TypeError, match="resources"):
        SpecRequest("shop", resources="db:x")
