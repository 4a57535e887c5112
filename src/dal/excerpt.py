"""Parts of texts that are too long to be shown. Pure."""

from __future__ import annotations

from collections.abc import Callable

_FAR, _BEFORE = 100, 40  # characters that two texts have in common before their beginnings are left out; what is kept


def cut(text: str, most: int, show: Callable[[str], str] = str) -> str:
    """The beginning of a text, and how many characters were left out.

    Args:
        text: the text.
        most: how many characters are kept.
        show: makes of these what is shown.
    """
    kept = show(text[:most])
    return kept if len(text) <= most else f"{kept}… ({len(text) - most:,} more characters)"


def apart(one: str, other: str, most: int) -> tuple[str, str]:
    """Two texts, from shortly before they part; `most` characters of each."""
    parts = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(parts - _BEFORE, 0) if parts > _FAR else 0
    before = f"({start:,} characters before) …" if start else ""
    return before + cut(one[start:], most), before + cut(other[start:], most)
