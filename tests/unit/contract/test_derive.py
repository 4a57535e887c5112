"""Where derived fields come from: which records a join leads to, and what cannot be followed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crossfade.contract.derive import (
    Deriver,
    derived_fields,
    joined_fields,
)
from crossfade.contract.derived import From, Own
from crossfade.contract.model import Attribute
from crossfade.contract.model_derivation import Transformation
from tests.unit.contract.deriving import (
    CATEGORY,
    ID,
    PATH,
    PHONES,
    RECORD,
    STEPS,
    TEXT,
    THINGS,
    computed,
    over,
    the,
    to_one,
    world,
)
from tests.unit.contract.planned import contract, entity, field


def test_a_join_is_followed_by_the_keys_of_entities() -> None:
    path = the(PATH)
    assert [(h.entity, h.alias, h.key) for h in path.hops] == [
        ("CATEGORY", "c", (("id", Own("category_id")),)),
        ("CATEGORY", "p", (("id", From(0, "parent_id")),)),
    ]
    assert [h.reads for h in path.hops] == [("parent_id", "name"), ("name",)]
    assert (path.own, path.reason, path.snapshot) == (frozenset({"category_id"}), None, False)


def test_what_is_found_makes_the_value() -> None:
    path = the(PATH)
    assert path.key(0, RECORD, ()) == (5,)
    assert path.key(1, RECORD, [PHONES]) == (4,)
    assert path.key(1, RECORD, [THINGS]) is None
    assert path.key(1, RECORD, [None]) is None
    assert path.value(RECORD, [PHONES, THINGS]) == "Phones < Things"
    assert path.value(RECORD, [THINGS, None]) == "Things"
    assert path.value(RECORD, [None, None]) == "none"


def test_a_row_without_a_value_is_not_the_absence_of_a_row() -> None:
    name = the(to_one("name", STEPS[:1], "c.name", otherwise="none"))
    assert name.value(RECORD, [{**PHONES, "name": None}]) is None
    assert name.value(RECORD, [None]) == "none"


def test_a_further_condition_of_a_join_lets_rows_count_or_not() -> None:
    open_ = the(to_one("name", [("category", "c", "c.id = e.category_id AND c.open = TRUE")], "c.name", otherwise="-"))
    assert open_.hops[0].reads == ("open", "name")
    assert open_.value(RECORD, [PHONES]) == "Phones"
    assert open_.value(RECORD, [{**PHONES, "open": False}]) == "-"
    assert open_.value(RECORD, [{**PHONES, "open": None}]) == "-"


def test_a_conditional_join_reads_nothing_where_it_does_not_apply() -> None:
    dear = the(to_one("name", STEPS[:1], "c.name", when=over("e.price > 5"), otherwise="cheap"))
    assert dear.own == frozenset({"category_id", "price"})
    cheap = {**RECORD, "price": Decimal(1)}
    assert dear.key(0, RECORD, ()) == (5,)
    assert dear.key(0, cheap, ()) is None
    assert dear.value(RECORD, [PHONES]) == "Phones"
    assert dear.value(cheap, [PHONES]) == "cheap"
    assert dear.value({**RECORD, "price": None}, [PHONES]) == "cheap"


def test_a_calculation_may_read_what_another_field_joins() -> None:
    shout = the(
        computed("shout", "CONCAT(UPPER(c.name), e.price)"),
    )
    assert shout.reason == "no join calls its row c"
    fields = derived_fields(world(PATH, computed("shout", "CONCAT(UPPER(c.name), e.price)")), "PRODUCT")
    assert [h.alias for h in fields["shout"].hops] == ["c"]
    assert fields["shout"].value(RECORD, [PHONES]) == "PHONES9.50"
    assert fields["shout"].value(RECORD, [None]) is None


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        (to_one("x", [("ghost", "g", "g.id = e.category_id")], "g.name"), "table ghost belongs to no entity"),
        (
            to_one("x", [("category", "c", "c.name = e.category_id")], "c.name"),
            "the join is not by the key of CATEGORY (id)",
        ),
        (
            to_one("x", [("category", "c", "c.id > e.category_id AND c.id = UPPER(e.at)")], "c.name"),
            "the join is not by the key of CATEGORY (id)",
        ),
        (to_one("x", STEPS[:1], "p.name"), "no join calls its row p"),
        (to_one("x", STEPS[:1], "c.colour"), "CATEGORY has no field of column category.colour"),
        (to_one("x", [("category", "c", "c.id = e.shelf")], "c.name"), "PRODUCT has no field of column e.shelf"),
        (computed("x", "UPPER(e.shelf)"), "PRODUCT has no field of column e.shelf"),
        (
            Attribute("x", "S", "x", TEXT, columns=("shelf",), transformation=Transformation("date-format", "%Y")),
            "PRODUCT has no field of column e.shelf",
        ),
    ],
)
def test_what_cannot_be_followed_says_why(attribute: Attribute, reason: str) -> None:
    assert the(attribute).reason == reason
    assert Deriver(world(attribute), "PRODUCT").computed({**RECORD, "x": "kept"}, {}) == {"x": "kept"}
    assert Deriver(world(attribute), "PRODUCT").computed(RECORD, {}) == {"x": None}


def test_of_two_entities_of_a_table_the_one_that_has_the_columns_is_joined() -> None:
    plain = entity("LABEL", [ID], {"PK": "{id}"}, ["id"], source_table="category")
    name = to_one("x", STEPS[:1], "c.name")
    made = contract(
        plain,
        entity("PRODUCT", [ID, field("category_id", "int"), name], {"PK": "{id}"}, ["id"], source_table="e"),
        CATEGORY,
    )
    assert derived_fields(made, "PRODUCT")["x"].hops[0].entity == "CATEGORY"


def test_joined_fields_are_those_that_come_from_others() -> None:
    ghost = to_one("ghost", [("ghost", "g", "g.id = e.category_id")], "g.name")
    found = joined_fields(world(PATH, ghost, computed("twice", "e.price * 2")), "PRODUCT")
    assert [d.field for d in found] == ["path", "ghost"]


def test_plumbing_is_derived_only_where_a_key_takes_it_as_a_field() -> None:
    hidden = computed("hidden", "UPPER(e.price)", plumbing=True)
    assert "hidden" not in derived_fields(world(hidden), "PRODUCT")
    made = world(hidden, keys={"PK": "{hidden}", "SK": "#"})
    assert Deriver(made, "PRODUCT").computed(RECORD, {}) == {"hidden": "9.50"}
