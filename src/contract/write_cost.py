"""The units that writes take of DynamoDB: as the store makes them, and as syncing from MySQL does."""

from __future__ import annotations

from collections.abc import Iterator

from crossfade.contract.derive import Deriver, dependants
from crossfade.contract.item_key import item_key_fields
from crossfade.contract.model import Entity, Index
from crossfade.contract.own_tables import CONTROL, LOOKUP
from crossfade.contract.parents import Parent
from crossfade.contract.plain import is_put_unseen
from crossfade.contract.plan_key import plan_key
from crossfade.contract.read_cost import ReadCounter
from crossfade.contract.units import TRANSACTIONAL, write_units
from crossfade.contract.usage import Use

_MOVED = 2
# Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes in DynamoDB": a changed index key takes two
# writes, "one to delete the previous item from the index and another write to put the new item into the index".


class WriteCounter(ReadCounter):
    """Counts reads and writes for one entity."""

    def copied(self) -> Iterator[Use]:
        """One entity's items, each written where there is none."""
        yield from self._written(1)
        yield from (Use(LOOKUP, write=1.0) for _ in self._lookups)

    # ---------------------------------------------------------------------------------------- pieces

    def _written(self, times: int) -> Iterator[Use]:
        """An item that comes or goes: its units, doubled in a transaction, and its index entries', which never are."""
        yield Use(self._table.name, write=times * write_units(self._size()))
        for index in self._held(self.entity):
            yield Use(self._table.name, index.name, write=write_units(self._entry(index)))

    def _rewritten(self, entity: Entity, changed: frozenset[str], times: int) -> Iterator[Use]:
        """An item that stays where it is: an index is written where its entry differs.

        Every write changes `_rev`, so an entry that holds the whole item always does.
        """
        yield Use(entity.table, write=times * write_units(self._size(entity)))
        names = {entity.fields[f].name for f in changed}
        for index in self._held(entity):
            keys = {f for n in (index.pk, index.sk) if n is not None for f in entity.keys[n].fields}
            moved = bool(changed & keys)
            if moved or index.projection == "ALL" or names.intersection(index.attributes):
                entries = _MOVED if moved else 1
                yield Use(entity.table, index.name, write=entries * write_units(self._entry(index, entity)))

    def _held(self, entity: Entity) -> Iterator[Index]:
        """The indexes that can hold an entity."""
        for index in self._contract.table_of(entity.name).indexes:
            if all(n in entity.keys for n in (index.pk, index.sk) if n is not None):
                yield index

    def _changed(self) -> frozenset[str]:
        """The fields that an ordinary update changes, as far as they are known, and what follows from them."""
        own = (*self.entity.estimate.updates, self.entity.timestamps.updated, self.entity.version_field)
        given = frozenset(f for f in own if f is not None)
        followed = Deriver(self._contract, self.entity.name).affected(given)
        return given.union(f for f in followed if f in self.entity.fields)

    # ---------------------------------------------------------------------------------------- writes

    def create(self) -> Iterator[Use]:
        """A create."""
        rule = self.entity.id
        if rule is not None and rule.strategy in {"auto_increment", "sequence"}:
            yield Use(CONTROL, write=1.0)
        for parent in self._parents:
            yield from self._parent_read(parent)
        touched = [p for p in self._parents if p.touched]
        yield from self._written(TRANSACTIONAL if self._lookups or touched else 1)
        yield from (Use(LOOKUP, write=float(TRANSACTIONAL)) for _ in self._lookups)
        for parent in touched:
            yield from self._parent_written(parent, TRANSACTIONAL)

    def put(self) -> Iterator[Use]:
        """A put over a live entity whose keys, references and copied values stay."""
        if not is_put_unseen(self._contract, self.entity.name):
            yield from self.get()
        if dependants(self._contract, self.entity.name, self.entity.writable):
            yield Use(CONTROL, read=1.0)  # a note that an earlier change may have left
        copied = [p for p in self._parents if p.reads]
        for parent in copied:
            yield from self._parent_read(parent)
        kept = [p for p in copied if p.kept]
        in_keys = {f for template in self.entity.keys.values() for f in template.fields}
        changed = self._changed().union(f for f in self.entity.fields if f not in in_keys)
        yield from self._rewritten(self.entity, changed, TRANSACTIONAL if kept else 1)
        for parent in kept:
            yield Use(self._table_of(parent), write=TRANSACTIONAL * write_units(self._parent_size(parent)))

    def update(self) -> Iterator[Use]:
        """An update of the fields that the contract says an ordinary one changes.

        Copies of them in other entities are made anew afterwards, under a note in the control table; how many there
        are is not known.
        """
        changed = self._changed()
        moved = bool(changed.intersection(item_key_fields(self._contract, self.entity)))
        freed = [u for u in self._lookups if moved or changed.intersection(u.fields)]
        again = [p for p in self._parents if p.touched and changed & p.fields]
        copied = [f for f in sorted(changed) if any(d.chain for d in dependants(self._contract, self.entity.name, [f]))]
        if copied:
            self.unknown[f"how many records copy {', '.join(copied)} of {self.entity.name}"] = None
            yield Use(CONTROL, write=TRANSACTIONAL + 1.0)
        planned = moved or freed or again or copied
        yield from self.get() if planned else self._located(self._plan)
        times = TRANSACTIONAL if planned else 1
        if moved:
            yield from self._written(times)
            yield from self._written(times)
        else:
            yield from self._rewritten(self.entity, changed, times)
        # A key's lookup item is written over; that of a unique value goes, and another comes.
        yield from (Use(LOOKUP, write=float(times * (1 if u.kind == "key" else 2))) for u in freed)
        for parent in again:
            yield from self._parent_read(parent)
            for _ in range(2 if parent.adds else 1):
                yield from self._parent_written(parent, times)

    def delete(self) -> Iterator[Use]:
        """A delete of an entity to which nothing refers."""
        added = [p for p in self._parents if p.adds]
        yield from self.get() if self._lookups or added else self._located(self._plan)
        yield from self._written(TRANSACTIONAL if self._lookups or added else 1)
        yield from (Use(LOOKUP, write=float(TRANSACTIONAL)) for _ in self._lookups)
        for parent in added:
            yield from self._located(plan_key(self._contract, parent.entity))
            yield from self._parent_written(parent, TRANSACTIONAL)

    # --------------------------------------------------------------------------------------- parents

    def _table_of(self, parent: Parent) -> str:
        return self._contract.entities[parent.entity].table

    def _parent_size(self, parent: Parent) -> float:
        return self._size(self._contract.entities[parent.entity])

    def _parent_read(self, parent: Parent) -> Iterator[Use]:
        yield from self._located(plan_key(self._contract, parent.entity))
        if parent.reads and not parent.from_key:
            yield self.read(self._contract.entities[parent.entity])

    def _parent_written(self, parent: Parent, times: int) -> Iterator[Use]:
        """What a write leaves at a parent: its counts and sums grow, or a check that it is there."""
        entity = self._contract.entities[parent.entity]
        if parent.adds:
            yield from self._rewritten(entity, parent.adds, times)
        else:
            yield Use(entity.table, write=times * write_units(self._size(entity)))

    # ------------------------------------------------------------------------------ MySQL's authority

    def synced_create(self) -> Iterator[Use]:
        """A create that MySQL has made."""
        yield Use(self._table.name, read=1.0)
        yield from self._written(1)
        yield from self._synced_lookups()
        yield from self._synced_parents()

    def synced_change(self) -> Iterator[Use]:
        """An update or a put that MySQL has made."""
        yield self.read()
        yield from self._rewritten(self.entity, self._changed(), 1)

    def synced_delete(self) -> Iterator[Use]:
        """A delete that MySQL has made: the item becomes a tombstone."""
        yield self.read()
        yield from self._written(1)
        yield from self._synced_lookups()
        yield from self._synced_parents()

    def _synced_lookups(self) -> Iterator[Use]:
        yield from (Use(LOOKUP, read=1.0, write=1.0) for _ in self._lookups)

    def _synced_parents(self) -> Iterator[Use]:
        for parent in self._parents:
            if parent.adds:
                yield self.read(self._contract.entities[parent.entity])
                yield from self._parent_written(parent, 1)
