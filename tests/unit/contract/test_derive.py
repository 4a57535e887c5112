"""Where derived fields come from, what they are, and who must be told of a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract.derive import (
    BackStep,
    Deriver,
    ParentKey,
    dependants,
    derived_fields,
    joined_fields,
    references_to,
    row_fields,
)
from crossfade.contract.derived import DerivedField, From, Own
from crossfade.contract.errors import InvalidValue
from crossfade.contract.expressions import map_columns, parse_condition, parse_expression
from crossfade.contract.load import load
from crossfade.contract.model import (
    AccessPattern,
    Aggregate,
    Attribute,
    ChildColumn,
    Computed,
    Contract,
    Entity,
    JoinStep,
    OwnColumns,
    ToMany,
    ToOne,
    Transformation,
)
from crossfade.contract.sql import Column, Expression
from crossfade.contract.template import parse_template
from crossfade.contract.types import ValueType, parse_sql_type
from tests.unit.contract.planned import CART, GSI1, USER, contract, entity, field, joined

ID = field("id", "int unsigned", nullable=False)
TEXT = parse_sql_type("varchar(100)")


def over(text: str, root: str = "e", *, condition: bool = True) -> Expression:
    """An expression as the loader resolves it."""
    parsed = parse_condition(text) if condition else parse_expression(text)
    return map_columns(parsed, lambda c: Column(None if c.table == root else c.table, c.name))


def to_one(
    name: str, steps: list[tuple[str, str, str]], *selects: str, type_: ValueType = TEXT, **more: Any
) -> Attribute:
    """A joined field; each step is table, alias, condition."""
    hops = tuple(JoinStep(t, a, over(c)) for t, a, c in steps)
    details = {k: more.pop(k) for k in ("separator", "when", "otherwise") if k in more}
    join = ToOne("chain", hops, tuple(over(s, condition=False) for s in selects), **details)
    return Attribute(name, "S", name, type_, derivation=join, **more)


def computed(name: str, text: str, type_: ValueType = TEXT, **more: Any) -> Attribute:
    return Attribute(name, "S", name, type_, derivation=Computed("concat", over(text, condition=False)), **more)


CATEGORY = entity(
    "CATEGORY",
    [ID, field("name", "varchar(20)", nullable=False), field("parent_id", "int unsigned"), field("open", "tinyint(1)")],
    {"PK": "{id}", "GSI1PK": "{parent_id}", "GSI1SK": "{name}"},
    ["id"],
    AccessPattern("children", ("parent_id",), index="GSI1"),
)
STEPS = [("category", "c", "c.id = e.category_id"), ("category", "p", "p.id = c.parent_id")]


def product(*more: Attribute, patterns: tuple[AccessPattern, ...] = (), **settings: Any) -> Entity:
    fields = [ID, field("category_id", "int unsigned"), field("price", "decimal(10,2)"), field("at", "datetime"), *more]
    keys = settings.pop("keys", {"PK": "{id}", "SK": "#"})
    return entity("PRODUCT", fields, keys, ["id"], *patterns, source_table="e", **settings)


def world(*more: Attribute, **settings: Any) -> Contract:
    categories = replace(CATEGORY, keys={**CATEGORY.keys, "SK": parse_template("#", types={}, escape=True)})
    return contract(product(*more, **settings), categories, indexes=(GSI1,))


def the(field_: Attribute, **settings: Any) -> DerivedField:
    return derived_fields(world(field_, **settings), "PRODUCT")[field_.field]


PATH = to_one("path", STEPS, "c.name", "p.name", separator=" < ", otherwise="none")
PHONES = {"id": 5, "name": "Phones", "parent_id": 4, "open": True}
THINGS = {"id": 4, "name": "Things", "parent_id": None, "open": True}
RECORD = {"id": 1, "category_id": 5, "price": Decimal("9.50"), "at": datetime(2026, 1, 2, tzinfo=UTC)}


# ------------------------------------------------------------------------------------------------ hops


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


# --------------------------------------------------------------------------------------------- values


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


def items(*more: ChildColumn, owned: bool = True, shape: Any = "array", **settings: Any) -> Attribute:
    plain = [ChildColumn(n, Column("line", n), parse_sql_type("int")) for n in ("category_id", "quantity")]
    columns = (*plain, *more)
    joins = (JoinStep("category", "c", over("c.id = line.category_id")),)
    many = ToMany("lines", "line", over("line.product_id = e.id"), shape, columns, joins=joins, owned=owned)
    type_ = ValueType("rows" if shape == "array" else "row", columns={c.name: c.type for c in columns})
    return Attribute("items", "L", "items", type_, derivation=many, **settings)


NAME = ChildColumn("name", Column("c", "name"), TEXT)
TWICE = ChildColumn("twice", over("line.quantity * 2", condition=False), parse_sql_type("int"))


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


def aggregate(name: str, operation: Any, table: str, condition: str, type_: ValueType) -> Attribute:
    made = Aggregate(operation, table, table if table != "lines" else "line", over(condition))
    return Attribute(name, "N", name, type_, derivation=made)


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


# ------------------------------------------------------------------------------------------ dependants

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
