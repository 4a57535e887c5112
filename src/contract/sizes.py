"""How large items and index entries are expected to be, where nothing has been measured."""

from __future__ import annotations

from math import inf

from crossfade.contract.model import Attribute, Contract, Entity, Index
from crossfade.contract.value_type import ValueType

KEY_BYTES = 40
"""What a key attribute is counted as, its name among it: `ORDER#000000000007` and the like."""

LOOKUP_BYTES = 300
"""What a lookup item is counted as: its text key, where it leads, whose it is, its token."""

# A text that may be longer is no short one: a description, a document.
_SHORT, _TEXT_BYTES = 1000, 64
_BYTES = {"bool": 1, "int": 5, "year": 3, "float": 9, "number": 9, "date": 10, "datetime": 27, "time": 17}


def item_size(contract: Contract, entity: Entity) -> float | None:
    """The mean size of an entity's items in bytes, or None where the contract does not say."""
    size = entity.estimate.item_size_bytes or contract.table_of(entity.name).estimated_item_size_bytes
    return float(size) if size else None


def entry_size(contract: Contract, entity: Entity, index: Index, size: float) -> float:
    """The mean size of an index's entry, in bytes, for items of `size` bytes.

    Of a partial projection it is what the projected attributes' types are likely to take; where one of them has no
    bound, the whole item.
    """
    if index.projection == "ALL":
        return size
    table, named = contract.table_of(entity.name), {a.name: a for a in entity.attributes}
    keys = {table.pk, table.sk, index.pk, index.sk} - {None}
    others = [name for name in index.attributes if name not in keys]
    known = sum(_attribute(named[name]) if name in named else inf for name in others)
    return min(size, len(keys) * KEY_BYTES + known)


def _attribute(attribute: Attribute) -> float:
    return len(attribute.name.encode()) + _value(attribute.value_type)


def _value(type_: ValueType) -> float:
    match type_.kind:
        case "decimal":
            return (type_.precision or 10) / 2 + 1
        case "enum" | "set" if type_.values:
            return max(len(v.encode()) for v in type_.values)
        case "str" | "bytes" if type_.length is not None and type_.length <= _SHORT:
            return min(type_.length / 2, _TEXT_BYTES)
        case _:
            return _BYTES.get(type_.kind, inf)
