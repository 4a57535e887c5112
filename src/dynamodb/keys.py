"""Item keys and index keys from fields, and fields from item keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crossfade.contract.bounds import MAX_PARTITION_BYTES, MAX_SORT_BYTES
from crossfade.contract.model import Contract, Entity
from crossfade.contract.plan_key import key_value, read_item_key, search_item_key
from crossfade.contract.template import Template
from crossfade.dal.errors import ConfigurationError, InvalidKey
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.forms import Storage
from crossfade.dynamodb.values import decode_value, storage
from crossfade.dynamodb.wire import AttributeValue, Item, wire_of


class Keys:
    """The keys of one entity's items.

    Attributes:
        table: the entity's table, as the contract has it.
        names: the attributes of the item key: partition, and sort where there is one.
        made: whether the item key is made of fields, rather than fields as they are stored.
        index_names: the attributes of its index keys that are neither a field nor part of the item key.
        indexes: the attributes of each index that the entity has keys for: partition, and sort where there is one.
    """

    def __init__(self, contract: Contract, entity: Entity) -> None:
        """Raises ConfigurationError where the item key has no template, or a key cannot store its field's type."""
        self.entity = entity
        self.table = contract.table_of(entity.name)
        self.names = tuple(n for n in (self.table.pk, self.table.sk) if n is not None)
        self._contract = contract
        for name in self.names:
            if name not in entity.keys:
                raise ConfigurationError(f"{entity.name} does not say what its key attribute {name} is made of")
        fields = {a.name: a.field for a in entity.attributes if not a.plumbing}
        held = [(i.pk,) if i.sk is None else (i.pk, i.sk) for i in self.table.indexes]
        self.indexes = tuple(pair for pair in held if all(n in entity.keys for n in pair))
        indexed = dict.fromkeys(n for pair in self.indexes for n in pair)
        own = {n for n in (*self.names, *indexed) if n in fields and _is_field(entity.keys[n], fields[n])}
        for name in own:
            if entity.fields[fields[name]].format == "base64":
                # Queries are made with the field's text in keys, which is hexadecimal.
                raise ConfigurationError(f"{entity.name}: the key attribute {name} cannot be base64; make it hex")
        self.index_names = tuple(n for n in indexed if n not in own and n not in self.names)
        texts = {n for n in own if entity.fields[fields[n]].value_type.kind in {"enum", "str"}}
        self.made = not (texts | {n for n in own if self.table.key_types.get(n, "S") != "S"}).issuperset(self.names)
        self._typed = {name: self._typed_storage(name) for name in (*self.names, *indexed)}
        partitions = {self.table.pk, *(i.pk for i in self.table.indexes)}
        sorts = {n for n in (self.table.sk, *(i.sk for i in self.table.indexes)) if n is not None}
        self._limits = {**dict.fromkeys(partitions, MAX_PARTITION_BYTES), **dict.fromkeys(sorts, MAX_SORT_BYTES)}

    def item_key(self, record: Mapping[str, Any]) -> Item:
        """The key of the record's item. `record` needs the fields of the key's templates only.

        Raises:
            InvalidKey: a part is null, the key is empty or too long.
            KeyError: a field of the templates is not in `record`.
        """
        found: Item = {}
        for name in self.names:
            value = self.key_attribute(name, record)
            if value is None:
                parts = ", ".join(self.entity.keys[name].fields)
                raise InvalidKey(name, f"cannot be built: a part of it ({parts}) is null", entity=self.entity.name)
            found[name] = value
        return found

    def index_keys(self, record: Mapping[str, Any]) -> Item:
        """The attributes `index_names` as far as the record has them; an index with a null part has none.

        Raises:
            InvalidKey: a key is empty or too long.
            KeyError: a field of the templates is not in `record`.
        """
        found: Item = {}
        for names in self.indexes:
            values = {name: self.key_attribute(name, record) for name in names}
            if None not in values.values():
                found |= {n: v for n, v in values.items() if v is not None and n in self.index_names}
        return found

    def key_attribute(self, name: str, record: Mapping[str, Any]) -> AttributeValue | None:
        """One key attribute of the table or an index; None where a null part yields no key. Raises as `item_key`."""
        return self.wire(name, key_value(self.entity.keys[name], self.table.key_types.get(name, "S"), record))

    def wire(self, name: str, value: Any) -> AttributeValue | None:
        """A key attribute for what a plan says (`plan_key.key_value`, `SortBounds`): a text, or a field's own value.

        Raises:
            InvalidKey: it is empty or too long.
        """
        if value is None:
            return None
        how = self._typed[name]
        stored: AttributeValue | None = {"S": value} if how is None else how.encode(value)
        return None if stored is None else self.check(name, stored)

    def made_of(self, fields: Iterable[str]) -> frozenset[str]:
        """The key attributes, of the item key (`names`) and the indexes (`index_names`), that take one of `fields`."""
        taken = set(fields)
        known = (*self.names, *self.index_names)
        return frozenset(n for n in known if taken & set(self.entity.keys[n].fields))

    def parse_item_key(self, item: Mapping[str, AttributeValue]) -> dict[str, Any]:
        """The fields that the item key in `item` (a whole item, or its key) holds; inexact slots give none.

        Raises:
            Undecodable: it is not a key of this entity.
        """
        key = self.key_of(item)
        try:
            return read_item_key(self._contract, self.entity.name, {n: self._value(n, v) for n, v in key.items()})
        except ValueError as error:
            raise Undecodable(
                f"the item key is not one of {self.entity.name}: {error}",
                attribute=", ".join(self.names),
                item_key=key,
                entity=self.entity.name,
            ) from None

    def search_item_key(self, key: Mapping[str, AttributeValue]) -> dict[str, Any] | None:
        """The fields by which the row of an item key can be looked for; None where it is none of this entity's."""
        try:
            return search_item_key(self._contract, self.entity.name, {n: self._value(n, key[n]) for n in self.names})
        except (ValueError, KeyError):
            return None

    def key_of(self, item: Mapping[str, AttributeValue]) -> Item:
        """The item key's attributes of an item."""
        return {name: item[name] for name in self.names if name in item}

    def limit(self, name: str) -> int | None:
        """The bytes that an attribute may have as a key; None where it is none."""
        return self._limits.get(name)

    def check(self, name: str, stored: AttributeValue) -> AttributeValue:
        """`stored` itself, where attribute `name` may hold it as far as keys go.

        Raises:
            InvalidKey: it is a key attribute, and the value is of another type, empty or too long.
        """
        limit = self._limits.get(name)
        if limit is None:
            return stored
        wanted = self.table.key_types.get(name, "S")
        if wanted not in stored:
            raise InvalidKey(name, f"is a key of type {wanted}, not {wire_of(stored)}", entity=self.entity.name)
        value = stored[wanted]
        size = len(value.encode() if wanted == "S" else value)
        if size == 0:
            raise InvalidKey(name, "is a key, which must not be empty", entity=self.entity.name)
        if size > limit:
            raise InvalidKey(name, f"is a key of {size} bytes; DynamoDB takes {limit} at most", entity=self.entity.name)
        return stored

    def _value(self, name: str, stored: AttributeValue) -> Any:
        how = self._typed[name]
        return stored["S"] if how is None else decode_value(how, stored)

    def _typed_storage(self, name: str) -> Storage | None:
        """How the bare field behind a key of type N or B is stored; None for a key of type S."""
        wanted, bare = self.table.key_types.get(name, "S"), self.entity.keys[name].bare
        if wanted == "S":
            return None
        where = f"{self.entity.name}: the key attribute {name} of type {wanted}"
        if bare is None:
            raise ConfigurationError(f"{where} is to be one plain field, not {self.entity.keys[name].source!r}")
        try:
            return storage(bare.type, wanted, self.entity.fields[bare.field].format)
        except ValueError as error:
            raise ConfigurationError(f"{where}: {error}") from None


def _is_field(template: Template, field: str) -> bool:
    """Whether the key is the field as it is stored, rather than a text made of it."""
    return template.bare is not None and template.bare.field == field and template.bare.fold is None
