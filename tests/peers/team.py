"""A team for programs of others to meet: a repository with a journal, a policy, and a person at work in it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

LOOM = os.environ["LOOM"]
POLICY = """\
version: 1
default: allow
rules:
  - id: pay-1
    effect: require_approval
    when: {paths: ["pay/**"], verb: [edit]}
"""


def run(*words: str, cwd: Path, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOOM_", "GIT_"))}
    kept |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"} | env
    return subprocess.run(words, cwd=cwd, env=kept, check=check, capture_output=True, text=True)


def make_team(folder: Path) -> Path:
    """A repository with a journal, a policy, and a person who holds `docs/`."""
    shop = folder / "shop"
    shop.mkdir()
    run("git", "init", "-q", "-b", "main", cwd=shop)
    (shop / "a.txt").write_text("x\n")
    run("git", "add", "-A", cwd=shop)
    run("git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "One", cwd=shop)
    run(LOOM, "init", "--as", "human:ada", cwd=shop)
    (folder / "policy.yaml").write_text(POLICY)
    run(LOOM, "policy", "set", "../policy.yaml", "--as", "human:ada", cwd=shop)
    run(LOOM, "run", "start", "ada-1", "--as", "human:ada", cwd=shop)
    run(LOOM, "claim", "docs", "-i", "the handbook", "--as", "human:ada", "--run", "ada-1", cwd=shop)
    run(LOOM, "change", "a.txt", "--as", "human:ada", "--run", "ada-1", "-i", "the first line", cwd=shop)
    return shop
