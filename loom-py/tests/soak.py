"""Ten million calls that only read leave the memory of the process as it was. Takes minutes.

``make py-soak`` runs it.
"""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from loomstack import Actor, AsyncLoom, InvalidInput, Loom, PathSet, Pattern, SpecRequest

from .conftest import ADA

GROWTH_KIB_MAX = 8 * 1024
"""How much the resident size may grow over all calls: less than one byte for each."""
WARM_UP_ROUNDS = 500
"""Before the first reading: buffers and the allocator's own books reach their size."""
ROUNDS = 10_000
CALLS_OF_A_ROUND = 1_000
AWAITED = 5
"""How many calls of a round are awaited from an event loop. Each waits for a thread."""
HOLDERS = 20

SOURCES, TESTS, DOCS = Pattern("src/**/*.rs"), Pattern("src/auth/*_test.rs"), Pattern("docs", "dir")
WIDE, NARROW = PathSet(["src/**", "docs/**"]), PathSet(["src/**"], exclude=["src/gen/**"])


def journal() -> Loom:
    """A journal in memory in which twenty runs hold a folder each, with an intent."""
    loom = Loom.open("memory:")
    loom.create_journal(actor=ADA, workspace="acme")
    loom.register_repo(actor=ADA, id="shop", default_branch="main")
    for nth in range(HOLDERS):
        holder = Actor("loop", "tidy", run=f"holder-{nth}")
        loom.start_run(actor=holder, run=f"holder-{nth}", ttl="1d")
        specs = [SpecRequest("shop", f"src/mod{nth}/**/*.rs")]
        loom.claim(actor=holder, specs=specs, mode="write", ttl="1d", intent="tidy up")
    return loom


def matches() -> bool:
    return SOURCES.matches("src/auth/login_test.rs")


def matches_not() -> bool:
    return not SOURCES.matches("docs/guide.md")


def matches_no_path() -> bool:
    return refuses(lambda: SOURCES.matches("../secret"), "invalid_path")


def overlap() -> bool:
    return SOURCES.overlap(TESTS).witness is not None


def overlap_not() -> bool:
    return not SOURCES.overlap(DOCS)


def contains() -> bool:
    return NARROW.contains(WIDE).escapee is not None


def compiles() -> bool:
    return Pattern("src/{a,b}/**").source.kind == "glob"


def queries(loom: Loom) -> Sequence[tuple[str, int, Callable[[], bool]]]:
    """What is asked of a journal in a round."""
    place = [SpecRequest("shop", "src/mod3/login.rs")]
    no_query = '{"type":"weather"}'

    def conflicts() -> bool:
        (meeting,) = loom.conflicts(place).claims.list
        return meeting.intent is not None and meeting.intent.text == "tidy up"

    return [
        ("query: head", 60, lambda: loom.head().ver > HOLDERS),
        ("query: state_hash", 20, lambda: len(loom.state_hash()) == 64),
        ("query: claims", 15, lambda: len(loom.claims().claims) == HOLDERS),
        ("query: brief", 20, lambda: "src/mod7" in (loom.brief("holder-7").rendered.text or "")),
        ("query: conflicts", 60, conflicts),
        (
            "query: none that there is",
            20,
            lambda: refuses(lambda: loom.query_json(no_query), "invalid_json"),
        ),
    ]


def refuses(work: Callable[[], object], code: str) -> bool:
    try:
        work()
    except InvalidInput as why:
        return why.code == code
    return False


async def soak() -> None:
    loom = journal()
    waiting = AsyncLoom(loom)
    kinds = [
        ("matches: in it", 250, matches),
        ("matches: not in it", 200, matches_not),
        ("matches: no path", 20, matches_no_path),
        ("overlap: with a witness", 150, overlap),
        ("overlap: none", 100, overlap_not),
        ("path sets: contains", 40, contains),
        ("patterns compiled and given back", 40, compiles),
        *queries(loom),
    ]
    assert sum(calls for _, calls, _ in kinds) + AWAITED == CALLS_OF_A_ROUND
    for what, calls, _ in kinds:
        print(f"{calls * ROUNDS:9} {what}")
    print(f"{AWAITED * ROUNDS:9} query: head, awaited")

    async def rounds(many: int) -> None:
        for _ in range(many):
            for what, calls, work in kinds:
                for _ in range(calls):
                    assert work(), what
            for _ in range(AWAITED):
                assert (await waiting.head()).ver > HOLDERS

    await rounds(WARM_UP_ROUNDS)
    before, began = resident_kib(), time.monotonic()
    await rounds(ROUNDS)
    seconds, after = time.monotonic() - began, resident_kib()
    print(
        f"{CALLS_OF_A_ROUND * ROUNDS:9} calls in {seconds:.0f} s: "
        f"resident {before} KiB before, {after} KiB after"
    )
    if after - before > GROWTH_KIB_MAX:
        sys.exit(f"it grew by more than {GROWTH_KIB_MAX} KiB")


def resident_kib() -> int:
    """The memory that the process has, once what is over was collected."""
    gc.collect()
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    asyncio.run(soak())
