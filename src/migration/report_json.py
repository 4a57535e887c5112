"""JSON that may have been edited by hand: each value is what its place wants, or an error says where."""

from __future__ import annotations

import base64
import json
import re
import reprlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.dynamodb.wire import Item

T = TypeVar("T")

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
# "Numbers can have up to 38 digits of precision ... positive range: 1E-130 to 9.99E+125" (DynamoDB Developer Guide,
# "Supported data types").
_DIGITS, _SMALLEST, _LARGEST = 38, -130, 125


class ReportError(CrossfadeError):
    """A file that is no report of a verification, or one that was damaged; the message says where."""


def parsed(text: str) -> Any:
    """The JSON in a text. Raises ReportError."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise ReportError(f"it is no JSON: {error}") from None
    except RecursionError:
        raise ReportError("it is no report: its JSON is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ReportError(f"it is no report: an object has {reprlib.repr(twice)} twice")
    return found


# Each of the following takes the value and its place, and raises ReportError.


def exactly(raw: Any, of: type, where: str) -> dict[str, Any]:
    """An object with the fields of a dataclass, all of them and no others."""
    names = {f.name for f in fields(of)}
    if not isinstance(raw, dict) or set(raw) != names:
        odd = sorted(names ^ set(raw)) if isinstance(raw, dict) else sorted(names)
        raise ReportError(
            f"{where} wants exactly {', '.join(sorted(names))}; look at {', '.join(reprlib.repr(n)[1:-1] for n in odd)}"
        )
    return dict(raw)


def text(raw: Any, where: str) -> str:
    """A text that can be written out again."""
    if not isinstance(raw, str):
        raise _wants(where, "a text", raw)
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise _wants(where, "a text without halves of surrogate pairs", raw) from None
    return raw


def flag(raw: Any, where: str) -> bool:
    """True or false."""
    if not isinstance(raw, bool):
        raise _wants(where, "true or false", raw)
    return raw


def count(raw: Any, where: str) -> int:
    """A whole number, not below zero."""
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
        raise _wants(where, "a number", raw)
    return raw


def share(raw: Any, where: str) -> float:
    """A number from 0 to 1."""
    if not isinstance(raw, (int, float)) or isinstance(raw, bool) or not 0 <= raw <= 1:
        raise _wants(where, "a number from 0 to 1", raw)
    return float(raw)


def amount(raw: Any, where: str) -> float:
    """A number, not below zero, and finite."""
    if not isinstance(raw, (int, float)) or isinstance(raw, bool) or not 0 <= raw <= sys.float_info.max:
        raise _wants(where, "a number", raw)
    return float(raw)


def moment(raw: Any, where: str) -> str:
    """A time in ISO 8601, with its offset from UTC."""
    try:
        aware = datetime.fromisoformat(text(raw, where)).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise _wants(where, "a time in ISO 8601, with its offset", raw)
    return str(raw)


def maybe(read: Callable[[Any, str], T], raw: Any, where: str) -> T | None:
    """What `read` reads, or None for null."""
    return None if raw is None else read(raw, where)


def each(read: Callable[[Any, str], T], raw: Any, where: str) -> tuple[T, ...]:
    """A list of what `read` reads."""
    if not isinstance(raw, list):
        raise _wants(where, "a list", raw)
    return tuple(read(value, f"{where}[{i}]") for i, value in enumerate(raw))


def named(read: Callable[[Any, str], T], raw: Any, where: str) -> dict[str, T]:
    """An object of what `read` reads, under any names."""
    if not isinstance(raw, dict):
        raise _wants(where, "an object", raw)
    return {text(name, where): read(value, f"{where}.{name}") for name, value in raw.items()}


def item_key_from(raw: Any, where: str) -> Item:
    """An item key: as DynamoDB's own JSON has it, two attributes at most."""
    if not isinstance(raw, dict) or len(raw) > 2:
        raise ReportError(f"{where} wants two attributes at most")
    return named(_key_value, raw, where)


def encode_bytes(value: Any) -> str:
    """Bytes as a report's JSON has them; for `json.dumps`."""
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} does not belong in a report")


def _key_value(raw: Any, where: str) -> dict[str, Any]:
    kind, content = next(iter(raw.items())) if isinstance(raw, dict) and len(raw) == 1 else ("", None)
    if kind not in {"S", "N", "B"} or not isinstance(content, str) or not content:
        raise _wants(where, "a text of type S, N or B", raw)
    return {kind: _KEY_VALUES[kind](content, where)}


def _number(raw: str, where: str) -> str:
    number = Decimal(raw) if _NUMBER.fullmatch(raw) else None
    if number is None:
        raise _wants(where, "a number", raw)
    digits = len("".join(map(str, number.as_tuple().digits)).strip("0"))
    if number and (digits > _DIGITS or not _SMALLEST <= number.adjusted() <= _LARGEST):
        raise _wants(where, "a number that DynamoDB can hold", raw)
    return raw


def _bytes(raw: str, where: str) -> bytes:
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError:
        raise ReportError(f"{where} is no Base64") from None


_KEY_VALUES: Mapping[str, Callable[[str, str], Any]] = {"S": text, "N": _number, "B": _bytes}


def _wants(where: str, what: str, raw: Any) -> ReportError:
    return ReportError(f"{where} wants {what}, not {reprlib.repr(raw)}")
