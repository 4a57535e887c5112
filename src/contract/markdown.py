"""Pieces of Markdown pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def table_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


def code(text: str | None) -> str:
    """The text as code, or a dash for none."""
    return f"`{text}`" if text else "–"


def codes(texts: Iterable[str]) -> str:
    """The texts as code, with commas."""
    return ", ".join(map(code, texts))
