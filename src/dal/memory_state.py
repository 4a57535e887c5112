"""What a memory store holds, and the meaning of every operation on it.

Records keep their own fields only; derived ones are computed when a record is read. Not safe for threads: the
store holds a lock around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossfade.contract.model import Contract, Entity
from crossfade.contract.model_rules import Reference
from crossfade.contract.template import Slot
from crossfade.dal.condition import Condition, holds
from crossfade.dal.entity import Record
from crossfade.dal.errors import (
    ConditionFailed,
    DuplicateKey,
    DuplicateUnique,
    MissingReference,
    NotFound,
    Referenced,
    VersionConflict,
)
from crossfade.dal.memory_derived import Derivations
from crossfade.dal.memory_tables import Tables
from crossfade.dal.prepare import Delete, Preparer, Update

Ident = tuple[Any, ...]
Place = tuple[str, Ident]


class MemoryState:
    """The records of every entity.

    Args:
        contract: the contract.
        preparers: the preparer of each entity.
        derivations: the derived fields of each entity.
    """

    def __init__(
        self, contract: Contract, preparers: Mapping[str, Preparer], derivations: Mapping[str, Derivations]
    ) -> None:
        self._contract = contract
        self._preparers = preparers
        self._derivations = derivations
        self._records: dict[str, dict[Ident, Record]] = {name: {} for name in contract.entities}
        self._uniques: dict[tuple[str, tuple[str, ...]], dict[Ident, Ident]] = {
            (e.name, fields): {} for e in contract.entities.values() for fields in e.unique
        }
        self._revisions: dict[Place, int] = {}
        self._changes = 0
        self._seen: Tables | None = None

    def copy(self) -> MemoryState:
        """The same content, to be changed apart."""
        other = MemoryState(self._contract, self._preparers, self._derivations)
        other._records = {name: dict(records) for name, records in self._records.items()}
        other._uniques = {name: dict(idents) for name, idents in self._uniques.items()}
        other._revisions, other._changes = dict(self._revisions), self._changes
        return other

    def revision(self, entity: Entity, key: Mapping[str, Any]) -> int:
        """A number that changes whenever the record of this key is written."""
        return self._revisions.get((entity.name, ident(entity, key)), 0)

    # ---------------------------------------------------------------------------------------- reading

    def get(self, entity: Entity, key: Mapping[str, Any]) -> Record | None:
        """The record, complete, or None if it is absent or expired."""
        record = self._live(entity, ident(entity, key))
        return None if record is None else self._complete(entity, record)

    def all(self, entity: Entity) -> Iterator[Record]:
        """Every record that has not expired, complete."""
        for record in self._records[entity.name].values():
            if not self._preparers[entity.name].expired(record):
                yield self._complete(entity, record)

    def _live(self, entity: Entity, at: Ident) -> Record | None:
        record = self._records[entity.name].get(at)
        return None if record is None or self._preparers[entity.name].expired(record) else record

    def _complete(self, entity: Entity, record: Record) -> Record:
        if self._seen is None:
            self._seen = Tables(self._contract, lambda name: self._records[name].values())
        complete: Record = copied(self._derivations[entity.name].complete(record, self._seen))
        return complete

    # ---------------------------------------------------------------------------------------- writing

    def create(self, entity: Entity, record: Record) -> Record:
        """Store a new record, whose id is set; the errors are those of `Repository.create`."""
        at = ident(entity, record)
        if self._live(entity, at) is not None:
            raise DuplicateKey("there is one with this key")
        self._drop(entity, at)
        return self._checked(entity, at, record, None)

    def put(self, entity: Entity, record: Record) -> Record:
        """Create or replace; the errors are those of `Repository.put`."""
        at = ident(entity, record)
        old = self._live(entity, at)
        if old is None:
            return self.create(entity, record)
        return self._checked(entity, at, self._preparers[entity.name].replace(record, old), old)

    def update(self, entity: Entity, update: Update) -> Record:
        """Change a record; the errors are those of `Repository.update`."""
        at = ident(entity, update.key)
        old = self._live(entity, at)
        if old is None:
            raise NotFound("there is no entity with this key")
        current = self._complete(entity, old)
        self._guard(entity, current, update.where, update.version)
        return self._checked(entity, at, self._preparers[entity.name].changed(update, current), old)

    def delete(self, entity: Entity, delete: Delete) -> bool:
        """Delete a record and what its references cascade to; the errors are those of `Repository.delete`."""
        at = ident(entity, delete.key)
        old = self._live(entity, at)
        if old is None:
            return False
        self._guard(entity, self._complete(entity, old), delete.where, delete.version)
        doomed: dict[Place, None] = {}
        self._doom(entity, at, doomed)
        for name, place in doomed:
            self._release(self._contract.entities[name], place, doomed)
        for name, place in doomed:
            self._drop(self._contract.entities[name], place)
        return True

    def _guard(self, entity: Entity, current: Record, where: Condition | None, version: int | None) -> None:
        if version is not None and entity.version_field and current[entity.version_field] != version:
            found = current[entity.version_field]
            raise VersionConflict(f"it has version {found}, not {version}", current=current, current_version=found)
        if where is not None and not holds(where, current):
            raise ConditionFailed("the condition does not hold", current=current)

    def _checked(self, entity: Entity, at: Ident, record: Record, old: Record | None) -> Record:
        self._check_uniques(entity, at, record)
        self._check_references(entity, at, record, old)
        self._drop(entity, at)
        self._keep(entity, at, record)
        return self._complete(entity, self._records[entity.name][at])

    def _check_uniques(self, entity: Entity, at: Ident, record: Record) -> None:
        for fields in entity.unique:
            values = folded(entity, fields, record)
            holder = self._uniques[entity.name, fields].get(values) if None not in values else None
            if holder is None or holder == at:
                continue
            if self._live(entity, holder) is not None:
                raise DuplicateUnique(f"another one has this {' and '.join(fields)}", fields=fields)
            self._drop(entity, holder)

    def _check_references(self, entity: Entity, at: Ident, record: Record, old: Record | None) -> None:
        for reference in entity.references:
            target = self._contract.entities[reference.entity]
            known = set(referred(reference, old)) if old is not None else set()
            for values in referred(reference, record):
                place = ident(target, dict(zip(target.key, values, strict=True)))
                itself = target is entity and place == at
                if values not in known and not itself and place not in self._records[target.name]:
                    raise MissingReference(
                        f"there is no such {target.name}", fields=reference.fields, target=target.name
                    )

    def _doom(self, entity: Entity, at: Ident, doomed: dict[Place, None]) -> None:
        """Collect what deleting a record deletes."""
        if (entity.name, at) in doomed:
            return
        doomed[entity.name, at] = None
        for other, reference, place in self._referring(entity, at):
            if reference.on_delete == "cascade":
                self._doom(other, place, doomed)

    def _release(self, entity: Entity, at: Ident, doomed: Mapping[Place, None]) -> None:
        """Unset what refers to a record that goes; refuse if something restricts that and stays."""
        for other, reference, place in self._referring(entity, at):
            if (other.name, place) in doomed:
                continue
            if reference.on_delete == "restrict":
                raise Referenced(f"{other.name} refers to it", by=other.name)
            record = {**self._records[other.name][place], **dict.fromkeys(reference.fields)}
            self._drop(other, place)
            self._keep(other, place, record)

    def _referring(self, entity: Entity, at: Ident) -> list[tuple[Entity, Reference, Ident]]:
        key = tuple(self._records[entity.name][at][f] for f in entity.key)
        return [
            (other, reference, place)
            for other in self._contract.entities.values()
            for reference in other.references
            if reference.entity == entity.name
            for place, record in self._records[other.name].items()
            if key in referred(reference, record)
        ]

    def _keep(self, entity: Entity, at: Ident, record: Record) -> None:
        self._records[entity.name][at] = copied(record)
        for fields in entity.unique:
            values = folded(entity, fields, record)
            if None not in values:
                self._uniques[entity.name, fields][values] = at
        self._touch(entity, at)

    def _drop(self, entity: Entity, at: Ident) -> None:
        record = self._records[entity.name].pop(at, None)
        if record is None:
            return
        for fields in entity.unique:
            self._uniques[entity.name, fields].pop(folded(entity, fields, record), None)
        self._touch(entity, at)

    def _touch(self, entity: Entity, at: Ident) -> None:
        self._changes += 1
        self._revisions[entity.name, at] = self._changes
        self._seen = None


def ident(entity: Entity, values: Mapping[str, Any]) -> Ident:
    """What tells the entity's records apart: its key, in which a folded field counts as its column compares it."""
    return folded(entity, entity.key, values)


def folded(entity: Entity, fields: tuple[str, ...], values: Mapping[str, Any]) -> Ident:
    """The values of fields as their columns compare them."""
    return tuple(fold(entity, field, values[field]) for field in fields)


def fold(entity: Entity, field: str, value: Any) -> Any:
    """A field's value as its column compares it."""
    attribute = entity.fields[field]
    if attribute.fold is None or value is None:
        return value
    return Slot(field, type=attribute.value_type, fold=attribute.fold).text(value)


def referred(reference: Reference, record: Mapping[str, Any]) -> list[Ident]:
    """The keys that a record refers to by a reference; those with a null are none."""
    head, _, inner = reference.fields[0].partition(".")
    if not inner:
        found = [tuple(record[f] for f in reference.fields)]
    else:
        names = [f.partition(".")[2] for f in reference.fields]
        rows = record[head]
        given = [rows] if isinstance(rows, Mapping) else rows or []
        found = [tuple(row[name] for name in names) for row in given]
    return [values for values in found if None not in values]


def copied(value: Any) -> Any:
    """The value with lists and dictionaries of its own."""
    if isinstance(value, dict):
        return {name: copied(v) for name, v in value.items()}
    return [copied(v) for v in value] if isinstance(value, list) else value
