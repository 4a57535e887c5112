"""Rows as JSON text in one attribute of type S, as the workshop's contracts (version 1) store constructions."""

from __future__ import annotations

import json
from typing import Any

from crossfade.dynamodb.wire import AttributeValue

_SETS = frozenset({"SS", "NS", "BS"})


class _Digits(str):
    """A number's literal text, kept as it is written."""

    __slots__ = ()


def dump_row(stored: AttributeValue) -> str:
    """The JSON text of a stored document: numbers exactly as they are, bytes and sets as texts and lists."""
    ((wire, value),) = stored.items()
    match wire:
        case "N":
            return str(value)
        case "NULL":
            return "null"
        case "M":
            members = (f"{json.dumps(k, ensure_ascii=False)}:{dump_row(v)}" for k, v in value.items())
            return "{" + ",".join(members) + "}"
        case "L":
            return "[" + ",".join(map(dump_row, value)) + "]"
        case "B":
            return json.dumps(bytes(value).hex())
        case "SS" | "NS" | "BS":
            return "[" + ",".join(dump_row({wire[0]: member}) for member in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def load_rows(text: str) -> Any:
    """The JSON value of a text, numbers as their literal texts. Raises ValueError for what is not JSON."""
    return json.loads(text, parse_int=_Digits, parse_float=_Digits, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def stored_as(value: Any, wire: str | None) -> AttributeValue:
    """What a value read by `load_rows` was stored as, in a column of type `wire` (None: as the value says).

    Raises:
        ValueError: bytes that are not hexadecimal.
    """
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case _Digits():
            return {"N": str(value)}
        case str():
            return {"B": bytes.fromhex(value)} if wire == "B" else {"S": value}
        case list() if wire in _SETS:
            return {wire: [stored_as(v, wire[0])[wire[0]] for v in value]}
        case list():
            return {"L": [stored_as(v, None) for v in value]}
        case _:
            return {"M": {k: stored_as(v, None) for k, v in value.items()}}
