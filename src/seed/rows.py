"""The rows of a run: for every table a function of the row's number, column by column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any

from crossfade.contract.model import Contract, Entity
from crossfade.contract.seed import FieldSeed
from crossfade.contract.source import ForeignKey, SourceColumn, constant_default
from crossfade.seed.clocks import Clocks
from crossfade.seed.declared import Declared
from crossfade.seed.domains import PLENTY, domain, ulid_at, uuid_at
from crossfade.seed.draw import Draw, Shuffle
from crossfade.seed.errors import SeedError
from crossfade.seed.named import by_name
from crossfade.seed.names import Texts, snake
from crossfade.seed.plan import Request, TablePlan
from crossfade.seed.relations import ByParent, Choice, Pick, chosen, driver, partner, tree
from crossfade.seed.values import Span, Value, by_type

NULLS = 0.1
"""The share of nulls where a column may be null, and nothing else is said."""

_ROOTS = 0.1
_MISSING = re.compile(r"delet|cancel|(un|de)(install|activ|subscrib)|ended|expired?_|archiv|banned|revok|until")

Row = dict[str, Any]


class Run:
    """The rows of every table of a plan.

    Args:
        plans: the tables, in order.
        contract: says which columns hold versions, times and times to live.
        request: what was asked for.
        span: the time that rows are made in.
    """

    def __init__(self, plans: Mapping[str, TablePlan], contract: Contract, request: Request, span: Span) -> None:
        self.plans = plans
        self.contract = contract
        self.request = request
        self.span = span
        self.entities: dict[str, list[Entity]] = {name: [] for name in plans}
        for entity in contract.entities.values():
            self.entities[entity.source_table].append(entity)
        # What other rows refer to must be there.
        self.referred = {
            (k.table, c) for plan in plans.values() for k in plan.references for c in k.references
        }  # fmt: skip
        self.tables = {name: TableRows(self, plan) for name, plan in plans.items()}
        for table in self.tables.values():
            table.prepare()

    def key_fields(self, entity: Entity) -> frozenset[str]:
        """The fields without which an entity has no item key."""
        table = self.contract.table_of(entity.name)
        templates = [entity.keys[name] for name in (table.pk, table.sk) if name and name in entity.keys]
        return frozenset(s.field for t in templates for s in t.slots if s.default is None)

    def rows(self, table: str, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The rows of a table from number `start` up to `stop`, each made when it is asked for."""
        made = self.tables[table]
        return map(made.row, range(start, self.plans[table].size.rows if stop is None else stop))


