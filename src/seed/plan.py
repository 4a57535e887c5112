"""The plan of a run: which tables, in which order, how many rows, and how they refer to each other.

How many rows a table has, first match:

1. what the request says of it (`--rows orders=5000`);
2. `per` of its `seed` declaration: some for each parent;
3. `rows` of its declaration, times the scale; with `--rows N`, N;
4. for owned child rows 1 to 5 for each parent; for a table whose rows must refer to others, three times as
   many as the first of these has; else 100, times the scale, or the N of `--rows N`.

Rows of a table stay what they are in a larger run, as long as the tables that it refers to are as large, or larger
in the same proportion: `--rows 100` and `--rows 1000` begin alike, as do two values of `--scale`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil
from typing import Any

from crossfade.contract.model import Contract
from crossfade.contract.seed import FieldSeed, TableSeed, merged_seeds
from crossfade.contract.shape import suggest
from crossfade.contract.source import ForeignKey, SourceSchema, SourceTable
from crossfade.seed.draw import Draw
from crossfade.seed.errors import SeedError
from crossfade.seed.keys import Keys, capacity, keys_of, uniques_of
from crossfade.seed.references import Owned, in_order, owned_tables, references_of, settled, tables_of
from crossfade.seed.relations import ByParent, Growing, Steady

ROWS = 100
OWNED = (1, 5)
RELATED = (1, 5)
FOLLOWING = 3
MOST = 100_000_000
"""The most rows of a table: from there on planning alone takes minutes, for it goes from parent to parent."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Attributes:
        rows: rows of every table that nothing else counts; None for the declared ones.
        tables: rows of single tables.
        scale: multiplies what is not asked for in rows.
        seed: another seed, other rows.
    """

    rows: int | None = None
    tables: Mapping[str, int] = field(default_factory=dict)
    scale: Fraction = Fraction(1)
    seed: int = 0


@dataclass(frozen=True)
class TablePlan:
    """One table of a run.

    Attributes:
        source: the table.
        references: the references that its rows have.
        empty: columns that stay null: of references that cannot be kept with the others.
        keys: what keeps its unique indexes.
        size: how it grows; `size.rows` rows in the end.
        declared: what the contract declares of its rows.
        notes: what a reader of the plan may want to know.
    """

    source: SourceTable
    references: tuple[ForeignKey, ...]
    empty: frozenset[str]
    keys: Keys
    size: Growing
    declared: TableSeed
    notes: tuple[str, ...] = ()


def plan_tables(schema: SourceSchema, contract: Contract, request: Request) -> dict[str, TablePlan]:
    """The tables of a run, in the order in which they are filled.

    Raises:
        SeedError: no rows can be made for the schema, the contract or the request.
    """
    return _Planner(schema, contract, request).plan()


class _Planner:
    def __init__(self, schema: SourceSchema, contract: Contract, request: Request) -> None:
        self.schema = schema
        self.contract = contract
        self.request = request
        self.names = tables_of(contract, schema)
        self.owned = owned_tables(contract)
        self.declared = merged_seeds(contract)
        for name in (*request.tables, *self.declared):
            if name not in self.names:
                raise SeedError(f"the contract reads no table {name!r} ({suggest(name, self.names, 'tables')})")
        self.natural: dict[str, Fraction] = {}
        self.factor: dict[str, Fraction] = {}
        self.plans: dict[str, TablePlan] = {}

    def plan(self) -> dict[str, TablePlan]:
        references = references_of(self.contract, self.schema, self.names)
        order = in_order(self.names, references, self.schema)
        for name in order.tables:
            empty = tuple(k for n, k in order.empty if n == name)
            dropped = [k for n, k in order.dropped if n == name]
            kept = tuple(k for k in references[name] if k not in empty and k not in dropped)
            self.plans[name] = self._table(name, kept, empty)
        return self.plans

    def _table(self, name: str, references: tuple[ForeignKey, ...], empty: tuple[ForeignKey, ...]) -> TablePlan:
        source = self.schema.tables[name]
        declared = self.declared.get(name, TableSeed())
        references, nulls = settled(source, references, self.schema)
        nulls |= {c for k in empty for c in k.columns if source.columns[c].nullable}
        wanted = self._wanted(source, references, declared)
        keys = keys_of(source, references, uniques_of(source, self.contract), wanted, _said(declared))
        must = [k for k in references if k.table != name and not any(source.columns[c].nullable for c in k.columns)]
        must.sort(key=lambda k: k.on_delete != "cascade")
        size: Growing
        if keys.driver is None:
            size, notes = self._steady(name, must, declared)
        else:
            size, notes = self._by_parent(name, keys, keys.driver, declared)
        if size.rows > MOST:
            raise SeedError(
                f"{name} would get {size.rows:,} rows, and {MOST:,} is the most that a table gets: ask for fewer "
                'by --rows or --scale, or in the contract\'s "seed"'
            )
        most = [capacity(keys, source.columns), *(self.plans[k.table].size.rows for k in keys.matched)]
        if any(self.plans[k.table].size.rows == 0 for k in must):
            most.append(0)
        if size.rows > min(most):
            if name in self.request.tables:
                raise SeedError(f"{name} has room for {min(most):,} rows, by its keys and by the rows it refers to")
            notes.append(f"cut to {min(most):,} rows, which is all that its keys have room for")
            size.rows = min(most)
        notes += [f"{column} stays null" for column in sorted(nulls)]
        return TablePlan(source, references, nulls, keys, size, declared, tuple(notes))

    def _wanted(self, source: SourceTable, references: tuple[ForeignKey, ...], declared: TableSeed) -> Any:
        """The reference along which the rows are to be made, by declaration or for owned rows."""
        outer = [k for k in references if k.table != source.name]
        if declared.per is not None:
            found = next((k for k in outer if declared.per.column in k.columns), None)
            if found is None:
                options = [c for k in outer for c in k.columns]
                hint = suggest(declared.per.column, options, "references")
                raise SeedError(f"{source.name}: {declared.per.column!r} refers to no other table ({hint})")
            return found
        owned: Owned | None = self.owned.get(source.name)
        return next((k for k in outer if owned and k.table == owned.parent), None)

    # ----------------------------------------------------------------------------------------- sizes

    def _steady(self, name: str, must: list[ForeignKey], declared: TableSeed) -> tuple[Steady, list[str]]:
        request = self.request
        asked = request.tables.get(name)
        follows = next((k.table for k in must), None)
        if declared.rows is not None and request.rows is None:
            natural, factor = Fraction(declared.rows), request.scale
        elif follows is not None and declared.rows is None:
            natural, factor = self.natural[follows] * FOLLOWING, self.factor[follows]
        else:
            natural = Fraction(ROWS)
            factor = request.scale if request.rows is None else Fraction(request.rows, ROWS)
        natural = max(natural, Fraction(1, 1000))
        if asked is not None:
            factor = asked / natural
        self.natural[name], self.factor[name] = natural, factor
        return Steady(round(natural * 1000), ceil(natural * factor)), []

    def _by_parent(self, name: str, keys: Keys, driver: ForeignKey, declared: TableSeed) -> tuple[ByParent, list[str]]:
        parent = self.plans[driver.table].size
        low, high, most = self._bounds(name, keys, driver, declared)
        draw = Draw(self.request.seed, name, "rows per parent")
        size = ByParent(parent, draw, low, high, self._room(keys, parent, name))
        notes: list[str] = []
        total = size.total()
        asked = self.request.tables.get(name)
        if asked is not None and asked > total and declared.per is None and not keys.single:
            low = ceil(asked / max(parent.rows, 1))
            high = low + 2
            size = ByParent(parent, draw, low, high, self._room(keys, parent, name))
            total = size.total()
        if asked is not None and asked > total:
            raise SeedError(
                f"{name}: {asked:,} rows were asked for, but {driver.table} has {parent.rows:,} with room for {total:,}"
            )
        size.rows = min(x for x in (total, asked, most) if x is not None)
        self.natural[name] = self.natural[driver.table] * Fraction(low + high, 2)
        self.factor[name] = self.factor[driver.table]
        return size, [*notes, f"{low} to {high} for each of {driver.table}"]

    def _bounds(self, name: str, keys: Keys, driver: ForeignKey, declared: TableSeed) -> tuple[int, int, int | None]:
        """The least and the most rows a parent has, and the most there are in all."""
        if declared.per is not None:
            low, high = declared.per.low, declared.per.high
            return (min(low, 1), min(high, 1), None) if keys.single else (low, high, None)
        owned = self.owned.get(name)
        low, high = OWNED if owned else RELATED
        most = None
        if declared.rows is not None and self.request.rows is None:
            share = declared.rows / self.natural[driver.table]
            low, high = int(share / 2), max(1, ceil(2 * share))
            most = ceil(declared.rows * self.request.scale)
        return (min(low, 1), 1, most) if keys.single else (low, high, most)

    def _room(self, keys: Keys, parent: Growing, name: str) -> Any:
        """The most rows that a parent can have, for what must differ among them."""
        others = [self.plans[k.table].size for k in keys.partners]
        fixed = capacity(replace(keys, carriers=set(), combined=[(c,) for c in keys.numbered]),
                         self.schema.tables[name].columns)  # fmt: skip

        def room(i: int) -> int:
            progress = parent.progress(i)
            return min([fixed, *(o.available(progress) or min(1, o.rows) for o in others)])

        return room


def _said(declared: TableSeed) -> frozenset[str]:
    """The columns of which more is declared than nulls."""
    return frozenset(n for n, f in declared.fields.items() if replace(f, null=None, when={}, skew=None) != FieldSeed())
