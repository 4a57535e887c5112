"""A contract made by hand, so that these tests need neither a file nor the loader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crossfade.contract.model import Attribute, Entity
from crossfade.contract.model_derivation import ChildColumn, ToMany, ToOne
from crossfade.contract.model_rules import AccessPattern, IdRule, Timestamps, Ttl
from crossfade.contract.sql import Column, Compare
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import ANY, ValueType, parse_sql_type

NOW = datetime(2024, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)

ITEM = {"product_id": parse_sql_type("int"), "price": parse_sql_type("decimal(10,2)")}
COLUMNS: dict[str, tuple[str, bool]] = {
    "id": ("bigint unsigned", False),
    "name": ("varchar(20)", False),
    "kind": ("enum('a','b')", True),
    "tags": ("set('x','y','z')", False),
    "marks": ("set('x','y','z')", True),
    "price": ("decimal(10,2)", True),
    "long": ("decimal(38,10)", True),
    "debt": ("decimal(10,2) unsigned", True),
    "stock": ("int unsigned", False),
    "ratio": ("double", True),
    "born": ("date", True),
    "seen": ("datetime(3)", True),
    "span": ("time", True),
    "data": ("varbinary(8)", True),
    "doc": ("json", True),
    "active": ("tinyint(1)", True),
    "created_at": ("datetime", False),
    "updated_at": ("datetime(3)", False),
    "expires_at": ("datetime", True),
    "version": ("int unsigned", False),
}
DEFAULTS: dict[str, Any] = {"stock": 0}


def _join(child: str) -> Compare:
    return Compare("=", Column(child, "thing_id"), Column(None, "id"))


def thing(**changes: Any) -> Entity:
    """An entity with a field of every kind; `changes` replace its settings."""
    types = {name: parse_sql_type(text) for name, (text, _) in COLUMNS.items()}
    attributes = [
        Attribute(
            name,
            "S",
            name,
            types[name],
            source_table="things",
            columns=(name,),
            nullable=nullable,
            default=DEFAULTS.get(name),
        )
        for name, (_, nullable) in COLUMNS.items()
    ]
    rows = tuple(ChildColumn(n, Column("items", n), t) for n, t in ITEM.items())
    owned = ToMany("items", "items", _join("items"), "array", rows, owned=True)
    attributes += [
        Attribute("items", "L", "items", ValueType("rows", columns=ITEM), derivation=owned, nullable=False),
        Attribute("owner", "S", "owner", types["name"], derivation=ToOne("foreign-key", (), ())),
        Attribute("loose", "S", "loose", ANY, source_table="things", columns=("loose",)),
        Attribute("PK", "S", "PK", types["id"], plumbing=True),
    ]
    settings: dict[str, Any] = {
        "key": ("id",),
        "keys": {"PK": parse_template("{id}", types=types, escape=True)},
        "id": IdRule("id", "auto_increment"),
        "version_field": "version",
        "timestamps": Timestamps("created_at", "updated_at"),
        "ttl": Ttl("expires_at", "datetime"),
        "access_patterns": {
            "all": AccessPattern("all", (), scan=True),
            "by_name": AccessPattern("by_name", ("name",), range="seen", filter=("stock", "kind")),
        },
    }
    return replace(Entity("THING", "Things", "things", tuple(attributes), **settings), **changes)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        """Move on; the arguments are those of `timedelta`."""
        self.now += timedelta(**parts)
