"""Hooks for the Claude Agent SDK: sessions that it starts obey like those of Claude Code itself.

::

    from claude_agent_sdk import ClaudeAgentOptions, query
    from loomstack.claude_agent import AgentHooks

    async with AgentHooks(patience_s=600) as loom:
        options = ClaudeAgentOptions(hooks=loom.hooks(), can_use_tool=loom.can_use_tool)
        async for message in query(prompt=prompt(), options=options):
            ...

Each hook is answered by the program ``loom`` (``loom hook claude-code``), which finds files through
worktrees and links, claims them, asks the policy, and says no where it fails. Before a tool, a hook
that fails here says no, too. Where a person has to say yes first, ``can_use_tool`` waits for them
as long as ``patience_s`` says: they answer with ``loom approve`` in another terminal.

The SDK is no dependency of this package: whoever has it installed uses this module.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["AgentHooks", "HookFailed"]

# The tools before which a session asks, as `loom init claude-code` has them.
_TOOLS = "Bash|PowerShell|Edit|Write|MultiEdit|NotebookEdit|mcp__.*"
_EDITS = "Edit|Write|MultiEdit|NotebookEdit"
_EVENTS: Mapping[str, str | None] = {
    "UserPromptSubmit": None,
    "PreToolUse": _TOOLS,
    "PostToolUse": _EDITS,
    "PostToolUseFailure": _TOOLS,
    "SubagentStart": None,
    "SubagentStop": None,
    "Stop": None,
    "PreCompact": None,
}
_Payload = Mapping[str, Any]
_Answer = dict[str, Any]


class HookFailed(RuntimeError):
    """``loom`` gave no answer: it is not there, it failed, or it took too long."""


class AgentHooks:
    """What the SDK asks before and after an agent does something, answered by ``loom``.

    ``program`` is ``loom`` or a path to it. ``actor``, ``run`` and ``store`` are what ``--as``,
    ``--run`` and ``--store`` are on its command line; without a run, each session is one of its
    own. ``timeout_s`` is the time for one answer. ``patience_s`` is how long ``can_use_tool`` waits
    for a person's yes, and ``look_s`` how often it looks. What is no checkpoint of ours goes to
    ``otherwise``, the ``can_use_tool`` that a program has besides; without one it is refused.
    """

    def __init__(
        self,
        program: str | os.PathLike[str] = "loom",
        *,
        actor: str | None = None,
        run: str | None = None,
        store: str | None = None,
        timeout_s: float = 10.0,
        patience_s: float = 0.0,
        look_s: float = 1.0,
        otherwise: Callable[[str, dict[str, Any], Any], Awaitable[Any]] | None = None,
    ) -> None:
        named = {"--as": actor, "--run": run, "--store": store}
        given = [word for name, value in named.items() if value for word in (name, value)]
        timeout = ["--timeout", f"{round(timeout_s * 1000)}ms"]
        self._command = [
            os.fspath(program),
            *given,
            "hook",
            "claude-code",
            "--checkpoint",
            "ask",
            *timeout,
        ]
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._look_s = look_s
        self._otherwise = otherwise
        # Sessions that were heard of, by name, with the folder that they stand in.
        self._sessions: dict[str, str] = {}
        # Calls of tools that wait for a person, by the names of the calls.
        self._held: dict[str, _Payload] = {}

    async def __aenter__(self) -> AgentHooks:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def hooks(self) -> dict[str, list[Any]]:
        """Answer what ``ClaudeAgentOptions(hooks=...)`` takes."""
        from claude_agent_sdk import HookMatcher  # noqa: PLC0415

        matchers = {}
        for event, tools in _EVENTS.items():
            matcher = HookMatcher(matcher=tools, hooks=[self._heard], timeout=self._timeout_s * 2)
            if event == "PreToolUse":
                matcher.on_failure = "block"
            matchers[event] = [matcher]
        return matchers

    async def can_use_tool(self, name: str, input: dict[str, Any], context: Any) -> Any:
        """Wait for a person's yes to what one of our hooks held, as long as patience goes."""
        from claude_agent_sdk import (  # noqa: PLC0415
            PermissionResultAllow,
            PermissionResultDeny,
        )

        payload = self._held.pop(context.tool_use_id, None)
        if payload is None:
            if self._otherwise is not None:
                return await self._otherwise(name, input, context)
            return PermissionResultDeny(message="there is nobody here to allow this")
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_s
        while True:
            decision, reason = _decision(await self._answer(payload))
            # Approved, or nothing stands against it any more.
            if decision in (None, "allow"):
                return PermissionResultAllow()
            if decision == "deny" or loop.time() >= until:
                return PermissionResultDeny(message=reason)
            await asyncio.sleep(self._look_s)

    async def aclose(self) -> None:
        """End the sessions that were heard of: what they held is released."""
        while self._sessions:
            session, cwd = self._sessions.popitem()
            await self._answer(
                {"session_id": session, "cwd": cwd, "hook_event_name": "SessionEnd"},
            )

    async def _heard(self, payload: _Payload, call: str | None, _: Any) -> _Answer:
        event = payload["hook_event_name"]
        session = payload["session_id"]
        facts = []
        if session not in self._sessions:
            # The SDK tells of no session that begins; the first word of one does.
            self._sessions[session] = payload["cwd"]
            begins = {"hook_event_name": "SessionStart", "source": "startup"}
            facts.append(_facts(await self._answer({**payload, **begins})))
        answer = await self._answer(payload)
        if event == "UserPromptSubmit":
            facts.append(_facts(answer))
            told = "\n\n".join(it for it in facts if it)
            if told:
                specific = {"hookEventName": event, "additionalContext": told}
                return {"hookSpecificOutput": specific}
        if call is not None and _decision(answer)[0] == "ask":
            self._held[call] = payload
        return answer

    async def _answer(self, payload: _Payload) -> _Answer:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=_folder(payload),
            )
        except OSError as error:
            raise HookFailed(f"{self._command[0]} cannot be started: {error}") from error
        told = json.dumps(payload).encode()
        try:
            # The program's own watch answers first; this one is for a program that hangs.
            said = await asyncio.wait_for(process.communicate(told), self._timeout_s * 1.5)
        except asyncio.TimeoutError as late:
            process.kill()
            await process.wait()
            raise HookFailed(f"{self._command[0]} took longer than {self._timeout_s} s") from late
        out, err = said
        if process.returncode != 0:
            raise HookFailed(err.decode(errors="replace").strip() or "loom gave no reason")
        if not out.strip():
            return {}
        answer = json.loads(out)
        if not isinstance(answer, dict):
            raise HookFailed("loom answered something else than an object")
        return answer


def _folder(payload: _Payload) -> str | None:
    folder = payload.get("cwd")
    return folder if isinstance(folder, str) and Path(folder).is_dir() else None


def _decision(answer: _Answer) -> tuple[str | None, str]:
    """The decision in an answer before a tool, and its reason."""
    specific = answer.get("hookSpecificOutput", {})
    reason = specific.get("permissionDecisionReason") or "held by loom"
    return specific.get("permissionDecision"), reason


def _facts(answer: _Answer) -> str:
    return answer.get("hookSpecificOutput", {}).get("additionalContext") or ""
