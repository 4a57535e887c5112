"""The looks of a verification after the way back: items are the source, rows the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crossfade.contract.plan_key import Direct
from crossfade.dal.entity import Record
from crossfade.dal.key import Key
from crossfade.dynamodb.errors import Undecodable
from crossfade.dynamodb.expected import Expected, owner, tombstone
from crossfade.dynamodb.forms import Misfit
from crossfade.dynamodb.reads import Reader
from crossfade.dynamodb.wire import Item
from crossfade.migration.look import Look, Wanted
from crossfade.migration.report import Difference, FieldDifference
from crossfade.mysql.kept import same as identical


class LookBack(Look):
    """As `Look`, in the other direction.

    Rows and items belong together by the entity's key, as the way back has it: a row in which a column changed that
    the item key is made of is one that differs, not one that is missing and another that is extra. What no column
    of the row or of its owned rows holds (lookup items, index keys, joined values, counts) is not compared.
    """

    def _expected(self, entity: str, record: Record) -> tuple[Expected, ...]:
        return super()._expected(entity, record)[:1]

    def _found(self, entity: str, wanted: Sequence[Wanted]) -> dict[Any, Item]:
        found = super()._found(entity, wanted)
        shelf = self._layout.of(entity)
        astray = {
            shelf.key_of(record): expected.id
            for record, (expected,) in ((made(), items) for made, items in wanted)
            if not self._belongs(expected, record, found.get(expected.id))
        }
        others = {place: item for place, item in found.items() if place not in astray.values() or tombstone(item)}
        # The item key of a direct plan follows from the key: an item that does not lie there lies nowhere.
        moved = {} if isinstance(shelf.plan, Direct) else self._by_key(entity, list(astray))
        return others | {astray[key]: item for key, item in moved.items()}

    def _belongs(self, expected: Expected, record: Record, item: Item | None) -> bool:
        """Whether an item is the record's own, or one too damaged to tell."""
        if item is None or tombstone(item):
            return False
        try:
            of = owner(self._layout, expected.table, item)
        except Undecodable:
            return True
        shelf = self._layout.of(expected.entity)
        return of is not None and of.entity == expected.entity and shelf.ident(of.key) == shelf.ident(record)

    def _by_key(self, entity: str, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items of some keys, wherever they lie; those that cannot be decoded are left out."""
        try:
            return {key: stored.item for key, stored in Reader(self._layout, self._calls).look(entity, keys).items()}
        except Undecodable:
            if len(keys) == 1:
                return {}
        return {found: item for key in keys for found, item in self._by_key(entity, [key]).items()}

    def _compared(self, entity: str, record: Record, expected: Expected, found: Item | None) -> Difference | None:
        difference = super()._compared(entity, record, expected, found)
        if difference is None:
            return None
        if found is None or tombstone(found):
            return replace(difference, kind="extra", item_key={}, sensitive=False)
        fields = tuple(
            FieldDifference(f.field, f.target, f.source)
            for f in difference.fields
            if self._holds_otherwise(entity, f.field, record, found)
        )
        return replace(difference, item_key=self._place(expected.table, found), fields=fields) if fields else None

    def _holds_otherwise(self, entity: str, field: str, record: Record, found: Item) -> bool:
        """Whether it is a field whose difference is one of the row's own columns, or of its owned rows'."""
        writer, codec = self._stores.mysql.writer(entity), self._layout.of(entity).codec
        owned = writer.owned.get(field)
        if owned is None:
            return field in writer.columns
        try:
            value = codec.decode_field(field, codec.stored(found, field))
        except Misfit:
            return True
        return not identical(owned.kept(value), owned.kept(record[field]))

    def _unexplained(self, entity: str, table: str, item: Item, key: Key, record: Record | None) -> Difference | None:
        if record is None:
            told = self._key(entity, key)
            return self._differs("missing", entity, table, self._place(table, item), told)
        possible = self._possible(entity, record)
        return self._compared(entity, record, possible[0], item) if possible else None
