"""What a changed row reaches: the entities made of it, and whether item keys move. Pure.

Made once for a contract and a schema; shared by every transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from crossfade.contract.model import Contract
from crossfade.contract.plan_key import item_key_fields
from crossfade.migration.stores import Stores
from crossfade.mysql.ways import Way


class Reach:
    """What changes of rows reach.

    Args:
        stores: both stores.

    Raises:
        SchemaMismatch: nothing leads back from a joined row.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.contract: Contract = stores.contract
        self.ways: Mapping[str, list[Way]] = self._ways()

    def _ways(self) -> Mapping[str, list[Way]]:
        found: dict[str, list[Way]] = defaultdict(list)
        for name in self.contract.entities:
            for way in self._stores.mysql.ways(name):
                found[way.table].append(way)
        return found

    @cached_property
    def rooted(self) -> Mapping[str, list[str]]:
        """The entities whose records are a table's rows, by the table."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, entity in self.contract.entities.items():
            found[entity.source_table].append(name)
        return found

    @cached_property
    def _placing(self) -> Mapping[str, frozenset[str]]:
        """The fields of each entity that its item keys are made of."""
        found = {}
        for name, entity in self.contract.entities.items():
            shelf = self._stores.dynamodb.layout.of(name)
            fields = {*item_key_fields(self.contract, entity)}
            fields.update(f for lookup in shelf.lookups for f in lookup.fields)
            found[name] = frozenset(self._expanded(name, fields))
        return found

    def _expanded(self, entity: str, fields: Iterable[str]) -> Iterable[str]:
        attributes = self.contract.entities[entity].fields
        for field in fields:
            yield field
            transformation = attributes[field].transformation
            if transformation is not None and transformation.template is not None:
                yield from transformation.template.fields

    def placing(self, table: str, columns: frozenset[str] | None) -> list[Way]:
        """The ways by which a change of some columns (all of them: None) moves items of other entities."""
        return [
            way
            for way in self.ways.get(table, ())
            if way.field in self._placing[way.entity] and (columns is None or columns & way.reads)
        ]

    def reached(self, table: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Way]:
        """The ways by which a change of a row, an insertion or a deletion among them, reaches records."""
        if old is None or new is None:
            return [way for way in self.ways.get(table, ()) if not way.guarded]
        return [way for way in self.ways.get(table, ()) if any(old[name] != new[name] for name in way.reads)]
