"""The history of a rehearsal: what each client asked for, when, and what it was told.

An operation is two lines of JSON in its process's file, one when it begins and one when it ends. Each line is one
write to the end of the file, so that nothing of it is lost with the process: what a killed process had begun stays
open, and its outcome unknown. Times are those of the monotonic clock, which the processes of one machine share.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from crossfade.dal.errors import CrossfadeError, OutcomeUnknown

Value = str | int
Kind = Literal["write", "delete", "read", "add"]
Outcome = Literal["ok", "failed", "unknown"]


class HistoryDamaged(CrossfadeError):
    """A history's file holds what no recorder wrote."""


@dataclass(frozen=True, slots=True)
class Op:
    """An operation of a client.

    Attributes:
        client: who asked for it.
        number: counts the operations of its process, from 1.
        kind: `write` sets the value, `delete` removes it, `read` tells it, `add` adds to it.
        key: what it is about.
        value: what was written, or added; None otherwise.
        begun: nanoseconds of the monotonic clock, before it was asked for.
        ended: the same, when the reply was there; None if none was seen.
        outcome: `ok`; `failed`: it had no effect, and has none later; `unknown`: it may have one at any time.
        seen: what was read, or the sum after an add where that is told; None: nothing was there, or nothing is told.
    """

    client: str
    number: int
    kind: Kind
    key: str
    value: Value | None
    begun: int
    ended: int | None
    outcome: Outcome
    seen: Value | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f" {self.value!r}"
        read = self.kind == "read" and self.outcome == "ok"
        told = f", saw {self.seen!r}" if read or self.seen is not None else ""
        return f"{self.client} #{self.number} {self.kind}{value}: {self.outcome}{told}"


@dataclass
class Reply:
    """What an operation that is under way was told; for its caller to fill in."""

    seen: Value | None = None


class Recorder:
    """Records operations. Safe to share between threads, and to take over a fork: each process has its own file.

    Args:
        folder: where the files are; made if it is not there.
        clock: the time, in nanoseconds.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], int] = time.monotonic_ns) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._clock = folder, clock
        self._files: dict[int, int] = {}
        self._numbers = count(1)

    @contextmanager
    def during(self, client: str, kind: Kind, key: str, value: Value | None = None) -> Iterator[Reply]:
        """Record the operation that the block makes.

        It is `ok` if the block ends, `failed` if it raises one of crossfade's errors, all of which but one say that
        nothing was written, and `unknown` at `OutcomeUnknown` and at whatever else. Arguments as for `Op`.
        """
        number, reply = self.begin(client, kind, key, value), Reply()
        outcome: Outcome = "unknown"
        try:
            yield reply
            outcome = "ok"
        except CrossfadeError as error:
            outcome = "unknown" if isinstance(error, OutcomeUnknown) else "failed"
            raise
        finally:
            self.end(number, outcome, reply.seen)

    def begin(self, client: str, kind: Kind, key: str, value: Value | None = None) -> int:
        """Record that an operation begins; its number is for `end`. Arguments as for `Op`."""
        number = next(self._numbers)
        said = {"number": number, "client": client, "kind": kind, "key": key, "value": value}
        self._append({**said, "begun": self._clock()})
        return number

    def end(self, number: int, outcome: Outcome, seen: Value | None = None) -> None:
        """Record how an operation ended. Arguments as for `Op`."""
        self._append({"number": number, "ended": self._clock(), "outcome": outcome, "seen": seen})

    def close(self) -> None:
        """Close this process's file."""
        if (file := self._files.pop(os.getpid(), None)) is not None:
            os.close(file)

    def _append(self, line: Mapping[str, Any]) -> None:
        text = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        if os.write(self._file(), text) != len(text):
            raise OSError(f"{self.folder}: the disk took half a line of the history")

    def _file(self) -> int:
        """This process's file. No lock: one that another thread held during a fork would be held for ever."""
        process = os.getpid()
        if (known := self._files.get(process)) is not None:
            return known
        path = self.folder / f"{process}-{uuid4().hex}.jsonl"
        made = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        file = self._files.setdefault(process, made)
        if file != made:  # another thread was first
            os.close(made)
            path.unlink()
        return file


def read_history(folder: Path) -> list[Op]:
    """The operations of all processes, by when they began; those without an end have an unknown outcome.

    Raises:
        HistoryDamaged: a file holds what no recorder wrote. A last line that was cut off is passed over.
    """
    ops = [op for path in sorted(folder.glob("*.jsonl")) for op in _read(path)]
    return sorted(ops, key=lambda op: op.begun)


def _read(path: Path) -> Iterator[Op]:
    begun: dict[int, dict[str, Any]] = {}
    for place, line in _lines(path):
        try:
            if "begun" in line:
                begun[line["number"]] = line
            else:
                yield Op(**begun.pop(line["number"]), ended=line["ended"], outcome=line["outcome"], seen=line["seen"])
        except (KeyError, TypeError) as error:
            raise HistoryDamaged(f"{path}, line {place}: no line of a history, or none that began") from error
    for line in begun.values():
        yield Op(**line, ended=None, outcome="unknown")


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    *whole, _cut = path.read_bytes().split(b"\n")
    for place, text in enumerate(whole, 1):
        try:
            yield place, json.loads(text)
        except ValueError as error:
            raise HistoryDamaged(f"{path}, line {place}: no JSON") from error
