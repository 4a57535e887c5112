"""Reading a template: its placeholders, what is escaped in them, and specs that their fields take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crossfade.contract.template import ESCAPE, Part, Slot, Template
from crossfade.contract.types import ValueType

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)(?::([^{}|]*))?(?:\|([^{}]*))?\}")


def parse_template(
    source: str, *, types: Mapping[str, ValueType], folds: Mapping[str, Any] | None = None, escape: bool
) -> Template:
    """Parse the text of a template.

    Args:
        source: the template's text.
        types: the types of the fields it may take.
        folds: the fields with a collation to emulate.
        escape: whether delimiters inside values are escaped (version 2).

    Raises:
        ValueError: a brace without a placeholder, a spec that its field's type does not take, or a
            delimiter that cannot be escaped.
        KeyError: a placeholder names a field that is not in `types`.
    """
    parts: list[Part] = []
    position = 0
    for match in _PLACEHOLDER.finditer(source):
        parts.append(source[position : match.start()])
        parts.append(Slot(match[1], match[2] or "", match[3], types[match[1]], (folds or {}).get(match[1])))
        position = match.end()
    parts.append(source[position:])
    for literal in parts:
        if isinstance(literal, str) and ("{" in literal or "}" in literal):
            raise ValueError(f"a brace without a placeholder in {source!r}")
    kept = [p for p in parts if p]
    if escape:
        kept = [_escaped(p, kept[i + 1] if i + 1 < len(kept) else None) for i, p in enumerate(kept)]
    for part in kept:
        if isinstance(part, Slot):
            _check_spec(part)
    return Template(tuple(kept), source)


def _escaped(part: Part, following: Part | None) -> Part:
    if isinstance(part, Slot) and isinstance(following, str) and part.width is None:
        if following[0].isdigit():  # an escape is made of digits
            raise ValueError(f"{following!r} begins with a digit, so where {{{part.field}}} ends is unknown")
        return replace(part, escaped=ESCAPE + (following[0] if following[0] != ESCAPE else ""))
    return part


def _check_spec(slot: Slot) -> None:
    sample = _SAMPLES.get(slot.type.kind)
    if not slot.spec or slot.spec in {"upper", "lower", "flag"} or sample is None:
        return
    try:
        format(sample, slot.spec)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{{{slot.field}:{slot.spec}}}: {error}") from None


_SAMPLES: dict[str, Any] = {
    "int": 1,
    "year": 1,
    "decimal": Decimal(1),
    "number": 1,
    "float": 1.0,
    "date": date(2000, 1, 1),
    "datetime": datetime(2000, 1, 1, tzinfo=UTC),
    "str": "a",
    "enum": "a",
    "bool": True,
    "time": timedelta(),
    "bytes": b"",
}
