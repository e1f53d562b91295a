"""Codex itself, with our hooks in its project, and a model on loopback."""

from __future__ import annotations

import json
import os

from conftest import Place
from model_server import ModelServer, Turn
from team import LOOM, run

PROGRAM = os.environ["CODEX"]
CONFIG = """\
model = "gpt-5.5"
model_provider = "loopback"
approval_policy = "never"
sandbox_mode = "danger-full-access"

[model_providers.loopback]
name = "loopback"
base_url = "{url}/v1"
wire_api = "responses"
requires_openai_auth = false
request_max_retries = 0
stream_max_retries = 0

[projects."{shop}"]
trust_level = "trusted"
"""


def patch(path: str) -> str:
    return f"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch\n"


def ask(place: Place, model: ModelServer) -> None:
    home = place.home / ".codex"
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(CONFIG.format(url=model.url, shop=place.shop))
    command = [PROGRAM, "exec", "--json", "--dangerously-bypass-hook-trust", "fix the failing test"]
    ended = place.start(command, CODEX_HOME=str(home))
    assert ended.returncode == 0, (ended.stdout, ended.stderr)
    assert "clamping" not in ended.stdout, ended.stdout


def results(request: str) -> list[str]:
    """The results of tools that a request brings to the model."""
    items = json.loads(request)["input"]
    return [it["output"] for it in items if it["type"].endswith("_call_output")]


def test_the_first_request_has_the_brief_and_a_patch_that_is_free_is_made_and_recorded(place: Place) -> None:
    run(LOOM, "init", "codex", cwd=place.shop)
    with ModelServer([Turn(tool="apply_patch", plain=patch("src/new.txt")), Turn(text="done")]) as model:
        ask(place, model)
        first = model.seen()[0]
    assert "Brief for run codex." in first
    assert "the handbook" in first
    assert (place.shop / "src/new.txt").read_text() == "x\n"
    log = run(LOOM, "log", cwd=place.shop).stdout
    assert "write on src/new.txt in shop main" in log
    assert "to src/new.txt" in log
    assert "finished: done" in log


def test_a_patch_where_somebody_else_works_is_not_made_by_tool_or_by_shell_and_the_model_reads_why(
    place: Place,
) -> None:
    run(LOOM, "init", "codex", cwd=place.shop)
    by_shell = f"apply_patch <<'EOF'\n{patch('docs/b.md')}EOF"
    script = [
        Turn(tool="apply_patch", plain=patch("docs/a.md")),
        Turn(tool="exec_command", arguments={"cmd": by_shell}),
        Turn(tool="exec_command", arguments={"cmd": "echo x > docs/c.md"}),
        Turn(text="done"),
    ]
    with ModelServer(script) as model:
        ask(place, model)
        told = results(model.seen()[-1])
    assert len(told) == 3
    for result in told:
        assert "human:ada (run ada-1)" in result and "the handbook" in result, result
    assert not (place.shop / "docs").exists()


def test_a_checkpoint_is_a_no_until_a_person_said_yes(place: Place) -> None:
    run(LOOM, "init", "codex", cwd=place.shop)
    script = [
        Turn(tool="apply_patch", plain=patch("pay/x.rs")),
        Turn(tool="exec_command", arguments={"cmd": "loom approve 1.2.0 --as human:bob"}),
        Turn(text="done"),
    ]
    with ModelServer(script) as model:
        ask(place, model)
        told = results(model.seen()[-1])
    assert "pay-1" in told[0] and "loom approve" in told[0], told
    assert "only people" in told[1], told
    assert not (place.shop / "pay").exists()
