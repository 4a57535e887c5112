"""Numbers of things, in messages. Pure."""

from __future__ import annotations


def several(count: int, one: str, many: str = "") -> str:
    """A count and what is counted: `1 row`, `1,000 rows`.

    Args:
        count: how many.
        one: what one of them is called.
        many: what others are called; with an s behind it where this is left out.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
