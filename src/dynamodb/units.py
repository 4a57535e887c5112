"""The write units of concrete items: what a put of an item that is not there yet takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from crossfade.contract.model import Index, Table
from crossfade.contract.units import write_units
from crossfade.dynamodb.limits import item_size
from crossfade.dynamodb.wire import AttributeValue


def put_units(table: Table | None, item: Mapping[str, AttributeValue]) -> int:
    """The write units of putting an item where there is none: its own, and those of each index that holds it.

    Where the put is part of a transaction, the table's own units double and the indexes' do not.

    Args:
        table: the contract's table; None for the lookup and the control table, which have no indexes.
        item: the whole item, `_rev` included.
    """
    own = write_units(item_size(item))
    return own if table is None else own + sum(index_units(table, item).values())


def index_units(table: Table, item: Mapping[str, AttributeValue]) -> dict[str, int]:
    """The write units of an item's entries, by the name of each index that holds it.

    Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes in DynamoDB": an item without an index's key
    attributes is not in it; one that is new to an index takes one write there, of the size of its projected
    attributes.
    """
    return {index.name: write_units(item_size(_entry(table, index, item))) for index in _holding(table, item)}


def entries_of(table: Table, item: Mapping[str, AttributeValue]) -> int:
    """In how many indexes an item is."""
    return len(_holding(table, item))


def _holding(table: Table, item: Mapping[str, AttributeValue]) -> list[Index]:
    """The indexes that hold an item."""
    return [i for i in table.indexes if i.pk in item and (i.sk is None or i.sk in item)]


def _entry(table: Table, index: Index, item: Mapping[str, AttributeValue]) -> Mapping[str, AttributeValue]:
    if index.projection == "ALL":
        return item
    kept = {table.pk, table.sk, index.pk, index.sk, *index.attributes}
    return {name: value for name, value in item.items() if name in kept}
