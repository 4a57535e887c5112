"""From a plain record to a complete step: derived fields filled in from the parents, and what is needed of those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crossfade.contract.aggregates import Delta
from crossfade.contract.derive import ParentKey, deltas
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.model_rules import Reference
from crossfade.dal.entity import Record
from crossfade.dal.key import Key
from crossfade.dynamodb.actions import Missing, Refused
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.obstacles import Obstacles
from crossfade.dynamodb.pending import Pending
from crossfade.dynamodb.reads import Reader, Row
from crossfade.dynamodb.rows import in_order
from crossfade.dynamodb.shelf import Shelf, Stored
from crossfade.dynamodb.writes import Step, Use

_ADDABLE = frozenset({"int", "decimal", "number"})


class Weaver:
    """Makes complete steps, with the reads that they need.

    Args:
        layout: where entities lie.
        reader: reads the parents.
    """

    def __init__(self, layout: Layout, reader: Reader) -> None:
        self._layout = layout
        self._reader = reader

    def step(
        self,
        entity: str,
        record: Record | None,
        old: Stored | None = None,
        *,
        changed: Collection[str] | None = None,
        derived: Collection[str] = (),
        obstacles: Obstacles | None = None,
        pending: Pending | None = None,
    ) -> Step:
        """The step from `old` to `record`.

        Args:
            entity: the entity's name.
            record: the record to leave, its derived fields as far as they are known; None for a delete.
            old: the item that it replaces.
            changed: the fields that change; None for all, as in a create or a put.
            derived: the derived fields to make anew besides those that follow from `changed`.
            obstacles: what else it removes.
            pending: what follows from it.

        Raises:
            Refused: a reference leads to nothing (final).
            InvalidValue: a derived value does not fit its field.
        """
        shelf, found = self._layout.of(entity), obstacles or Obstacles()
        own = [old] if old is not None else []
        gone = (*own, *(found.of(shelf, record) if record is not None else ()))
        rows: dict[ParentKey, Row] = {}
        new = None
        if record is not None:
            only = (
                None if changed is None else shelf.deriver.affected({*changed, *(derived or ())}) | set(derived or ())
            )
            new = self._derived(shelf, record, only, rows)
        uses = self._uses(shelf, old, gone, new, rows)
        return Step(entity, gone, new, tuple(uses), dict(found.vacant), frozenset(found.astray), pending)

    def completed(self, shelf: Shelf, record: Record, changed: Collection[str] | None) -> Record:
        """A record with its derived fields.

        Args:
            shelf: how its entity is stored.
            record: the record, its derived fields as far as they are known.
            changed: the fields that change; None for all.
        """
        return self._derived(shelf, record, None if changed is None else shelf.deriver.affected(changed), {})

    # ---------------------------------------------------------------------------------------- values

    def _derived(
        self, shelf: Shelf, record: Record, only: Collection[str] | None, rows: dict[ParentKey, Row]
    ) -> Record:
        # A record may be its own parent: it is read as it will be.
        itself = ParentKey(shelf.entity.name, tuple(record[f] for f in shelf.entity.key))
        parents: dict[ParentKey, Mapping[str, Any] | None] = {itself: record}
        while wanted := shelf.deriver.missing(record, parents, only):
            for key, row in self._read(shelf, wanted).items():
                parents[key] = row.values if row is not None else None
                if row is not None:
                    rows[key] = row
        found = {**record, **shelf.deriver.computed(record, parents, only)}
        for name, attribute in shelf.entity.fields.items():
            if isinstance(attribute.derivation, ToMany) and isinstance(found[name], list):
                found[name] = in_order(attribute.derivation, found[name])
        return found

    def _read(self, shelf: Shelf, wanted: Sequence[ParentKey]) -> dict[ParentKey, Row | None]:
        found: dict[ParentKey, Row | None] = {}
        for parent in dict.fromkeys(key.entity for key in wanted):
            keys = {key: self._key(key) for key in wanted if key.entity == parent}
            read = self._reader.rows(parent, tuple(keys.values()), shelf.reads[parent])
            found |= {key: read.get(own) for key, own in keys.items()}
        return found

    def _key(self, parent: ParentKey) -> Key:
        return Key(dict(zip(self._layout.of(parent.entity).entity.key, parent.values, strict=True)))

    # ------------------------------------------------------------------------------------------ uses

    def _uses(
        self,
        shelf: Shelf,
        old: Stored | None,
        gone: Sequence[Stored],
        new: Record | None,
        rows: Mapping[ParentKey, Row],
    ) -> Iterator[Use]:
        """What the step needs of its parents."""
        entity = shelf.entity.name
        uses = {(key.entity, self._key(key)): self._copied(shelf, key, row) for key, row in rows.items()}
        referred = list(self._referred(shelf, old, new))
        added = _summed(shelf, gone, new)
        own = (entity, shelf.key_of(new)) if new is not None else None
        if new is not None and own in added:
            uses[own] = Use(*own, shelf.item_key(new))
        self._place(uses, ({(r.entity, key) for r, key in referred} | set(added)) - {own})
        for reference, key in referred:
            if (reference.entity, key) == own:
                continue
            use = uses.get((reference.entity, key))
            if use is None:
                raise Refused((Missing(entity, reference.fields, reference.entity, key), None), final=True)
            uses[use.entity, key] = replace(use, references=(*use.references, (entity, reference.fields)))
        for place, amounts in added.items():
            if place in uses:
                uses[place] = replace(uses[place], adds=amounts)
        yield from (use if place == own else self._whole(use) for place, use in uses.items())

    def _copied(self, shelf: Shelf, key: ParentKey, row: Row) -> Use:
        """The demand that what was copied from a parent is still so, where it is to be kept equal."""
        reads = shelf.copies.get(key.entity, frozenset())
        expects = {name: row.values[name] for name in sorted(reads) if name in row.values}
        return Use(key.entity, self._key(key), row.at(), expects=expects)

    def _referred(self, shelf: Shelf, old: Stored | None, new: Record | None) -> Iterator[tuple[Reference, Key]]:
        """The references that the step makes anew."""
        for reference in shelf.entity.references if new is not None else ():
            target = self._layout.of(reference.entity).entity
            before = referred_keys(reference, target.key, old.record) if old is not None else frozenset()
            for key in referred_keys(reference, target.key, new or {}):
                if key not in before:
                    yield reference, key

    def _place(self, uses: dict[tuple[str, Key], Use], wanted: Iterable[tuple[str, Key]]) -> None:
        """Add a use, at its item key, for every parent that was not read already."""
        unread: dict[str, dict[Key, None]] = {}
        for entity, key in wanted:
            if (entity, key) not in uses:
                unread.setdefault(entity, {})[key] = None
        for entity, keys in unread.items():
            for key, place in self._reader.locate(entity, tuple(keys)).items():
                uses[entity, key] = Use(entity, key, place.key)

    def _whole(self, use: Use) -> Use:
        """Read a parent whose sums cannot be added to by an expression."""
        parent = self._layout.of(use.entity)
        simple = all(parent.entity.fields[f].value_type.kind in _ADDABLE for f in use.adds)
        if not use.adds or (simple and not parent.codec.keys.made_of(use.adds)):
            return use
        if self._reader.buffers(use.entity, use.key):
            return use
        stored = self._reader.look(use.entity, (use.key,)).get(use.key)
        return replace(use, stored=stored, at=stored.key) if stored is not None else replace(use, adds={})


def referred_keys(reference: Reference, target_key: Sequence[str], record: Mapping[str, Any]) -> frozenset[Key]:
    """The keys to which a reference of a record leads: one, none where a part is null, or one for each owned row.

    Args:
        reference: the reference.
        target_key: the other entity's key fields.
        record: the referring record.
    """
    rows_field = next((f.split(".", 1)[0] for f in reference.fields if "." in f), None)
    held = record.get(rows_field) if rows_field is not None else None
    rows = [{}] if rows_field is None else [held] if isinstance(held, Mapping) else held or []
    found = []
    for row in rows:
        values = [row[f.split(".", 1)[1]] if "." in f else record[f] for f in reference.fields]
        if None not in values:
            found.append(Key(dict(zip(target_key, values, strict=True))))
    return frozenset(found)


def _summed(shelf: Shelf, gone: Sequence[Stored], new: Record | None) -> dict[tuple[str, Key], dict[str, Any]]:
    """What each parent's counts and sums grow by."""
    found: dict[tuple[str, Key], dict[str, Any]] = {}
    changes: list[Delta] = list(deltas(shelf.effects, None, new)) if new is not None else []
    for stored in gone:
        if stored.state != "deleted":
            changes += deltas(shelf.effects, stored.record, None)
    for delta in changes:
        sums = found.setdefault((delta.parent, Key(delta.key)), {})
        sums[delta.field] = sums.get(delta.field, 0) + delta.amount
    kept = {place: {f: n for f, n in sums.items() if n} for place, sums in found.items()}
    return {place: sums for place, sums in kept.items() if sums}
