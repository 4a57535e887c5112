"""From what a caller gave to what a store is asked: checks and defaults, the same for every store.

Pure but for the clock and the id generator, which are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from ulid import ULID
from uuid6 import uuid7

from crossfade.contract.model import Attribute, Entity
from crossfade.dal.admitted import admitter
from crossfade.dal.change import Add, Change, Set, apply
from crossfade.dal.checks import checked_change, checked_condition, checked_old, checked_value, not_null
from crossfade.dal.condition import Condition
from crossfade.dal.entity import Record
from crossfade.dal.errors import InvalidValue
from crossfade.dal.key import Key, make_key

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"s": timedelta(seconds=1), "ms": timedelta(milliseconds=1)}


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
        record: Record = self._admit(given)
        self._generate(record)
        for name in self._needed:
            if record[name] is None:
                record[name] = self._default(name, self.entity.fields[name])
        return record

    @cached_property
    def _admit(self) -> Callable[[Mapping[str, Any]], Record]:
        return admitter(self.entity).function()

    @cached_property
    def _needed(self) -> tuple[str, ...]:
        """The fields that the application writes, and that are never null."""
        fields = self.entity.fields
        return tuple(name for name in fields if name in self.entity.writable and not fields[name].nullable)

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
        entity = self.entity
        made = {name: checked_change(entity, name, given) for name, given in changes.items()}
        if entity.timestamps.created:
            made.pop(entity.timestamps.created, None)
        if entity.timestamps.updated:
            made[entity.timestamps.updated] = Set(self._stamp(entity.timestamps.updated, self.now()))
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
        for name, change in update.changes.items():
            checked_old(self.entity, name, change, old[name])
        after = apply(update.changes, old)
        for name in update.changes:
            after[name] = not_null(self.entity, name, checked_value(self.entity, name, after[name]))
        return after

    def condition(self, where: Condition | None) -> Condition | None:
        """The condition with canonical values.

        Raises:
            InvalidValue: it names an unknown field, a comparison that its type has not, or a value that the
                field cannot hold.
        """
        return None if where is None else checked_condition(self.entity, where)

    def argument(self, name: str, value: Any) -> Any:
        """A value to compare the field with, canonical.

        Raises:
            InvalidValue: the field cannot hold it.
        """
        return checked_value(self.entity, name, value)

    def expired(self, record: Mapping[str, Any]) -> bool:
        """Whether the record's time to live has passed."""
        ttl = self.entity.ttl
        if ttl is None or record[ttl.field] is None:
            return False
        end, now = record[ttl.field], self.now()
        if isinstance(end, datetime):
            return end <= now
        return bool(end <= Decimal(now.timestamp()) * (1000 if ttl.unit == "ms" else 1))

    def _default(self, name: str, attribute: Attribute) -> Any:
        rule = self.entity.id
        if rule and rule.field == name and rule.strategy in {"auto_increment", "sequence"}:
            return None
        if attribute.value_type.kind == "rows":
            return []
        return not_null(self.entity, name, checked_value(self.entity, name, attribute.default))

    def _generate(self, record: Record) -> None:
        entity = self.entity
        if not self.generates:
            return
        now, rule = self.now(), entity.id
        if rule and record[rule.field] is None and rule.strategy in {"ulid", "uuid7"}:
            made = ULID.from_datetime(now) if rule.strategy == "ulid" else uuid7()
            record[rule.field] = checked_value(entity, rule.field, str(made))
        created, updated = entity.timestamps.created, entity.timestamps.updated
        if created and record[created] is None:
            record[created] = self._stamp(created, now)
        if updated:
            record[updated] = self._stamp(updated, now)
        if entity.version_field:
            record[entity.version_field] = 1

    @cached_property
    def generates(self) -> bool:
        """Whether anything of a record is made here."""
        entity = self.entity
        return bool(entity.id or entity.timestamps.created or entity.timestamps.updated or entity.version_field)

    def _stamp(self, field: str, now: datetime) -> Any:
        """The moment as the field holds it: as it is, or as whole seconds or milliseconds since 1970."""
        unit = _UNITS.get(self.entity.timestamps.unit)
        return checked_value(self.entity, field, now if unit is None else (now - _EPOCH) // unit)

    def _check_version(self, version: int | None) -> None:
        if version is not None and self.entity.version_field is None:
            raise InvalidValue(
                "version", "is given, but the contract declares no version_field", entity=self.entity.name
            )
