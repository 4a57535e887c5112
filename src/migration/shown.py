"""What a person is shown: no control characters, nothing endless, digests for what is sensitive. Pure."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from crossfade.contract.plural import several
from crossfade.dal.excerpt import cut
from crossfade.dal.redaction import digest
from crossfade.migration.report import KINDS, Counts, Difference, Report

COLUMNS = tuple(f.name for f in fields(Counts))
"""The names of the counts, in order."""

LONGEST = 200
"""Characters of one value that are shown."""

# Control and format characters (bidirectional ones change the order of what stands around them), halves of surrogate
# pairs, what has no meaning, and the separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, most: int = LONGEST) -> str:
    """The beginning of a text on one line, in the order in which it is stored, with escapes for what cannot be seen."""
    return cut(text, most, lambda kept: "".join(map(_seen, kept)))


def identified(difference: Difference) -> str:
    """Which one it is, by the entity's own key, or else by its item key."""
    told = difference.key
    if told is None:
        told = {name: _key_value(value, difference) for name, value in difference.item_key.items()}
    return ", ".join(f"{visible(name)}={visible(value)}" for name, value in told.items())


def headline(difference: Difference) -> str:
    """A difference in one line."""
    what = " (lookup item)" if difference.lookup else ""
    reason = f": {visible(difference.reason)}" if difference.reason else ""
    of = visible(difference.entity or difference.table)
    return f"{difference.kind} {of} {identified(difference)}{what}{reason}"


def verdict(report: Report) -> str:
    """The result in one line."""
    total = report.total
    what = several(total.rows, "row") + (f" (a sample of {report.sample:.2%})" if report.sample < 1 else "")
    if report.equal:
        return f"equal: {what}, no difference" + (f" ({total.lag:,} lagged)" if total.lag else "")
    told = [f"{getattr(total, kind):,} {kind}" for kind in KINDS if getattr(total, kind)]
    told += [several(total.unreadable, "row") + " without an item"] if total.unreadable else []
    return f"different: {what}; {', '.join(told)}"


def first_examples(report: Report, examples: int) -> Iterator[Difference]:
    """The first differences of each entity and kind."""
    shown: dict[tuple[str | None, str], int] = {}
    for difference in report.differences:
        of = difference.entity, difference.kind
        shown[of] = shown.get(of, 0) + 1
        if shown[of] <= examples:
            yield difference


def _key_value(value: dict[str, Any], difference: Difference) -> str:
    ((kind, content),) = value.items()
    text = base64.b64encode(content).decode() if kind == "B" else str(content)
    return digest(text) if difference.sensitive else text


def _seen(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
