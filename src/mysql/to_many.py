"""To-many constructions: the child rows of many parents in one SELECT, ordered and limited per parent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from crossfade.contract.coerce import to_type
from crossfade.contract.evaluate import evaluate
from crossfade.contract.expressions import columns
from crossfade.contract.model_derivation import ChildColumn, ToMany
from crossfade.contract.sql import Column
from crossfade.contract.types import ValueType
from crossfade.mysql.expressions import Sql, compile_condition, compile_value
from crossfade.mysql.tables import Joined, JoinTree, Scope, Tables
from crossfade.mysql.transaction import Transaction

# Parents in one statement: an IN list that servers still look up one by one.
CHUNK = 500


class ChildRows:
    """One construction.

    Attributes:
        construction: its definition.
        rows: the child table, as the statements call it.
        source: parents joined with their child rows.
    """

    def __init__(self, tables: Tables, root: Scope, construction: ToMany) -> None:
        self.construction = construction
        parent = root.rows[None]
        table = tables.table(construction.table)
        taken = construction.alias == construction.table == parent.table
        child = Joined(construction.table, table.alias(f"{construction.alias}_child" if taken else construction.alias))
        scope = root.with_row(construction.alias, child)
        source = parent.rows.join(child.rows, compile_condition(construction.condition, scope))
        tree = JoinTree(scope, source)
        self._scope = tree.scope(construction.joins)
        self._identity = [parent.rows.c[name] for name in tables.identity(parent.table)]
        self._columns = list(dict.fromkeys(c for made in construction.columns for c in columns(made.expression)))
        self._types: dict[Column, ValueType] = {c: t for c in self._columns if (t := self._scope.type(c)) is not None}
        self.rows, self.source = child.rows, source
        self._select = self._statement(tree.source, self._order(tables, child))

    def _order(self, tables: Tables, child: Joined) -> list[Any]:
        order = [
            made.desc() if descending else made.asc()
            for expression, descending in self.construction.order_by
            for made in [compile_value(expression, self._scope)]
        ]
        return [*order, *(child.rows.c[name].asc() for name in tables.identity(child.table))]

    def _statement(self, source: sa.FromClause, order: list[Any]) -> sa.Select[Any]:
        limit = 1 if self.construction.shape == "object" else self.construction.limit
        parents = [column.label(f"p{i}") for i, column in enumerate(self._identity)]
        values = [self._scope.column(c).label(f"c{i}") for i, c in enumerate(self._columns)]
        if limit is None:
            return sa.select(*parents, *values).select_from(source).order_by(*order)
        number = sa.func.row_number().over(partition_by=self._identity, order_by=order).label("n")
        return sa.select(*parents, *values, number).select_from(source)

    def statement(self, parents: Sequence[tuple[Any, ...]], *, lock: bool = False) -> sa.Select[Any]:
        """The SELECT for the children of some parents.

        Args:
            parents: their identities.
            lock: whether the child rows are to stay as they are until the transaction ends.
        """
        chosen = self._select.where(among(self._identity, parents))
        limit = 1 if self.construction.shape == "object" else self.construction.limit
        if limit is None:
            return chosen.with_for_update(of=self.rows) if lock else chosen
        ranked = chosen.subquery("ranked")
        wanted = [column for column in ranked.c if column.name != "n"]
        return sa.select(*wanted).where(ranked.c.n <= sa.literal_column(str(limit))).order_by(ranked.c.n)

    def read(
        self, transaction: Transaction, parents: Sequence[tuple[Any, ...]], *, lock: bool = False
    ) -> Mapping[Any, list[dict[str, Any]]]:
        """The child rows of each parent, in order. Arguments as for `statement`.

        Raises:
            InvalidValue: a stored value does not fit its column.
        """
        found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        width = len(self._identity)
        for start in range(0, len(parents), CHUNK):
            for row in transaction.rows(self.statement(parents[start : start + CHUNK], lock=lock)):
                values = dict(zip(self._columns, row[width:], strict=True))
                found[tuple(row[:width])].append({c.name: self._value(c, values) for c in self.construction.columns})
        return found

    def _value(self, column: ChildColumn, values: Mapping[Column, Any]) -> Any:
        return to_type(evaluate(column.expression, values.__getitem__, self._types.get), column.type, column.name)

    def value(self, rows: list[dict[str, Any]]) -> Any:
        """The field's value for the rows of one parent."""
        if self.construction.shape == "object":
            return rows[0] if rows else None
        return rows


def among(identity: Sequence[Sql], values: Sequence[tuple[Any, ...]]) -> Sql:
    """Whether the columns have one of the values: a plain IN where there is one column."""
    if len(identity) == 1:
        return identity[0].in_([value for (value,) in values])
    return sa.tuple_(*identity).in_(values)
