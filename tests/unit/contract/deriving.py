"""Derived fields for the tests of what they are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossfade.contract.derive import (
    derived_fields,
)
from crossfade.contract.derived import DerivedField
from crossfade.contract.expressions import map_columns, parse_condition, parse_expression
from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_derivation import Aggregate, ChildColumn, Computed, JoinStep, ToMany, ToOne
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.sql import Column, Expression
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import ValueType, parse_sql_type
from tests.unit.contract.planned import GSI1, contract, entity, field

ID = field("id", "int unsigned", nullable=False)
TEXT = parse_sql_type("varchar(100)")


def over(text: str, root: str = "e", *, condition: bool = True) -> Expression:
    """An expression as the loader resolves it."""
    parsed = parse_condition(text) if condition else parse_expression(text)
    return map_columns(parsed, lambda c: Column(None if c.table == root else c.table, c.name))


def to_one(
    name: str, steps: list[tuple[str, str, str]], *selects: str, type_: ValueType = TEXT, **more: Any
) -> Attribute:
    """A joined field; each step is table, alias, condition."""
    hops = tuple(JoinStep(t, a, over(c)) for t, a, c in steps)
    details = {k: more.pop(k) for k in ("separator", "when", "otherwise") if k in more}
    join = ToOne("chain", hops, tuple(over(s, condition=False) for s in selects), **details)
    return Attribute(name, "S", name, type_, derivation=join, **more)


def computed(name: str, text: str, type_: ValueType = TEXT, **more: Any) -> Attribute:
    return Attribute(name, "S", name, type_, derivation=Computed("concat", over(text, condition=False)), **more)


CATEGORY = entity(
    "CATEGORY",
    [ID, field("name", "varchar(20)", nullable=False), field("parent_id", "int unsigned"), field("open", "tinyint(1)")],
    {"PK": "{id}", "GSI1PK": "{parent_id}", "GSI1SK": "{name}"},
    ["id"],
    AccessPattern("children", ("parent_id",), index="GSI1"),
)
STEPS = [("category", "c", "c.id = e.category_id"), ("category", "p", "p.id = c.parent_id")]


def product(*more: Attribute, patterns: tuple[AccessPattern, ...] = (), **settings: Any) -> Entity:
    fields = [ID, field("category_id", "int unsigned"), field("price", "decimal(10,2)"), field("at", "datetime"), *more]
    keys = settings.pop("keys", {"PK": "{id}", "SK": "#"})
    return entity("PRODUCT", fields, keys, ["id"], *patterns, source_table="e", **settings)


def world(*more: Attribute, **settings: Any) -> Contract:
    categories = replace(CATEGORY, keys={**CATEGORY.keys, "SK": parse_template("#", types={}, escape=True)})
    return contract(product(*more, **settings), categories, indexes=(GSI1,))


def the(field_: Attribute, **settings: Any) -> DerivedField:
    return derived_fields(world(field_, **settings), "PRODUCT")[field_.field]


PATH = to_one("path", STEPS, "c.name", "p.name", separator=" < ", otherwise="none")
PHONES = {"id": 5, "name": "Phones", "parent_id": 4, "open": True}
THINGS = {"id": 4, "name": "Things", "parent_id": None, "open": True}
RECORD = {"id": 1, "category_id": 5, "price": Decimal("9.50"), "at": datetime(2026, 1, 2, tzinfo=UTC)}


def items(*more: ChildColumn, owned: bool = True, shape: Any = "array", **settings: Any) -> Attribute:
    plain = [ChildColumn(n, Column("line", n), parse_sql_type("int")) for n in ("category_id", "quantity")]
    columns = (*plain, *more)
    joins = (JoinStep("category", "c", over("c.id = line.category_id")),)
    many = ToMany("lines", "line", over("line.product_id = e.id"), shape, columns, joins=joins, owned=owned)
    type_ = ValueType("rows" if shape == "array" else "row", columns={c.name: c.type for c in columns})
    return Attribute("items", "L", "items", type_, derivation=many, **settings)


NAME = ChildColumn("name", Column("c", "name"), TEXT)
TWICE = ChildColumn("twice", over("line.quantity * 2", condition=False), parse_sql_type("int"))


def aggregate(name: str, operation: Any, table: str, condition: str, type_: ValueType) -> Attribute:
    made = Aggregate(operation, table, table if table != "lines" else "line", over(condition))
    return Attribute(name, "N", name, type_, derivation=made)
