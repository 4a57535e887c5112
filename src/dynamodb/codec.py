"""Records to items and back: the value table, compiled once for each entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossfade.contract.model import Contract, Entity
from crossfade.dynamodb.keys import Keys
from crossfade.dynamodb.wire import AttributeValue, Item, Path

REV = "_rev"
"""The attribute with the token that every write of an item renews."""

DELETED = "_deleted"
"""The attribute that makes an item a tombstone."""


class Codec:
    """One entity's records as items.

    Attributes:
        entity: the entity.
        keys: its keys.
        type_attribute, type_value: what tells its items from those of other entities of the table.
        ttl_attribute: the attribute with the end of life in epoch seconds, or None.
    """

    def __init__(self, contract: Contract, entity: Entity) -> None:
        """Raises ConfigurationError where an attribute cannot store its field's type."""
        self.entity = entity
        self.keys = Keys(contract, entity)
        self.type_attribute = self.keys.table.type_attribute
        self.type_value: AttributeValue = {"S": entity.name}
        self.ttl_attribute: str | None = None

    def encode(self, record: Mapping[str, Any]) -> Item:
        """The whole item but for `_rev`: fields, type, time to live, item key and index keys.

        Raises:
            InvalidKey: a key cannot be built.
            InvalidValue: a value that DynamoDB cannot hold.
        """
        raise NotImplementedError

    def decode(self, item: Mapping[str, AttributeValue]) -> dict[str, Any]:
        """The record: every field; what is absent is None (the empty set or list where the field is not nullable).

        Raises:
            Undecodable: an attribute does not hold what the contract says.
        """
        raise NotImplementedError

    def encode_field(self, field: str, value: Any) -> AttributeValue | None:
        """A field's value as stored; None where the attribute is absent."""
        raise NotImplementedError

    def decode_field(self, field: str, value: AttributeValue | None) -> Any:
        """A field's value from what is stored. Raises ValueError for what cannot be one."""
        raise NotImplementedError

    def encode_ttl(self, record: Mapping[str, Any]) -> AttributeValue | None:
        """The value of `ttl_attribute` for a record (only the TTL field is needed), or None."""
        raise NotImplementedError

    def path(self, field: str) -> Path:
        """Where a field is stored."""
        raise NotImplementedError
