"""Answers of each operation, and what differs between two of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.sql import Column
from crossfade.dal import Key, Page
from crossfade.dal.answer import Answer, Compared, Operation, answer_of, compare, keys_of
from crossfade.dal.entity import Binding
from crossfade.dal.observation import ReadDifference
from crossfade.dal.tolerance import SNAPSHOT
from examples.shop.shop import CONTRACT
from tests.unit.dal.samples import thing

THING = thing()
BINDING: Binding[Any] = Binding(THING, dict)


def record(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": f"thing {number}", **fields}


def page(*records: dict[str, Any], cursor: str | None = None, consistent: bool = True) -> Page[dict[str, Any]]:
    return Page(list(records), cursor, consistent)


def found(operation: Operation, control: Any, candidate: Any, **tolerances: str) -> Compared:
    one, other = (answer_of(BINDING, operation, result) for result in (control, candidate))
    return compare(THING, one, other, tolerances)


@pytest.mark.parametrize(
    ("operation", "control", "candidate"),
    [
        ("get", None, None),
        ("get", record(), record()),
        ("get_many", {Key(id=1): record()}, {Key(id=1): record()}),
        ("find", page(record(1), record(2), cursor="a"), page(record(1), record(2), cursor="b", consistent=False)),
        ("count", 3, 3),
    ],
)
def test_equal_answers(operation: Operation, control: Any, candidate: Any) -> None:
    assert found(operation, control, candidate) == Compared()


@pytest.mark.parametrize(
    ("field", "control", "candidate"),
    [
        ("price", Decimal("10.50"), Decimal("10.5")),
        ("seen", datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
        ("active", True, 1),
        ("tags", frozenset("xy"), frozenset("yx")),
        ("doc", {"a": 1, "b": [2]}, {"b": [2], "a": 1}),
        ("ratio", 2.0, 2),
    ],
)
def test_values_are_compared_as_the_contract_has_them(field: str, control: Any, candidate: Any) -> None:
    assert found("get", record(**{field: control}), record(**{field: candidate})) == Compared()


@pytest.mark.parametrize(
    ("field", "control", "candidate", "told"),
    [
        ("name", "a", "b", ("a", "b")),
        ("name", "1.5", None, ("1.5", None)),
        ("price", Decimal("1.50"), Decimal("1.51"), ('"1.50"', '"1.51"')),
        ("doc", {"a": True}, {"a": 1}, ('{"a": true}', '{"a": 1}')),
        ("loose", Decimal(5), "5", ('"5"', "5")),
        ("loose", "5", 5, ("str 5", "int 5")),
        ("data", b"\x00\xff", b"\x00", ('"AP8="', '"AA=="')),
        ("tags", frozenset("zx"), frozenset("x"), ('["x", "z"]', '["x"]')),
        ("items", [{"product_id": 1}], [{"product_id": 2}], ('[{"product_id": 1}]', '[{"product_id": 2}]')),
    ],
)
def test_a_field_that_differs_is_told(field: str, control: Any, candidate: Any, told: tuple[str, str]) -> None:
    differs = found("get", record(**{field: control}), record(**{field: candidate}))
    assert differs == Compared((), (ReadDifference(field, *told, "id=1"),), ({"id": "1"},))


def test_of_long_values_the_place_where_they_part_is_told() -> None:
    ((_, control, candidate, _),) = found("get", record(name="x" * 900 + "a"), record(name="x" * 900)).differences
    assert control == "(860 characters before) …" + "x" * 40 + "a"
    assert candidate == "(860 characters before) …" + "x" * 40
    ((_, control, _, _),) = found("get", record(name="a" * 900), record(name="b")).differences
    assert control == "a" * 200 + "… (700 more characters)"


def test_a_record_that_is_not_there() -> None:
    differs = found("get", record(), None)
    assert differs.differences == (ReadDifference("(keys)", "id=1", None),)
    assert differs.keys == ({"id": "1"},)


def test_a_page_names_what_one_side_alone_has_and_the_fields_of_what_both_have() -> None:
    differs = found("find", page(record(1), record(2), record(3)), page(record(1), record(3, name="other")))
    assert differs.differences == (
        ReadDifference("(keys)", "id=1; id=2; id=3", "id=1; id=3"),
        ReadDifference("name", "thing 3", "other", "id=3"),
    )
    assert differs.keys == ({"id": "2"}, {"id": "3"})


def test_a_page_in_another_order_differs() -> None:
    differs = found("find", page(record(1), record(2), record(3)), page(record(1), record(3), record(2)))
    assert [d.field for d in differs.differences] == ["(keys)"]
    assert differs.keys == ({"id": "2"}, {"id": "3"})


def test_a_record_that_comes_twice_differs() -> None:
    assert found("find", page(record(1)), page(record(1), record(1))).differences


def test_counts_differ() -> None:
    assert found("count", 3, 4).differences == (ReadDifference("(count)", "3", "4"),)


def test_tolerated_fields_leave_their_reasons() -> None:
    control, candidate = record(name="a", seen=None, stock=1), record(name="b", seen=None, stock=2)
    assert found("get", control, candidate, name="folded", stock="drifts") == Compared(("folded", "drifts"))
    mixed = found("get", control, candidate, name="folded")
    assert (mixed.tolerated, [d.field for d in mixed.differences]) == (("folded",), ["stock"])


def test_what_is_sensitive_is_not_told() -> None:
    secret = thing(sensitive=frozenset({"id", "name", "items.price"}), key=("id",))
    binding: Binding[Any] = Binding(secret, dict)
    rows = [{"product_id": 1, "price": Decimal("7.00")}], [{"product_id": 1, "price": Decimal("8.00")}]
    one, other = (
        answer_of(binding, "get", record(4711, name=name, items=items))
        for name, items in zip(("Smith", None), rows, strict=True)
    )
    differs = compare(secret, one, other, {})
    assert [(d.field, d.control, d.candidate) for d in differs.differences] == [
        ("name", "(redacted)", None),
        ("items", "(redacted)", "(redacted)"),
    ]
    assert all(word not in repr(differs) for word in ("Smith", "4711", "7.00"))
    assert differs.keys[0]["id"].startswith("sha256:")


def test_only_the_first_differences_are_told() -> None:
    control, candidate = (page(*(record(n, stock=stock) for n in range(50))) for stock in (1, 2))
    differs = found("find", control, candidate)
    assert (len(differs.differences), len(differs.keys)) == (20, 20)


def test_an_answer_is_a_copy() -> None:
    mine = record(doc={"a": [1]})
    answer = answer_of(BINDING, "get", mine)
    mine["doc"]["a"].append(2)
    mine["name"] = "changed"
    assert answer == Answer((record(doc={"a": [1]}),))


def test_the_keys_of_answers_are_told_once() -> None:
    one, other = (answer_of(BINDING, "find", page(*map(record, numbers))) for numbers in ((1, 2), (2, 3)))
    assert keys_of(THING, one, other) == (Key(id=1), Key(id=2), Key(id=3))
    assert keys_of(THING, Answer(count=3)) == ()


def test_records_that_do_not_tell_their_keys_are_compared_by_place() -> None:
    one, other = (Answer(({"name": "a"}, {"name": name})) for name in ("b", "c"))
    assert keys_of(THING, one) == ()
    assert compare(THING, one, other, {}) == Compared((), (ReadDifference("name", "b", "c", "#2"),))


# ------------------------------------------------------------------------------------------ snapshots


def shop_with(name: str, field: str, **changes: Any) -> Any:
    """An entity of the shop, of which a field is defined otherwise."""
    entity = load(CONTRACT).entities[name]
    return replace(
        entity, attributes=tuple(replace(a, **changes) if a.field == field else a for a in entity.attributes)
    )


def differing(entity: Any, field: str, one: Any, other: Any) -> Compared:
    """What differs between two answers with one record that differs in a field."""
    key = dict.fromkeys(entity.key, 1)
    return compare(entity, Answer(({**key, field: one},)), Answer(({**key, field: other},)), {})


def test_a_copy_that_is_a_snapshot_may_differ_and_nothing_else_may() -> None:
    entity = shop_with("CART", "product_name", maintain="snapshot")
    assert differing(entity, "product_name", "Lamp", "Lamp, green") == Compared(tolerated=(SNAPSHOT,))
    assert [d.field for d in differing(entity, "product_name", "Lamp", None).differences] == ["product_name"]
    assert [d.field for d in differing(entity, "quantity", 1, 2).differences] == ["quantity"]
    entity = shop_with("CART", "product_name")
    assert [d.field for d in differing(entity, "product_name", "Lamp", "Lamp, green").differences] == ["product_name"]


def test_of_the_rows_of_a_snapshot_their_own_columns_may_not_differ() -> None:
    items = load(CONTRACT).entities["ORDER"].fields["items"].derivation
    assert isinstance(items, ToMany)
    price = next(c for c in items.columns if c.name == "price_at_time")
    joined = replace(price, expression=Column("products", "price"))
    columns = tuple(joined if c is price else c for c in items.columns)
    entity = shop_with("ORDER", "items", maintain="snapshot", derivation=replace(items, columns=columns))
    row = {"product_id": 1, "quantity": 2, "price_at_time": Decimal(3)}
    cheaper, more = {**row, "price_at_time": Decimal(2)}, {**row, "quantity": 3}
    assert differing(entity, "items", [row], [cheaper]) == Compared(tolerated=(SNAPSHOT,))
    for other in ([more], [], [row, row]):
        assert [d.field for d in differing(entity, "items", [row], other).differences] == ["items"]
