"""What may be changed while a run goes on: a small JSON file that is read again when it changes."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crossfade.migration.shown import visible


@dataclass(frozen=True, slots=True)
class Knobs:
    """Attributes:
    max_write_units: write units a second at most; None for no ceiling.
    workers: chunks copied at a time.
    paused: whether no chunk is to be begun.
    """

    max_write_units: float | None
    workers: int
    paused: bool = False


def turned(knobs: Knobs, text: str) -> Knobs:
    """The knobs as a file's text sets them; what it does not name stays.

    Raises:
        ValueError: it makes no sense; says why.
        RecursionError: it is nested too deeply.
    """
    raw = json.loads(text)
    if not isinstance(raw, dict):
        raise ValueError(f"wants an object such as {json.dumps(_EXAMPLE)}")  # noqa: TRY004 - one error for bad content
    unknown = raw.keys() - _CHECKS.keys()
    if unknown:
        raise ValueError(f"has {visible(', '.join(sorted(unknown)))}; there are {', '.join(_CHECKS)}")
    for name, value in raw.items():
        wants = _wants(name, value)
        if wants:
            raise ValueError(f"{name} wants {wants}, and is {visible(json.dumps(value))}")
    return replace(knobs, **raw)


_EXAMPLE: Mapping[str, Any] = {"max_write_units": 500, "workers": 2, "paused": False}
_CHECKS: Mapping[str, str] = {
    "max_write_units": "a number from 0.001 to 1000000000, or null for no limit",
    "workers": "a whole number from 1 to 64",
    "paused": "true or false",
}


def _wants(name: str, value: Any) -> str | None:
    """What a knob wants, if `value` is not that."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        "max_write_units": value is None or (number and 0.001 <= value <= 10**9),
        "workers": number and isinstance(value, int) and 1 <= value <= 64,
        "paused": isinstance(value, bool),
    }
    return None if fits[name] else _CHECKS[name]


class KnobFile:
    """The file of knobs.

    Args:
        path: the file; it need not exist.
        knobs: as they are without it.
    """

    def __init__(self, path: Path, knobs: Knobs) -> None:
        self.path, self.knobs = path, knobs
        self._first = knobs
        self._seen: tuple[int, int] | None = None

    def look(self) -> str | None:
        """Read the file if it has changed.

        Returns:
            What to tell: the knobs that changed, or why they cannot be read; None where nothing changed.
        """
        try:
            status = self.path.stat()
            seen = (status.st_mtime_ns, status.st_size)
            if seen == self._seen:
                return None
            self._seen = seen
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("is no regular file")  # noqa: TRY301 - a pipe would be waited for
            knobs = turned(self._first, self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if self._seen is None:
                return None
            self._seen, knobs = None, self._first
        except (OSError, ValueError, RecursionError) as error:
            return f"{self.path} is ignored: {error}"
        if knobs == self.knobs:
            return None
        self.knobs = knobs
        limit = "no limit" if knobs.max_write_units is None else f"{knobs.max_write_units:g} write units/s"
        return f"{self.path.name}: {limit}, {knobs.workers} workers{', paused' if knobs.paused else ''}"
