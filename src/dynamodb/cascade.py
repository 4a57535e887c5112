"""What deleting an entity deletes, changes or forbids, by the contract's references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossfade.contract.derive import deltas
from crossfade.contract.model_rules import Reference
from crossfade.dal.errors import Referenced
from crossfade.dal.query import Query
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.queries import Finder
from crossfade.dynamodb.shelf import Stored
from crossfade.dynamodb.wire import KeyId

Place = tuple[str, KeyId]


@dataclass(slots=True)
class Fall:
    """What goes with an entity.

    Attributes:
        doomed: the items to delete, each parent before its children.
        released: the items that stay, each with the fields that become null.
    """

    doomed: dict[Place, Stored] = field(default_factory=dict)
    released: dict[Place, tuple[Stored, frozenset[str]]] = field(default_factory=dict)


class Cascade:
    """Finds what refers to an entity.

    Args:
        layout: where entities lie.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def fall(self, root: Stored, finder: Finder) -> Fall:
        """What deleting `root` takes along.

        Raises:
            Referenced: something that stays restricts it.
        """
        found = Fall()
        self._doom(root, finder, found)
        for stored in tuple(found.doomed.values()):
            self._release(stored, finder, found)
        return found

    def referring(self, reference: Reference, entity: str, key: Mapping[str, Any], finder: Finder) -> Iterator[Stored]:
        """The items of `entity` that refer to a key by a reference, expired ones too.

        None are found where the contract names no pattern for it.
        """
        if reference.pattern is None:
            return iter(())
        target = self._layout.of(reference.entity).entity
        by = dict(zip(reference.fields, (key[f] for f in target.key), strict=True))
        plan = self._layout.plan(entity, reference.pattern)
        own = self._layout.of(entity).entity
        return finder.all(Query(own, plan, by, range=None, where=None, descending=False, limit=1))

    def _doom(self, stored: Stored, finder: Finder, found: Fall) -> None:
        place = (stored.entity, stored.id)
        if place in found.doomed:
            return
        found.doomed[place] = stored
        for entity, reference in self._layout.of(stored.entity).referring:
            if reference.on_delete == "cascade":
                for child in self.referring(reference, entity, stored.record, finder):
                    self._doom(child, finder, found)

    def _release(self, stored: Stored, finder: Finder, found: Fall) -> None:
        for entity, reference in self._layout.of(stored.entity).referring:
            if reference.on_delete == "restrict" and self._held(stored, entity, reference, finder, found):
                raise Referenced(f"{entity} refers to it", by=entity, store=STORE)
            if reference.on_delete != "set_null":
                continue
            for child in self.referring(reference, entity, stored.record, finder):
                place = (child.entity, child.id)
                if place not in found.doomed:
                    _, fields = found.released.get(place, (child, frozenset()))
                    found.released[place] = (child, fields.union(reference.fields))

    def _held(self, stored: Stored, entity: str, reference: Reference, finder: Finder, found: Fall) -> bool:
        """Whether something that stays refers to an item that goes."""
        if reference.counted_by is not None:
            counted = stored.record[reference.counted_by] or 0
            return bool(counted > self._going(stored, entity, reference.counted_by, found))
        children = self.referring(reference, entity, stored.record, finder)
        return any((child.entity, child.id) not in found.doomed for child in children)

    def _going(self, stored: Stored, entity: str, counter: str, found: Fall) -> Any:
        """How much of a count comes from what goes too."""
        effects = [e for e in self._layout.of(entity).effects if e.parent == stored.entity and e.field == counter]
        key = dict(self._layout.of(stored.entity).key_of(stored.record))
        going: Sequence[Stored] = [s for s in found.doomed.values() if s.entity == entity]
        amounts = (d.amount for s in going for d in deltas(effects, None, s.record) if dict(d.key) == key)
        return sum(amounts)
