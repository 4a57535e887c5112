"""How a rehearsal goes, while it does: what the histories got since the last look."""

from __future__ import annotations

import json
import time
from collections import deque
from pathlib import Path

from crossfade.rehearsal.series import SECOND, share


class Tail:
    """Reads histories as they grow. Not safe to share between threads.

    Args:
        folder: where they lie.
        seconds: over which throughput and latency are told.
    """

    def __init__(self, folder: Path, *, seconds: float = 5.0) -> None:
        self._folder, self._span = folder, int(seconds * SECOND)
        self._at: dict[Path, int] = {}
        self._begun: dict[tuple[Path, int], int] = {}
        self._ended: deque[tuple[int, float]] = deque()
        self.operations = 0

    def look(self) -> None:
        """Read what is new."""
        for path in self._folder.glob("*.jsonl"):
            with path.open("rb") as file:
                file.seek(self._at.get(path, 0))
                *whole, cut = file.read().split(b"\n")
                self._at[path] = file.tell() - len(cut)
            for line in whole:
                self._take(path, json.loads(line))
        limit = time.monotonic_ns() - self._span
        while self._ended and self._ended[0][0] < limit:
            self._ended.popleft()

    def _take(self, path: Path, line: dict[str, int]) -> None:
        if "begun" in line:
            self._begun[path, line["number"]] = line["begun"]
            return
        self.operations += 1
        begun = self._begun.pop((path, line["number"]))
        self._ended.append((line["ended"], (line["ended"] - begun) / SECOND))

    @property
    def rate(self) -> float:
        """Operations a second."""
        return len(self._ended) * SECOND / self._span

    def late(self, part: float) -> float:
        """The time within which a part of the operations was answered, in seconds."""
        return share([seconds for _, seconds in self._ended], part)
