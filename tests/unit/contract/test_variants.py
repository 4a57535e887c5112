"""JSON of several shapes: what a contract may declare, and what each shape takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import ContractError, lint, load, lock, parse_schema
from crossfade.contract.docs import data_model
from crossfade.contract.errors import InvalidValue
from crossfade.contract.types import canonical
from tests.unit.contract.editing import book
from tests.unit.contract.examples import BOOKSHOP_SQL, attribute, bookshop

SCHEMA = parse_schema(BOOKSHOP_SQL.replace("notes TEXT", "notes TEXT, binding JSON"))
SHAPES: dict[str, Any] = {"paper": {"pages": "smallint unsigned", "since": "date"}, "none": {}}


def shop(**more: Any) -> dict[str, Any]:
    """The bookshop, whose books have one of several bindings."""
    given = {"source_type": "json", "variants": {"tag": "is", "shapes": SHAPES}, **more}
    made = bookshop()
    book(made)["attributes"].append(attribute("binding", **{"type_": "M", **given}))
    return made


def test_what_is_declared() -> None:
    contract = load(shop())
    found = contract.entities["BOOK"].fields["binding"].value_type
    assert (found.kind, found.tag) == ("json", "is")
    assert {name: {m: t.source for m, t in members.items()} for name, members in found.variants.items()} == SHAPES
    assert "| json, by is: paper (pages, since), none | M |" in data_model(contract)


def test_the_database_knows_nothing_of_it_and_agrees() -> None:
    locked = lock(shop(), SCHEMA)
    assert book(locked)["attributes"][-1]["variants"] == {"tag": "is", "shapes": SHAPES}
    assert [f for f in lint(load(locked), SCHEMA) if f.code == "CF503"] == []


@pytest.mark.parametrize(
    ("more", "path", "message"),
    [
        ({"source_type": "varchar(20)"}, "variants", "is for JSON, not varchar(20)"),
        ({"type_": "L"}, "variants", "L cannot hold an object with a tag"),
        ({"variants": {"tag": "is", "shapes": {}}}, "variants.shapes", "is empty"),
        ({"variants": {"tag": "is", "shapes": {"a": {"is": "int"}}}}, "variants.shapes.a.is", '"is" is the tag'),
        ({"variants": {"tag": "is", "shapes": {"a": {"b": "blob"}}}}, "variants.shapes.a.b", '"blob" is no type'),
        ({"variants": {"tag": "is", "shapes": {"a": {"b": "day"}}}}, "variants.shapes.a.b", '"day" is no type'),
        ({"variants": {"shapes": {"a": {}}}}, "variants", '"tag" is missing'),
    ],
)
def test_what_cannot_be_declared(more: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(ContractError) as caught:
        load(shop(**more))
    told = [(p.path.rpartition("].")[2], p.message) for p in caught.value.problems]
    assert any(at == path and message in says for at, says in told), told


TYPE = load(Path(__file__).parents[2] / "contracts" / "library" / "contract.json").entities["SPECIMEN"].fields["came"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "wants an object with the tag 'how'"),
        ({"how": 1}, "wants one of 'found', 'bought', 'unknown' in 'how'"),
        ({"how": "unknown", "on": "x"}, "is 'unknown', which has no 'on': it has no members"),
        ({"how": "found", "at": "x"}, "is 'found', which has no 'at': its members are on, deep, sure"),
        ({"how": "found", "deep": 1, "sure": True}, "is 'found', which wants 'on' as a text like YYYY-MM-DD"),
        ({"how": "found", "on": "20240229"}, "is 'found', which wants 'on' as a text like YYYY-MM-DD"),
        ({"how": "found", "on": "2024-02-29", "deep": 65536}, "is 'found', which wants 'deep' as smallint unsigned"),
        ({"how": "found", "on": "2024-02-29", "deep": 1, "sure": 1}, "is 'found', which wants 'sure' as true or false"),
        (
            {"how": "bought", "at": "2024-02-29T24:00:00.000Z"},
            "is 'bought', which wants 'at' as a text like YYYY-MM-DDTHH:MM:SS.fffZ",
        ),
    ],
)
def test_what_has_no_shape_is_refused_without_telling_it(value: Any, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        canonical(value, TYPE.value_type, "came")
    assert caught.value.reason == reason


def test_the_same_json_is_free_where_no_shapes_are_declared() -> None:
    free = replace(TYPE.value_type, tag="", variants={})
    assert canonical({"how": 1}, free, "came") == {"how": 1}
