"""Joins and calculations of one entity: from checked JSON to derivations.

Every column of an expression is resolved here: one of the root row has table None, one of a joined row
its alias. A name that nothing joins is a problem, with the nearest one that is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crossfade.contract import sql
from crossfade.contract.expressions import columns, map_columns, parse_condition, parse_expression
from crossfade.contract.model_derivation import JoinStep, ToOne
from crossfade.contract.shape import Problems, Raw, show, step, suggest


@dataclass(frozen=True, slots=True)
class Hop:
    """A declared hop: the joined table, its alias, where its conditions stand, what it selects."""

    table: str
    alias: str
    conditions: tuple[tuple[str, str], ...]
    select: tuple[str, str] | None
    path: str


@dataclass
class Scope:
    """The rows an expression may name: the root row, and joined rows by alias.

    Attributes:
        root: the root row's table.
        tables: the table behind each alias.
        more: finds an alias that another attribute joins, adds it, and says whether it did.
    """

    root: str
    problems: Problems
    tables: dict[str, str] = field(default_factory=dict)
    more: Callable[[str, str], bool] = lambda alias, path: False

    def add(self, alias: str, table: str, path: str) -> None:
        """Add a joined row."""
        if alias in self.tables or (alias == self.root and table != self.root):
            self.problems.add(path, f"the alias {show(alias)} is used twice", "give each joined row its own alias")
        self.tables[alias] = table

    def resolve(self, expression: sql.Expression, path: str, bare: str | None = None) -> sql.Expression:
        """`expression` with every column resolved; unqualified ones belong to the row called `bare`."""

        def one(column: sql.Column) -> sql.Column:
            if column.table is None:
                return sql.Column(None if bare == self.root else bare, column.name)
            if column.table == self.root:
                return sql.Column(None, column.name)
            if column.table not in self.tables and not self.more(column.table, path):
                known = [self.root, *self.tables]
                message = f"{show(f'{column.table}.{column.name}')} names a row that is not joined"
                self.problems.add(path, message, suggest(column.table, known, "joined"))
            return column

        return map_columns(expression, one)

    def parse(self, text: str, path: str, *, condition: bool = False, bare: str | None = None) -> sql.Expression | None:
        """Parse and resolve; None, with a problem, where the text is refused."""
        try:
            parsed = parse_condition(text) if condition else parse_expression(text)
        except ValueError as error:
            self.problems.add(path, str(error))
            return None
        return self.resolve(parsed, path, bare)


class Joins:
    """The to-one joins of one entity's attributes; one may use the alias that another joins."""

    def __init__(self, root: str, attributes: list[Raw], problems: Problems) -> None:
        self.root = root
        self.problems = problems
        self.hops: dict[str, tuple[Hop, ...]] = {}
        self.raws: dict[str, Raw] = {}
        for raw in attributes:
            join = raw.get("join")
            if isinstance(join, Raw) and join.get("type") != "json-construction" and "name" in raw:
                self.hops[raw["name"]] = declared_hops(raw, join, root)
                self.raws[raw["name"]] = raw
        self._built: dict[str, ToOne | None] = {}
        self._building: list[str] = []

    def scope(self, name: str, prefix: list[JoinStep]) -> Scope:
        """A scope for attribute `name`; hops of other attributes that it uses are added to `prefix`."""
        scope = Scope(self.root, self.problems)

        def more(alias: str, path: str) -> bool:
            found = self._borrowed(name, alias, path)
            for hop in found or ():
                if hop.alias not in scope.tables:
                    prefix.append(hop)
                    scope.tables[hop.alias] = hop.table
            return found is not None

        scope.more = more
        return scope

    def _borrowed(self, name: str, alias: str, path: str) -> tuple[JoinStep, ...] | None:
        owners = [n for n, hops in self.hops.items() if n != name and any(h.alias == alias for h in hops)]
        if not owners:
            return None
        meanings = {
            (h.table, tuple(t for t, _ in h.conditions)) for n in owners for h in self.hops[n] if h.alias == alias
        }
        if len(meanings) > 1:
            message = f"{show(alias)} is ambiguous: {' and '.join(map(show, owners))} join it differently"
            self.problems.add(path, message, "give each its own alias")
        cycle = next((n for n in owners if n in self._building), None)
        if cycle is not None:
            chain = " -> ".join([*self._building[self._building.index(cycle) :], cycle])
            self.problems.add(path, f"the joins depend on each other in a circle: {chain}")
            return ()
        built = self.to_one(owners[0])
        steps = built.steps if built else ()
        last = next((i for i, s in enumerate(steps) if s.alias == alias), len(steps) - 1)
        return steps[: last + 1]

    def to_one(self, name: str) -> ToOne | None:
        """The join of attribute `name`; None where it is unusable."""
        if name not in self._built:
            self._building.append(name)
            self._built[name] = self._build(name)
            self._building.pop()
        return self._built[name]

    def _build(self, name: str) -> ToOne | None:
        join: Raw = self.raws[name]["join"]
        prefix: list[JoinStep] = []
        scope = self.scope(name, prefix)
        own: list[JoinStep] = []
        selects: list[sql.Expression | None] = []
        for hop in self.hops[name]:
            scope.add(hop.alias, hop.table, hop.path)
            condition = join_condition(scope, hop)
            if condition is None:
                return None
            own.append(JoinStep(hop.table, hop.alias, condition))
            if hop.select:
                selects.append(scope.parse(*hop.select, bare=hop.alias))
        when = scope.parse(join["condition"], join.at("condition"), condition=True) if "condition" in join else None
        if when is not None and any(c.table for c in columns(when)):
            self.problems.add(join.at("condition"), "may name columns of the root row only")
        separator = join.get("chain_separator")
        kept = [s for s in selects if s is not None]
        if not kept or len(kept) < len(selects):
            if not selects:
                self.problems.add(join.path, '"select_column" is missing')
            return None
        return ToOne(
            kind=join.get("type", "foreign-key"),
            steps=(*prefix, *own),
            selects=tuple(kept) if separator is not None else (kept[-1],),
            separator=separator if len(kept) > 1 else None,
            when=when,
            otherwise=join.get("else_value", join.get("null_value")),
        )


