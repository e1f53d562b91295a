"""LoomStack: claims on paths, leases, fences and one journal, above the loops that prompt agents.

>>> from loomstack import Loom, SpecRequest
>>> loom = Loom.open("memory:")
>>> loom.create_journal(actor="human:ada", workspace="acme")
JournalCreated(workspace='acme')
"""

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
from ._sources import PathSetSource, PathsLike, PatternKind, PatternLike, PatternSource
from ._values import *  # noqa: F403
from ._values import __all__ as _values

__all__ = [
    "AlreadyExists",
    "Duration",
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
    "OutcomeUnknown",
    "PathSetSource",
    "PathsLike",
    "PatternKind",
    "PatternLike",
    "PatternSource",
    "Time",
    "Unavailable",
]
__all__ += _values
