"""Item keys and index keys from fields, and fields from item keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossfade.contract.model import Contract, Entity
from crossfade.dynamodb.wire import AttributeValue, Item

# "The minimum length of a partition key value is 1 byte. The maximum length is 2048 bytes"; of a sort key 1024:
# Amazon DynamoDB Developer Guide, "Quotas", Partition keys and sort keys.
MAX_PARTITION_BYTES, MAX_SORT_BYTES = 2048, 1024


class Keys:
    """The keys of one entity's items.

    Attributes:
        table: the entity's table, as the contract has it.
        names: the attributes of the item key: partition, and sort where there is one.
    """

    def __init__(self, contract: Contract, entity: Entity) -> None:
        self.entity = entity
        self.table = contract.table_of(entity.name)
        self.names: tuple[str, ...] = (self.table.pk,) if self.table.sk is None else (self.table.pk, self.table.sk)

    def item_key(self, record: Mapping[str, Any]) -> Item:
        """The key of the record's item. `record` needs the fields of the key's templates only.

        Raises:
            InvalidKey: a part is null, the key is empty or too long.
            KeyError: a field of the templates is not in `record`.
        """
        raise NotImplementedError

    def index_keys(self, record: Mapping[str, Any]) -> Item:
        """The key attributes of the indexes that hold the record; an index with a null part has none.

        Raises:
            InvalidKey: a key is empty or too long.
        """
        raise NotImplementedError

    def index_attributes(self) -> tuple[str, ...]:
        """Every attribute that `index_keys` may give: those of indexes that are not also fields or the item key."""
        raise NotImplementedError

    def key_attribute(self, name: str, record: Mapping[str, Any]) -> AttributeValue | None:
        """One key attribute; None where a null part yields no key. Errors as for `item_key`."""
        raise NotImplementedError

    def parse_item_key(self, item: Mapping[str, AttributeValue]) -> dict[str, Any]:
        """The fields that the item key in `item` (a whole item, or its key) holds; inexact slots give none.

        Raises:
            Undecodable: it is not a key of this entity.
        """
        raise NotImplementedError

    def check(self, name: str, value: AttributeValue) -> AttributeValue:
        """`value` itself, where attribute `name` may hold it as far as keys go.

        Raises:
            InvalidKey: it is a key attribute, and the value is empty, too long or of another type.
        """
        raise NotImplementedError
