"""Records to items and back, compiled once for each entity. How values are stored is in `values`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_derivation import OwnColumns, ToMany
from crossfade.dal.errors import ConfigurationError, InvalidValue
from crossfade.dynamodb.compiled import IRREGULAR, decoder, encoder
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.forms import Misfit, Storage
from crossfade.dynamodb.keys import Keys
from crossfade.dynamodb.values import decode_value, storage
from crossfade.dynamodb.wire import AttributeValue, Item, Path

REV = "_rev"
"""The attribute with the token that every write of an item renews."""

DELETED = "_deleted"
"""The attribute that makes an item a tombstone."""

MOVED = "_moved"
"""The attribute of a tombstone that names the item key under which the same entity lies now."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StoredField:
    """Where and how a field is stored.

    Attributes:
        name: the field's name.
        path: its attribute, after the envelope's where it lies in that.
        how: the form.
        absent: makes what an absent attribute means: None, or the empty set or list of a field that is never null.
    """

    name: str
    path: Path
    how: Storage
    absent: Callable[[], Any]

    @property
    def never_null(self) -> bool:
        """Whether an absent attribute is a value of the field."""
        return self.absent() is not None


class Codec:
    """One entity's records as items.

    In an envelope lie all fields but what DynamoDB or every reader needs at the top: keys of the table and its
    indexes, the version, the times of creation and change, the time to live and the type.

    Attributes:
        entity: the entity.
        keys: its keys.
        fields: where and how each field is stored.
        type_attribute, type_value: what tells its items from those of other entities of the table.
        ttl_attribute: the attribute with the end of life in epoch seconds; None where there is none, or where the
            field itself is stored there.
    """

    def __init__(self, contract: Contract, entity: Entity) -> None:
        """Raises ConfigurationError where an attribute cannot store its field's type."""
        self.entity = entity
        self.keys = Keys(contract, entity)
        table = self.keys.table
        self.type_attribute = table.type_attribute
        self.type_value = _type_value(entity, table.type_attribute)
        self.fields: Mapping[str, StoredField] = {
            name: StoredField(name, self._path(attribute), self._storage(attribute), _absent(attribute))
            for name, attribute in entity.fields.items()
        }
        self.ttl_attribute = self._ttl_attribute(table.deployment.ttl_attribute)
        self._decode, self._encode = decoder(self).function(), encoder(self).function()

    def encode(self, record: Mapping[str, Any]) -> Item:
        """The whole item but for `_rev`: fields, type, time to live, item key and index keys.

        Args:
            record: every field, canonical.

        Raises:
            InvalidKey: a key cannot be built.
            InvalidValue: a value that DynamoDB cannot hold.
        """
        try:
            item: Item = self._encode(record)
        except IRREGULAR:
            item = self._encode_each(record)
        if self.ttl_attribute is not None and (ttl := self.encode_ttl(record)) is not None:
            item[self.ttl_attribute] = ttl
        if self.keys.index_names:
            item |= self.keys.index_keys(record)
        if self.keys.made or not item.keys() >= set(self.keys.names):
            item |= self.keys.item_key(record)
        return item

    def decode(self, item: Mapping[str, AttributeValue]) -> dict[str, Any]:
        """The record: every field; what is absent is None (the empty set or list where the field is not nullable).

        Raises:
            Undecodable: an attribute does not hold what the contract says.
        """
        try:
            record: dict[str, Any] = self._decode(item)
            return record
        except IRREGULAR:
            return self._decode_each(item)

    def _encode_each(self, record: Mapping[str, Any]) -> Item:
        """Field by field, which tells what is wrong with one."""
        item: Item = {self.type_attribute: self.type_value}
        inside: Item = {}
        for field in self.fields.values():
            stored = self.encode_field(field.name, record[field.name])
            if stored is not None:
                (item if len(field.path) == 1 else inside)[field.path[-1]] = stored
        if self.entity.envelope is not None:
            item[self.entity.envelope] = {"M": inside}
        return item

    def _decode_each(self, item: Mapping[str, AttributeValue]) -> dict[str, Any]:
        """Field by field, which takes every form of a value, and tells what is wrong with one."""
        inside: Mapping[str, AttributeValue] = {}
        if self.entity.envelope is not None:
            stored = item.get(self.entity.envelope, {"M": {}})
            if "M" not in stored:
                raise self._undecodable(item, (self.entity.envelope,), "is no map")
            inside = stored["M"]
        record = {}
        for field in self.fields.values():
            source = item if len(field.path) == 1 else inside
            try:
                record[field.name] = decode_value(field.how, source.get(field.path[-1]), field.absent())
            except Misfit as misfit:
                raise self._undecodable(item, field.path, str(misfit)) from None
        return record

    def encode_field(self, field: str, value: Any) -> AttributeValue | None:
        """A field's canonical value as stored; None where the attribute is to be absent.

        Raises:
            InvalidKey: the attribute is a key, and the value is empty or too long.
            InvalidValue: DynamoDB cannot hold it.
        """
        if value is None:
            return None
        where = self.fields[field]
        try:
            stored = where.how.encode(value)
        except ValueError as error:
            raise InvalidValue(field, str(error), entity=self.entity.name) from None
        if stored is None or len(where.path) > 1:
            return stored
        return self.keys.check(where.path[0], stored)

    def encode_key(self, key: Mapping[str, Any]) -> Item:
        """The entity's key fields where an item has them. Raises as `encode_field`."""
        item: Item = {}
        for name in self.entity.key:
            *envelope, attribute = self.path(name)
            stored = self.encode_field(name, key[name])
            if stored is not None and envelope:
                item.setdefault(envelope[0], {"M": {}})["M"][attribute] = stored
            elif stored is not None:
                item[attribute] = stored
        return item

    def decode_field(self, field: str, stored: AttributeValue | None) -> Any:
        """A field's value from what is stored, or from None where it is absent. Raises `Misfit` (a ValueError)."""
        where = self.fields[field]
        return decode_value(where.how, stored, where.absent())

    def encode_ttl(self, record: Mapping[str, Any]) -> AttributeValue | None:
        """The value of `ttl_attribute` for a record (only the TTL field is needed); None for no end of life.

        Whole seconds, rounded up: an item never goes before its time.
        """
        ttl = self.entity.ttl
        if ttl is None or self.ttl_attribute is None or record[ttl.field] is None:
            return None
        end = record[ttl.field]
        if isinstance(end, datetime):
            return {"N": str(-((_EPOCH - end) // timedelta(seconds=1)))}
        seconds = Decimal(end) / (1000 if ttl.unit == "ms" else 1)
        return {"N": str(int(seconds.to_integral_value(ROUND_CEILING)))}

    def path(self, field: str) -> Path:
        """Where a field is stored."""
        return self.fields[field].path

    def stored(self, item: Mapping[str, AttributeValue], field: str) -> AttributeValue | None:
        """What an item holds for a field; None where it is absent."""
        source = item
        for step in self.path(field)[:-1]:
            source = source.get(step, {}).get("M", {})
        return source.get(self.path(field)[-1])

    def _path(self, attribute: Attribute) -> Path:
        envelope, entity = self.entity.envelope, self.entity
        top = {entity.version_field, entity.timestamps.created, entity.timestamps.updated}
        plain = {self.type_attribute, self.keys.table.deployment.ttl_attribute, *self.keys.table.key_types}
        if envelope is None or attribute.field in top or attribute.name in plain:
            return (attribute.name,)
        return (envelope, attribute.name)

    def _storage(self, attribute: Attribute) -> Storage:
        derivation = attribute.derivation
        columns = derivation.columns if isinstance(derivation, (ToMany, OwnColumns)) else ()
        try:
            return storage(attribute.value_type, attribute.type, attribute.format, columns)
        except ValueError as error:
            raise ConfigurationError(
                f"{self.entity.name}.{attribute.field} ({attribute.path}): {error}; "
                "change the attribute's type or format"
            ) from None

    def _ttl_attribute(self, name: str | None) -> str | None:
        ttl = self.entity.ttl
        if ttl is None or name is None:
            return None
        where = self.fields[ttl.field]
        if where.path != (name,):
            return name
        seconds = ttl.unit == "s" or (ttl.unit == "datetime" and self.entity.fields[ttl.field].format != "epoch-ms")
        if where.how.wire != "N" or not seconds:
            raise ConfigurationError(
                f"{self.entity.name}.{ttl.field} is stored as the table's TTL attribute {name}, which DynamoDB "
                "reads as a number of seconds: store it so (type N, format epoch-s), or give ttl_attribute another name"
            )
        return None

    def _undecodable(self, item: Mapping[str, AttributeValue], path: Path, reason: str) -> Undecodable:
        key = {}
        for name in self.entity.key:
            try:
                key[name] = self.decode_field(name, self.stored(item, name))
            except Misfit:
                key[name] = None
        name = ".".join(path)
        return Undecodable(
            f"the attribute {name} {reason}",
            attribute=name,
            item_key=self.keys.key_of(item),
            entity=self.entity.name,
            key=key,
        )


def _absent(attribute: Attribute) -> Callable[[], Any]:
    empty: Mapping[str, Callable[[], Any]] = {"set": frozenset, "rows": list}
    return _nothing if attribute.nullable else empty.get(attribute.value_type.kind, _nothing)


def _nothing() -> None:
    return None


def _type_value(entity: Entity, name: str) -> AttributeValue:
    """The entity's own text in the type attribute: what the contract sets there, else the entity's name."""
    for attribute in entity.attributes:
        made = attribute.transformation
        if attribute.name == name and made is not None and made.kind == "static":
            return {"S": str(made.value)}
    return {"S": entity.name}