def join_condition(scope: Scope, hop: Hop) -> sql.Expression | None:
    """The condition of a hop; a problem where it does not mention the hop's own row."""
    found = [scope.parse(text, path, condition=True) for text, path in hop.conditions]
    kept = [c for c in found if c is not None]
    if len(kept) < len(found) or not kept:
        return None
    condition = kept[0] if len(kept) == 1 else sql.And(tuple(kept))
    if hop.alias != scope.root and hop.alias not in {c.table for c in columns(condition)}:
        scope.problems.add(hop.conditions[0][1], f"does not say which row of {show(hop.alias)} is meant")
    return condition


def declared_hops(raw: Raw, join: Raw, root: str) -> tuple[Hop, ...]:
    """The hops that a to-one join declares, not yet parsed; fewer where keys are missing."""
    if "type" not in join:
        return _older_hop(raw, join, root)
    members: list[Raw] = join.get("joins", []) if join["type"] == "chain" else [join]
    return tuple(hop for member in members if (hop := declared_hop(member, root)))


def declared_hop(member: Raw, root: str) -> Hop | None:
    """One hop; None where its table or condition is missing."""
    table = member.get("target_table") or (root if member.get("type") == "self-join" else None)
    texts: list[Any] = member.get("join_conditions") or [member.get("join_condition")]
    if not table or None in texts:
        return None
    where = member.at("join_conditions" if "join_conditions" in member else "join_condition")
    paths = [step(where, i) for i in range(len(texts))] if "join_conditions" in member else [where]
    select = (member["select_column"], member.at("select_column")) if "select_column" in member else None
    alias = member.get("join_alias") or member.get("alias") or table
    return Hop(table, alias, tuple(zip(texts, paths, strict=True)), select, member.path)


def _older_hop(raw: Raw, join: Raw, root: str) -> tuple[Hop, ...]:
    selected = raw.get("source_column") or []
    if len(selected) != 1 or not {"local_column", "source_column"} <= join.keys():
        return ()
    table = raw.get("source_table", root)
    alias = table if table != root else f"{table}_{raw['name']}"
    condition = f"{_quote(alias)}.{_quote(join['source_column'])} = {_quote(root)}.{_quote(join['local_column'])}"
    select = (f"{_quote(alias)}.{_quote(selected[0])}", raw.at("source_column"))
    return (Hop(table, alias, ((condition, join.path),), select, join.path),)


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
