"""Where and how one entity is stored: its codec, the way to its items, its lookup items, and what hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from crossfade.contract.derive import (
    AggregateEffect,
    DerivedField,
    Deriver,
    aggregate_effects,
    derived_fields,
    references_to,
    row_fields,
)
from crossfade.contract.item_key import readable
from crossfade.contract.lookup import Lookup
from crossfade.contract.model import Contract, Entity
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.model_rules import Reference
from crossfade.contract.plain import is_plain, is_put_unseen, is_single, watched
from crossfade.contract.plan_key import KeyPlan, item_key_fields, lookups, plan_key
from crossfade.contract.template import Slot
from crossfade.contract.types import EXACT
from crossfade.dal.entity import Record
from crossfade.dal.key import Key, key_of
from crossfade.dal.prepare import Clock, Preparer
from crossfade.dynamodb.codec import DELETED, MOVED, REV, Codec
from crossfade.dynamodb.item_text import texter
from crossfade.dynamodb.page_reader import page_reader
from crossfade.dynamodb.rows import ordering
from crossfade.dynamodb.tables import OWN_KEY, table_name
from crossfade.dynamodb.transport import PageReader
from crossfade.dynamodb.upsert import upserter
from crossfade.dynamodb.wire import AttributeValue, Item, KeyId, key_id

OWNER, TARGET, OF_ENTITY = "owner", "target", "entity"
"""The attributes of a lookup item: the key of the entity it belongs to, that entity's item key, and its name."""

State = Literal["live", "expired", "deleted"]


@dataclass(frozen=True, slots=True)
class Stored:
    """An item as it was read.

    Attributes:
        entity: the entity's name.
        key: its item key.
        item: the whole item.
        record: the decoded fields; empty for a tombstone.
        state: "expired" and "deleted" (a tombstone) are absent to everybody but a write to the same item key.
    """

    entity: str
    key: Item
    item: Item
    record: Record
    state: State = "live"

    @property
    def rev(self) -> str | None:
        """The token of its last write; None where something else than crossfade wrote it."""
        token = self.item.get(REV)
        return None if token is None else str(token["S"])

    @property
    def id(self) -> KeyId:
        """The item key, comparable."""
        return key_id(self.key)


