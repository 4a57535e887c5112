"""Lookup items: which ones an entity has, and under which text they lie.

A lookup item leads from a unique value, or from the entity's key, to the item key. Its own key is a text
made of the entity's name, its kind and the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from crossfade.contract.bounds import MAX_PARTITION_BYTES
from crossfade.contract.template import Slot

_ESCAPED = "%|,"


@dataclass(frozen=True, slots=True)
class Lookup:
    """One lookup item per entity that holds no null in `fields`.

    Attributes:
        kind: "key" leads from the entity's key, "unique" from a unique list of fields.
        slots: the parts of its text key, one per field.
    """

    kind: Literal["key", "unique"]
    slots: tuple[Slot, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it leads from, in the contract's order."""
        return tuple(slot.field for slot in self.slots)

    def text(self, entity_name: str, values: Mapping[str, Any]) -> str | None:
        """The lookup item's key, such as `USER|unique:email|bob@x` or `ORDER|key|7`.

        Different lists of values give different texts: the delimiters inside a value are escaped, and a text
        that would be longer than a partition key gives its SHA-256 instead, under another kind.

        Args:
            entity_name: the entity's name.
            values: a record, or a key; has every field of `fields`.

        Returns:
            None if a value is null: MySQL's unique indexes hold any number of nulls.
        """
        texts = [_value_text(slot, values[slot.field]) for slot in self.slots]
        if None in texts:
            return None
        tail = "|".join(t for t in texts if t is not None)
        text = f"{_escape(entity_name)}|{self._what}|{tail}"
        if len(text.encode()) <= MAX_PARTITION_BYTES:
            return text
        digest = sha256(f"{self._what}|{tail}".encode()).hexdigest()
        return f"{_escape(entity_name)}|{self.kind}-sha256|{digest}"

    def search(self, entity_name: str, text: str) -> dict[str, Any] | None:
        """The fields by which the row of a lookup item can be looked for.

        Args:
            entity_name: the entity's name.
            text: the lookup item's key.

        Returns:
            None if it is none of this lookup's, or its text does not tell the values (a digest, a set).
        """
        start = f"{_escape(entity_name)}|{self._what}|"
        pieces = text.removeprefix(start).split("|")
        if not text.startswith(start) or len(pieces) != len(self.slots):
            return None
        if not all(slot.searchable and slot.type.kind not in {"any", "set"} for slot in self.slots):
            return None
        try:
            return {slot.field: slot.value(piece) for slot, piece in zip(self.slots, pieces, strict=True)}
        except ValueError:
            return None

    @property
    def _what(self) -> str:
        return self.kind + (":" + ",".join(map(_escape, self.fields)) if self.kind == "unique" else "")


def _escape(text: str) -> str:
    for character in _ESCAPED:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _value_text(slot: Slot, value: Any) -> str | None:
    if isinstance(value, frozenset):
        return ",".join(sorted(_escape(str(member)) for member in value))
    text = slot.text(value)
    # A field of unknown type may hold 1 and "1"; only the type tells their texts apart.
    tag = f"{type(value).__name__}:" if slot.type.kind == "any" and text is not None else ""
    return tag + text if text is not None else None
