"""Keys and places as a report tells them, and which item keys hold what is sensitive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crossfade.contract.errors import CrossfadeError, InvalidValue
from crossfade.contract.item_key import item_key_fields
from crossfade.contract.model import Entity
from crossfade.contract.template import Slot
from crossfade.dal.errors import StoreError
from crossfade.dal.key import Key
from crossfade.dal.redaction import digest
from crossfade.dynamodb.layout import Layout


def key_from_texts(entity: Entity, texts: Mapping[str, str]) -> Key | None:
    """The key that `key_texts` told; None where it did not tell all of it, or it is none."""
    if texts.keys() != set(entity.key) or entity.sensitive & texts.keys():
        return None
    try:
        return Key({f: Slot(f, type=entity.fields[f].value_type).value(texts[f]) for f in entity.key})
    except ValueError:
        return None


def row_texts(entity: Entity, columns: Sequence[str], position: Sequence[Any]) -> tuple[str, ...]:
    """A row's place in its table, where it has no key that can be read; sensitive columns by their digests."""
    sensitive = sensitive_columns(entity)
    return tuple(digest(v) if c in sensitive else str(v) for c, v in zip(columns, position, strict=True))


def sensitive_columns(entity: Entity) -> set[str]:
    """The columns of an entity's sensitive fields."""
    return {c for name in _sensitive(entity) if name in entity.fields for c in entity.fields[name].columns}


def reason_of(error: CrossfadeError, *entities: Entity) -> str:
    """Why something of one of these entities could not be done, without the value of a sensitive field."""
    if isinstance(error, StoreError):
        return error.message
    if isinstance(error, InvalidValue) and any(_about_sensitive(entity, error.field) for entity in entities):
        return f"{error.field}: its value cannot be stored"
    return str(error)


def _about_sensitive(entity: Entity, field: str) -> bool:
    """Whether an error is about a sensitive field, which it may name by its column or by its last name alone."""
    names = sensitive_columns(entity).union(entity.sensitive, (path.rpartition(".")[2] for path in entity.sensitive))
    return field in names or not names.isdisjoint(field.split("."))


def hides(layout: Layout, table: str, entity: str | None) -> bool:
    """Whether item keys may hold the value of a sensitive field.

    Args:
        layout: where entities lie.
        table: the full name of the table.
        entity: whose item keys; None where that is not known.
    """
    return any(_hides(layout, table, name) for name in (layout.contract.entities if entity is None else (entity,)))


def _hides(layout: Layout, table: str, entity: str) -> bool:
    shelf = layout.of(entity)
    sensitive = _sensitive(shelf.entity)
    if table == layout.lookup_table:
        return any(sensitive.intersection(lookup.fields) for lookup in shelf.lookups)
    return table == shelf.table and bool(sensitive.intersection(item_key_fields(layout.contract, shelf.entity)))


def _sensitive(entity: Entity) -> set[str]:
    """The fields that are sensitive, or have something sensitive in them."""
    return {path.split(".", 1)[0] for path in entity.sensitive}