class Shelf:
    """How one entity is stored.

    Attributes:
        entity: the entity.
        codec: its codec.
        table: the full name of its table.
        prepare: checks and defaults, with the store's clock.
    """

    def __init__(self, contract: Contract, entity: Entity, prefix: str, clock: Clock) -> None:
        """Raises ConfigurationError where an attribute cannot store its field's type."""
        self._contract = contract
        self.entity = entity
        self.codec = Codec(contract, entity)
        self.table = table_name(prefix, entity.table)
        self.prepare = Preparer(entity, clock)

    @cached_property
    def plan(self) -> KeyPlan:
        """How the item key is got from the entity's key."""
        return plan_key(self._contract, self.entity.name)

    @cached_property
    def told(self) -> frozenset[str]:
        """The fields that the key and the item key say, without the item."""
        return readable(self._contract, self.entity).union(self.entity.key)

    @cached_property
    def lookups(self) -> tuple[Lookup, ...]:
        """The lookup items that every live item has."""
        return lookups(self._contract, self.entity.name)

    @cached_property
    def deriver(self) -> Deriver:
        """What makes the derived fields."""
        return Deriver(self._contract, self.entity.name)

    @cached_property
    def derived(self) -> Mapping[str, DerivedField]:
        """Every derived field."""
        return derived_fields(self._contract, self.entity.name)

    @cached_property
    def reads(self) -> Mapping[str, frozenset[str]]:
        """The fields that derived ones read of other entities, by these."""
        of_rows = (
            row_fields(self._contract, self.entity.name, n).values()
            for n, d in self.derived.items()
            if d.kind == "to_many"
        )
        return _read_by((*self.derived.values(), *(d for rows in of_rows for d in rows)))

    @cached_property
    def copies(self) -> Mapping[str, frozenset[str]]:
        """Those of `reads` that are kept equal."""
        return _read_by(d for d in self.derived.values() if not d.snapshot)

    @cached_property
    def effects(self) -> tuple[AggregateEffect, ...]:
        """The counts and sums of other entities that a write of this one changes."""
        return aggregate_effects(self._contract, self.entity.name)

    @cached_property
    def referring(self) -> tuple[tuple[str, Reference], ...]:
        """The references of other entities (or of this one) to this one, each with the referring entity's name."""
        return references_to(self._contract, self.entity.name)

    @cached_property
    def watched(self) -> frozenset[str]:
        """The fields that other records copy, or are found by, and that must follow a change."""
        return watched(self._contract, self.entity.name)

    @cached_property
    def linked(self) -> frozenset[str]:
        """The fields on which more than the own item hangs: a change of one takes a read and a planned write."""
        contract, entity = self._contract, self.entity
        found = {*item_key_fields(contract, entity), *self.watched}
        found.update(f for unique in entity.unique for f in unique)
        found.update(f.split(".", 1)[0] for reference in entity.references for f in reference.fields)
        for effect in self.effects:
            found.update(c.name if c.table is None else c.table for c in effect.types)
            found.update([effect.rows] if effect.rows is not None else [])
        return frozenset(found)

    def dependent(self, touched: Collection[str]) -> bool:
        """Whether derived fields of the record itself change with these fields."""
        return any(name not in self._held for name in self.deriver.affected(touched))

    @cached_property
    def _held(self) -> frozenset[str]:
        """The owned rows that are stored as they are given."""
        found = set()
        for name, attribute in self.entity.fields.items():
            many = attribute.derivation
            if (
                isinstance(many, ToMany)
                and not row_fields(self._contract, self.entity.name, name)
                and not ordering(many)
            ):
                found.add(name)
        return frozenset(found)

    @cached_property
    def single(self) -> bool:
        """Whether nothing hangs on an item's being there: it can be removed by itself."""
        return is_single(self._contract, self.entity.name)

    @cached_property
    def plain(self) -> bool:
        """Whether nothing hangs on an item, nor on what was there before: it can be written over without a look."""
        return is_plain(self._contract, self.entity.name)

    @cached_property
    def unseen(self) -> bool:
        """Whether a put needs not see what is there."""
        return is_put_unseen(self._contract, self.entity.name)

    @cached_property
    def upsert(self) -> Callable[[Item], dict[str, Any]]:
        """What makes the request that leaves an item, whatever was there."""
        own = None if self.alone else self.codec.type_attribute
        return upserter(self.table, self.codec.keys.names, self.known_attributes, own)

    @cached_property
    def text(self) -> Callable[[Record], str] | None:
        """What makes the JSON of a record's item; see `texter`."""
        made = texter(self.codec)
        return None if made is None else made.function()

    @cached_property
    def alone(self) -> bool:
        """Whether the table holds no other entity."""
        return len(self._contract.table_of(self.entity.name).entities) == 1

    @cached_property
    def page_reader(self) -> PageReader:
        """What reads pages of live items of this entity at once."""
        return page_reader(self.codec)

    def now(self, field: str) -> Any:
        """The moment, as a value that the TTL field is later than if the entity lives."""
        now, ttl = self.prepare.now(), self.entity.ttl
        type_ = self.entity.fields[field].value_type
        if type_.kind == "datetime":
            unit = 10 ** (6 - type_.fsp)
            return now.astimezone(UTC).replace(microsecond=now.microsecond // unit * unit)
        moment = EXACT.multiply(Decimal(now.timestamp()), 1000 if ttl and ttl.unit == "ms" else 1)
        # The field holds whole numbers: later than the fraction is later than its floor.
        return int(moment) if type_.kind in {"int", "number", "any"} else moment

    def folded(self, field: str, value: Any) -> Any:
        """A field's value as its column compares it."""
        fold = self.entity.fields[field].fold
        if fold is None or value is None:
            return value
        return Slot(field, type=self.entity.fields[field].value_type, fold=fold).text(value)

    def ident(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """What tells entities apart: the key's values, as their columns compare them."""
        return tuple(self.folded(f, values[f]) for f in self.entity.key)

    def key_of(self, record: Mapping[str, Any]) -> Key:
        """The entity's own key."""
        return key_of(self.entity, record)

    def item_key(self, values: Mapping[str, Any]) -> Item:
        """The item key; see `Keys.item_key`."""
        return self.codec.keys.item_key(values)

    def key_in(self, item: Mapping[str, AttributeValue]) -> Item:
        """The item key that lies in an item."""
        return self.codec.keys.key_of(item)

    def owns(self, item: Mapping[str, AttributeValue]) -> bool:
        """Whether an item is one of this entity.

        A table of a single entity may have been filled by somebody who wrote no type.
        """
        found = item.get(self.codec.type_attribute)
        return found == self.codec.type_value or (found is None and self.alone)

    def holds(self, item: Item, key: Mapping[str, Any]) -> bool:
        """Whether an item is the one of this entity's `key`, expired or not."""
        found = self.stored(item) if self.owns(item) else None
        return found is not None and found.state != "deleted" and self.ident(found.record) == self.ident(key)

    def stored(self, item: Item) -> Stored:
        """An item of this entity, decoded.

        Raises:
            Undecodable: it does not hold what the contract says.
        """
        key, name = self.key_in(item), self.entity.name
        if DELETED in item:
            return Stored(name, key, item, {}, "deleted")
        record = self.codec.decode(item)
        return Stored(name, key, item, record, "expired" if self.prepare.expired(record) else "live")

    @cached_property
    def known_attributes(self) -> frozenset[str]:
        """Every top-level attribute that a write of this entity makes; others in an item are somebody else's."""
        codec = self.codec
        found = {field.path[0] for field in codec.fields.values()} | {codec.type_attribute, REV, DELETED, MOVED}
        if codec.ttl_attribute is not None:
            found.add(codec.ttl_attribute)
        return frozenset(found).union(codec.keys.names, codec.keys.index_names)

    def owner(self, key: Mapping[str, Any]) -> AttributeValue:
        """The `owner` of this entity's lookup items; `key` has its key fields."""
        return {"M": {f: v for f in self.entity.key if (v := self.codec.encode_field(f, key[f])) is not None}}

    def lookup_item(self, lookup: Lookup, record: Mapping[str, Any], item_key: Item, token: str) -> Item | None:
        """The lookup item of a record, or None where it has none."""
        text = lookup.text(self.entity.name, record)
        if text is None:
            return None
        return {
            OWN_KEY: {"S": text},
            OF_ENTITY: {"S": self.entity.name},
            TARGET: {"M": item_key},
            OWNER: self.owner(record),
            REV: {"S": token},
        }


def _read_by(derived: Iterable[DerivedField]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for hop in (hop for d in derived for hop in d.hops):
        found[hop.entity] = found.get(hop.entity, frozenset()).union(hop.reads)
    return found
