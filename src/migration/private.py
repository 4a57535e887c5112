"""Files that are written whole or not at all, and those that are their owner's alone: keys stand in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def open_private(path: Path, mode: str) -> IO[bytes]:
    """Open a file of bytes; where it is made, nobody else can read it. Raises OSError."""
    made: IO[bytes] = open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115 - the caller's to close
    return made


def write_private(content: str, path: Path) -> None:
    """Write a text file that its owner alone can read; see `write_whole`."""
    write_whole(content, path, mode=0o600)


def write_whole(content: str, path: Path, *, mode: int = 0o666) -> None:
    """Write a text file: whole or not at all. A link is followed; a device or a pipe is written into as it is.

    Args:
        content: the text.
        path: the file.
        mode: its permissions, but for those that the process takes from every file.

    Raises:
        OSError: it cannot be written; what was in a file before is as it was.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            file.write(content)
        return
    real = Path(os.path.realpath(path))
    part = real.with_name(real.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(real)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
