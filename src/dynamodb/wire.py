"""DynamoDB's wire values, as botocore's low-level client takes and gives them."""

from __future__ import annotations

import base64
from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

AttributeValue = dict[str, Any]
"""`{"S": "a"}`, `{"N": "1"}`, `{"M": {...}}`: exactly one type and its value."""

Item = dict[str, AttributeValue]
"""Attributes by name; an item, or the key of one."""

Path = tuple[str, ...]
"""An attribute's name, after the name of the map it lies in, if any."""

KeyId = tuple[Hashable, ...]
"""What `key_id` gives: an item key that can be compared and hashed."""


def key_id(key: Mapping[str, AttributeValue]) -> KeyId:
    """The same value for the same key, however its numbers are written and its attributes ordered."""
    found = []
    for name in sorted(key):
        ((kind, value),) = key[name].items()
        found.append((name, kind, Decimal(value) if kind == "N" else value))
    return tuple(found)


def wire_of(stored: AttributeValue) -> str:
    """The DynamoDB type of a stored value, for messages."""
    return next(iter(stored), "nothing")


def binary_text(value: Any) -> str:
    """What JSON has no form for: bytes, which DynamoDB takes as base64. For JSON writers; raises TypeError."""
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no value of DynamoDB's")


def holds_binary(body: bytes) -> bool:
    """Whether there may be binary values in the JSON of an answer."""
    return b'"B":' in body or b'"BS":' in body


def decode_binary(found: Any) -> Any:
    """`found`, an answer's JSON or a part of it, with bytes where binary values are.

    Only those have a text under `B`, or a list of texts under `BS`.
    """
    if isinstance(found, list):
        for one in found:
            decode_binary(one)
    elif isinstance(found, dict):
        for name, value in found.items():
            if name == "B" and isinstance(value, str):
                found[name] = base64.b64decode(value)
            elif name == "BS" and isinstance(value, list) and all(isinstance(one, str) for one in value):
                found[name] = [base64.b64decode(one) for one in value]
            else:
                decode_binary(value)
    return found
