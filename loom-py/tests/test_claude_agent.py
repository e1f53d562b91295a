"""The hooks for the agent SDK, over a program that answers as it is told to.

That they fit the real SDK is held by ``make test-harnesses``, which installs it.
"""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from loomstack.claude_agent import AgentHooks, HookFailed


@dataclass
class HookMatcher:
    matcher: str | None = None
    hooks: list[Any] = field(default_factory=list)
    timeout: float | None = None
    on_failure: str | None = None


@dataclass
class PermissionResultAllow:
    behavior: str = "allow"


@dataclass
class PermissionResultDeny:
    message: str = ""
    behavior: str = "deny"


@pytest.fixture(autouse=True)
def sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("claude_agent_sdk")
    for it in (HookMatcher, PermissionResultAllow, PermissionResultDeny):
        setattr(module, it.__name__, it)
    monkeypatch.setitem(sys.modules, "claude_agent_sdk", module)


def program(folder: Path, *answers: str) -> Path:
    """A program that gives these answers, one for each call, and the last one for ever."""
    path = folder / "loom"
    lines = "".join(f"{number}) {answer} ;;\n" for number, answer in enumerate(answers[:-1], 1))
    path.write_text(
        "#!/bin/sh\n"
        f'cat >> {folder}/told; echo >> {folder}/told; echo "$@" >> {folder}/words\n'
        f"n=$(wc -l < {folder}/words)\n"
        f"case $n in\n{lines}*) {answers[-1]} ;;\nesac\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


def say(decision: str) -> str:
    specific = {"permissionDecision": decision, "permissionDecisionReason": f"because {decision}"}
    return f"echo '{json.dumps({'hookSpecificOutput': specific})}'"


def context(event: str, text: str) -> str:
    specific = {"hookEventName": event, "additionalContext": text}
    return f"echo '{json.dumps({'hookSpecificOutput': specific})}'"


def payload(event: str, **more: Any) -> dict[str, Any]:
    return {"session_id": "one", "cwd": "/", "hook_event_name": event, **more}


def told(folder: Path) -> list[str]:
    lines = (folder / "told").read_text().splitlines()
    return [json.loads(line)["hook_event_name"] for line in lines if line]


CALL = SimpleNamespace(tool_use_id="t1", decision_reason="because ask")


def test_a_hook_that_fails_before_a_tool_blocks_and_elsewhere_is_only_heard_of() -> None:
    matchers = AgentHooks().hooks()
    blocks = [event for event, (it,) in matchers.items() if it.on_failure == "block"]
    assert blocks == ["PreToolUse"]
    assert "Write" in matchers["PreToolUse"][0].matcher


def test_the_first_prompt_brings_the_brief_and_the_end_of_the_block_ends_the_session(
    tmp_path: Path,
) -> None:
    async def play() -> dict[str, Any]:
        loom = program(tmp_path, context("SessionStart", "the brief"), "true")
        async with AgentHooks(loom, actor="loop:nightly", run="n-1") as hooks:
            (matcher,) = hooks.hooks()["UserPromptSubmit"]
            answer: dict[str, Any] = await matcher.hooks[0](payload("UserPromptSubmit"), None, None)
            assert await matcher.hooks[0](payload("UserPromptSubmit"), None, None) == {}
            return answer

    answer = asyncio.run(play())
    assert answer["hookSpecificOutput"] == {
        "hookEventName": "UserPromptSubmit",
        "additionalContext": "the brief",
    }
    assert told(tmp_path) == ["SessionStart", "UserPromptSubmit", "UserPromptSubmit", "SessionEnd"]
    words = (tmp_path / "words").read_text().splitlines()[0]
    assert words.startswith("--as loop:nightly --run n-1 hook claude-code --checkpoint ask")


@pytest.mark.parametrize(
    ("answers", "patience_s", "result"),
    [
        ([say("ask"), say("ask"), say("allow")], 60.0, PermissionResultAllow()),
        ([say("ask"), "true"], 60.0, PermissionResultAllow()),
        ([say("ask"), say("deny")], 60.0, PermissionResultDeny("because deny")),
        ([say("ask")], 0.0, PermissionResultDeny("because ask")),
    ],
)
def test_a_checkpoint_is_waited_for_as_long_as_patience_goes(
    tmp_path: Path, answers: list[str], patience_s: float, result: object
) -> None:
    async def play() -> object:
        hooks = AgentHooks(program(tmp_path, "true", *answers), patience_s=patience_s, look_s=0.0)
        (matcher,) = hooks.hooks()["PreToolUse"]
        asked = payload("PreToolUse", tool_name="Write", tool_input={}, tool_use_id="t1")
        answer = await matcher.hooks[0](asked, "t1", None)
        assert answer["hookSpecificOutput"]["permissionDecision"] == "ask"
        return await hooks.can_use_tool("Write", {}, CALL)

    assert asyncio.run(play()) == result


def test_what_is_no_checkpoint_of_ours_goes_to_whoever_else_is_asked() -> None:
    async def other(name: str, _: dict[str, Any], __: Any) -> str:
        return f"asked about {name}"

    async def play() -> None:
        assert (
            await AgentHooks(otherwise=other).can_use_tool("Read", {}, CALL) == "asked about Read"
        )
        alone = await AgentHooks().can_use_tool("Read", {}, CALL)
        assert isinstance(alone, PermissionResultDeny)

    asyncio.run(play())


@pytest.mark.parametrize("answer", ["exit 2", "exit 1", "echo 3", "echo {"])
def test_an_answer_that_is_none_is_a_failure(tmp_path: Path, answer: str) -> None:
    async def play() -> None:
        hooks = AgentHooks(program(tmp_path, answer))
        (matcher,) = hooks.hooks()["PreToolUse"]
        await matcher.hooks[0](payload("PreToolUse"), "t1", None)

    with pytest.raises((HookFailed, ValueError)):
        asyncio.run(play())


def test_a_program_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    async def play() -> None:
        hooks = AgentHooks(tmp_path / "nothing")
        (matcher,) = hooks.hooks()["PreToolUse"]
        await matcher.hooks[0](payload("PreToolUse"), "t1", None)

    with pytest.raises(HookFailed, match="cannot be started"):
        asyncio.run(play())
