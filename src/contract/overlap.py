"""Whether two key templates can make the same text."""

from __future__ import annotations

from functools import cache

from crossfade.contract.template import Slot, Template

_DIGITS = frozenset("0123456789")
_DATE = _DIGITS | {"-"}
_MOMENT = _DIGITS | frozenset("-:.TZ")
# Stands for every character that no literal names: what matters is only whether classes meet.
_OTHER = "\0"

# A character class, and whether it repeats.
Piece = tuple[frozenset[str], bool]


def overlap(one: Template, other: Template) -> bool:
    """Whether some values make the same key of both templates. Answers yes where it cannot tell."""
    literals = {c for t in (one, other) for part in t.parts for c in _literal(part)}
    alphabet = _MOMENT | literals | {_OTHER}
    left, right = _pieces(one, alphabet), _pieces(other, alphabet)

    @cache
    def meet(i: int, j: int) -> bool:
        if i == len(left) and j == len(right):
            return True
        if i < len(left) and left[i][1] and meet(i + 1, j):
            return True
        if j < len(right) and right[j][1] and meet(i, j + 1):
            return True
        if i == len(left) or j == len(right) or not left[i][0] & right[j][0]:
            return False
        return meet(i if left[i][1] else i + 1, j if right[j][1] else j + 1)

    return meet(0, 0)


def _literal(part: str | Slot) -> str:
    return part if isinstance(part, str) else part.default or ""


def _pieces(template: Template, alphabet: frozenset[str]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for part in template.parts:
        if isinstance(part, str):
            found += ((frozenset(c), False) for c in _literal(part))
        else:
            found += _slot(part, alphabet)
    return tuple(found)


def _slot(slot: Slot, alphabet: frozenset[str]) -> list[Piece]:
    allowed = _class(slot, alphabet)
    if slot.default is not None:
        allowed |= frozenset(_literal(slot))
    if slot.width is not None and slot.width <= 64 and slot.default is None:
        return [(allowed, False)] * slot.width
    if slot.type.kind in {"str", "any", "json"} or slot.default == "":
        return [(allowed, True)]
    return [(allowed, False), (allowed, True)]


def _class(slot: Slot, alphabet: frozenset[str]) -> frozenset[str]:
    """The characters of a slot's texts. Digits in literals stand for any digit, as in the slots."""
    if slot.spec == "flag":
        return frozenset("1")
    if "%" in slot.spec:
        return alphabet
    match slot.type.kind:
        case "int" | "year":
            return _DATE if slot.type.minimum is None or slot.type.minimum < 0 else _DIGITS
        case "decimal" | "number":
            return _DIGITS | {"-", "."}
        case "date":
            return _DATE
        case "datetime":
            return _MOMENT
        case "bytes":
            return _DIGITS | frozenset("abcdef")
        case "enum":
            return frozenset(c for value in slot.type.values for c in value) or alphabet
        case _:
            return alphabet - frozenset(slot.escaped.replace("%", ""))
