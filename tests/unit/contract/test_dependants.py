"""Who must be told of a change: dependants, and references to an entity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract.derive import (
    BackStep,
    dependants,
    derived_fields,
    references_to,
)
from crossfade.contract.load import load
from crossfade.contract.model_rules import AccessPattern
from tests.unit.contract.deriving import (
    NAME,
    PATH,
    STEPS,
    items,
    to_one,
    world,
)
from tests.unit.contract.planned import CART, USER, contract, entity, field, joined

BY_CATEGORY = AccessPattern("by_category", ("category_id",), index="GSI1")
KEYS = {"PK": "{id}", "SK": "#", "GSI1PK": "{category_id}", "GSI1SK": "{id:010d}"}


def test_dependants_are_found_backwards_over_every_hop() -> None:
    made = world(PATH, patterns=(BY_CATEGORY,), keys=KEYS)
    near, far = dependants(made, "CATEGORY", ["name"])
    last = BackStep("PRODUCT", "by_category", (("category_id", "id"),))
    assert (near.entity, near.fields, near.chain, near.reason) == ("PRODUCT", ("path",), (last,), None)
    assert far.chain == (BackStep("CATEGORY", "children", (("parent_id", "id"),)), last)


def test_a_field_that_leads_on_matters_too() -> None:
    made = world(PATH, patterns=(BY_CATEGORY,), keys=KEYS)
    assert [len(d.chain) for d in dependants(made, "CATEGORY", ["parent_id"])] == [1]
    assert dependants(made, "CATEGORY", ["open"]) == ()
    assert len(dependants(made, "CATEGORY")) == 2
    assert dependants(made, "PRODUCT") == ()


def test_fields_found_the_same_way_are_one_dependant() -> None:
    made = world(PATH, to_one("name", STEPS[:1], "c.name"), patterns=(BY_CATEGORY,), keys=KEYS)
    assert [d.fields for d in dependants(made, "CATEGORY", ["name"])] == [("path", "name"), ("path",)]


def test_a_snapshot_depends_on_nothing() -> None:
    made = world(replace(PATH, maintain="snapshot"), patterns=(BY_CATEGORY,), keys=KEYS)
    assert dependants(made, "CATEGORY") == ()


def test_a_child_known_by_its_parents_key_is_read_by_it() -> None:
    profile = entity(
        "PROFILE",
        [field("id", "int"), joined("of", "varchar(9)", "id", "users", "name")],
        {"PK": "{id}", "SK": "P"},
        ["id"],
    )
    (found,) = dependants(contract(USER, profile), "USER", ["name"])
    assert found.chain == (BackStep("PROFILE", None, (("id", "id"),)),)


def test_a_consistent_pattern_is_preferred() -> None:
    keys = {"PK": "{category_id}", "SK": "{id}", "GSI1PK": "{category_id}", "GSI1SK": "{id:010d}"}
    patterns = (BY_CATEGORY, AccessPattern("of_category", ("category_id",)))
    found = dependants(world(PATH, patterns=patterns, keys=keys), "CATEGORY", ["parent_id"])
    assert found[0].chain[0].pattern == "of_category"


@pytest.mark.parametrize(
    ("patterns", "keys", "reason"),
    [
        ((), KEYS, "no access pattern of PRODUCT is by category_id alone"),
        (
            (AccessPattern("p", ("category_id",)),),
            {"PK": "{id}", "SK": "#"},
            "PRODUCT.p: no key or index serves it; nearest is Main: its partition key: id is not given",
        ),
        (
            (BY_CATEGORY,),
            {**KEYS, "GSI1SK": "{price}"},
            "PRODUCT.by_category does not see every record: price may be null",
        ),
        (
            (replace(BY_CATEGORY, range="at"),),
            {**KEYS, "GSI1PK": "{category_id}#{at:%Y}", "GSI1SK": "{at}"},
            "PRODUCT.by_category needs a range of at",
        ),
    ],
)
def test_what_finds_no_dependants_says_why(patterns: Any, keys: dict[str, str], reason: str) -> None:
    found = dependants(world(PATH, patterns=patterns, keys=keys), "CATEGORY", ["parent_id"])
    assert [(d.chain, d.reason) for d in found] == [((), reason)]


def test_values_inside_owned_rows_are_found_by_no_pattern() -> None:
    (found,) = dependants(world(items(NAME, maintain="propagate")), "CATEGORY", ["name"])
    assert (found.fields, found.chain) == (("items.name",), ())
    assert found.reason == "no access pattern of PRODUCT can be by a column of its owned rows (category_id)"
    assert dependants(world(items(NAME, maintain="snapshot")), "CATEGORY", ["name"]) == ()


def test_a_join_by_a_constant_leads_back_to_nothing() -> None:
    fixed = to_one("x", [("category", "c", "c.id = 1")], "c.name")
    (found,) = dependants(world(fixed), "CATEGORY", ["name"])
    assert found.reason == "what leads to CATEGORY is not in one record"


# ---------------------------------------------------------------------------------------- whole contracts


def test_references_to_an_entity() -> None:
    shop = load(Path(__file__).parents[3] / "contracts" / "migrationContract.json")
    assert [(name, r.fields) for name, r in references_to(shop, "PRODUCT")] == [
        ("CART", ("product_id",)),
        ("ORDER", ("items.product_id",)),
    ]


def test_everything_derived_in_the_shop_can_be_kept_equal() -> None:
    shop = load(Path(__file__).parents[3] / "contracts" / "migrationContract.json")
    for name in shop.entities:
        assert [d for d in derived_fields(shop, name).values() if d.reason] == []
        assert [d for d in dependants(shop, name) if d.reason] == []


def test_a_cart_follows_its_users_email() -> None:
    (found,) = dependants(contract(USER, CART), "USER", ["email"])
    assert found.chain == (BackStep("CART", "for_user", (("user_id", "id"),)),)
    assert found.fields == ("user_email",)
