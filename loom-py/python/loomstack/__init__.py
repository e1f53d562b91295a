"""LoomStack: claims on paths, leases, fences and one journal, above the loops that prompt agents.

>>> from loomstack import Loom, SpecRequest
>>> loom = Loom.open("memory:")
>>> loom.create_journal(actor="human:ada", workspace="acme")
JournalCreated(workspace='acme')
"""

from . import _values
from ._async import AsyncClaim, AsyncLoom, AsyncRun, Opening
from ._async_store import AsyncStore
from ._errors import (
    AlreadyExists,
    HandleClosed,
    InternalError,
    InvalidInput,
    JournalError,
    LimitExceeded,
    LoomError,
    NotFound,
    NotLive,
    NotPermitted,
    OutcomeUnknown,
    Unavailable,
)
from ._forms import Duration, Time
from ._loom import Loom
from ._paths import Containment, Emptiness, Overlap, PathSet, Pattern
from ._run import Claim, RefusedError, Run
from ._sources import PathSetSource, PathsLike, PatternKind, PatternLike, PatternSource
from ._store import Record, Snapshot, Store, StoredText
from ._values import *  # noqa: F403

__all__ = [
    "AlreadyExists",
    "AsyncClaim",
    "AsyncLoom",
    "AsyncRun",
    "AsyncStore",
    "Claim",
    "Containment",
    "Duration",
    "Emptiness",
    "HandleClosed",
    "InternalError",
    "InvalidInput",
    "JournalError",
    "LimitExceeded",
    "Loom",
    "LoomError",
    "NotFound",
    "NotLive",
    "NotPermitted",
    "Opening",
    "OutcomeUnknown",
    "Overlap",
    "PathSet",
    "PathSetSource",
    "PathsLike",
    "Pattern",
    "PatternKind",
    "PatternLike",
    "PatternSource",
    "Record",
    "RefusedError",
    "Run",
    "Snapshot",
    "Store",
    "StoredText",
    "Time",
    "Unavailable",
]
__all__ += _values.__all__
