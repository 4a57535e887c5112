"""Where derived fields come from, in terms of entities: which records to read, and what to make of them.

A join of the contract is written in tables and columns. Here it becomes hops between entities, each by the
other entity's key, so that it can be followed on DynamoDB and in memory. What cannot be followed says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date, timedelta
from typing import Any, Literal

from crossfade.contract.coerce import as_text, to_type
from crossfade.contract.evaluate import evaluate, holds, written_as
from crossfade.contract.expressions import columns
from crossfade.contract.model_derivation import Transformation
from crossfade.contract.sql import Column, Expression
from crossfade.contract.types import ValueType

Rows = Sequence[Mapping[str, Any] | None]
Kind = Literal["to_one", "computed", "own_columns", "aggregate", "transformation", "to_many"]


@dataclass(frozen=True, slots=True)
class Own:
    """A value of the record itself."""

    field: str


@dataclass(frozen=True, slots=True)
class From:
    """A value of the record that an earlier hop (or step) led to, by its number from 0."""

    hop: int
    field: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that the contract gives."""

    value: Any


Source = Own | From | Constant


@dataclass(frozen=True, slots=True)
class Hop:
    """One step to another entity's record, by its key.

    Attributes:
        entity: the entity to read.
        alias: what the contract's expressions call its row.
        key: each field of its key, in order, with where its value comes from.
        condition: what else must hold for the row to count, or None; columns are fields, as in `DerivedField`.
        reads: the fields of it that later hops, conditions and the value read.
    """

    entity: str
    alias: str
    key: tuple[tuple[str, Source], ...]
    condition: Expression | None = None
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DerivedField:
    """How one derived field's value comes about. In expressions here, every `Column.name` is a field, and
    `Column.table` the alias of a hop, or None for the record itself.

    Attributes:
        hops: the records to read, in order; a hop may use what an earlier one found.
        selects: the selected or calculated expressions.
        separator: joins the texts of `selects`, nulls left out; None where there is one.
        when: a condition on the record itself without which the value is `otherwise`; or None.
        otherwise: the value where none of the rows that `selects` read exists.
        own: the record's own fields that it is made of, `hops` included.
        snapshot: whether the value is taken once, when the record is written, and then kept.
        transformation: how the value is made of the one field in `own`, or of the template's fields.
        reason: why it cannot be followed; everything else is then empty. The stored value is kept.
        types: of the columns in the expressions.
    """

    entity: str
    field: str
    kind: Kind
    type: ValueType
    hops: tuple[Hop, ...] = ()
    selects: tuple[Expression, ...] = ()
    separator: str | None = None
    when: Expression | None = None
    otherwise: Any = None
    own: frozenset[str] = frozenset()
    snapshot: bool = False
    transformation: Transformation | None = None
    reason: str | None = None
    types: Mapping[Column, ValueType] = default(default_factory=dict)

    def key(self, number: int, own: Mapping[str, Any], rows: Rows) -> tuple[Any, ...] | None:
        """The key of the record that hop `number` leads to, in the order of the other entity's key.

        Args:
            number: which hop, from 0.
            own: the record's own fields.
            rows: what the earlier hops found, None for nothing.

        Returns:
            None where a part is null or was not found, or where `when` does not hold: nothing is read then.
        """
        if self.when is not None and not self._applies(own):
            return None
        found = tuple(source_value(source, own, self._counting(own, rows)) for _, source in self.hops[number].key)
        return None if None in found else found

    def value(self, own: Mapping[str, Any], rows: Rows = ()) -> Any:
        """The field's value, canonical.

        Args:
            own: the record's own fields.
            rows: what each hop found, None for nothing; the fields in its `reads` are enough.

        Raises:
            InvalidValue: the value does not fit the field.
        """
        if self.transformation is not None:
            return to_type(_transformed(self.transformation, own, self.own), self.type, self.field)
        return to_type(self._value(own, self._counting(own, rows)), self.type, self.field)

    def _value(self, own: Mapping[str, Any], rows: Rows) -> Any:
        if self.when is not None and not self._applies(own):
            return self.otherwise
        read = [row for hop, row in zip(self.hops, rows, strict=True) if hop.alias in self._selected]
        if self.kind == "to_one" and read and all(row is None for row in read):
            return self.otherwise
        row = self._row(own, rows)
        found = [evaluate(select, row, self.types.get) for select in self.selects]
        if self.separator is None:
            written = isinstance(found[0], (date, timedelta, frozenset)) and self.type.kind in {"str", "any"}
            return self._text(found[0], self.selects[0]) if written else found[0]
        texts = [self._text(v, e) for v, e in zip(found, self.selects, strict=True)]
        return self.separator.join(t for t in texts if t is not None)

    def _applies(self, own: Mapping[str, Any]) -> bool:
        return self.when is None or holds(self.when, self._row(own, ()), self.types.get)

    def _counting(self, own: Mapping[str, Any], rows: Rows) -> list[Mapping[str, Any] | None]:
        """The rows without those for which their hop's further condition does not hold."""
        found: list[Mapping[str, Any] | None] = []
        for hop, row in zip(self.hops, rows, strict=False):
            found.append(row)
            if row is not None and hop.condition is not None:
                met = holds(hop.condition, self._row(own, found), self.types.get)
                found[-1] = row if met else None
        return found

    def _row(self, own: Mapping[str, Any], rows: Rows) -> Callable[[Column], Any]:
        named = {hop.alias: row for hop, row in zip(self.hops, rows, strict=False)}

        def value(column: Column) -> Any:
            row = own if column.table is None else named.get(column.table)
            return None if row is None else row[column.name]

        return value

    @property
    def _selected(self) -> frozenset[str | None]:
        return frozenset(c.table for select in self.selects for c in columns(select))

    def _text(self, value: Any, expression: Expression) -> str | None:
        return as_text(value, written_as(expression, self.types.get))


def source_value(source: Source, own: Mapping[str, Any], rows: Rows) -> Any:
    """The value of a key's part; None where an earlier record was not found."""
    match source:
        case Own(name):
            return own[name]
        case From(number, name):
            row = rows[number]
            return row[name] if row is not None else None
        case Constant(value):
            return value


def _transformed(transformation: Transformation, own: Mapping[str, Any], read: frozenset[str]) -> Any:
    if transformation.template is not None:
        return transformation.template.build(own)
    if transformation.kind == "static":
        return transformation.value
    value = own[next(iter(read))]
    if value is None:
        return None
    match transformation.kind:
        case "json-parse":
            return json.loads(value)
        case _:
            return format(value, transformation.format or "")