class TableRows:
    """The rows of one table.

    Attributes:
        plan: what is planned for it.
        picks: the row that a row refers to, by reference.
    """

    def __init__(self, run: Run, plan: TablePlan) -> None:
        self.run = run
        self.plan = plan
        self.source = plan.source
        self.picks: dict[ForeignKey, Pick] = {}
        self._values: dict[str, Value] = {}
        self._made: dict[str, Value] = {}
        self._open: list[str] = []
        self.texts = Texts(run.request.seed, plan.source, self._people)
        self.clocks = Clocks(self)
        self.declared = Declared(self)

    def prepare(self) -> None:
        """Make ready what makes the rows; called once, when every table is there.

        Raises:
            SeedError: a column that no value can be made for, or a declaration that does not fit it.
        """
        self.declared.check()
        for key in self.plan.references:
            self.picks[key] = _once(self._pick(key))
        self._made = {name: self.value(name) for name in self.source.columns if self.written(name)}

    def written(self, name: str) -> bool:
        """Whether a row names the column: not one that the server makes, nor of a type unknown here."""
        column = self.source.columns[name]
        if column.generated:
            return False
        unknown = column.type.kind == "any" and by_name(column, Draw()) is None
        if unknown and not column.nullable and column.default is None:
            raise SeedError(f"{self.source.name}.{name}: no values can be made for {column.type.source}")
        return not unknown

    def row(self, i: int) -> Row:
        """Row i, without those before it."""
        return {name: value(i) for name, value in self._made.items()}

    def draw(self, *place: object) -> Draw:
        """Randomness for a place in this table."""
        return Draw(self.run.request.seed, self.source.name, *place)

    def value(self, name: str) -> Value:
        """The values of a column."""
        if name not in self._values:
            if name in self._open:
                raise SeedError(f"{self.source.name}: the columns {' and '.join(self._open)} wait for each other")
            self._open.append(name)
            self._values[name] = self._column(self.source.columns[name])
            self._open.pop()
        return self._values[name]

    # --------------------------------------------------------------------------------------- columns

    def _column(self, column: SourceColumn) -> Value:
        name = column.name
        if name in self.plan.empty:
            return _nothing
        declared = self.plan.declared.fields.get(name)
        for key, pick in self.picks.items():
            if name in key.columns:
                value = self._reference(key, pick, key.references[key.columns.index(name)])
                return value if declared is None else self.declared.referring(column, declared, value, key.table)
        kept = self._unique(column)
        if kept is not None:
            if declared is not None:
                kept = self.declared.kept(column, declared, kept)
                return self.declared.conditioned(column, declared, self._nulls(column, kept, declared))
            return self._nulls(column, kept, declared)
        if declared is not None and (made := self.declared.value(column, declared)) is not None:
            return self.declared.conditioned(column, declared, self._nulls(column, made, declared))
        value = self._nulls(column, self._ordinary(column), declared)
        return value if declared is None else self.declared.conditioned(column, declared, value)

    def _reference(self, key: ForeignKey, pick: Pick, target: str) -> Value:
        # A row that must refer to its own table, and comes first, refers to itself.
        parent = self.run.tables[key.table]
        own = key.table == self.source.name
        must = not any(self.source.columns[c].nullable for c in key.columns)
        wanted: Value | None = None if own else parent.value(target)

        def value(i: int) -> Any:
            found = pick(i)
            if found is None:
                return (wanted or parent.value(target))(i) if own and must else None
            return (wanted or parent.value(target))(found)

        return value

    def _unique(self, column: SourceColumn) -> Value | None:
        """The values of a column that an index wants to differ."""
        keys, name = self.plan.keys, column.name
        if name in keys.numbered and isinstance(self.plan.size, ByParent):
            values, size = domain(column, self.draw(name), sequence=True), self.plan.size
            return None if values is None else lambda i: values.at(size.place(i)[1])
        for group in keys.combined:
            if name in group:
                return self._combined(group, name)
        return self._carrier(column) if name in keys.carriers else None

    def _combined(self, group: tuple[str, ...], name: str) -> Value:
        found = [d for c in group if (d := domain(self.source.columns[c], self.draw(c)))]
        before = prod(d.size for d in found[: group.index(name)])
        values = found[group.index(name)]
        order = Shuffle(self.draw(*group), prod(d.size for d in found)) if len(group) > 1 else range(PLENTY)
        return lambda i: values.at(order[i] // before % values.size)

    def _carrier(self, column: SourceColumn) -> Value:
        draw, created = self.draw(column.name), self.clocks.created
        strategy = next((e.id.strategy for e in self._entities if e.id and self._is(e, e.id.field, column)), None)
        if column.type.kind == "str" and strategy in {"ulid", "uuid7"}:
            make: Callable[..., Any] = ulid_at if strategy == "ulid" else lambda d, k, ms: str(uuid_at(d, k, ms))
            return lambda i: make(draw, i, round(created(i).timestamp() * 1000))
        length = column.type.length or 255
        coded = re.search(r"uuid|guid|token|hash|digest|session|(^|_)key$", snake(column.name)) or column.type.fixed
        if column.type.kind == "str" and length >= 16 and not coded and not (strategy or snake(column.name) == "id"):
            return self.texts.text(column, distinct=True)
        values = domain(column, draw)
        if values is None:
            raise SeedError(f"{self.source.name}.{column.name}: no values of {column.type.source} can be told apart")
        return values.at

    def _ordinary(self, column: SourceColumn) -> Value:
        draw = self.draw(column.name)
        if any(e.version_field and self._is(e, e.version_field, column) for e in self._entities):
            return lambda i: 1
        found = self.clocks.value(column) or self._copied(column) or by_name(column, draw)
        if found is not None:
            return found
        return self._plain(column, draw)

    def _copied(self, column: SourceColumn) -> Value | None:
        """A price is that of what is sold, if that has one."""
        if column.type.kind != "decimal" or not re.search(r"^(unit_)?price|_price$", snake(column.name)):
            return None
        for key, pick in self.picks.items():
            if key.table == self.source.name:
                continue
            for other in self.run.plans[key.table].source.columns.values():
                alike = (other.type.kind, other.type.scale) == ("decimal", column.type.scale)
                fits = (other.type.precision or 0) <= (column.type.precision or 0)
                if alike and fits and not other.nullable and re.search(r"^(unit_|list_)?price$", snake(other.name)):
                    return self._reference(key, pick, other.name)
        return None

    def _plain(self, column: SourceColumn, draw: Draw) -> Value:
        name, default = column.name, constant_default(column)
        if column.type.kind == "bool":
            share = 0.03 if re.search(r"admin|super|deleted|banned|blocked|root", snake(name)) else 0.2
            usual = bool(default) if default is not None else False
            share = share if default is not None else 0.4
            return lambda i: (draw.unit(i) < share) is not usual
        if column.type.kind == "str":
            return self.texts.text(column, distinct=False)
        found = by_type(column, draw, self.run.span)
        if found is None:
            raise SeedError(f"{self.source.name}.{name}: no values can be made for {column.type.source}")
        return found

    def _nulls(self, column: SourceColumn, value: Value, declared: FieldSeed | None) -> Value:
        share = declared.null if declared and declared.null is not None else None
        if not self.nullable(column):
            if share:
                raise SeedError(f"{self.source.name}.{column.name}: must not be null, but {share} of it is declared so")
            return value
        if share is None:
            unsaid = declared is None or not declared.when
            share = (0.8 if _MISSING.search(snake(column.name)) else NULLS) if unsaid else 0.0
        if not share:
            return value
        draw, limit = self.draw(column.name, "null"), share
        return lambda i: None if draw.unit(i) < limit else value(i)

    def nullable(self, column: SourceColumn) -> bool:
        """Whether a column may be null: also for the rows that refer to it, and for the contract."""
        if not column.nullable or (self.source.name, column.name) in self.run.referred:
            return False
        for entity in self._entities:
            parts = {*entity.key, *self.run.key_fields(entity)}
            for field, attribute in entity.fields.items():
                if attribute.column == column.name and (not attribute.nullable or field in parts):
                    return False
        return True

    # ------------------------------------------------------------------------------------- references

    def _pick(self, key: ForeignKey) -> Pick:
        declared = next((d for c in key.columns if (d := self.plan.declared.fields.get(c))), FieldSeed())
        nullable = all(self.nullable(self.source.columns[c]) for c in key.columns if self.source.columns[c].nullable)
        nullable = nullable and any(self.source.columns[c].nullable for c in key.columns)
        own, size = key.table == self.source.name, self.plan.size
        share = declared.null if declared.null is not None else (_ROOTS if own else NULLS)
        if declared.null and not nullable:
            raise SeedError(f"{self.source.name}.{key.columns[0]}: must not be null, but is declared so")
        skew = declared.skew if declared.skew is not None else 0.5
        choice = Choice(skew, share if nullable else 0.0)
        draw = self.draw("reference", *key.columns)
        if own:
            return tree(choice, draw)
        other = self.run.plans[key.table].size
        if isinstance(size, ByParent) and key == self.plan.keys.driver:
            return driver(size)
        if isinstance(size, ByParent) and key in self.plan.keys.partners:
            return partner(size, other, choice, draw)
        if key in self.plan.keys.matched:
            return lambda i: i
        return chosen(size, other, choice, draw)

    # ------------------------------------------------------------------------------------------ hints

    @property
    def _entities(self) -> list[Entity]:
        return self.run.entities[self.source.name]

    @staticmethod
    def _is(entity: Entity, field: str, column: SourceColumn) -> bool:
        return entity.fields[field].column == column.name

    def entities(self) -> list[Entity]:
        """The entities whose rows these are."""
        return self._entities

    def _people(self) -> tuple[Callable[[int], str], Callable[[int], str]]:
        """The first and the last name in a row: its columns of that name, where there are any."""
        columns = {snake(n): c for n, c in self.source.columns.items()}
        whole = columns.get("name") or columns.get("full_name") or columns.get("display_name")
        if whole is not None and whole.type.kind == "str" and not any("first" in n for n in columns):
            names = self.value(whole.name)
            return (lambda i: (names(i) or "user").split()[0]), (lambda i: (names(i) or "user").split()[-1])
        found = []
        for pattern, provider in (
            (r"first_?name|given_?name|forename", "first_name"),
            (r"last_?name|surname", "last_name"),
        ):
            column = next((c for n, c in self.source.columns.items() if re.search(pattern, snake(n))), None)
            base = column or SourceColumn(provider, next(iter(self.source.columns.values())).type)
            found.append(self.texts.pooled(provider, base, self.draw(base.name)))
        return found[0], found[1]


def _once(pick: Pick) -> Pick:
    """Answers again for the same row without work: every column of a reference asks."""
    known: list[tuple[int, int | None]] = [(-1, None)]

    def answer(i: int) -> int | None:
        asked, found = known[0]
        if asked != i:
            found = pick(i)
            known[0] = (i, found)
        return found

    return answer


def _nothing(i: int) -> None:
    del i
