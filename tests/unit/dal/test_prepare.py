"""What is checked and completed before any store is asked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from ulid import ULID

from crossfade.contract.model_rules import IdRule, Timestamps, TimeUnit, Ttl
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import parse_sql_type
from crossfade.dal.change import Add, Append, Change, Difference, Remove, Set, Union
from crossfade.dal.condition import Condition, F, IsNull, Negation
from crossfade.dal.errors import InvalidKey, InvalidValue
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Preparer
from tests.unit.dal.samples import NOW, Clock, thing

ROUNDED = NOW.replace(microsecond=0)


@dataclass
class Item:
    product_id: int
    price: Decimal | None = None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def prepare(clock: Clock) -> Preparer:
    return Preparer(thing(), clock)


def record(**values: Any) -> dict[str, Any]:
    """A stored record: what `new` makes of the values, with a key."""
    return Preparer(thing(), Clock()).new({"id": 1, "name": "Ann", **values})


# ------------------------------------------------------------------------------------------------ new


def test_new_completes_a_record(prepare: Preparer) -> None:
    made = prepare.new({"name": "Ann", "price": Decimal("1.005")})
    expected = dict.fromkeys(thing().fields) | {
        "name": "Ann",
        "tags": frozenset(),
        "price": Decimal("1.01"),
        "stock": 0,
        "created_at": ROUNDED,
        "updated_at": NOW,
        "version": 1,
        "items": [],
    }
    assert made == expected


def test_a_new_record_has_one_moment() -> None:
    ticks = iter(NOW + timedelta(seconds=n) for n in range(9))
    made = Preparer(thing(id=IdRule("id", "given")), lambda: next(ticks)).new({"id": 1, "name": "Ann"})
    assert (made["created_at"], made["updated_at"]) == (ROUNDED, NOW)


def test_new_keeps_a_given_time_of_creation_only(prepare: Preparer) -> None:
    early = datetime(2001, 1, 1, tzinfo=UTC)
    made = prepare.new({"name": "Ann", "created_at": early, "updated_at": early, "version": 7})
    assert (made["created_at"], made["updated_at"], made["version"]) == (early, NOW, 1)


def test_new_ignores_derived_fields(prepare: Preparer) -> None:
    assert prepare.new({"name": "Ann", "owner": "Bob"})["owner"] is None


def test_new_makes_rows_canonical(prepare: Preparer) -> None:
    made = prepare.new({"name": "Ann", "items": [{"product_id": Decimal(5), "price": 1}, {"product_id": 6}]})
    assert made["items"] == [{"product_id": 5, "price": Decimal("1.00")}, {"product_id": 6, "price": None}]
    assert str(made["items"][0]["price"]) == "1.00"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 21}, "name"),
        ({"name": "Ann", "stock": -1}, "stock"),
        ({"name": "Ann", "marks": set()}, "marks"),
        ({"name": "Ann", "tags": {"q"}}, "tags"),
        ({"name": "Ann", "items": [{"product_id": "5"}]}, "items[0].product_id"),
        ({"name": "Ann", "items": {"product_id": 5}}, "items"),
    ],
)
def test_new_refuses(prepare: Preparer, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        prepare.new(given)
    assert (caught.value.field, caught.value.entity) == (field, "THING")


def test_the_empty_set_is_null_only_where_null_is_not(prepare: Preparer) -> None:
    assert prepare.new({"name": "Ann", "tags": None, "marks": None})["tags"] == frozenset()
    assert prepare.new({"name": "Ann", "tags": set()})["marks"] is None


def test_an_id_of_the_store_s_stays_open(prepare: Preparer) -> None:
    assert prepare.new({"name": "Ann"})["id"] is None
    assert prepare.new({"name": "Ann", "id": 7})["id"] == 7


def test_given_ids_must_be_given(clock: Clock) -> None:
    prepare = Preparer(thing(id=IdRule("id", "given")), clock)
    with pytest.raises(InvalidValue, match="id: must not be null"):
        prepare.new({"name": "Ann"})


@pytest.mark.parametrize("strategy", ["ulid", "uuid7"])
def test_ids_that_crossfade_makes(clock: Clock, strategy: Any) -> None:
    attributes = [
        a if a.name != "id" else type(a)("id", "S", "id", parse_sql_type("char(36)"), columns=("id",), nullable=False)
        for a in thing().attributes
    ]
    prepare = Preparer(thing(attributes=tuple(attributes), id=IdRule("id", strategy)), clock)
    made = [prepare.new({"name": "Ann"})["id"] for _ in range(50)]
    assert len(set(made)) == 50
    assert prepare.new({"name": "Ann", "id": "mine"})["id"] == "mine"
    if strategy == "ulid":
        assert ULID.from_str(made[0]).datetime == NOW
    else:
        assert uuid.UUID(made[0]).version == 7


@pytest.mark.parametrize(("source", "refused"), [("{name}", True), ("{name:upper}", True), ("NAME#{name}", False)])
def test_what_is_a_key_by_itself_is_not_empty(clock: Clock, source: str, refused: bool) -> None:
    types = {"name": parse_sql_type("varchar(20)")}
    entity = thing(keys={"PK": parse_template(source, types=types, escape=True)})
    prepare = Preparer(entity, clock)
    for call in (lambda: prepare.new({"name": ""}), lambda: prepare.update(1, {"name": ""})):
        if refused:
            with pytest.raises(InvalidKey, match="must not be empty") as caught:
                call()
            assert (caught.value.field, caught.value.entity) == ("name", "THING")
        else:
            call()
    assert prepare.argument("name", "") == ""


@pytest.mark.parametrize(("unit", "expected"), [("s", 2_030_184_000), ("ms", 2_030_184_000_250)])
def test_times_as_numbers_since_1970(unit: TimeUnit, expected: int, clock: Clock) -> None:
    clock.now = datetime(2034, 5, 2, 12, 0, 0, 250_999, tzinfo=UTC)
    prepare = Preparer(thing(timestamps=Timestamps("long", "long", unit)), clock)
    assert prepare.new({"id": 1, "name": "Ann", "created_at": NOW, "updated_at": NOW})["long"] == expected
    assert prepare.update(1, {"name": "Bob"}).changes["long"] == Set(expected)


# -------------------------------------------------------------------------------------------- replace


def test_replace_keeps_the_time_of_creation_and_counts_the_version(prepare: Preparer) -> None:
    old = record() | {"created_at": datetime(2001, 1, 1, tzinfo=UTC), "version": 4}
    kept = prepare.replace(record(name="Bob"), old)
    assert (kept["created_at"], kept["version"], kept["name"]) == (old["created_at"], 5, "Bob")


def test_replace_without_times_and_version(clock: Clock) -> None:
    prepare = Preparer(thing(timestamps=Timestamps(), version_field=None), clock)
    assert prepare.replace(record(name="Bob"), record())["name"] == "Bob"


# --------------------------------------------------------------------------------------------- update


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"price": 1}, {"price": Set(Decimal("1.00"))}),
        ({"price": None}, {"price": Set(None)}),
        ({"price": Set(2)}, {"price": Set(Decimal("2.00"))}),
        ({"price": Add(Decimal("0.005"))}, {"price": Add(Decimal("0.01"))}),
        ({"debt": Add(Decimal("-3"))}, {"debt": Add(Decimal("-3.00"))}),
        ({"stock": Add(-3)}, {"stock": Add(-3)}),
        ({"ratio": Add(1)}, {"ratio": Add(1.0)}),
        ({"price": Remove()}, {"price": Remove()}),
        ({"items": Append({"product_id": 1})}, {"items": Append({"product_id": 1, "price": None})}),
        ({"items": [Item(1)]}, {"items": Set([{"product_id": 1, "price": None}])}),
        (
            {"items": Set([Item(1), {"product_id": 2}])},
            {"items": Set([{"product_id": n, "price": None} for n in (1, 2)])},
        ),
        ({"items": Append(Item(1))}, {"items": Append({"product_id": 1, "price": None})}),
        ({"doc": Append(1.0, "x")}, {"doc": Append(1, "x")}),
        ({"tags": Union("x")}, {"tags": Union("x")}),
        ({"tags": Difference("x", "y")}, {"tags": Difference("x", "y")}),
    ],
)
def test_update_makes_changes_canonical(
    prepare: Preparer, changes: dict[str, Any], expected: dict[str, Change]
) -> None:
    update = prepare.update(1, changes)
    assert update.changes == {**expected, "updated_at": Set(NOW), "version": Add(1)}
    assert update.key == Key(id=1)


def test_update_ignores_given_times_and_versions(prepare: Preparer) -> None:
    early = datetime(2001, 1, 1, tzinfo=UTC)
    update = prepare.update(1, {"created_at": early, "updated_at": early, "version": 9})
    assert update.changes == {"updated_at": Set(NOW), "version": Add(1)}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"nmae": 1}, "nmae", "not a field"),
        ({"id": 2}, "id", "part of the key"),
        ({"owner": "x"}, "owner", "derived"),
        ({"name": None}, "name", "null"),
        ({"name": Remove()}, "name", "null"),
        ({"name": 5}, "name", "wants str"),
        ({"name": Add(1)}, "name", "Add does not fit"),
        ({"name": Append("x")}, "name", "Append does not fit"),
        ({"stock": Union("x")}, "stock", "Union does not fit"),
        ({"stock": Difference("x")}, "stock", "Difference does not fit"),
        ({"stock": Add(1.5)}, "stock", "wants int, not float"),
        ({"stock": Add(True)}, "stock", "wants int, not bool"),
        ({"stock": Add(None)}, "stock", "not None"),  # type: ignore[arg-type] # what is refused
        ({"price": Add(0.5)}, "price", "binary floating point"),
        ({"price": Add(None)}, "price", "not None"),  # type: ignore[arg-type] # what is refused
        ({"debt": Add("1")}, "debt", "wants Decimal"),  # type: ignore[arg-type] # what is refused
        ({"debt": Add(Decimal("NaN"))}, "debt", "NaN and infinity"),
        ({"debt": Add(NOW.date())}, "debt", "not date"),  # type: ignore[arg-type] # what is refused
        ({"loose": Add("1")}, "loose", "not str"),  # type: ignore[arg-type] # what is refused
        ({"tags": Union(["x"])}, "tags", "text, numbers or bytes, not list"),
        ({"tags": Difference({"x"}, {}, "x")}, "tags", "not dict, set"),
        ({"loose": Union(bytearray(b"x"))}, "loose", "not bytearray"),
        ({"tags": Union("q")}, "tags", "members of"),
        ({"tags": Difference("q")}, "tags", "members of"),
        ({"marks": frozenset()}, "marks", "empty set"),
        ({"items": Append({"product_id": "x"})}, "items[0].product_id", "wants int"),
        ({"items": Append(5)}, "items", "wants dict"),
        ({"doc": Append({1})}, "doc", "JSON"),
    ],
)
def test_update_refuses(prepare: Preparer, changes: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason) as caught:
        prepare.update(1, changes)
    assert (caught.value.field, caught.value.entity) == (field, "THING")


def test_the_base_class_is_no_change(prepare: Preparer) -> None:
    with pytest.raises(TypeError, match="not a change"):
        prepare.update(1, {"stock": Change()})


@pytest.mark.parametrize("call", [lambda p: p.update(1, {}, version=1), lambda p: p.delete(1, version=1)])
def test_a_version_wants_a_version_field(clock: Clock, call: Any) -> None:
    with pytest.raises(InvalidValue, match="no version_field") as caught:
        call(Preparer(thing(version_field=None), clock))
    assert caught.value.field == "version"


def test_delete_is_checked(prepare: Preparer) -> None:
    assert prepare.delete(1, F("price") == 1, 3) == Delete(Key(id=1), F("price") == Decimal("1.00"), 3)
    with pytest.raises(InvalidValue):
        prepare.delete("x")


@pytest.mark.parametrize(
    ("old", "changes", "expected"),
    [
        ({"stock": 3}, {"stock": Add(-3)}, 0),
        ({"price": None}, {"price": Add(Decimal("1.5"))}, Decimal("1.50")),
        ({"long": None}, {"long": Add(Decimal("1234567890123456789012345678.0123456789"))}, None),
        ({"tags": {"x"}}, {"tags": Difference("x")}, frozenset()),
        ({"doc": None}, {"doc": Append(1)}, [1]),
        ({"doc": []}, {"doc": Append({"a": None})}, [{"a": None}]),
        ({"items": [{"product_id": 1}]}, {"items": Append({"product_id": 2})}, None),
    ],
)
def test_changed(prepare: Preparer, old: dict[str, Any], changes: dict[str, Any], expected: Any) -> None:
    (field,) = changes
    before = record(**old)
    after = prepare.changed(prepare.update(1, changes), before)
    if field == "long":
        expected = changes["long"].amount
    if field == "items":
        expected = [{"product_id": 1, "price": None}, {"product_id": 2, "price": None}]
    assert after[field] == expected
    assert after["version"] == before["version"] + 1
    assert after["updated_at"] == NOW


@pytest.mark.parametrize(
    ("old", "changes"),
    [
        ({"stock": 3}, {"stock": Add(-4)}),
        ({"price": Decimal("99999999.99")}, {"price": Add(Decimal("0.01"))}),
        ({"debt": Decimal(1)}, {"debt": Add(Decimal(-2))}),
        ({"loose": "x"}, {"loose": Add(1)}),
        ({"ratio": 1e124}, {"ratio": Add(9.9e125)}),
        ({"marks": {"x"}}, {"marks": Difference("x")}),
        ({"doc": {"a": 1}}, {"doc": Append(1)}),
        ({"doc": 0}, {"doc": Append(1)}),
        ({"doc": ""}, {"doc": Append(1)}),
    ],
)
def test_changed_refuses_what_does_not_fit(prepare: Preparer, old: dict[str, Any], changes: dict[str, Any]) -> None:
    before = record(**old)
    with pytest.raises(InvalidValue):
        prepare.changed(prepare.update(1, changes), before)


# ------------------------------------------------------------------------------------------ condition


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (F("price") >= 1, F("price") >= Decimal("1.00")),
        (F("tags").contains("x"), F("tags").contains("x")),
        (F("tags") == {"x"}, F("tags") == frozenset({"x"})),
        (F("name").contains("n"), F("name").contains("n")),
        (F("kind").starts_with("a"), F("kind").starts_with("a")),
        (F("kind").one_of(["b", "a"]), F("kind").one_of(["b", "a"])),
        (~F("doc").is_null(), Negation(IsNull("doc"))),
        (F("items").is_null(), IsNull("items")),
        (F("owner") == "Bob", F("owner") == "Bob"),
    ],
)
def test_conditions_become_canonical(prepare: Preparer, where: Condition, expected: Condition) -> None:
    made = prepare.condition(where)
    assert made == expected
    assert repr(made) == repr(expected)
    assert prepare.condition(None) is None


@pytest.mark.parametrize(
    ("where", "field"),
    [
        (F("nmae") == 1, "nmae"),
        (F("nmae").is_null(), "nmae"),
        ((F("stock") == 1) & ~(F("stock") == "1"), "stock"),
        (F("stock").one_of([1, -1]), "stock"),
        (F("stock").starts_with("1"), "stock"),
        (F("stock").contains("1"), "stock"),
        (F("name").starts_with(1), "name"),  # type: ignore[arg-type] # what is refused
        (F("name").contains(1), "name"),
        (F("tags").contains("q"), "tags"),
        (F("tags").contains(["x"]), "tags"),
        (F("name").starts_with("\ud800"), "name"),
        (F("name").contains("\ud800"), "name"),
        (F("loose").contains("\ud800"), "loose"),
        (F("tags") < {"x"}, "tags"),
        (F("active") >= True, "active"),
        (F("doc") == {}, "doc"),
        (F("items") == [], "items"),
        (F("kind") == "c", "kind"),
        (F("seen") > NOW.replace(tzinfo=None), "seen"),
    ],
)
def test_conditions_that_no_field_has_are_refused(prepare: Preparer, where: Condition, field: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        prepare.condition(where)
    assert (caught.value.field, caught.value.entity) == (field, "THING")


@pytest.mark.parametrize("where", [5, "stock > 5", {"stock": 5}, True])
def test_what_is_no_condition_is_refused(prepare: Preparer, where: Any) -> None:
    with pytest.raises(InvalidValue, match="is no condition") as caught:
        prepare.condition(where)
    assert (caught.value.field, caught.value.entity) == ("where", "THING")


# ---------------------------------------------------------------------------------------- time to live


@pytest.mark.parametrize(("seconds", "expected"), [(-1, True), (0, True), (1, False), (None, False)])
@pytest.mark.parametrize("unit", ["datetime", "s", "ms"])
def test_expired(clock: Clock, unit: Any, seconds: int | None, expected: bool) -> None:
    clock.now = ROUNDED
    field = "expires_at" if unit == "datetime" else "stock"
    prepare = Preparer(thing(ttl=Ttl(field, unit)), clock)
    moment = ROUNDED + timedelta(seconds=seconds or 0)
    ends = {"datetime": moment, "s": int(moment.timestamp()), "ms": int(moment.timestamp()) * 1000}[unit]
    assert prepare.expired({field: None if seconds is None else ends}) is expected


def test_without_a_time_to_live_nothing_expires(clock: Clock) -> None:
    assert not Preparer(thing(ttl=None), clock).expired(record())
