"""The two doors of a handle: what comes in is hostile, and nothing gets out but what is said."""

from __future__ import annotations

import enum
import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import loomstack
import pytest
from loomstack import (
    Conflicts,
    HandleClosed,
    InternalError,
    InvalidInput,
    LimitExceeded,
    Loom,
    LoomError,
    PathSet,
    Pattern,
    PatternSource,
    SpecRequest,
    _loomstack,
)
from loomstack._sources import as_path_set
from loomstack._values import decode_QueryAnswer

from .conftest import ADA, NIGHTLY, START, after


@pytest.mark.parametrize("door", ["submit_json", "query_json"])
@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", '"', "NaN", '{"type": NaN}', "\0", "1" * 9999]
)
def test_what_is_no_json_of_the_contract_is_invalid_json(loom: Loom, door: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        getattr(loom, door)(text)
    assert caught.value.code == "invalid_json"
    assert caught.value.next == "fix_input"


@pytest.mark.parametrize("door", ["submit_json", "query_json"])
@pytest.mark.parametrize("value", [None, 1, 1.5, b"{}", bytearray(b"{}"), {}, object()])
def test_what_is_no_text_is_a_type_error(loom: Loom, door: str, value: Any) -> None:
    with pytest.raises(TypeError):
        getattr(loom, door)(value)


@pytest.mark.parametrize("door", ["submit_json", "query_json"])
def test_a_lone_surrogate_is_a_unicode_error_at_the_raw_doors(loom: Loom, door: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        getattr(loom, door)('{"type": "\ud800"}')


@pytest.mark.parametrize("door", ["submit_json", "query_json"])
def test_what_is_too_long_or_too_deep_names_the_limit(loom: Loom, door: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        getattr(loom, door)(" " * (1024 * 1024 + 1))
    assert caught.value.limit == "COMMAND_BYTES_MAX"
    with pytest.raises(LimitExceeded) as caught:
        getattr(loom, door)("[" * 100_000)
    assert caught.value.limit == "COMMAND_DEPTH_MAX"


def test_text_in_any_script_is_as_long_as_its_bytes(loom: Loom) -> None:
    """Escaped it would be three times as long, and over the limit of a query."""
    names = [chr(0xE0 + nth) * 500 for nth in range(20)]
    assert len("".join(names).encode()) * 40 > 700_000
    assert loom.conflicts([SpecRequest("shop", names)] * 40).claims.list == ()


@pytest.mark.parametrize(
    "where", ["", ":", "memory", "memory:x", "sqlite", "sqlite:", "postgres:x", "journal.db", "\0"]
)
def test_a_journal_is_opened_in_one_of_two_forms(where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Loom.open(where)
    assert caught.value.field == "url"


@pytest.mark.parametrize("where", [None, 7, 1.5, b"memory:"])
def test_a_place_that_is_no_text_is_a_type_error(where: Any) -> None:
    with pytest.raises(TypeError):
        Loom.open(where)


def test_a_file_that_cannot_be_opened_is_an_error_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text(
        "this is no journal, and it is long enough to be looked at" * 9
    )
    for name in ["text.db", "text.db/journal.db", "nul\0inside"]:
        with pytest.raises(LoomError), Loom.open(tmp_path / name) as loom:
            loom.head()


def test_a_path_object_may_speak_bytes(tmp_path: Path) -> None:
    class BytesPath:
        def __fspath__(self) -> bytes:
            return bytes(tmp_path / "journal.db")

    with Loom.open(BytesPath()) as loom:  # type: ignore[arg-type]
        loom.create_journal(actor=ADA, workspace="acme")
    assert (tmp_path / "journal.db").exists()


def test_two_handles_on_one_file_see_each_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Loom.open(path) as one, Loom.open(f"sqlite:{path}") as other:
        one.create_journal(actor=ADA, workspace="acme")
        assert other.head() == one.head()
        other.register_repo(actor=ADA, id="shop", default_branch="main")
        assert [repo.id for repo in one.repos()] == ["shop"]
        assert one.verify().ver == 2


def test_a_closed_handle_refuses_everything_and_can_be_closed_again() -> None:
    loom = Loom.open("memory:")
    assert not loom.closed
    loom.close()
    loom.close()
    assert loom.closed
    assert repr(loom) == "<Loom closed>"
    calls: list[Callable[[], object]] = [
        lambda: loom.submit_json("{}"),
        lambda: loom.query_json("{}"),
        loom.verify,
        loom.head,
        lambda: loom.tick(actor=ADA),
    ]
    for call in calls:
        with pytest.raises(HandleClosed) as caught:
            call()
        assert (caught.value.code, caught.value.field) == ("invalid_field", "handle")


def test_leaving_the_block_closes_the_handle_also_when_it_raises() -> None:
    with pytest.raises(ZeroDivisionError), Loom.open("memory:") as loom:
        raise ZeroDivisionError
    assert loom.closed


def test_a_command_sent_again_under_its_id_is_carried_out_once(loom: Loom) -> None:
    before = loom.head().ver
    command_id = uuid4()
    first = loom.submit(
        ADA, {"type": "register_loop", "id": "x", "owner": "ada"}, command_id=command_id
    )
    again = loom.submit(
        ADA, {"type": "register_loop", "id": "x", "owner": "ada"}, command_id=command_id
    )
    assert first == again
    assert loom.head().ver == before + 1
    with pytest.raises(loomstack.AlreadyExists) as caught:
        loom.register_loop(actor=ADA, id="y", owner="ada", command_id=str(command_id))
    assert caught.value.code == "id_reused"


def test_threads_that_share_a_handle_lose_no_command(loom: Loom) -> None:
    raised: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for nth in range(20):
                loom.start_run(actor=ADA, run=f"{thread}-{nth}", at=after(minutes=1))
        except BaseException as why:  # noqa: BLE001
            raised.append(why)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not raised
    assert len(loom.runs(at=after(minutes=2)).runs) == 82


def test_other_threads_run_while_the_core_works(tmp_path: Path) -> None:
    """Two handles wait for each other at the file; with Python held, that would hang."""
    path = tmp_path / "journal.db"
    with Loom.open(path) as loom:
        loom.create_journal(actor=ADA, workspace="acme")
    arrived = threading.Barrier(3, timeout=60)

    def work() -> None:
        with Loom.open(path) as loom:
            arrived.wait()
            for _ in range(5):
                loom.tick(actor=ADA)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    arrived.wait()
    for thread in threads:
        thread.join()
    with Loom.open(path) as loom:
        assert loom.verify() == loom.head()


panics = pytest.mark.skipif(
    not hasattr(_loomstack, "panic_inside"), reason="built without the feature `testing`"
)


@panics
def test_a_panic_is_an_internal_error_and_the_handle_lives_on(
    loom: Loom, capfd: pytest.CaptureFixture[str]
) -> None:
    before = loom.state_hash()
    for _ in range(3):
        with pytest.raises(InternalError, match="on purpose") as caught:
            _loomstack.panic_inside(loom._handle)  # type: ignore[attr-defined]
        assert (caught.value.code, caught.value.next) == ("internal", "stop")
    assert loom.state_hash() == before
    loom.register_loop(actor=ADA, id="x", owner="ada")
    assert "on purpose" in capfd.readouterr().err


def test_the_time_of_a_command_is_the_callers_where_it_is_given(loom: Loom) -> None:
    loop = {"type": "register_loop", "id": "tidy", "owner": "ada"}
    answer = loom.submit(ADA, loop, at=after(minutes=5))
    assert (answer.at, answer.lifted) == (after(minutes=5), False)
    answer = loom.submit(NIGHTLY, {"type": "heartbeat"}, at=START)
    assert (answer.at, answer.lifted) == (after(minutes=5), True)


@pytest.mark.parametrize(
    "at", ["", "now", "2026-11-22", "2026-11-22T07:30:00", "1969-12-31T23:59:59Z"]
)
def test_a_time_that_names_no_moment_is_refused_with_its_field(loom: Loom, at: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: loom.head(at=at),
        lambda: loom.tick(actor=ADA, at=at),
    ]
    for call in calls:
        with pytest.raises(InvalidInput) as caught:
            call()
        assert (caught.value.code, caught.value.field) == ("invalid_field", "at")


def test_the_raw_doors_speak_the_contract(loom: Loom) -> None:
    answer = json.loads(loom.query_json('{"type": "head"}', START))
    assert answer["reply"]["head"]["ver"] == 4
    assert answer["at"] == "2024-11-22T07:30:00.000Z"


def test_what_is_written_of_values_is_what_they_say_themselves(loom: Loom) -> None:
    """The extension module writes requests from values; each value also knows its form in JSON."""
    sources: list[Any] = [
        "src/**",
        PatternSource("a[b].txt", "file"),
        Pattern("src", "dir"),
        PathSet(["src/**", PatternSource("docs", "dir")], exclude=["src/gen", "docs/*.md"]),
        ["one", "tw\u00f6", 'q"\\uote\n'],
    ]
    for paths in sources:
        spec = SpecRequest("shop", paths, branch="main", resources=("db",))
        wired = json.dumps({"type": "conflicts", "specs": [spec.to_wire()]})
        loom.claim(actor=NIGHTLY, specs=[spec], mode="plan", ttl="1h", intent="all of it", at=START)
        assert loom.query({"type": "conflicts", "specs": (spec,)}, at=START) == (
            decode_QueryAnswer(json.loads(loom.query_json(wired, START)))
        )
    held = [view.specs[0].paths for view in loom.claims(at=START).claims]
    assert held == [as_path_set(paths, "paths") for paths in sources]


class Coin(enum.Enum):
    HEADS = 1


class Side(str, enum.Enum):
    MAIN = "main"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.5, "seen: a float cannot be sent"),
        (float("nan"), "seen: a float cannot be sent"),
        (b"1", "seen: a bytes cannot be sent"),
        ([{"a": {1, 2}}], "seen.a: a set cannot be sent"),
        ({"a": {2: 1}}, "seen.a: the key 2 is no text"),
        (Coin.HEADS, "seen: a Coin cannot be sent"),
    ],
)
def test_what_has_no_form_in_json_is_named_and_a_type_error(
    loom: Loom, value: object, said: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(said)):
        loom.submit(NIGHTLY, {"type": "heartbeat", "seen": value})
    with pytest.raises(TypeError, match=re.escape(said)):
        loom.query({"type": "head", "seen": value})


@pytest.mark.parametrize("value", [-1, 2**64, 10**400, True, "1", [], {}])
def test_what_is_no_number_of_the_contract_is_invalid_json(loom: Loom, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        loom.submit(NIGHTLY, {"type": "heartbeat", "seen": value})
    assert (caught.value.code, caught.value.field) == ("invalid_json", "command")


def test_words_that_are_more_than_text_are_sent_as_text(loom: Loom) -> None:
    answer = loom.query(
        MappingProxyType(
            {"type": "conflicts", "specs": [{"repo": "shop", "paths": "a", "branch": Side.MAIN}]}
        )
    )
    assert isinstance(answer.reply, Conflicts)


def test_a_request_is_bounded_in_depth_and_size_whatever_it_is_made_of(loom: Loom) -> None:
    within: list[Any] = []
    within.append(within)
    wide: object = "x"
    for _ in range(30):
        wide = [wide] * 30
    bodies: list[tuple[dict[str, object], str]] = [
        ({"type": "tick", "x": within}, "COMMAND_DEPTH_MAX"),
        ({"type": "tick", "x": eval("[" * 40 + "]" * 40)}, "COMMAND_DEPTH_MAX"),  # noqa: S307
        ({"type": "tick", "x": wide}, "COMMAND_BYTES_MAX"),
        ({"type": "tick", "x": "x" * 2**20}, "COMMAND_BYTES_MAX"),
    ]
    for body, limit in bodies:
        with pytest.raises(LimitExceeded) as caught:
            loom.submit(ADA, body)
        assert caught.value.limit == limit
        with pytest.raises(LimitExceeded) as caught:
            loom.query(body)
        assert caught.value.limit == limit


def test_a_lone_surrogate_is_refused_wherever_it_stands(loom: Loom) -> None:
    bodies: list[dict[str, object]]
    bodies = [{"type": "\ud800"}, {"type": "tick", "\ud800": 1}, {"type": "x", "y": ["\ud800"]}]
    for body in bodies:
        with pytest.raises(InvalidInput, match="lone surrogate"):
            loom.submit(ADA, body)
        with pytest.raises(InvalidInput, match="lone surrogate"):
            loom.query(body)
