"""A checkpoint in a file."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from crossfade.migration.errors import CheckpointBusy, CheckpointError, CheckpointUnsaved
from crossfade.migration.private import open_private


class FilePlace:
    """A file, replaced whole at each save. A lock on a file beside it keeps other runs out; it ends with the process.

    Args:
        path: the file.
        open_file: opens what is written; for tests.
    """

    def __init__(self, path: Path, *, open_file: Callable[[Path, str], IO[bytes]] = open_private) -> None:
        self.where = f"the checkpoint {path}"
        self._path, self._open = path, open_file
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = path.with_name(path.name + ".lock").open("a")
        except OSError as error:
            raise CheckpointError(f"{self.where} cannot be made: {error.strerror or error}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise CheckpointBusy(f"{self.where} is in use by another run: wait for it, or end it") from None

    def read(self) -> str | None:
        """See `Place.read`."""
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise CheckpointError(f"{self.where} cannot be read: {error}") from error

    def write(self, text: str) -> None:
        """See `Place.write`."""
        part = self._path.with_name(self._path.name + ".part")
        try:
            with self._open(part, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise CheckpointUnsaved(
                f"{self.where} cannot be saved: {error.strerror or error}; it is as it was saved last"
            ) from error

    def release(self) -> None:
        """See `Place.release`."""
        self._lock.close()


def _sync_folder(folder: Path) -> None:
    """Make a rename outlive a crash of the machine."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
