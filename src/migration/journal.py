"""Files of JSON lines that only grow: a run's log, and its dead letters."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossfade.migration.chunk import DeadLetter
from crossfade.migration.errors import FileUnsaved
from crossfade.migration.events import Event, as_json
from crossfade.migration.private import open_private


class Journal:
    """A file of JSON lines, made at the first line.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Iterator[dict[str, Any]]:
        """Every whole line; those that were cut off, or damaged, are passed over."""
        yield from (line for line in self.lines() if line is not None)

    def lines(self) -> Iterator[dict[str, Any] | None]:
        """Every line; None for one that is no object of JSON."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                try:
                    found = json.loads(line.decode())
                except (ValueError, RecursionError):
                    found = None
                yield found if isinstance(found, dict) else None

    def append(self, lines: Sequence[Mapping[str, Any]], *, durable: bool) -> None:
        """Add lines; durable ones outlive a crash of the machine.

        Raises:
            FileUnsaved: they could not be written, or not all.
        """
        text = "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in lines)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open_private(self.path, "a+b") as file:
                end = file.seek(0, os.SEEK_END)
                if end and _last_byte(self.path) != b"\n":
                    text = "\n" + text
                # Half of a surrogate pair, as a file's name may hold, is written as JSON's own escape of it.
                file.write(text.encode(errors="backslashreplace"))
                file.flush()
                if durable:
                    os.fsync(file.fileno())
        except OSError as error:
            raise FileUnsaved(f"{self.path} cannot be written: {error.strerror or error}") from error


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


class RunLog:
    """What happened in every run, with the time.

    Args:
        path: the file.
        clock: the current time.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._journal, self._clock = Journal(path), clock

    def add(self, event: Event) -> None:
        """Note an event. Raises FileUnsaved."""
        now = self._clock().isoformat(timespec="milliseconds")
        self._journal.append([{"time": now, **as_json(event)}], durable=False)


class DeadLetters:
    """The rows that could not be copied, each once.

    Args:
        path: the file.
        anew: set aside what earlier runs left in it.
    """

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        self._journal = Journal(path)
        if anew and path.exists():
            path.replace(path.with_name(path.name + ".old"))
        self._known = {_id(line) for line in self._journal.read()}

    @property
    def path(self) -> Path:
        """The file."""
        return self._journal.path

    def __len__(self) -> int:
        return len(self._known)

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters, durably, but for those that are known. Raises FileUnsaved."""
        new = {_id(line): line for letter in letters if _id(line := _line(letter)) not in self._known}
        if new:
            self._journal.append(list(new.values()), durable=True)
            self._known.update(new)


def _line(letter: DeadLetter) -> dict[str, Any]:
    return {name: value for name, value in asdict(letter).items() if value is not None}


def _id(line: Mapping[str, Any]) -> str:
    """Which row a line is about."""
    return json.dumps([line.get("entity"), line.get("key"), line.get("position")], default=str, sort_keys=True)
