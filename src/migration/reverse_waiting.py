"""Items whose rows have to wait for what they refer to: a file, of which the checkpoint knows how much counts."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossfade.dynamodb.wire import Item
from crossfade.migration.errors import CheckpointError
from crossfade.migration.journal import Journal
from crossfade.migration.report_json import ReportError, encode_bytes, item_key_from, named, text
from crossfade.migration.resumed import anything

_BATCH = 100  # items that one BatchGetItem reads


@dataclass(frozen=True, slots=True)
class Waits:
    """An item whose row waits.

    Attributes:
        key: its item key.
        why: what it waits for.
    """

    key: Item
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some that wait, of one table."""

    table: str
    waits: tuple[Waits, ...]


class Waiting:
    """Those that wait.

    Args:
        base: the file's path, but for its number and ending.
        number: which file.
        size: how many of its bytes count: what was added after the checkpoint was saved will come again.
        count: how many wait.

    Raises:
        CheckpointError: the file lacks what the checkpoint counts on.
    """

    def __init__(self, base: Path, number: int = 0, size: int = 0, count: int = 0) -> None:
        self._base, self._number, self.count = base, number, count
        self._journal = Journal(base.with_name(f"{base.name}.{number}.jsonl"))
        self._cut(size)

    def _cut(self, size: int) -> None:
        path = self._journal.path
        there = path.stat().st_size if path.exists() else 0
        if there < size:
            raise CheckpointError(
                f"{path} lacks what the checkpoint counts on, as on another machine: begin anew with --restart; rows "
                "that are there are left"
            )
        if there > size:
            os.truncate(path, size)
        self._size = size

    @property
    def state(self) -> tuple[int, int, int]:
        """The last three arguments, for the checkpoint."""
        return self._number, self._size, self.count

    def add(self, batch: Batch) -> None:
        """Add some, durably. Raises FileUnsaved."""
        if batch.waits:
            lines = [{"table": batch.table, "key": dumped(w.key), "why": w.why} for w in batch.waits]
            self._journal.append(lines, durable=True)
            self._size = self._journal.path.stat().st_size
            self.count += len(lines)

    def batches(self) -> Iterator[Batch]:
        """All of them.

        Raises:
            CheckpointError: the file is damaged; passed over, a line would be a row that never comes.
        """
        found: dict[str, list[Waits]] = defaultdict(list)
        for number, line in enumerate(self._journal.lines(), 1):
            table, waits = self._read(line, number)
            found[table].append(waits)
            if len(found[table]) == _BATCH:
                yield Batch(table, tuple(found.pop(table)))
        yield from (Batch(table, tuple(waits)) for table, waits in found.items())

    def _read(self, line: Any, number: int) -> tuple[str, Waits]:
        where = f"{self._journal.path}, line {number}"
        try:
            raw = named(anything, line, where)
            key = item_key_from(raw.get("key"), f"{where}.key")
            return text(raw.get("table"), f"{where}.table"), Waits(key, text(raw.get("why"), f"{where}.why"))
        except ReportError as error:
            raise CheckpointError(
                f"{error}: it is damaged; begin anew with --restart; rows that are there are left"
            ) from None

    def following(self) -> Waiting:
        """An empty one, to come after this."""
        return Waiting(self._base, self._number + 1)

    def remove(self) -> None:
        """Forget them."""
        self._journal.path.unlink(missing_ok=True)


def dumped(key: Item) -> Any:
    """An item key as JSON holds it; `item_key_from` reads it."""
    return json.loads(json.dumps(key, default=encode_bytes))
