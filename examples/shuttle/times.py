"""Times as the application has them: milliseconds since 1970 (UTC), as the ORM before it had them."""

from __future__ import annotations

import time
from datetime import timedelta


def wall_clock() -> int:
    """The time now, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def milliseconds(span: timedelta) -> int:
    """A span of time in milliseconds."""
    return span // timedelta(milliseconds=1)
