"""What a template's slot does to the order of its values: the planner trusts the order of keys only where
every value that the field's type allows keeps it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from crossfade.contract.template import Slot
from crossfade.contract.types import ValueType

_UNITS = "YmdHMSf"


def monotone(slot: Slot, *, last: bool) -> bool:
    """Whether a greater value never has a lesser text, so that bounds can be pushed down.

    Args:
        slot: the slot.
        last: whether nothing follows it in its template.
    """
    match slot.type.kind:
        case "bytes":
            return not slot.spec and (last or slot.width is not None)
        case "str":
            return slot.ordered and last
        case "int" | "decimal":
            return slot.ordered and _always_fits(slot)
        case _:
            return slot.ordered


def strict(slot: Slot, *, last: bool) -> bool:
    """Whether texts sort exactly as the values do, also in front of further parts; nulls aside."""
    if not monotone(slot, last=last):
        return False
    if "%" in slot.spec:
        return _codes(slot.spec) == _UNITS[: _resolution(slot.type)]
    return slot.exact and (last or slot.width is not None)


def enumerable(slot: Slot) -> str | None:
    """The strftime code of the smallest unit of a slot that cuts time into consecutive pieces, else None."""
    codes = _codes(slot.spec) if slot.type.kind in {"date", "datetime"} else ""
    return codes[-1] if slot.ordered and codes and codes[-1] != "f" else None


def prefix_text(slot: Slot, prefix: str) -> str:
    """A text with which the text of every value that starts with `prefix` starts."""
    if slot.type.kind not in {"str", "any"} or slot.spec not in {"", "upper", "lower"}:
        return ""
    text = slot.text(prefix) or ""
    # A sigma at the end of a word is another letter in lower case; inside a longer value it is not.
    return text[:-1] if slot.spec == "lower" and text.endswith("ς") else text


def fitting(slot: Slot, value: Any) -> str | None:
    """The text of a bound, or None where it would be wider than the texts it is compared with."""
    text = slot.text(value) if value is not None else None
    return text if text is None or slot.width is None or len(text) == slot.width else None


def _codes(spec: str) -> str:
    return "".join(c for c in re.findall(r"%(.)", spec) if c != "%")


def _resolution(type_: ValueType) -> int:
    """How many of the units a value of this type has."""
    if type_.kind == "date":
        return 3
    return 7 if type_.fsp else 6


def _always_fits(slot: Slot) -> bool:
    """Whether every number of the type is as wide as the padding, without a sign."""
    type_ = slot.type
    if type_.minimum is None or type_.minimum < 0:
        return False
    greatest: int | Decimal | None = type_.maximum
    if type_.kind == "decimal":
        scale = type_.scale or 0
        greatest = Decimal(10) ** ((type_.precision or 38) - scale) - Decimal(1).scaleb(-scale)
    return greatest is not None and slot.width is not None and len(format(greatest, slot.spec)) <= slot.width
