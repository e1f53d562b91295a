"""A store in Python, as somebody writes it in an afternoon."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence

from loomstack import Head, Record, Snapshot, StoredText

EMPTY = Head(0, "0" * 64, 0)


class MemoryStore:
    """Keeps what it is given, and compares heads."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.texts: dict[str, StoredText] = {}
        self.snapshots: dict[tuple[str, int], Snapshot] = {}
        self._lock = threading.Lock()

    def head(self) -> Head:
        if not self.records:
            return EMPTY
        last = self.records[-1]
        header = json.loads(last.body.split(b"\n", 1)[0])
        return Head(last.ver, last.hash, header["incarnation"])

    def read(self, after: int, max_bytes: int) -> Sequence[Record]:
        page: list[Record] = []
        for record in self.records[after:]:
            max_bytes -= len(record.body)
            if page and max_bytes < 0:
                break
            page.append(record)
        return page

    def append(self, expected: Head, record: Record) -> bool:
        with self._lock:
            head = self.head()
            if (head.ver, head.hash) != (expected.ver, expected.hash):
                return self.records[record.ver - 1 : record.ver] == [record]
            self.records.append(record)
            return True

    def save_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots[snapshot.projection, snapshot.format] = snapshot

    def load_snapshot(self, projection: str, format: int) -> Snapshot | None:
        return self.snapshots.get((projection, format))

    def put_texts(self, texts: Sequence[StoredText]) -> None:
        self.texts.update({text.digest: text for text in texts})

    def get_texts(self, digests: Sequence[str]) -> Sequence[StoredText | None]:
        return [self.texts.get(digest) for digest in digests]

    def erase_texts(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self.texts.pop(digest, None)
