"""Lookup items: their texts, and which an entity has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crossfade.contract.lookup import Lookup
from crossfade.contract.plan_key import lookup_slots, lookups, write_actions
from crossfade.contract.template import Slot
from crossfade.contract.types import ANY, ValueType, canonical, parse_sql_type
from tests.unit.contract.planned import CART, USER, contract, entity, field

STR = parse_sql_type("varchar(4000)")


def unique(*names: str, type_: ValueType = STR, **more: Any) -> Lookup:
    return Lookup("unique", tuple(Slot(n, type=type_, escaped="%|", **more) for n in names))


def test_text_of_a_unique_value() -> None:
    assert unique("email").text("USER", {"email": "bob@x"}) == "USER|unique:email|bob@x"


def test_text_of_a_key_reads_like_the_key() -> None:
    key = Lookup("key", (Slot("id", type=parse_sql_type("int"), escaped="%|"),))
    assert key.text("ORDER", {"id": 7}) == "ORDER|key|7"


def test_delimiters_in_values_are_escaped() -> None:
    assert unique("a", "b").text("E", {"a": "x|y", "b": "100%"}) == "E|unique:a,b|x%7Cy|100%25"


def test_a_null_part_gives_no_text() -> None:
    assert unique("a", "b").text("E", {"a": "x", "b": None}) is None


@pytest.mark.parametrize(("fold", "text"), [("casefold", "bob"), ("pad-space", "BoB"), (None, "BoB  ")])
def test_the_collation_is_emulated(fold: Any, text: str) -> None:
    assert unique("name", fold=fold).text("USER", {"name": "BoB  "}) == f"USER|unique:name|{text}"


def test_a_set_is_written_in_one_order() -> None:
    type_ = parse_sql_type("set('a','b','c')")
    assert unique("tags", type_=type_).text("E", {"tags": frozenset("cab")}) == "E|unique:tags|a,b,c"


def test_a_value_of_unknown_type_keeps_its_type() -> None:
    number, text = (unique("v", type_=ANY).text("E", {"v": v}) for v in (1, "1"))
    assert number != text


def test_a_long_value_is_hashed_to_fit_a_partition_key() -> None:
    one, other = (unique("url").text("PAGE", {"url": "x" * 3000 + end}) for end in "ab")
    assert one is not None
    assert one.startswith("PAGE|unique-sha256|")
    assert len(one.encode()) <= 2048
    assert one != other


_VALUES = st.one_of(st.text(max_size=6), st.text("%|,25C7", max_size=6))


@given(st.lists(_VALUES, min_size=2, max_size=2), st.lists(_VALUES, min_size=2, max_size=2))
def test_texts_of_text_values_are_injective(one: list[str], other: list[str]) -> None:
    assume(one != other)
    lookup = unique("a", "b")
    texts = {lookup.text("E", dict(zip("ab", values, strict=True))) for values in (one, other)}
    assert len(texts) == 2


@given(st.lists(_VALUES, min_size=2, max_size=2), st.sampled_from(["a|b", "a,b", "E", "E|unique:a"]))
def test_texts_of_different_entities_and_fields_differ(values: list[str], name: str) -> None:
    texts = [
        Lookup("unique", unique("a").slots).text("E", {"a": "|".join(values)}),
        unique("a", "b").text("E", dict(zip("ab", values, strict=True))),
        unique("a,b").text("E", {"a,b": "|".join(values)}),
        unique("a").text(name + "|", {"a": values[0]}),
    ]
    assert len(set(texts)) == len(texts)


_TYPED = {
    "int": st.integers(-(2**31), 2**31 - 1),
    "decimal(10,2)": st.decimals(-1000, 1000, places=2),
    "datetime(3)": st.datetimes(timezones=st.just(UTC)),
    "date": st.dates(),
    "varbinary(20)": st.binary(max_size=20),
    "double": st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100),
    "time": st.timedeltas(min_value=timedelta(hours=-838), max_value=timedelta(hours=838)),
}


@given(st.data())
def test_texts_of_typed_values_are_injective(data: st.DataObject) -> None:
    sql_type = data.draw(st.sampled_from(sorted(_TYPED)))
    type_ = parse_sql_type(sql_type)
    values = [data.draw(_TYPED[sql_type]) for _ in range(2)]
    if sql_type == "double":
        values = [v if isinstance(v, float) and abs(v) > 1e-100 else 0.0 for v in values]
    one, other = (canonical(v, type_, "v") for v in values)
    lookup = unique("v", type_=type_)
    assert (lookup.text("E", {"v": one}) == lookup.text("E", {"v": other})) == (one == other)


def test_a_user_has_a_lookup_by_key_and_by_name_but_not_by_email() -> None:
    found = lookups(contract(USER, CART), "USER")
    assert [(look.kind, look.fields) for look in found] == [("key", ("id",)), ("unique", ("name",))]


def test_a_cart_needs_none_its_key_is_reached_through_the_user() -> None:
    both = contract(USER, CART)
    assert lookups(both, "CART") == ()
    assert write_actions(both, "CART") == 1
    assert write_actions(both, "USER") == 3


def test_a_coarser_item_key_does_not_enforce_uniqueness() -> None:
    for template in ("{email:upper}", "X{email|none}"):
        coarse = replace(USER, keys=entity("USER", USER.attributes, {"PK": template, "SK": "#"}, ["id"]).keys)
        assert ("unique", ("email",)) in [(look.kind, look.fields) for look in lookups(contract(coarse), "USER")]


def test_version_1_does_not_escape_so_that_its_item_key_may_not_tell_values_apart() -> None:
    fields = [field("a", "varchar(9)"), field("b", "varchar(9)"), field("id", "int")]
    for escape, kinds in ((True, ["key"]), (False, ["key", "unique"])):
        made = entity("E", fields, {"PK": "{a}#{b}"}, ["id"], unique=(("a", "b"),), escape=escape)
        assert [look.kind for look in lookups(contract(made), "E")] == kinds


def test_the_same_unique_list_twice_gives_one_lookup() -> None:
    twice = replace(USER, unique=(("name",), ("name",)))
    assert len(lookups(contract(twice), "USER")) == 2


def test_slots_take_type_and_collation_of_their_fields() -> None:
    folded = replace(USER, attributes=(field("id", "int"), field("email", "varchar(9)", fold="casefold")))
    (slot,) = lookup_slots(folded, ["email"])
    assert (slot.fold, slot.type.length) == ("casefold", 9)
