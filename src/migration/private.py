"""Files that are their owner's alone: keys stand in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def open_private(path: Path, mode: str) -> IO[bytes]:
    """Open a file of bytes; where it is made, nobody else can read it. Raises OSError."""
    made: IO[bytes] = open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115 - the caller's to close
    return made
