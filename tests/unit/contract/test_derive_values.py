"""What derived fields are: of what is found, of the record itself, row by row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crossfade.contract.derive import (
    Deriver,
    ParentKey,
    row_fields,
)
from crossfade.contract.errors import InvalidValue
from crossfade.contract.model import Attribute
from crossfade.contract.model_derivation import ChildColumn, OwnColumns, Transformation
from crossfade.contract.sql import Column
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import ValueType, parse_sql_type
from tests.unit.contract.deriving import (
    NAME,
    PATH,
    PHONES,
    RECORD,
    STEPS,
    TEXT,
    TWICE,
    aggregate,
    computed,
    items,
    to_one,
    world,
)
from tests.unit.contract.planned import field


def test_other_records_are_asked_for_hop_by_hop() -> None:
    deriver = Deriver(world(PATH, to_one("name", STEPS[:1], "c.name")), "PRODUCT")
    found: dict[ParentKey, Any] = {}
    assert deriver.missing(RECORD, found) == (ParentKey("CATEGORY", (5,)),)
    found[ParentKey("CATEGORY", (5,))] = PHONES
    assert deriver.missing(RECORD, found) == (ParentKey("CATEGORY", (4,)),)
    found[ParentKey("CATEGORY", (4,))] = None
    assert deriver.missing(RECORD, found) == ()
    assert deriver.computed(RECORD, found) == {"path": "Phones", "name": "Phones"}
    assert deriver.missing({**RECORD, "category_id": None}, {}) == ()


def test_only_what_is_wanted_is_asked_for_and_made() -> None:
    deriver = Deriver(world(PATH, computed("twice", "e.price * 2", parse_sql_type("decimal(10,2)"))), "PRODUCT")
    assert deriver.missing(RECORD, {}, only=["twice"]) == ()
    assert deriver.computed(RECORD, {}, only=["twice"]) == {"twice": Decimal("19.00")}


def test_transformed_fields() -> None:
    def transformed(name: str, kind: Any, column: str, **more: Any) -> Attribute:
        return Attribute(name, "S", name, TEXT, columns=(column,), transformation=Transformation(kind, **more))

    template = parse_template("P#{id:04d}#{twice}", types={"id": parse_sql_type("int"), "twice": TEXT}, escape=True)
    fields = [
        Attribute("label", "S", "label", TEXT, transformation=Transformation("string-format", template=template)),
        transformed("month", "date-format", "at", format="%Y-%m"),
        transformed("euro", "number-format", "price", format="08.2f"),
        transformed("kind", "static", "id", value="product"),
        computed("twice", "e.price * 2"),
        Attribute(
            "doc", "M", "doc", parse_sql_type("json"), columns=("text",), transformation=Transformation("json-parse")
        ),
        field("text", "text"),
    ]
    deriver = Deriver(world(*fields), "PRODUCT")
    record = {**RECORD, "text": '{"a": 1}'}
    assert deriver.computed(record, {}) == {
        "label": "P#0001#19.00",
        "month": "2026-01",
        "euro": "00009.50",
        "kind": "product",
        "twice": "19.00",
        "doc": {"a": 1},
    }
    nothing = deriver.computed({"id": 1, "category_id": None, "price": None, "at": None, "text": None}, {})
    assert nothing == {"label": None, "month": None, "euro": None, "kind": "product", "twice": None, "doc": None}


def test_what_changes_with_a_field_includes_what_is_made_of_it_in_turn() -> None:
    template = parse_template("{twice}", types={"twice": TEXT}, escape=True)
    label = Attribute("label", "S", "label", TEXT, transformation=Transformation("string-format", template=template))
    deriver = Deriver(world(label, computed("twice", "e.price * 2"), PATH), "PRODUCT")
    assert deriver.affected({"price"}) == {"twice", "label"}
    assert deriver.affected({"category_id"}) == {"path"}
    assert deriver.affected({"at"}) == frozenset()


def test_a_value_that_does_not_fit_its_field_is_refused() -> None:
    deriver = Deriver(world(computed("short", "CONCAT(e.price, e.price)", parse_sql_type("varchar(3)"))), "PRODUCT")
    with pytest.raises(InvalidValue, match="short"):
        deriver.computed(RECORD, {})


def test_an_object_of_own_columns() -> None:
    money = parse_sql_type("decimal(10,2)")
    columns = (ChildColumn("net", Column(None, "price"), money), ChildColumn("gone", Column(None, "shelf"), TEXT))
    type_ = ValueType("row", columns={c.name: c.type for c in columns})
    detail = Attribute("detail", "M", "detail", type_, derivation=OwnColumns(columns))
    deriver = Deriver(world(detail), "PRODUCT")
    assert deriver.computed(RECORD, {}) == {"detail": {"net": Decimal("9.50"), "gone": None}}
    # A column that is no field of the entity keeps what the stored object has.
    kept = {**RECORD, "detail": {"net": None, "gone": "there"}}
    assert deriver.computed(kept, {}) == {"detail": {"net": Decimal("9.50"), "gone": "there"}}
    assert deriver.affected({"price"}) == {"detail"}


def test_columns_of_owned_rows_are_derived_row_by_row() -> None:
    deriver = Deriver(world(items(NAME, TWICE)), "PRODUCT")
    rows: list[dict[str, Any]] = [
        {"category_id": 5, "quantity": 2, "name": "stale", "twice": 0},
        {"category_id": 4, "quantity": None},
    ]
    record = {**RECORD, "items": rows}
    wanted = (ParentKey("CATEGORY", (5,)), ParentKey("CATEGORY", (4,)))
    assert deriver.missing(record, {}) == wanted
    found = dict(zip(wanted, (PHONES, None), strict=True))
    assert deriver.computed(record, found)["items"] == [
        {"category_id": 5, "quantity": 2, "name": "Phones", "twice": 4},
        {"category_id": 4, "quantity": None, "name": None, "twice": None},
    ]
    assert rows[0]["name"] == "stale"
    assert deriver.affected({"items"}) == {"items"}


def test_one_owned_row_as_an_object() -> None:
    deriver = Deriver(world(items(TWICE, shape="object")), "PRODUCT")
    assert deriver.computed({**RECORD, "items": {"category_id": 1, "quantity": 3}}, {})["items"]["twice"] == 6
    assert deriver.computed({**RECORD, "items": None}, {})["items"] is None


def test_rows_that_are_not_owned_stay_what_they_are() -> None:
    deriver = Deriver(world(items(NAME, owned=False)), "PRODUCT")
    rows = [{"category_id": 5, "quantity": 2, "name": "Phones"}]
    assert deriver.missing({**RECORD, "items": rows}, {}) == ()
    assert deriver.computed({**RECORD, "items": rows}, {}) == {"items": rows}
    assert deriver.computed(RECORD, {}) == {"items": []}


def test_a_rows_column_of_the_root_row_cannot_be_followed() -> None:
    of_root = ChildColumn("of_root", Column(None, "price"), TEXT)
    assert row_fields(world(items(of_root)), "PRODUCT", "items")["of_root"].reason == "no join calls its row (root)"
    deriver = Deriver(world(items(of_root)), "PRODUCT")
    row = {"category_id": 1, "quantity": 1, "of_root": "kept"}
    assert deriver.computed({**RECORD, "items": [row]}, {}) == {"items": [row]}


def test_counts_of_others_begin_at_nothing_and_stay_what_they_are() -> None:
    count = aggregate("count", "COUNT", "others", "others.product_id = e.id", parse_sql_type("bigint"))
    most = aggregate("most", "MAX", "others", "others.product_id = e.id", parse_sql_type("bigint"))
    deriver = Deriver(world(count, most), "PRODUCT")
    assert deriver.computed(RECORD, {}) == {"count": 0, "most": None}
    assert deriver.computed({**RECORD, "count": 3, "most": 7}, {}) == {"count": 3, "most": 7}
    assert deriver.affected({"id", "category_id"}) == frozenset()


def test_a_count_of_own_rows_is_made_of_them() -> None:
    condition = "line.product_id = e.id AND line.quantity > e.price"
    count = aggregate("count", "COUNT", "lines", condition, parse_sql_type("bigint"))
    deriver = Deriver(world(items(), count), "PRODUCT")
    rows = [{"category_id": 1, "quantity": q} for q in (9, 10, 11)]
    assert deriver.computed({**RECORD, "items": rows, "count": 99}, {})["count"] == 2
    assert deriver.affected({"items"}) == {"items", "count"}
    assert deriver.affected({"price"}) == {"count"}
