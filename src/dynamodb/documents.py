"""JSON values and values of no declared type: how they are stored is seen from each value."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any, NoReturn

from crossfade.contract.types import EXACT
from crossfade.dynamodb.wire import AttributeValue, wire_of

# What a JSON column keeps as integers; other numbers are doubles (MySQL 8.4 Reference Manual, 13.5).
_JSON_INTEGERS = range(-(2**63), 2**64)


def number_text(value: float | Decimal) -> str:
    """A number as DynamoDB gives it back: plain digits, no needless zeros. What was written equals what is read."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return format(exact.normalize(EXACT), "f") if exact else "0"


def number(text: str) -> int | Decimal:
    """The canonical number behind an N."""
    value = Decimal(text)
    whole = value == value.to_integral_value(context=EXACT)
    return int(value) if whole else value.normalize(EXACT)


def encode_json(value: Any) -> AttributeValue:
    """A canonical JSON value as M, L or what it is."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": number_text(value)}
        case list():
            return {"L": [encode_json(v) for v in value]}
        case dict():
            return {"M": {k: encode_json(v) for k, v in value.items()}}
        case _:
            raise TypeError(f"{type(value).__name__} is not a JSON value")


def decode_json(stored: AttributeValue) -> Any:
    """The JSON value that `encode_json` stored. Raises ValueError for sets and bytes."""
    match stored:
        case {"NULL": _}:
            return None
        case {"BOOL": value} | {"S": value}:
            return value
        case {"N": text}:
            value = number(text)
            return value if isinstance(value, int) and value in _JSON_INTEGERS else float(text)
        case {"L": values}:
            return [decode_json(v) for v in values]
        case {"M": values}:
            return {k: decode_json(v) for k, v in values.items()}
        case _:
            raise ValueError(f"{wire_of(stored)} is no type of JSON")


def load_json(text: str) -> Any:
    """The canonical JSON value of a text. Raises ValueError for anything else."""
    return json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refuse)


def load_exact_json(text: str) -> Any:
    """The JSON value of a text that keeps 1.0 apart from 1. Raises ValueError for anything else."""
    return json.loads(text, parse_float=_finite, parse_constant=_refuse)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _number(text: str) -> Any:
    return decode_json({"N": text})


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def dump_json(value: Any) -> str:
    """The text of a canonical JSON value, the same for equal values."""
    # The order of keys means nothing in JSON, so that equal values are to have equal texts.
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def encode_any(value: Any, *, nested: bool = False) -> AttributeValue | None:
    """A value by its Python type; None for the empty set, which is to be absent.

    Raises:
        ValueError: the empty set inside a list or map, where nothing can be absent.
    """
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case int() | Decimal():
            return {"N": number_text(value)}
        case frozenset():
            if not value and nested:
                raise ValueError("the empty set has no form inside a list or map")
            return _encode_any_set(value)
        case list():
            return {"L": [encode_any(v, nested=True) for v in value]}
        case dict():
            return {"M": {k: encode_any(v, nested=True) for k, v in value.items()}}
        case _:
            raise TypeError(f"{type(value).__name__} has no DynamoDB type")


def _encode_any_set(members: frozenset[Any]) -> AttributeValue | None:
    if not members:
        return None
    sample = next(iter(members))
    if isinstance(sample, str):
        return {"SS": sorted(members)}
    if isinstance(sample, bytes):
        return {"BS": sorted(members)}
    return {"NS": sorted(map(number_text, members))}


def decode_any(stored: AttributeValue) -> Any:
    """The value behind anything stored."""
    ((wire, value),) = stored.items()
    match wire:
        case "NULL":
            return None
        case "N":
            return number(value)
        case "SS" | "BS":
            return frozenset(value)
        case "NS":
            return frozenset(map(number, value))
        case "L":
            return [decode_any(v) for v in value]
        case "M":
            return {k: decode_any(v) for k, v in value.items()}
        case _:
            return value
