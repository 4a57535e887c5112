"""DynamoDB's wire values, as botocore's low-level client takes and gives them."""

from __future__ import annotations

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
