"""From the entity's key to the item key."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from crossfade.contract.derived import Constant, From, Own
from crossfade.contract.model import Attribute
from crossfade.contract.model_derivation import Computed, JoinStep, ToOne, Transformation
from crossfade.contract.plan_key import (
    Direct,
    Resolution,
    ViaLookup,
    ViaParents,
    item_key,
    key_value,
    plan_key,
    read_item_key,
    resolution,
)
from crossfade.contract.sql import And, Call, Column, Compare, Literal
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import parse_sql_type
from tests.unit.contract.planned import CART, USER, contract, entity, field, joined

ID = field("id", "int unsigned", nullable=False)


def test_an_item_key_made_of_the_key_is_direct() -> None:
    order = entity("ORDER", [ID, field("day", "date")], {"PK": "ORDER#{id}", "SK": "#META"}, ["id"])
    plan = plan_key(contract(order), "ORDER")
    assert isinstance(plan, Direct)
    assert (plan.requests, plan.describe()) == (0, "directly")


def test_an_item_key_of_other_fields_needs_a_lookup() -> None:
    plan = plan_key(contract(USER), "USER")
    assert isinstance(plan, ViaLookup)
    assert (plan.lookup.fields, plan.requests, plan.describe()) == (("id",), 1, "through its lookup item")


def test_a_joined_part_is_resolved_through_the_joined_entity() -> None:
    plan = plan_key(contract(USER, CART), "CART")
    assert isinstance(plan, ViaParents)
    (step,) = plan.resolution.steps
    assert (step.entity, step.key, step.reads) == ("USER", (("id", Own("user_id")),), ("email",))
    # The lookup item holds the user's item key, and the email can be read off that.
    assert step.from_key
    assert (step.requests, plan.requests, plan.describe()) == (1, 1, "through USER")


def test_the_resolved_values_come_from_what_the_steps_found() -> None:
    plan = plan_key(contract(USER, CART), "CART")
    assert isinstance(plan, ViaParents)
    key = {"user_id": 7, "product_id": 9}
    assert plan.resolution.steps[0].key_values(key, ()) == {"id": 7}
    assert plan.resolution.values(key, [{"email": "bob@x"}]) == {**key, "user_email": "bob@x"}
    assert plan.resolution.values(key, [None])["user_email"] is None
    found = plan.resolution.values(key, [{"email": "bob@x"}])
    assert item_key(contract(USER, CART), "CART", found) == {"PK": "bob@x", "SK": "CART#000000000009"}


def test_nothing_is_read_for_a_null_reference() -> None:
    step = plan_key(contract(USER, CART), "CART").resolution.steps[0]  # type: ignore[union-attr]  # it is ViaParents
    assert step.key_values({"user_id": None}, ()) is None


def test_a_field_that_the_parents_key_does_not_hold_costs_a_read() -> None:
    by_name = replace(
        CART, attributes=(*CART.attributes[:2], joined("user_email", "varchar(50)", "user_id", "users", "name"))
    )
    plan = plan_key(contract(USER, by_name), "CART")
    assert isinstance(plan, ViaParents)
    assert not plan.resolution.steps[0].from_key
    assert plan.requests == 2


def test_a_snapshot_is_not_what_the_parent_says_now() -> None:
    kept = joined("user_email", "varchar(100)", "user_id", "users", "email", maintain="snapshot")
    assert isinstance(
        plan_key(contract(USER, replace(CART, attributes=(*CART.attributes[:2], kept))), "CART"), ViaLookup
    )


def test_a_foreign_key_outside_the_key_needs_a_lookup() -> None:
    assert isinstance(plan_key(contract(USER, replace(CART, key=("product_id",))), "CART"), ViaLookup)


def test_a_join_by_something_else_than_the_parents_key_needs_a_lookup() -> None:
    assert isinstance(plan_key(contract(replace(USER, key=("email",)), CART), "CART"), ViaLookup)
    assert isinstance(plan_key(contract(CART), "CART"), ViaLookup)


def test_several_hops_are_several_steps() -> None:
    shop = entity(
        "SHOP", [ID, field("slug", "varchar(9)")], {"PK": "SHOP#{id}", "SK": "#"}, ["id"], source_table="shops"
    )
    seller = entity(
        "SELLER",
        [ID, field("shop_id", "int unsigned")],
        {"PK": "SELLER#{id}", "SK": "#"},
        ["id"],
        source_table="sellers",
    )
    steps = (
        JoinStep("sellers", "s", Compare("=", Column(None, "seller_id"), Column("s", "id"))),
        JoinStep("shops", "t", Compare("=", Column("t", "id"), Column("s", "shop_id"))),
    )
    slug = Attribute(
        "slug", "S", "slug", parse_sql_type("varchar(9)"), derivation=ToOne("chain", steps, (Column("t", "slug"),))
    )
    offer = entity(
        "OFFER", [ID, field("seller_id", "int unsigned"), slug], {"PK": "{slug}", "SK": "{id}"}, ["seller_id", "id"]
    )
    plan = plan_key(contract(shop, seller, offer), "OFFER")
    assert isinstance(plan, ViaParents)
    assert [(s.entity, s.key, s.reads) for s in plan.resolution.steps] == [
        ("SELLER", (("id", Own("seller_id")),), ("shop_id",)),
        ("SHOP", (("id", From(0, "shop_id")),), ("slug",)),
    ]
    assert plan.requests == 2
    given = {"seller_id": 1, "id": 2}
    assert plan.resolution.steps[1].key_values(given, [{"shop_id": 5}]) == {"id": 5}
    assert plan.resolution.steps[1].key_values(given, [None]) is None
    assert plan.resolution.values(given, [{"shop_id": 5}, {"slug": "s"}])["slug"] == "s"


def test_equal_hops_of_two_fields_are_one_step() -> None:
    name = joined("user_name", "varchar(50)", "user_id", "users", "name")
    keys = {"PK": "{user_email}", "SK": "{user_name}#{product_id}"}
    both = entity("CART", [*CART.attributes, name], keys, ["user_id", "product_id"])
    plan = plan_key(contract(USER, both), "CART")
    assert isinstance(plan, ViaParents)
    (step,) = plan.resolution.steps
    assert step.reads == ("email", "name")
    found = plan.resolution.values({"user_id": 1, "product_id": 2}, [{"email": "e", "name": "n"}])
    assert (found["user_email"], found["user_name"]) == ("e", "n")


def test_keys_that_need_each_other_have_lookups_whoever_is_asked_first() -> None:
    def one(name: str, other: str) -> object:
        fields = [ID, joined("of_other", "varchar(9)", "id", other.lower(), "label"), field("label", "varchar(9)")]
        return entity(name, fields, {"PK": "{of_other}", "SK": "{id}"}, ["id"])

    both = contract(one("A", "B"), one("B", "A"))  # type: ignore[arg-type]  # entities
    assert isinstance(plan_key(both, "A"), ViaLookup)
    assert isinstance(plan_key(both, "B"), ViaLookup)


def test_an_entity_above_two_that_need_each_other_goes_through_one_of_them() -> None:
    def one(name: str, other: str) -> object:
        fields = [ID, joined("of_other", "varchar(9)", "id", other.lower(), "label"), field("label", "varchar(9)")]
        return entity(name, fields, {"PK": "{of_other}", "SK": "{id}"}, ["id"])

    plan = plan_key(contract(one("A", "B"), one("B", "A"), one("C", "A")), "C")  # type: ignore[arg-type]  # entities
    assert isinstance(plan, ViaParents)
    assert isinstance(plan.resolution.steps[0].plan, ViaLookup)


def test_a_constant_in_a_join_is_part_of_the_key_read() -> None:
    setting = entity(
        "SETTING",
        [field("scope", "varchar(9)"), ID, field("v", "varchar(9)")],
        {"PK": "{scope}", "SK": "{id}"},
        ["scope", "id"],
    )
    condition = And(
        (
            Compare("=", Column("setting", "scope"), Literal("x")),
            Compare("=", Column("setting", "id"), Column(None, "id")),
        )
    )
    v = Attribute(
        "v",
        "S",
        "v",
        parse_sql_type("varchar(9)"),
        derivation=ToOne("multi-column", (JoinStep("setting", "setting", condition),), (Column("setting", "v"),)),
    )
    plan = plan_key(contract(setting, entity("E", [ID, v], {"PK": "{v}", "SK": "{id}"}, ["id"])), "E")
    assert isinstance(plan, ViaParents)
    assert plan.resolution.steps[0].key == (("scope", Constant("x")), ("id", Own("id")))
    assert plan.resolution.steps[0].key_values({"id": 3}, ()) == {"scope": "x", "id": 3}


def test_what_is_calculated_from_the_key_alone_is_direct() -> None:
    shout = Attribute(
        "shout",
        "S",
        "shout",
        parse_sql_type("varchar(9)"),
        derivation=Computed("concat", Call("UPPER", (Column(None, "code"),))),
    )
    month = Attribute(
        "month",
        "S",
        "month",
        parse_sql_type("char(7)"),
        columns=("day",),
        transformation=Transformation("date-format", "%Y-%m"),
    )
    fields = [field("code", "varchar(9)"), field("day", "date"), shout, month]
    made = entity("E", fields, {"PK": "{shout}", "SK": "{month}"}, ["code", "day"])
    plan = plan_key(contract(made), "E")
    assert isinstance(plan, Direct)
    found = plan.resolution.values({"code": "ab", "day": date(2026, 3, 4)})
    assert item_key(contract(made), "E", found) == {"PK": "AB", "SK": "2026-03"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["product_id"], "user_email needs user_id"),
        ([], "user_email needs user_id"),
    ],
)
def test_what_cannot_be_resolved_says_why(given: list[str], reason: str) -> None:
    assert resolution(contract(USER, CART), "CART", given, ["user_email"]) == reason
    assert resolution(contract(USER, CART), "CART", given, ["user_id"]) == "user_id is not given"
    assert "belongs to no entity" in str(resolution(contract(CART), "CART", ["user_id"], ["user_email"]))
    assert resolution(contract(USER, CART), "CART", ["user_email"], ["user_email"]) == Resolution()


def test_a_bare_key_of_a_number_keeps_the_number() -> None:
    made = entity("P", [ID], {"PK": "{id}"}, ["id"])
    typed = contract(made, key_types={"PK": "N"})
    assert item_key(typed, "P", {"id": 7}) == {"PK": 7}
    assert read_item_key(typed, "P", {"PK": 7}) == {"id": 7}
    assert item_key(contract(made), "P", {"id": 7}) == {"PK": "7"}
    template = parse_template("P#{id}", types={"id": parse_sql_type("int")}, escape=True)
    assert key_value(template, "N", {"id": 7}) == "P#7"


def test_an_item_key_with_a_null_part_is_none() -> None:
    assert item_key(contract(USER), "USER", {"email": None}) is None


def test_fields_are_read_back_from_an_item_key() -> None:
    both = contract(USER, CART)
    key = {"PK": "bob@x", "SK": "CART#000000000009"}
    assert read_item_key(both, "CART", key) == {"user_email": "bob@x", "product_id": 9}
    with pytest.raises(ValueError, match="is not a key"):
        read_item_key(both, "CART", {"PK": "bob@x", "SK": "ORDER#9"})
