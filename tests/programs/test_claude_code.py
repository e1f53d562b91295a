"""Claude Code itself, with our hooks in its settings, and a model on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import claude_agent_sdk
import pytest
from conftest import Place
from model_server import ModelServer, Turn
from team import LOOM, run

PROGRAM = Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"


def write(place: Place, path: str) -> Turn:
    return Turn(tool="Write", arguments={"file_path": str(place.shop / path), "content": "x\n"})


def ask(place: Place, model: ModelServer, *words: str, **env: str) -> list[dict[str, object]]:
    command = [str(PROGRAM), "-p", "fix the failing test", "--output-format", "stream-json", "--verbose"]
    command += ["--model", "claude-sonnet-4-5", "--permission-mode", "acceptEdits", *words]
    command += ["--allowedTools", "Bash,Write,Edit"]
    surroundings = {
        "ANTHROPIC_BASE_URL": model.url,
        "ANTHROPIC_API_KEY": "sk-ant-scripted",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CONFIG_DIR": str(place.home / ".claude"),
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
    }
    ended = place.start(command, **(surroundings | env))
    assert ended.returncode == 0, (ended.stdout, ended.stderr)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def results(request: str) -> list[str]:
    """The results of tools that a request brings to the model."""
    found = []
    for message in json.loads(request)["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else []:
            if block.get("type") == "tool_result":
                found.append(json.dumps(block["content"], ensure_ascii=False))
    return found


def test_the_first_request_has_the_brief_and_an_edit_that_is_free_is_made_and_recorded(place: Place) -> None:
    run(LOOM, "init", "claude-code", cwd=place.shop)
    with ModelServer([write(place, "src/new.txt"), Turn(text="done")]) as model:
        ask(place, model)
        first = model.seen()[0]
    assert "Brief for run claude-code." in first
    assert "the handbook" in first
    assert (place.shop / "src/new.txt").read_text() == "x\n"
    log = run(LOOM, "log", cwd=place.shop).stdout
    assert "write on src/new.txt in shop main" in log
    assert "to src/new.txt" in log
    assert "finished: done" in log


def test_an_edit_where_somebody_else_works_is_not_made_and_the_model_reads_who_and_why(place: Place) -> None:
    run(LOOM, "init", "claude-code", cwd=place.shop)
    by_shell = Turn(tool="Bash", arguments={"command": "echo x > docs/b.md", "description": "write"})
    with ModelServer([write(place, "docs/a.md"), by_shell, Turn(text="done")]) as model:
        ask(place, model)
        told = results(model.seen()[-1])
    assert len(told) == 2
    for result in told:
        assert "human:ada (run ada-1)" in result and "the handbook" in result, result
    assert not (place.shop / "docs").exists()


def test_a_shell_of_the_session_knows_its_run(place: Place) -> None:
    run(LOOM, "init", "claude-code", cwd=place.shop)
    shell = Turn(tool="Bash", arguments={"command": "echo run=$LOOM_RUN", "description": "say"})
    with ModelServer([shell, Turn(text="done")]) as model:
        ask(place, model)
        told = results(model.seen()[-1])
    assert "run=claude-code." in told[0], told


@pytest.mark.parametrize("checkpoint", ["deny", "ask"])
def test_a_checkpoint_holds_the_edit_and_the_next_session_may_once_a_person_said_yes(
    place: Place, checkpoint: str
) -> None:
    run(LOOM, "init", "claude-code", "--checkpoint", checkpoint, cwd=place.shop)
    script = [write(place, "pay/x.rs"), Turn(text="held"), write(place, "pay/x.rs"), Turn(text="done")]
    with ModelServer(script) as model:
        said = ask(place, model)
        told = results(model.seen()[-1])
        assert "pay-1" in told[0] and "loom approve" in told[0], told
        assert not (place.shop / "pay").exists()
        # A yes is for the run that asked; the session goes on as that run while it is alive.
        asked = json.loads(run(LOOM, "approvals", "--json", cwd=place.shop).stdout)
        run(LOOM, "approve", find(asked, "id"), "--as", "human:bob", cwd=place.shop)
        session = next(it["session_id"] for it in said if it["type"] == "result")
        ask(place, model, "--resume", str(session))
    assert (place.shop / "pay/x.rs").read_text() == "x\n"


def test_a_deferred_edit_is_made_when_the_session_is_resumed_after_a_yes(place: Place) -> None:
    run(LOOM, "init", "claude-code", "--checkpoint", "defer", cwd=place.shop)
    with ModelServer([write(place, "pay/x.rs"), Turn(text="done")]) as model:
        said = ask(place, model)
        result = next(it for it in said if it["type"] == "result")
        assert result["stop_reason"] == "tool_deferred", result
        assert not (place.shop / "pay").exists()
        asked = json.loads(run(LOOM, "approvals", "--json", cwd=place.shop).stdout)
        request = find(asked, "id")
        run(LOOM, "approve", request, "--as", "human:bob", cwd=place.shop)
        ask(place, model, "--resume", str(result["session_id"]))
    assert (place.shop / "pay/x.rs").read_text() == "x\n"


def find(value: object, name: str) -> str:
    """The first text of this name."""
    if isinstance(value, dict):
        if isinstance(value.get(name), str):
            return value[name]
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        try:
            return find(inner, name)
        except KeyError:
            continue
    raise KeyError(name)


def test_an_agent_does_not_approve_its_own_request(place: Place) -> None:
    run(LOOM, "init", "claude-code", cwd=place.shop)
    lines = ["loom approve 1.2.0 --as human:bob", "rm -rf .git/.loom", "echo '{}' > .claude/settings.json"]
    script = [Turn(tool="Bash", arguments={"command": line, "description": "try"}) for line in lines]
    with ModelServer([*script, Turn(text="done")]) as model:
        ask(place, model)
        told = results(model.seen()[-1])
    assert len(told) == len(lines)
    for result in told:
        assert "only people" in result, result
    assert (place.shop / ".git/.loom/journal.db").exists()
    assert "loom hook" in (place.shop / ".claude/settings.json").read_text()


def test_without_loom_on_the_path_nothing_is_edited(place: Place) -> None:
    run(LOOM, "init", "claude-code", cwd=place.shop)
    with ModelServer([write(place, "src/new.txt"), Turn(text="done")]) as model:
        ask(place, model, PATH="/usr/bin:/bin")
        told = results(model.seen()[-1])
    assert "loom" in told[0], told
    assert not (place.shop / "src/new.txt").exists()
