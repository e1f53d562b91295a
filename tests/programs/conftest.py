"""What the tests of both programs share: a team, and a place of its own for each program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from team import LOOM, make_team

# A program that hangs fails its test with what it said.
SECONDS_MAX = 180


class Place:
    """A repository with a journal, and a home in which a program finds nothing of ours."""

    def __init__(self, folder: Path) -> None:
        self.shop = make_team(folder)
        self.home = folder / "home"
        self.home.mkdir()

    def start(self, words: list[str], **env: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(LOOM).parent}:{os.environ['PATH']}"
        kept = {"HOME": str(self.home), "PATH": path} | env
        try:
            return subprocess.run(
                words,
                cwd=self.shop,
                env=kept,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                text=True,
                timeout=SECONDS_MAX,
            )
        except subprocess.TimeoutExpired as late:
            pytest.fail(f"{words[0]} said nothing for {SECONDS_MAX} s: {late.stdout!r} {late.stderr!r}")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    yield Place(tmp_path)
