"""The item key of an entity: the templates it is made by, its values, and the fields read back from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crossfade.contract.model import Contract, Entity, KeyType, Table
from crossfade.contract.template import Template


def key_templates(table: Table, entity: Entity) -> dict[str, Template]:
    """The item key's templates by attribute name: partition, then sort."""
    return {name: entity.keys[name] for name in (table.pk, table.sk) if name is not None}


def item_key_fields(contract: Contract, entity: Entity) -> tuple[str, ...]:
    """The fields that the item key is made of, each once."""
    templates = key_templates(contract.table_of(entity.name), entity)
    return tuple(dict.fromkeys(f for template in templates.values() for f in template.fields))


def key_value(template: Template, type_: KeyType, values: Mapping[str, Any]) -> Any:
    """A key attribute's value: text for type S, else the bare field's own value, for the codec to encode.

    Returns:
        None where a null part yields no key.
    """
    if type_ != "S" and template.bare is not None:
        return values[template.bare.field]
    return template.build(values)


def item_key(contract: Contract, entity: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The item key by attribute name, from the fields it is made of.

    Returns:
        None where a null part yields no key.

    Raises:
        KeyError: a field is not in `values`.
    """
    table, of = contract.table_of(entity), contract.entities[entity]
    found = {n: key_value(t, table.key_types.get(n, "S"), values) for n, t in key_templates(table, of).items()}
    return found if all(v is not None for v in found.values()) else None


def read_item_key(contract: Contract, entity: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that can be read back from an item key.

    Args:
        contract: the contract.
        entity: the entity's name.
        key: values by attribute name, decoded: text for type S, else the field's own value.

    Raises:
        ValueError: it is not an item key of this entity.
    """
    return _read(contract, entity, key, Template.parse)


def search_item_key(contract: Contract, entity: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """The fields by which the row of an item key can be looked for. Arguments and errors as for `read_item_key`."""
    return _read(contract, entity, key, Template.search)


def _read(
    contract: Contract, entity: str, key: Mapping[str, Any], read: Callable[[Template, str], dict[str, Any]]
) -> dict[str, Any]:
    table, of = contract.table_of(entity), contract.entities[entity]
    found: dict[str, Any] = {}
    for name, template in key_templates(table, of).items():
        typed = table.key_types.get(name, "S") != "S" and template.bare is not None
        found |= {template.fields[0]: key[name]} if typed else read(template, key[name])
    return found


def readable(contract: Contract, entity: Entity) -> frozenset[str]:
    """The fields that `read_item_key` gives."""
    table = contract.table_of(entity.name)
    found: set[str] = set()
    for name, template in key_templates(table, entity).items():
        typed = table.key_types.get(name, "S") != "S" and template.bare is not None
        found |= {slot.field for slot in template.slots if typed or slot.exact}
    return frozenset(found)
