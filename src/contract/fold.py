"""Folds: what a column's collation takes for one text becomes one text, as keys have it."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Literal

Fold = Literal["casefold", "pad-space", "ai-ci"]
"""`casefold` and `pad-space` leave trailing spaces out; `ai-ci` is MySQL's utf8mb4_0900_ai_ci, to the letter."""

_HANGUL = range(0xAC00, 0xD7A4)


def folded(text: str, fold: Fold | None) -> str:
    """The text that stands for all texts which the fold takes for one; `text` itself without a fold."""
    match fold:
        case None:
            return text
        case "ai-ci":
            return text.translate(_ai_ci())
        case "pad-space":
            return text.rstrip(" ")
        case "casefold":
            return text.rstrip(" ").casefold()


@cache
def _ai_ci() -> dict[int, str]:
    """By character, what stands for all that weigh the same; what is not in it stands for itself.

    MySQL weighs character by character here: no pair weighs otherwise than its two characters. The table was asked of
    MySQL, not of Python, whose Unicode grows with its versions: keys must not.
    """
    table = {code: unicodedata.normalize("NFD", chr(code)) for code in _HANGUL}
    shipped = files("crossfade.contract").joinpath("fold_ai_ci.txt").read_text(encoding="ascii")
    for line in shipped.splitlines():
        text, _, members = line.partition(":")
        found = "".join(chr(int(code, 16)) for code in text.split())
        for member in members.split():
            first, _, last = member.partition("-")
            table |= dict.fromkeys(range(int(first, 16), int(last or first, 16) + 1), found)
    return table
