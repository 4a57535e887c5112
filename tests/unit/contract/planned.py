"""Small contracts for the planner's tests, made without the loader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crossfade.contract.model import Attribute, Contract, Entity, Index, KeyType, Table
from crossfade.contract.model_derivation import JoinStep, ToOne
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.sql import Column, Compare
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import parse_sql_type

GSI1 = Index("GSI1", "GSI1PK", "GSI1SK")
GSI2 = Index("GSI2", "GSI2PK", "GSI2SK")


def field(name: str, sql_type: str, **more: Any) -> Attribute:
    """A plain field of the column of the same name."""
    return Attribute(name, "S", name, parse_sql_type(sql_type), columns=(name,), **more)


def joined(name: str, sql_type: str, column: str, table: str, select: str, **more: Any) -> Attribute:
    """A field of the row of `table` whose id is in `column`."""
    step = JoinStep(table, table, Compare("=", Column(table, "id"), Column(None, column)))
    otherwise = more.pop("otherwise", None)
    join = ToOne("foreign-key", (step,), (Column(table, select),), otherwise=otherwise)
    return Attribute(name, "S", name, parse_sql_type(sql_type), columns=(column,), derivation=join, **more)


def entity(
    name: str,
    fields: Sequence[Attribute],
    keys: Mapping[str, str],
    key: Sequence[str],
    *patterns: AccessPattern,
    escape: bool = True,
    **more: Any,
) -> Entity:
    """An entity of the table `Main`, whose source table is its name in lower case."""
    types = {a.field: a.value_type for a in fields}
    folds = {a.field: a.fold for a in fields if a.fold}
    templates = {n: parse_template(t, types=types, folds=folds, escape=escape) for n, t in keys.items()}
    given = {"table": "Main", "source_table": name.lower(), "attributes": tuple(fields), "keys": templates}
    given |= {"key": tuple(key), "access_patterns": {p.name: p for p in patterns}}
    return Entity(name=name, **{**given, **more})


def contract(*entities: Entity, indexes: Sequence[Index] = (), **more: Any) -> Contract:
    """A contract of these entities in one table with `PK` and, if any entity has it, `SK`."""
    sk = "SK" if any("SK" in e.keys for e in entities) else None
    types: Mapping[str, KeyType] = more.pop("key_types", {})
    table = replace(Table("Main", "PK", sk, types, tuple(indexes)), entities=tuple(e.name for e in entities), **more)
    names = tuple(e.name for e in entities)
    return Contract(2, {"Main": table}, {e.name: e for e in entities}, {"all": names})


USER = entity(
    "USER",
    [
        field("id", "int unsigned", nullable=False),
        field("email", "varchar(100)", nullable=False),
        field("name", "varchar(50)"),
    ],
    {"PK": "{email}", "SK": "#META"},
    ["id"],
    unique=(("email",), ("name",)),
    source_table="users",
)
CART = entity(
    "CART",
    [
        field("user_id", "int unsigned", nullable=False),
        field("product_id", "int unsigned", nullable=False),
        joined("user_email", "varchar(100)", "user_id", "users", "email", maintain="propagate"),
    ],
    {"PK": "{user_email}", "SK": "CART#{product_id:012d}"},
    ["user_id", "product_id"],
    AccessPattern("for_user", ("user_id",)),
    AccessPattern("line", ("product_id", "user_id")),
    unique=(("user_id", "product_id"),),
    source_table="carts",
)
