"""What a call costs from Python, conversion included: a line of JSON for each figure.

Run by ``make bench``. Usage: cost.py EFFORT. The peers are ``pathspec`` and, where it can be imported,
the engine of ``coord-mcp-server`` (``coordination.engine``), on the same patterns and paths.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING

import pathspec
from loomstack import Granted, Loom, Pattern, SpecRequest
from loomstack._loomstack import Bare

if TYPE_CHECKING:
    from collections.abc import Callable

HOLDERS = 20


def median_ns(work: Callable[[], object], calls: int, batches: int) -> float:
    """Answer what one of ``calls`` calls of ``work`` takes: the median over some batches."""
    times = []
    gc.disable()
    for _ in range(batches):
        start = perf_counter_ns()
        for _ in range(calls):
            work()
        times.append((perf_counter_ns() - start) / calls)
    gc.enable()
    return statistics.median(times)


def tell(
    name: str,
    n: int,
    ours_ns: float,
    *,
    peer: str | None = None,
    peer_ns: float | None = None,
    within_ns: float | None = None,
) -> None:
    """Print one figure."""
    line = {"name": name, "n": n, "ours_ns": ours_ns}
    line |= {"peer": peer, "peer_ns": peer_ns, "within_ns": within_ns}
    print(json.dumps(line), flush=True)


def patterns(batches: int) -> None:
    """Tell what ``Pattern.matches`` costs over a call that does nothing."""
    text, path = "src/**/*_test.rs", "src/auth/login_test.rs"
    pattern, bare = Pattern(text), Bare()
    assert pattern.matches(path)
    nothing = median_ns(lambda: bare.call(path), 100_000, batches)
    ours = median_ns(lambda: pattern.matches(path), 100_000, batches)
    tell(
        "Python: Pattern.matches, less a bare call",
        1,
        ours - nothing,
        peer="a bare PyO3 method call",
        peer_ns=nothing,
        within_ns=500,
    )
    spec = pathspec.PathSpec.from_lines("gitwildmatch", [text])
    assert spec.match_file(path)
    theirs = median_ns(lambda: spec.match_file(path), 10_000, batches)
    tell("Python: Pattern.matches", 1, ours, peer="pathspec match_file", peer_ns=theirs)


def journal() -> tuple[Loom, list[str]]:
    """Make a journal in memory in which twenty runs hold a folder each."""
    loom = Loom.open("memory:")
    loom.create_journal(actor="human:ada", workspace="acme")
    loom.register_repo(actor="human:ada", id="shop", default_branch="main")
    held = []
    for nth in range(HOLDERS):
        run = loom.run(f"holder-{nth}", actor="loop:holder", ttl="1d")
        claim = run.claim(f"src/mod{nth}/**/*.rs", repo="shop", ttl="1d")
        assert isinstance(claim.reply, Granted)
        held.append(f"src/mod{nth}/**/*.rs")
    return loom, held


def conflicts(batches: int) -> None:
    """Tell what a conflict check costs, where nothing is in the way and where something is."""
    loom, held = journal()
    free, taken = [SpecRequest("shop", "docs/guide.md")], [SpecRequest("shop", "src/**/login.rs")]
    assert not loom.conflicts(free).claims.list
    assert len(loom.conflicts(taken).claims.list) == HOLDERS
    clear = median_ns(lambda: loom.conflicts(free), 2_000, batches)
    tell(
        "Python: conflict check, nothing in the way",
        HOLDERS,
        clear,
        within_ns=5_000,
    )
    one = [SpecRequest("shop", "src/mod3/login.rs")]
    met = median_ns(lambda: loom.conflicts(one), 2_000, batches)
    theirs = peer_check(held, "src/mod3/login.rs", batches)
    name = "Python: conflict check, one claim in the way"
    if theirs is None:
        tell(name, HOLDERS, met, within_ns=5_000)
    else:
        tell(
            name,
            HOLDERS,
            met,
            peer="engine of coord-mcp-server",
            peer_ns=theirs,
            within_ns=5_000,
        )


def peer_check(held: list[str], asked: str, batches: int) -> float | None:
    """Ask the peer's engine the same: which of these claims does the pattern meet?"""
    try:
        from coordination.engine import compute_overlap
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder)
        subprocess.run(["git", "init", "-q", folder], check=True)
        for nth in range(HOLDERS):
            (repo / f"src/mod{nth}").mkdir(parents=True)
            (repo / f"src/mod{nth}/login.rs").touch()
        subprocess.run(["git", "-C", folder, "add", "."], check=True)

        async def check() -> list[str]:
            return [
                pattern for pattern in held if await compute_overlap(pattern, asked, repo_root=repo)
            ]

        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(check()) == ["src/mod3/**/*.rs"]
        took = median_ns(lambda: loop.run_until_complete(check()), 20, batches)
        loop.close()
    return took


def pairs(batches: int) -> None:
    """Tell what a claim and its release cost on a journal in memory."""
    loom, _ = journal()
    with loom.run("worker", actor="loop:worker", ttl="1d") as run:

        def pair() -> None:
            with run.claim("docs/guide.md", repo="shop", ttl="30m") as claim:
                assert claim

        took = median_ns(pair, 500, batches)
    tell("Python: claim and release in memory", HOLDERS, took, within_ns=60_000)


if __name__ == "__main__":
    effort = max(3, int(sys.argv[1]) // 10)
    patterns(effort)
    conflicts(effort)
    pairs(effort)
