"""Conditions, held by a store exactly as `dal.condition.holds` says: in filters and before changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import Condition, F
from crossfade.dal.condition import holds
from crossfade.dal.errors import ConditionFailed, InvalidValue
from tests.conformance.backend import Backend
from tests.conformance.samples import Shop, book, describe, lent, loan, member, member_id, specimen

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "flag": True,
        "whole": 5,
        "huge": 2**63 + 1,
        "amount": Decimal("10.50"),
        "ratio": 0.1,
        "single": 0.1,
        "name": "Hello",
        "kind": "leaf",
        "tags": {"wet", "dry"},
        "marks": {"x"},
        "labels": {"wet", 'a "b", c'},
        "counts": {10, 30},
        "day": date(2024, 2, 29),
        "at3": NOON,
        "span": timedelta(hours=-2),
        "vintage": 1999,
        "raw": b"\x01\xff",
        "doc": {"a": 1},
    },
    {
        "flag": False,
        "whole": -5,
        "huge": 0,
        "amount": Decimal("-0.01"),
        "ratio": -1e-100,
        "single": 16777216.0,
        "name": "hello%_\\",
        "kind": "seed",
        "tags": set(),
        "day": date(1000, 1, 1),
        "at3": NOON + timedelta(milliseconds=1),
        "span": timedelta(hours=100),
        "vintage": 0,
        "raw": b"\x01",
        "doc": [],
    },
    {"name": "", "kind": "bark", "amount": Decimal(0), "span": timedelta(), "letters": "ab"},
    {},
]
CONDITIONS: list[Condition] = [
    F("flag") == True,  # noqa: E712 - builds a condition
    F("flag") != True,  # noqa: E712 - as above
    F("whole") == 5,
    F("whole") != 5,
    F("whole") < 0,
    F("whole") <= -5,
    F("whole") > 0,
    F("whole") >= 5,
    F("whole").between(-5, 0),
    F("whole").one_of([5, 0, 7]),
    F("huge") > 2**63,
    F("huge") == 2**63 + 1,
    F("amount") == Decimal("10.5"),
    F("amount") < 0,
    F("amount") >= Decimal("0.00"),
    F("amount").one_of([Decimal("-0.01"), 3]),
    F("ratio") == 0.1,
    F("ratio") < 0,
    F("single") == 0.1,
    F("single") > 1,
    F("name") == "hello",
    F("name") == "Hello",
    F("name") == "Hello ",
    F("name") != "Hello",
    F("name") == "",
    F("name") < "a",
    F("name") >= "Hello",
    F("name").starts_with("He"),
    F("name").starts_with("he"),
    F("name").starts_with(""),
    F("name").contains("llo"),
    F("name").contains("LLO"),
    F("name").contains("%_\\"),
    F("name").contains("_%"),
    F("name").contains(""),
    F("name").one_of(["", "x"]),
    F("letters") == "ab",
    F("letters") == "ab  ",
    F("kind") == "leaf",
    F("kind") < "leaf",
    F("kind") >= "leaf",
    F("kind").starts_with("s"),
    F("kind").contains("ea"),
    F("tags") == {"dry", "wet"},
    F("tags") == frozenset(),
    F("tags") != {"dry", "wet"},
    F("tags").contains("wet"),
    F("tags").contains("rare"),
    F("tags").is_null(),
    F("labels") == {"wet", 'a "b", c'},
    F("labels") == frozenset(),
    F("labels") != {"wet"},
    F("labels").contains("wet"),
    F("labels").contains("we"),
    F("labels").contains('a "b", c'),
    F("labels").one_of([{"wet"}, {'a "b", c', "wet"}]),
    F("labels").is_null(),
    F("counts") == {30, 10},
    F("counts").contains(10),
    F("counts").contains(1),
    ~F("counts").contains(10),
    F("counts").is_null(),
    F("marks") == {"x"},
    F("marks").contains("x"),
    F("marks").is_null(),
    F("marks").is_not_null(),
    F("day") == date(2024, 2, 29),
    F("day") < date(2000, 1, 1),
    F("at3") == NOON,
    F("at3") > NOON,
    F("at3") <= NOON + timedelta(milliseconds=1),
    F("span") < timedelta(0),
    F("span") == timedelta(hours=100),
    F("span") > timedelta(hours=1),
    F("vintage") == 0,
    F("vintage") > 1901,
    F("raw") == b"\x01",
    F("raw") > b"\x01",
    F("doc").is_null(),
    F("doc").is_not_null(),
    ~(F("whole") == 5),
    ~(F("amount") > 0),
    ~(F("name") == "Hello"),
    ~F("name").contains("ello"),
    ~F("name").starts_with("H"),
    ~F("vintage").one_of([0]),
    ~F("marks").contains("x"),
    ~(F("kind") != "leaf"),
    (F("whole") == 5) & (F("name") == "Hello"),
    (F("whole") == 5) & (F("name") == "hello"),
    (F("whole") == -5) | (F("name") == "Hello"),
    ~((F("whole") == -5) | (F("kind") == "leaf")),
    ~((F("amount") > 0) & F("marks").is_not_null()) & (F("code") != "s9"),
    (F("version") == 1) & (F("code") >= "s1") & ~F("body").is_not_null(),
]


def filled(library: Backend) -> list[dict[str, Any]]:
    """The specimens on which the conditions differ."""
    return [library.of("SPECIMEN").create(specimen(f"s{n}", **row)) for n, row in enumerate(ROWS)]


@pytest.mark.parametrize("condition", CONDITIONS, ids=describe)
def test_a_condition_in_a_filter(library: Backend, condition: Condition) -> None:
    made = filled(library)
    canonical = library.of("SPECIMEN").prepare.condition(condition)
    expected = [row["code"] for row in made if holds(canonical, row)]
    assert [s["code"] for s in library.of("SPECIMEN").find("all", where=condition).items] == expected
    assert library.of("SPECIMEN").count("all", where=condition) == len(expected)


@pytest.mark.parametrize("condition", CONDITIONS, ids=describe)
def test_a_condition_before_a_change(library: Backend, condition: Condition) -> None:
    specimens = library.of("SPECIMEN")
    for row in filled(library):
        canonical = specimens.prepare.condition(condition)
        if holds(canonical, row):
            assert specimens.update(row["code"], {"body": "changed"}, where=condition)["body"] == "changed"
        else:
            with pytest.raises(ConditionFailed) as caught:
                specimens.update(row["code"], {"body": "changed"}, where=condition)
            assert caught.value.current == row
            assert specimens.get(row["code"]) == row


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        (F("nothing") == 1, "nothing"),
        (F("whole") == "5", "whole"),
        (F("whole").starts_with("5"), "whole"),
        (F("amount") == 1.5, "amount"),
        (F("doc") == {}, "doc"),
        (F("flag") < True, "flag"),
        (F("tags") > {"wet"}, "tags"),
        (F("tags").contains("hot"), "tags"),
        (F("kind") == "root", "kind"),
        (F("at3") == NOON.replace(tzinfo=None), "at3"),
    ],
    ids=describe,
)
def test_a_condition_that_the_field_has_not(library: Backend, condition: Condition, field: str) -> None:
    library.of("SPECIMEN").create(specimen())
    calls: list[Any] = [
        lambda: library.of("SPECIMEN").find("all", where=condition),
        lambda: library.of("SPECIMEN").count("all", where=condition),
        lambda: library.of("SPECIMEN").update("s1", {"body": "x"}, where=condition),
        lambda: library.of("SPECIMEN").delete("s1", where=condition),
    ]
    for call in calls:
        with pytest.raises(InvalidValue) as caught:
            call()
        assert (caught.value.field, caught.value.entity) == (field, "SPECIMEN")


def test_conditions_before_a_change_may_read_derived_fields(library: Backend) -> None:
    lent(library)
    library.of("LOAN").create(loan())
    members, books = library.of("MEMBER"), library.of("BOOK")
    assert members.update(member_id(1), {"points": 1}, where=F("loan_count") == 1)["points"] == 1
    with pytest.raises(ConditionFailed):
        members.update(member_id(1), {"points": 2}, where=F("loan_count") == 0)
    assert books.update(book()["id"], {"copies": 9}, where=F("language") == "none")["copies"] == 9
    with pytest.raises(ConditionFailed):
        books.delete(book()["id"], where=F("loans_out") == 0)


@pytest.mark.parametrize("fine", [None, Decimal("0.00"), Decimal("1.50"), Decimal("-2.00")])
@pytest.mark.parametrize("limit", [Decimal(0), Decimal("1.5"), Decimal(-2), Decimal("10.00")])
def test_conditions_on_a_sum(library: Backend, fine: Decimal | None, limit: Decimal) -> None:
    lent(library)
    library.of("LOAN").create(loan(fine=fine))
    total = library.of("MEMBER").get(member_id(1))["fine_total"]
    assert total == (fine or 0)
    tests = {
        F("fine_total") < limit: total < limit,
        F("fine_total") >= limit: total >= limit,
        F("fine_total") == limit: total == limit,
        F("fine_total") != limit: total != limit,
        F("fine_total").one_of([limit, Decimal(99)]): total == limit,
    }
    for condition, expected in tests.items():
        found = library.of("MEMBER").count("by_email", email=member()["email"], where=condition)
        assert found == int(expected), condition


def test_conditions_before_a_delete(library: Backend) -> None:
    members = library.of("MEMBER")
    members.create(member(points=3))
    where = (F("points") > 3) | F("name").starts_with("x")
    with pytest.raises(ConditionFailed):
        members.delete(member_id(1), where=where)
    assert members.delete(member_id(1), where=~where) is True


def test_conditions_on_owned_rows_ask_for_null_alone(shop: Backend) -> None:
    order = Shop(shop).order()
    orders = shop.of("ORDER")
    assert orders.update(order["id"], {"status": "completed"}, where=F("items").is_not_null())["status"] == "completed"
    with pytest.raises(InvalidValue):
        orders.update(order["id"], {"status": "pending"}, where=F("items") == [])
