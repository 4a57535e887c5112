"""From what a caller gave to what a store is asked: checks and defaults, the same for every store.

Pure but for the clock and the id generator, which are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ulid import ULID
from uuid6 import uuid7

from crossfade.contract.model import Attribute, Entity
from crossfade.contract.types import canonical
from crossfade.dal import change as changes_
from crossfade.dal.change import Add, Append, Change, Difference, Remove, Set, Union
from crossfade.dal.condition import Comparison, Condition, Contains, OneOf, fields, map_values
from crossfade.dal.entity import Record
from crossfade.dal.errors import InvalidValue
from crossfade.dal.key import Key, make_key

Clock = Callable[[], datetime]
_NUMBERS = frozenset({"int", "decimal", "number", "float", "year", "any"})


@dataclass(frozen=True, slots=True)
class Update:
    """One checked update: every change canonical, times and version included."""

    key: Key
    changes: Mapping[str, Change]
    where: Condition | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """One checked delete."""

    key: Key
    where: Condition | None = None
    version: int | None = None


class Preparer:
    """Checks and completes the arguments of one entity's operations."""

    def __init__(self, entity: Entity, clock: Clock) -> None:
        self.entity = entity
        self._clock = clock

    def now(self) -> datetime:
        """The moment, by the store's clock."""
        return self._clock()

    def key(self, given: Any) -> Key:
        """See `make_key`."""
        return make_key(self.entity, given)

    def new(self, given: Mapping[str, Any]) -> Record:
        """The record to create or put: derived fields unset, id, times, version and defaults set.

        The field of an `auto_increment` id stays None where the caller gave none.

        Raises:
            InvalidValue: a field cannot hold its value, or must not be null.
        """
        entity = self.entity
        record: Record = dict.fromkeys(entity.fields)
        for name in entity.fields:
            if name in entity.writable:
                record[name] = self._canonical(name, given.get(name))
        self._generate(record)
        for name, attribute in entity.fields.items():
            if name in entity.writable and record[name] is None and not attribute.nullable:
                record[name] = self._default(name, attribute)
        return record

    def replace(self, record: Mapping[str, Any], old: Mapping[str, Any]) -> Record:
        """The record with which a put replaces `old`: the time of creation is kept, the version goes on."""
        created, version = self.entity.timestamps.created, self.entity.version_field
        kept: Record = dict(record)
        if created and old[created] is not None:
            kept[created] = old[created]
        if version:
            kept[version] = (old[version] or 0) + 1
        return kept

    def update(
        self, key: Any, changes: Mapping[str, Any], where: Condition | None = None, version: int | None = None
    ) -> Update:
        """The checked update.

        Raises:
            InvalidValue: a field is unknown, derived, of the key, or cannot take the change.
        """
        made = {name: self._change(name, given) for name, given in changes.items()}
        entity = self.entity
        if entity.timestamps.updated:
            made[entity.timestamps.updated] = Set(self._canonical(entity.timestamps.updated, self.now()))
        if entity.version_field:
            made[entity.version_field] = Add(1)
        self._check_version(version)
        return Update(self.key(key), made, self.condition(where), version)

    def delete(self, key: Any, where: Condition | None = None, version: int | None = None) -> Delete:
        """The checked delete."""
        self._check_version(version)
        return Delete(self.key(key), self.condition(where), version)

    def changed(self, update: Update, old: Mapping[str, Any]) -> Record:
        """The canonical record after an update.

        Raises:
            InvalidValue: a result is out of its field's range.
        """
        after = changes_.apply(update.changes, old)
        for name in update.changes:
            after[name] = self._not_null(name, self._canonical(name, after[name]))
        return after

    def condition(self, where: Condition | None) -> Condition | None:
        """The condition with canonical values.

        Raises:
            InvalidValue: it names an unknown field, or a value that the field cannot hold.
        """
        if where is None:
            return None
        for name in fields(where):
            self._known(name)
        return map_values(where, self._operand)

    def argument(self, name: str, value: Any) -> Any:
        """A value to compare the field with, canonical.

        Raises:
            InvalidValue: the field cannot hold it.
        """
        return self._canonical(name, value)

    def expired(self, record: Mapping[str, Any]) -> bool:
        """Whether the record's time to live has passed."""
        ttl = self.entity.ttl
        if ttl is None or record[ttl.field] is None:
            return False
        end, now = record[ttl.field], self.now()
        if isinstance(end, datetime):
            return end <= now
        return bool(end <= Decimal(now.timestamp()) * (1000 if ttl.unit == "ms" else 1))

    def _operand(self, name: str, value: Any, leaf: Condition) -> Any:
        attribute = self.entity.fields[name]
        if isinstance(leaf, Contains):
            return value if attribute.value_type.kind == "set" else str(value)
        if isinstance(leaf, (Comparison, OneOf)):
            return canonical(value, attribute.value_type, name)
        return value

    def _known(self, name: str) -> Attribute:
        attribute = self.entity.fields.get(name)
        if attribute is None:
            raise InvalidValue(
                name, f"is not a field; there are {', '.join(self.entity.fields)}", entity=self.entity.name
            )
        return attribute

    def _canonical(self, name: str, value: Any) -> Any:
        attribute = self.entity.fields[name]
        try:
            made = canonical(value, attribute.value_type, name)
        except InvalidValue as error:
            raise InvalidValue(error.field, error.reason, entity=self.entity.name) from None
        if attribute.value_type.kind == "set" and not made:
            if made is not None and attribute.nullable:
                raise InvalidValue(
                    name,
                    "is nullable, so the empty set and null would be the same item: use null",
                    entity=self.entity.name,
                )
            return None if attribute.nullable else frozenset()
        return made

    def _not_null(self, name: str, value: Any) -> Any:
        if value is None and not self.entity.fields[name].nullable:
            raise InvalidValue(name, "must not be null", entity=self.entity.name)
        return value

    def _default(self, name: str, attribute: Attribute) -> Any:
        rule = self.entity.id
        if rule and rule.field == name and rule.strategy in {"auto_increment", "sequence"}:
            return None
        if attribute.value_type.kind == "rows":
            return []
        return self._not_null(name, self._canonical(name, attribute.default))

    def _generate(self, record: Record) -> None:
        entity = self.entity
        rule = entity.id
        if rule and record[rule.field] is None and rule.strategy in {"ulid", "uuid7"}:
            made = ULID.from_datetime(self.now()) if rule.strategy == "ulid" else uuid7()
            record[rule.field] = self._canonical(rule.field, str(made))
        created, updated = entity.timestamps.created, entity.timestamps.updated
        if created and record[created] is None:
            record[created] = self._canonical(created, self.now())
        if updated:
            record[updated] = self._canonical(updated, self.now())
        if entity.version_field:
            record[entity.version_field] = 1

    def _change(self, name: str, given: Any) -> Change:
        attribute = self._known(name)
        entity = self.entity
        if name in entity.key:
            raise InvalidValue(name, "is part of the key, which does not change", entity=entity.name)
        if name not in entity.writable:
            raise InvalidValue(name, "is derived and cannot be set", entity=entity.name)
        kind = attribute.value_type.kind
        match given:
            case Add(amount):
                self._wants(name, "Add", kind in _NUMBERS)
                canonical(amount, attribute.value_type, name) if kind not in {"int", "year"} else self._whole(
                    name, amount
                )
            case Append():
                self._wants(name, "Append", kind in {"rows", "json", "any"})
                return Append(*(self._canonical(name, list(given.values)) or ()))
            case Union(members) | Difference(members):
                self._wants(name, type(given).__name__, kind in {"set", "any"})
                canonical(members, attribute.value_type, name)
            case Remove():
                self._not_null(name, None)
            case Set(value):
                return Set(self._not_null(name, self._canonical(name, value)))
            case Change():
                raise TypeError(f"not a change: {given!r}")
            case value:
                return Set(self._not_null(name, self._canonical(name, value)))
        return given

    def _whole(self, name: str, amount: Any) -> None:
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise InvalidValue(name, f"Add wants int, not {type(amount).__name__}", entity=self.entity.name)

    def _wants(self, name: str, change: str, fits: bool) -> None:
        if not fits:
            kind = self.entity.fields[name].value_type.kind
            raise InvalidValue(name, f"is of type {kind}, which {change} does not fit", entity=self.entity.name)

    def _check_version(self, version: int | None) -> None:
        if version is not None and self.entity.version_field is None:
            raise InvalidValue(
                "version", "is given, but the contract declares no version_field", entity=self.entity.name
            )
