"""Which key or index answers an access pattern."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract.load import load
from crossfade.contract.model import Attribute, Contract, Index
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.plan import PlanError, QueryPlan, ViaLookup, plan_contract, plan_pattern
from tests.unit.contract.planned import CART, GSI1, GSI2, USER, contract, entity, field

ID = field("id", "int unsigned", nullable=False)
OWNER = field("owner", "varchar(20)", nullable=False)
AT = field("at", "datetime(3)", nullable=False)
STATUS = field("status", "varchar(10)")


def plan(
    by: tuple[str, ...],
    keys: dict[str, str],
    *fields: Attribute,
    key: tuple[str, ...] = ("id",),
    indexes: tuple[Index, ...] = (),
    types: Any = None,
    unique: Any = (),
    **more: Any,
) -> QueryPlan:
    """The plan of a pattern of one entity with these keys."""
    made = entity("E", fields or (ID, OWNER, AT, STATUS), keys, key, AccessPattern("p", by, **more), unique=unique)
    return plan_pattern(contract(made, indexes=indexes, key_types=types or {}), "E", "p")


BASE = {"PK": "OWNER#{owner}", "SK": "E#{at}#{id:012d}"}


def test_a_filled_item_key_is_a_get() -> None:
    found = plan(("owner", "id"), {"PK": "{owner}", "SK": "E#{id}"})
    assert (found.access, found.index, found.requests, found.consistent) == ("get", None, 1, True)
    assert (found.ordered, found.total) == (True, True)


def test_more_equalities_than_the_item_key_takes_are_still_a_get() -> None:
    assert plan(("owner", "id", "status"), {"PK": "{owner}", "SK": "E#{id}"}).access == "get"


def test_a_get_may_be_resolved_through_a_parent() -> None:
    found = plan_pattern(contract(USER, CART), "CART", "line")
    assert (found.access, found.requests) == ("get", 2)
    assert [step.entity for step in found.resolve] == ["USER"]


def test_a_unique_list_is_looked_up() -> None:
    found = plan(("status",), BASE, unique=(("status",),))
    assert found.access == "unique"
    assert found.lookup is not None
    assert (found.lookup.fields, found.requests, found.consistent) == (("status",), 2, True)
    assert found.partition is None


def test_the_key_is_looked_up_where_the_item_key_is_of_other_fields() -> None:
    found = plan(("id",), BASE)
    assert found.access == "unique"
    assert found.lookup is not None
    assert found.lookup.kind == "key"


def test_a_partition_of_the_table_is_a_query_in_order() -> None:
    found = plan(("owner",), BASE, range="at")
    assert (found.access, found.index, found.consistent, found.requests) == ("query", None, True, 1)
    assert (found.sort_fields, found.arriving) == (("at", "id"), ("at", "id"))
    assert (found.ordered, found.total, found.fetch) == (True, True, False)
    assert (found.present, found.truthy) == ((), ())


def test_ties_arrive_in_any_order_where_the_key_does_not_follow() -> None:
    found = plan(("owner",), {"PK": "{owner}", "SK": "{at}"}, range="at")
    assert (found.arriving, found.ordered, found.total) == (("at",), True, False)


def test_without_a_range_the_order_is_that_of_the_key() -> None:
    for keys, ordered in (
        ({"PK": "{owner}", "SK": "E#{id:010d}"}, True),
        ({"PK": "{owner}", "SK": "E#{id:05d}"}, False),  # five digits do not hold every unsigned int
        ({"PK": "{owner}", "SK": "E#{id}"}, False),
        ({"PK": "{owner}", "SK": "{at}#{id:010d}"}, False),
    ):
        found = plan(("owner",), keys)
        assert (found.sort_fields, found.ordered, found.total) == (("id",), ordered, ordered)


def test_key_fields_that_the_call_fixes_do_not_count_for_the_order() -> None:
    found = plan(("owner",), {"PK": "{owner}", "SK": "E#{status}"}, key=("owner", "status"))
    assert (found.sort_fields, found.arriving, found.total) == (("owner", "status"), ("status",), True)


def test_a_range_behind_an_open_part_is_sorted_in_memory() -> None:
    found = plan(("owner",), {"PK": "{owner}", "SK": "{status}#{at}"}, range="at")
    assert (found.ordered, found.arriving) == (False, ())


def test_a_range_behind_a_fixed_part_arrives_in_order() -> None:
    found = plan(("owner", "status"), {"PK": "{owner}", "SK": "{status}#{at}#{id:010d}"}, range="at")
    assert (found.ordered, found.arriving) == (True, ("at", "id"))


def test_signed_numbers_do_not_sort_as_text() -> None:
    signed = field("n", "int", nullable=False)
    found = plan(("owner",), {"PK": "{owner}", "SK": "{n:011d}"}, ID, OWNER, signed, range="n")
    assert not found.ordered
    price = field("n", "decimal(10,2)", nullable=False)
    found = plan(("owner",), {"PK": "{owner}", "SK": "{n:011.2f}"}, ID, OWNER, price, range="n")
    assert not found.ordered


def test_a_bare_number_key_sorts_as_numbers() -> None:
    signed = field("n", "int", nullable=False)
    found = plan(("owner",), {"PK": "{owner}", "SK": "{n}"}, ID, OWNER, signed, range="n", types={"SK": "N"})
    assert (found.ordered, found.arriving, found.sort_type) == (True, ("n",), "N")


def test_text_in_front_of_other_parts_does_not_sort() -> None:
    found = plan(("owner",), {"PK": "{owner}", "SK": "{status}#{id}"}, range="status")
    assert not found.ordered
    found = plan(("owner",), {"PK": "{owner}", "SK": "E#{status}"}, range="status")
    assert (found.ordered, found.present) == (True, ("status",))


def test_a_coarser_text_of_the_range_is_sorted_in_memory() -> None:
    found = plan(("owner",), {"PK": "{owner}", "SK": "{at:%Y%m%d}#{id}"}, range="at")
    assert not found.ordered
    exact = plan(("owner",), {"PK": "{owner}", "SK": "{at:%Y%m%d%H%M%S%f}"}, range="at")
    assert (exact.ordered, exact.arriving) == (True, ("at",))


BY_STATUS = {**BASE, "GSI1PK": "S#{status}", "GSI1SK": "{at}#{id:010d}"}


def test_an_index_serves_what_the_table_does_not() -> None:
    found = plan(("status",), BY_STATUS, range="at", indexes=(GSI1,))
    assert (found.access, found.index, found.consistent, found.fetch) == ("query", "GSI1", False, False)
    assert found.present == ()  # status is given, so it is not null


def test_an_index_holds_only_what_has_its_keys() -> None:
    found = plan((), {**BASE, "GSI1PK": "ALL", "GSI1SK": "{status}"}, indexes=(GSI1,))
    assert found.present == ("status",)
    found = plan((), {**BASE, "GSI1PK": "ALL", "GSI1SK": "{status|none}"}, indexes=(GSI1,))
    assert found.present == ()


def test_a_flag_in_an_index_key_need_not_be_given() -> None:
    admin = field("admin", "tinyint(1)", nullable=False)
    keys = {"PK": "{id}", "GSI1PK": "ADMIN#{admin:flag}", "GSI1SK": "{owner}"}
    for by in ((), ("admin",)):
        found = plan(by, keys, ID, OWNER, admin, range="owner", indexes=(GSI1,))
        assert (found.index, found.truthy, found.ordered) == ("GSI1", ("admin",), True)
        assert found.partitions({}) == ("ADMIN#1",)


@pytest.mark.parametrize(
    ("index", "fetch"),
    [
        (replace(GSI1, projection="KEYS_ONLY"), True),
        (replace(GSI1, projection="INCLUDE", attributes=("id", "owner", "at", "status")), True),
        (replace(GSI1, projection="INCLUDE", attributes=("id", "owner", "at", "status", "_type")), False),
    ],
)
def test_an_index_without_every_attribute_is_followed_by_reading_the_items(index: Index, fetch: bool) -> None:
    found = plan(("status",), BY_STATUS, range="at", indexes=(index,))
    assert (found.fetch, found.requests) == (fetch, 2 if fetch else 1)


def test_an_index_that_knows_tombstones_by_their_keys_alone_is_followed_by_reading_the_items() -> None:
    whole = replace(GSI1, projection="INCLUDE", attributes=("id", "owner", "at", "status", "_type"))
    bare = replace(whole, pk="id", sk=None)
    assert plan(("id",), BASE | {"id": "{id}"}, key=("id", "at"), indexes=(bare,), types={"id": "N"}).fetch
    assert not plan(("status",), BY_STATUS, range="at", indexes=(whole,)).fetch


def test_an_envelope_is_one_attribute() -> None:
    index = replace(GSI1, projection="INCLUDE", attributes=("Data", "_type"))
    made = entity("E", (ID, OWNER, AT, STATUS), BY_STATUS, ("id",), AccessPattern("p", ("status",)), envelope="Data")
    assert not plan_pattern(contract(made, indexes=(index,)), "E", "p").fetch


def test_an_ordered_index_that_holds_everything_is_preferred() -> None:
    keys = {**BASE, "GSI1PK": "{status}", "GSI1SK": "{at}", "GSI2PK": "{status}", "GSI2SK": "{at}"}
    keys_only = replace(GSI1, projection="KEYS_ONLY")
    assert plan(("status",), keys, range="at", indexes=(keys_only, GSI2)).index == "GSI2"
    assert plan(("status",), keys, range="at", indexes=(GSI1, GSI2)).index == "GSI1"
    unordered = {**keys, "GSI1SK": "{owner}"}
    assert plan(("status",), unordered, range="at", indexes=(GSI1, GSI2)).index == "GSI2"


def test_a_pattern_with_a_range_prefers_an_index_in_its_order_to_a_table_read_whole() -> None:
    keys = {"PK": "{owner}", "SK": "E#{status}", "GSI1PK": "{owner}", "GSI1SK": "{at}"}
    assert plan(("owner",), keys, range="at", indexes=(GSI1,)).index == "GSI1"
    # Without a range nothing asks for an order; the table is strongly consistent.
    assert plan(("owner",), {**keys, "GSI1SK": "{id:010d}"}, indexes=(GSI1,)).index is None


def test_a_named_index_is_used_whatever_else_there_is() -> None:
    keys = {**BASE, "GSI1PK": "{owner}", "GSI1SK": "{status}"}
    assert plan(("owner",), keys, range="at", indexes=(GSI1,), index="GSI1").index == "GSI1"
    assert plan(("owner",), {**keys, "GSI1SK": "{at}"}, index="Main", indexes=(GSI1,)).index is None


def test_a_key_made_of_a_year_is_enumerated() -> None:
    keys = {"PK": "{owner}", "SK": "E#{id}", "GSI1PK": "U#{owner}#{at:%Y}", "GSI1SK": "{at}"}
    found = plan(("owner",), keys, range="at", indexes=(GSI1,))
    assert found.enumerated is not None
    assert (found.index, found.enumerated.spec, found.ordered, found.present) == ("GSI1", "%Y", True, ())


@pytest.mark.parametrize("spec", ["%m", "%j", "%Y%m%d%f", "%H"])
def test_a_key_that_cuts_time_into_no_consecutive_pieces_is_not_enumerated(spec: str) -> None:
    keys = {"PK": "{owner}#{at:" + spec + "}", "SK": "{id}"}
    with pytest.raises(PlanError, match="at is not given"):
        plan(("owner",), keys, range="at")


def test_a_scan_has_to_be_permitted() -> None:
    with pytest.raises(PlanError):
        plan((), BASE)
    found = plan((), BASE, scan=True)
    assert (found.access, found.partition, found.ordered, found.consistent) == ("scan", None, False, True)


def test_a_scan_is_the_last_resort() -> None:
    assert plan(("owner",), BASE, scan=True).access == "query"


def test_one_entity_at_most_is_in_order() -> None:
    keys = {**BASE, "GSI1PK": "E#{id}", "GSI1SK": "{owner}"}
    found = plan(("id",), keys, index="GSI1", indexes=(GSI1,))
    assert (found.ordered, found.total) == (True, True)


def test_a_further_equality_of_one_entity_is_only_checked() -> None:
    keys = {**BASE, "GSI1PK": "E#{id}", "GSI1SK": "#"}
    assert plan(("id", "owner"), keys, index="GSI1", indexes=(GSI1,)).index == "GSI1"
    assert plan(("id", "owner"), BASE).access == "unique"


def test_a_unique_sort_field_makes_the_order_total() -> None:
    name = field("name", "varchar(9)", nullable=False)
    keys = {**BASE, "GSI1PK": "ALL", "GSI1SK": "{name}"}
    for unique, total in (((("name",),), True), ((), False)):
        found = plan((), keys, ID, OWNER, AT, name, range="name", indexes=(GSI1,), unique=unique)
        assert (found.ordered, found.total) == (True, total)


def test_what_no_index_serves_names_the_nearest_and_what_it_lacks() -> None:
    with pytest.raises(PlanError) as caught:
        plan(("status", "owner"), BASE, indexes=(GSI1,))
    error = caught.value
    assert (error.entity, error.pattern, error.index) == ("E", "p", "Main")
    assert error.lacks == ("status is in no leading part of its keys",)
    assert str(error) == "E.p: no key or index serves it; nearest is Main: status is in no leading part of its keys"


def test_an_index_that_lacks_the_entity_says_so() -> None:
    with pytest.raises(PlanError, match="E has no GSI1PK; E has no GSI1SK"):
        plan(("status",), BASE, index="GSI1", indexes=(GSI1,))


def test_an_unknown_index_is_named() -> None:
    with pytest.raises(PlanError, match="no index GSI9; there is GSI1"):
        plan(("status",), BY_STATUS, index="GSI9", indexes=(GSI1,))


def test_what_the_partition_lacks_is_named() -> None:
    with pytest.raises(PlanError, match="its partition key: owner is not given"):
        plan(("status",), BASE)


# --------------------------------------------------------------------------------------- whole contracts


@pytest.fixture(scope="module")
def shop() -> Contract:
    return load(Path(__file__).parents[3] / "contracts" / "migrationContract.json")


def test_every_pattern_of_the_shop_is_served_without_a_scan(shop: Contract) -> None:
    for entity_plan in plan_contract(shop).values():
        assert entity_plan.errors == {}
        for found in entity_plan.values():
            assert (found.access != "scan", found.ordered) == (True, True)


def test_the_shops_plans(shop: Contract) -> None:
    plans = plan_contract(shop)
    assert isinstance(plans["USER"].key, ViaLookup)
    orders = plans["ORDER"]["for_user"]
    assert (orders.index, orders.total, orders.requests) == (None, True, 2)
    assert plans["USER"]["by_email"].access == "get"
    assert plans["USER"]["super_admins"].truthy == ("super_admin",)
    assert plans["PRODUCT"]["listing"].fetch


def test_an_entitys_plan_raises_for_a_pattern_that_nothing_serves() -> None:
    fields, good, bad = (ID, OWNER, AT, STATUS), AccessPattern("good", ("owner",)), AccessPattern("bad", ("status",))
    plans = plan_contract(contract(entity("E", fields, BASE, ("id",), good, bad)))["E"]
    assert list(plans) == ["good", "bad"]
    assert len(plans) == 2
    assert plans["good"].access == "query"
    with pytest.raises(PlanError):
        plans["bad"]
    with pytest.raises(KeyError):
        plans["other"]
    assert list(plans.errors) == ["bad"]
