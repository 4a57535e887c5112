"""Answers as plain values, so that those of two stores can be compared and printed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crossfade.dal.errors import DuplicateUnique, MissingReference
from examples.shop.errors import CartRefused, OutOfStock

# Which index answers, and so whether it may lag, is the store's own affair; a hash is nobody's.
_HIDDEN = frozenset({"consistent", "password_hash"})


def plain(value: Any) -> Any:
    """The value in JSON's terms; an error as its type and what it tells."""
    match value:
        case Exception():
            return {"error": type(value).__name__, **plain(_told(value))}
        case Decimal():
            return str(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(k): plain(v) for k, v in value.items()}
        case list() | tuple():
            return [plain(v) for v in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            shown = (f.name for f in dataclasses.fields(value) if f.name not in _HIDDEN)
            return {name: plain(getattr(value, name)) for name in shown}
        case _:
            return value


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Each place where two plain values differ, with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            yield from differences(one.get(key), other.get(key), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from differences(a, b, f"{path}[{i}]")
    elif one != other or type(one) is not type(other):
        yield f"{path or 'answer'}: {one!r}, {other!r}"


def _told(error: Exception) -> dict[str, Any]:
    match error:
        case DuplicateUnique() | MissingReference():
            return {"fields": error.fields}
        case CartRefused():
            return {"issues": error.issues}
        case OutOfStock():
            return {"wanted": error.wanted, "available": error.available}
        case _:
            return {}
