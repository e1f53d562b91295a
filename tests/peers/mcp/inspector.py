"""Lists and calls every tool of `loom mcp`, and reads its resources, with the MCP inspector in CLI mode, in both
revisions of the protocol. Run by `make mcp-test`: LOOM names the program, INSPECTOR the inspector."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from client import TOOLS
from team import LOOM, make_team, run

INSPECTOR = os.environ["INSPECTOR"]
CALLS: dict[str, dict[str, object]] = {
    "loom_brief": {"paths": ["docs/**"]},
    "loom_check": {"verb": "edit", "paths": ["pay/x.rs"]},
    "loom_claim": {"paths": ["src/a.rs"], "intent": "mend it"},
    "loom_conflicts": {"paths": ["docs/x.md"]},
    "loom_note": {"kind": "warning", "text": "slow here", "paths": ["a.txt"]},
    "loom_plan": {"paths": ["src/**"]},
    "loom_propose": {"verb": "edit", "paths": ["pay/x.rs"]},
    "loom_release": {},
    "loom_report_finding": {"key": "test:b", "title": "b fails"},
    "loom_status": {},
    "loom_take_finding": {"key": "test:a"},
    "loom_trace": {"paths": ["a.txt"]},
}
# What each answer says, as far as it is the same every time.
REPLIES = {
    "loom_brief": "brief",
    "loom_check": "checked",
    "loom_claim": "claim",
    "loom_conflicts": "conflicts",
    "loom_note": "note_written",
    "loom_plan": "claim",
    "loom_propose": "action_decided",
    "loom_release": "released",
    "loom_report_finding": "finding_reported",
    "loom_status": None,
    "loom_take_finding": "finding_taken",
    "loom_trace": "trace",
}


def inspect(home: Path, shop: Path, era: str, *words: str) -> dict[str, object]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOOM_", "GIT_"))}
    target = ["--cwd", str(shop), "--protocol-era", era, *words, "--", LOOM, "mcp"]
    ended = subprocess.run(
        [INSPECTOR, "--cli", *target],
        check=False,
        env=kept | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, (words, ended.stdout, ended.stderr)
    return json.loads(ended.stdout)


def play(folder: Path, era: str) -> None:
    shop = make_team(folder)
    run(LOOM, "report", "test:a", "a fails", "--as", "human:ada", "--run", "ada-1", cwd=shop)
    listed = inspect(folder, shop, era, "--method", "tools/list")
    assert {tool["name"] for tool in listed["tools"]} == TOOLS, listed

    def call(name: str) -> tuple[str, dict[str, object]]:
        arguments = json.dumps(CALLS[name])
        words = ("--method", "tools/call", "--tool-name", name, "--tool-args-json", arguments)
        return name, inspect(folder, shop, era, *words)

    with ThreadPoolExecutor(4) as pool:
        for name, result in pool.map(call, sorted(CALLS)):
            assert not result.get("isError"), (name, result)
            reply = result["structuredContent"]["reply"]
            assert reply.get("type") == REPLIES[name], (name, reply)
    read = inspect(folder, shop, era, "--method", "resources/read", "--uri", "loom://fleet")
    assert "ada-1" in read["contents"][0]["text"], read


def main() -> None:
    assert set(CALLS) == set(REPLIES) == TOOLS
    for era in ("legacy", "modern"):
        with tempfile.TemporaryDirectory() as folder:
            play(Path(folder), era)
        print(f"inspector, {era}: every tool, and a resource")


if __name__ == "__main__":
    sys.exit(main())
