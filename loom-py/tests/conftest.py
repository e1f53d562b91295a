"""What every test starts from: a journal in memory with a repository and two runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from loomstack import Actor, Loom

START = datetime(2024, 11, 22, 7, 30, tzinfo=timezone.utc)
ADA = Actor("human", "ada")
NIGHTLY = Actor("loop", "nightly", run="a")
FIXER = Actor("loop", "fixer", run="b")


def after(**elapsed: float) -> datetime:
    """The moment that lies this long behind the start."""
    return START + timedelta(**elapsed)


@pytest.fixture
def loom() -> Iterator[Loom]:
    """A journal in memory with the repository ``shop`` and the runs ``a`` and ``b``."""
    with Loom.open("memory:") as loom:
        loom.create_journal(actor=ADA, workspace="acme", at=START)
        loom.register_repo(actor=ADA, id="shop", default_branch="main", at=START)
        loom.start_run(actor=NIGHTLY, run="a", ttl="1h", at=START)
        loom.start_run(actor=FIXER, run="b", ttl="1h", at=START)
        yield loom
