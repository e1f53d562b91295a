"""The agent SDK of PyPI itself, with our hooks, and a model on loopback; and the types of that of npm."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path

from claude_agent_sdk import ClaudeAgentOptions, ResultMessage, query
from conftest import SECONDS_MAX, Place
from loomstack.claude_agent import AgentHooks
from model_server import ModelServer, Turn
from team import LOOM, run
from test_claude_code import find, results, write

NODE = Path(os.environ["NODE_FOLDER"])


async def play(place: Place, model: ModelServer, loom: AgentHooks) -> None:
    async def prompt():
        yield {"type": "user", "message": {"role": "user", "content": "fix the failing test"}}

    options = ClaudeAgentOptions(
        cwd=place.shop,
        hooks=loom.hooks(),
        can_use_tool=loom.can_use_tool,
        permission_mode="acceptEdits",
        model="claude-sonnet-4-5",
        setting_sources=[],
        env={
            "HOME": str(place.home),
            "ANTHROPIC_BASE_URL": model.url,
            "ANTHROPIC_API_KEY": "sk-ant-scripted",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CONFIG_DIR": str(place.home / ".claude"),
            "DISABLE_TELEMETRY": "1",
        },
    )
    async for message in query(prompt=prompt(), options=options):
        if isinstance(message, ResultMessage):
            assert not message.is_error, message


def test_a_session_of_the_sdk_hears_the_brief_is_refused_with_the_reason_and_ends_with_its_block(
    place: Place,
) -> None:
    script = [write(place, "src/new.txt"), write(place, "docs/a.md"), Turn(text="done")]

    async def act(model: ModelServer) -> None:
        async with AgentHooks(LOOM, timeout_s=30.0) as loom:
            await asyncio.wait_for(play(place, model, loom), SECONDS_MAX)

    with ModelServer(script) as model:
        asyncio.run(act(model))
        first, last = model.seen()[0], model.seen()[-1]
    assert "Brief for run claude-code." in first and "the handbook" in first
    told = results(last)
    assert "human:ada (run ada-1)" in told[-1], told
    assert (place.shop / "src/new.txt").read_text() == "x\n"
    assert not (place.shop / "docs").exists()
    assert "finished" in run(LOOM, "log", cwd=place.shop).stdout


def test_a_checkpoint_waits_for_a_person_who_answers_elsewhere(place: Place) -> None:
    async def act(model: ModelServer) -> None:
        async with AgentHooks(LOOM, timeout_s=30.0, patience_s=SECONDS_MAX, look_s=0.2) as loom:
            playing = asyncio.create_task(play(place, model, loom))
            while True:
                asked = run(LOOM, "approvals", "--json", cwd=place.shop).stdout
                try:
                    request = find(json.loads(asked), "id")
                    break
                except KeyError:
                    assert not playing.done(), "nobody was asked"
                    await asyncio.sleep(0.1)
            assert not (place.shop / "pay").exists()
            run(LOOM, "approve", request, "--as", "human:bob", cwd=place.shop)
            await asyncio.wait_for(playing, SECONDS_MAX)

    with ModelServer([write(place, "pay/x.rs"), Turn(text="done")]) as model:
        asyncio.run(act(model))
    assert (place.shop / "pay/x.rs").read_text() == "x\n"


def test_a_hook_that_fails_keeps_the_tool_from_running(place: Place) -> None:
    async def act(model: ModelServer) -> None:
        loom = AgentHooks(place.home / "nothing")
        await asyncio.wait_for(play(place, model, loom), SECONDS_MAX)

    with ModelServer([write(place, "src/new.txt"), Turn(text="done")]) as model:
        asyncio.run(act(model))
        told = results(model.seen()[-1])
    assert "block" in told[0].lower() or "error" in told[0].lower(), told
    assert not (place.shop / "src/new.txt").exists()


def test_the_hooks_of_node_fit_the_types_of_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    source = Path(__file__).parent / "agent-sdk" / "fits.ts"
    (tmp_path / "fits.ts").write_text(source.read_text())
    ours = NODE / "node_modules/loomstack/node_modules"
    words = [str(ours / ".bin/tsc"), "--noEmit", "--strict", "--skipLibCheck"]
    words += ["--exactOptionalPropertyTypes", "--module", "nodenext", "--target", "es2022"]
    words += ["--types", "node", "--typeRoots", str(ours / "@types"), "fits.ts"]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
