"""Date patterns of the contract (`YYYY-MM-DD`) in strftime's terms."""

from __future__ import annotations

import re

_TOKENS = {
    "YYYY": "%Y", "yyyy": "%Y", "YY": "%y", "yy": "%y", "MM": "%m", "DD": "%d", "dd": "%d",
    "HH": "%H", "hh": "%H", "mm": "%M", "ss": "%S",
}  # fmt: skip
_CODES = set("YymdHMSfjGVuw%")
_PATTERN = re.compile(r"'([^']*)'|\[([^\]]*)\]|(" + "|".join(_TOKENS) + r")|([TZ])|([A-Za-z]+)|([^A-Za-z]+?)", re.S)


def strftime_pattern(text: str) -> str:
    """The strftime pattern that means what `text` means.

    Args:
        text: letters as moment.js and Java have them (YYYY, MM, DD, HH, mm, ss; T and Z, and whatever is in
            quotes or brackets, stand for themselves), or a strftime pattern.

    Raises:
        ValueError: a letter that is neither.
    """
    if "%" in text:
        unknown = [code for code in re.findall(r"%(.?)", text) if code not in _CODES]
        if unknown:
            raise ValueError(
                f"%{unknown[0]} is not a part of a date; allowed: {', '.join('%' + c for c in sorted(_CODES))}"
            )
        return text
    return "".join(_piece(match) for match in _PATTERN.finditer(text))


def _piece(match: re.Match[str]) -> str:
    quoted, bracketed, token, itself, letters, rest = match.groups()
    if letters:
        raise ValueError(f"{letters!r} is not a part of a date; allowed: {', '.join(_TOKENS)}")
    return _TOKENS[token] if token else quoted or bracketed or itself or rest or ""
