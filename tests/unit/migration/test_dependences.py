"""What ties the keys of a group together, word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crossfade.contract.model import Contract
from crossfade.contract.source import ForeignKey, SourceColumn, SourceSchema, SourceTable
from crossfade.contract.value_type import ValueType
from crossfade.migration.dependences import dependences
from tests.unit.interleavings.world import CONTRACT


def table(name: str, **more: Any) -> SourceTable:
    """A table with an id and a title."""
    columns = {of: SourceColumn(of, ValueType("int" if of == "id" else "str")) for of in ("id", "title", "slug")}
    return SourceTable(name, **{"columns": columns, "primary_key": ("id",), **more})


NOTES = {"notes": table("notes"), "pages": table("pages")}


def alone(contract: Contract, entity: str) -> Contract:
    """A contract whose one group has one entity."""
    return replace(contract, groups={"all": (entity,)})


def test_notes_depend_on_nothing() -> None:
    assert dependences(alone(CONTRACT, "NOTE"), SourceSchema(NOTES), {}, "all") == ()


def test_pages_change_items() -> None:
    found = dependences(alone(CONTRACT, "PAGE"), SourceSchema(NOTES), {}, "all")
    assert found == (
        "PAGE: its item key is not made of its key alone: items would change hands",
        "PAGE: a lookup item leads to it from id",
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"uniques": {"uq": ("title",)}}, "the unique index uq of notes compares all of them"),
        ({"triggers": ("tr",)}, "the trigger tr of notes may do anything"),
        (
            {"foreign_keys": (ForeignKey("fk", ("id",), "pages", ("id",)),)},
            "the foreign key fk of notes leads to pages",
        ),
        (
            {"columns": {"id": SourceColumn("id", ValueType("int"), auto_increment=True)}},
            "id is given by MySQL (AUTO_INCREMENT)",
        ),
    ],
)
def test_what_mysql_sees_to(changed: dict[str, Any], reason: str) -> None:
    schema = SourceSchema({**NOTES, "notes": table("notes", **changed)})
    assert dependences(alone(CONTRACT, "NOTE"), schema, {}, "all") == (f"NOTE: {reason}",)


def test_a_table_that_refers_to_it() -> None:
    pages = table("pages", foreign_keys=(ForeignKey("fk", ("id",), "notes", ("id",)),))
    found = dependences(alone(CONTRACT, "NOTE"), SourceSchema({**NOTES, "pages": pages}), {}, "all")
    assert found == ("NOTE: the foreign key fk of pages leads to notes",)


@pytest.mark.parametrize(
    ("collation", "fold", "exact"),
    [
        (None, None, True),
        ("binary", None, True),
        ("utf8mb4_0900_bin", None, True),
        ("utf8mb4_nopad_bin", None, True),
        ("utf8mb4_bin", None, False),
        ("utf8mb4_bin", "pad-space", True),
        ("utf8mb4_0900_as_cs", None, False),
        ("utf8mb4_0900_ai_ci", "casefold", False),
    ],
)
def test_keys_that_mysql_may_take_for_one(collation: str | None, fold: Any, exact: bool) -> None:
    """By its hash, each of them would have an authority of its own."""
    notes = table("notes", columns={"id": SourceColumn("id", ValueType("str"), collation=collation)})
    entity = CONTRACT.entities["NOTE"]
    folded = replace(entity, attributes=tuple(replace(a, fold=fold) for a in entity.attributes))
    contract = replace(alone(CONTRACT, "NOTE"), entities={**CONTRACT.entities, "NOTE": folded})
    found = dependences(contract, SourceSchema({**NOTES, "notes": notes}), {}, "all")
    reason = f"NOTE: id is compared by {collation}, which takes different texts for one key"
    assert found == (() if exact else (reason,))
