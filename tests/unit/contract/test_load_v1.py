"""Version 1, in both of its forms: read as the workshop's tools wrote it."""

import copy
from typing import Any

import pytest

from crossfade.contract import ContractError, load, parse_schema
from crossfade.contract.dates import strftime_pattern
from crossfade.contract.model_derivation import Aggregate, Computed, JoinStep, OwnColumns, ToMany, ToOne
from crossfade.contract.sql import And, Arithmetic, Call, Case, Column, Compare, IsNull, Literal, Not
from tests.unit.contract.examples import attribute, key
from tests.unit.contract.examples_v1 import older, workshop


def field(name: str) -> Any:
    return load(workshop()).entities["Products"].fields[name]


def equal(alias: str, column: str, own: str) -> Compare:
    return Compare("=", Column(alias, column), Column(None, own))


def test_keys_and_indexes() -> None:
    contract = load(workshop())
    products = contract.entities["Products"]
    assert contract.version == 1
    assert contract.groups == {"default": ("Products", "USER", "ADDRESS", "Categories")}
    assert contract.tables["Products"].pk == "product_id"
    assert contract.tables["Products"].sk is None
    assert (contract.tables["UserData"].pk, contract.tables["UserData"].sk) == ("PK", "SK")
    assert {name: t.source for name, t in products.keys.items()} == {
        "product_id": "{product_id}",
        "category_name": "{category_name}",
        "product_name": "{product_name}",
    }
    assert products.key == ("product_id",)
    assert not products.fields["product_id"].nullable


def test_to_one_joins() -> None:
    category, brand, buyer = field("category_name").derivation, field("brand").derivation, field("buyer").derivation
    step = JoinStep("categories", "categories", equal("categories", "id", "category_id"))
    assert category == ToOne("foreign-key", (step,), (Column("categories", "name"),))
    assert brand.steps[0].condition == And(
        (equal("brands", "maker_id", "maker_id"), equal("brands", "line_id", "line_id"))
    )
    assert brand.selects == (Call("CONCAT", (Column("brands", "name"), Literal(" - "), Column("brands", "line"))),)
    assert buyer.when == Not(IsNull(Column(None, "buyer_id")))
    assert buyer.otherwise == "nobody"
    assert field("maker").derivation.kind == "lookup-table"


def test_a_chain_with_a_separator() -> None:
    path = field("path").derivation
    assert [s.alias for s in path.steps] == ["cats", "areas"]
    assert path.steps[1].condition == Compare("=", Column("areas", "id"), Column("cats", "area_id"))
    assert path.selects == (Column("cats", "name"), Column("areas", "name"))
    assert path.separator == " > "


def test_a_chain_without_a_separator_gives_its_last() -> None:
    contract = workshop()
    contract["tables"][0]["attributes"][7]["join"].pop("chain_separator")
    path = load(contract).entities["Products"].fields["path"].derivation
    assert isinstance(path, ToOne)
    assert (path.selects, path.separator) == ((Column("areas", "name"),), None)


def test_a_self_join() -> None:
    parent = load(workshop()).entities["Categories"].fields["parent_name"].derivation
    step = JoinStep("categories", "parent_cat", equal("parent_cat", "id", "parent_id"))
    assert parent == ToOne("self-join", (step,), (Column("parent_cat", "name"),), otherwise="ROOT")


def test_a_self_join_without_an_alias_is_left_to_lint() -> None:
    contract = workshop()
    contract["tables"][2]["attributes"][1]["join"] = {
        "type": "self-join",
        "join_condition": "categories.id = categories.parent_id",
        "select_column": "categories.name",
    }
    parent = load(contract).entities["Categories"].fields["parent_name"].derivation
    assert isinstance(parent, ToOne)
    assert parent.steps[0].alias == "categories"


def test_constructions() -> None:
    reviews, size = field("reviews"), field("size")
    assert isinstance(reviews.derivation, ToMany)
    assert reviews.derivation.order_by == ((Column("reviews", "created_at"), True),)
    assert reviews.derivation.limit == 5
    assert (reviews.value_type.kind, reviews.format, reviews.nullable) == ("rows", "json", False)
    assert isinstance(size.derivation, OwnColumns)
    assert [c.expression for c in size.derivation.columns] == [Column(None, "width"), Column(None, "height")]
    assert not size.writable


def test_calculations() -> None:
    sold, status = field("sold").derivation, field("status_text").derivation
    amount = Arithmetic("*", Column("order_items", "price"), Column("order_items", "quantity"))
    assert sold == Aggregate("SUM", "order_items", "order_items", equal("order_items", "product_id", "id"), amount)
    branches = tuple(
        (Compare("=", Column(None, "status"), Literal(k)), Literal(v)) for k, v in (("A", "Active"), ("X", "Gone"))
    )
    assert status == Computed("case", Case(branches, Literal("Unknown")))


@pytest.mark.parametrize(
    ("calculation", "columns", "expected"),
    [
        ({"type": "concat", "expression": "CONCAT(first, ' ', last)"}, None, "CONCAT"),
        ({"type": "concat", "columns": ["first", "last"]}, None, "CONCAT"),
        ({"type": "concat", "separator": " "}, ["first", "last"], "CONCAT_WS"),
        ({"type": "date-math", "expression": "DATE_ADD(created, INTERVAL 90 DAY)"}, None, "DATE_ADD"),
        ({"type": "date-math", "operation": "SUB", "amount": 1, "unit": "MONTH"}, "created", "DATE_SUB"),
    ],
)
def test_concat_and_date_math(calculation: dict[str, Any], columns: Any, expected: str) -> None:
    contract = workshop()
    added = {"name": "made", "type": "S", "calculation": calculation, **({"source_column": columns} if columns else {})}
    contract["tables"][0]["attributes"].append(added)
    made = load(contract).entities["Products"].fields["made"].derivation
    assert isinstance(made, Computed)
    assert isinstance(made.expression, Call)
    assert made.expression.name == expected


@pytest.mark.parametrize(
    ("transformation", "kind", "format_"),
    [
        ({"type": "date-format", "format": "YYYY-MM-DD"}, "str", "%Y-%m-%d"),
        ({"type": "number-format", "decimals": 2}, "str", ".2f"),
        ({"type": "number-format", "format": "%08.3f"}, "str", "08.3f"),
        ({"type": "json-parse"}, "json", None),
    ],
)
def test_transformations(transformation: dict[str, Any], kind: str, format_: str | None) -> None:
    contract = workshop()
    contract["tables"][0]["attributes"].append({**attribute("made"), "transformation": transformation})
    made = load(contract).entities["Products"].fields["made"]
    assert made.transformation is not None
    assert (made.value_type.kind, made.transformation.format) == (kind, format_)
    assert not made.writable


def test_a_string_format_that_is_no_key_is_a_field() -> None:
    contract = workshop()
    contract["tables"][0]["attributes"] += [key("label", "{product_name}: {price}"), static("kind", "product")]
    fields = load(contract).entities["Products"].fields
    template = fields["label"].transformation
    assert template is not None
    assert template.template is not None
    assert template.template.fields == ("product_name", "price")
    assert not fields["label"].plumbing
    assert fields["kind"].transformation is not None
    assert fields["kind"].transformation.value == "product"


def static(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "type": "S", "transformation": {"type": "static", "value": value}}


def test_what_is_only_a_key_is_plumbing() -> None:
    contract = workshop()
    table = contract["tables"][0]
    table["gsis"].append({"index_name": "GSI1", "pk": "GSI1PK", "sk": "GSI1SK"})
    table["gsis"].append({"index_name": "GSI2", "pk": "GSI2PK", "sk": "day"})
    table["attributes"] += [
        key("GSI1PK", "MAKER#{maker}"),
        static("GSI1SK", "#META"),
        attribute("GSI2PK", source_column="id"),
        {**attribute("day"), "transformation": {"type": "date-format", "format": "YYYY"}},
    ]
    products = load(contract).entities["Products"]
    assert {a.name for a in products.attributes if a.plumbing} == {"GSI1PK", "GSI1SK", "GSI2PK"}
    assert products.keys["GSI1PK"].source == "MAKER#{maker}"
    assert products.keys["GSI1SK"].constant == "#META"
    assert products.keys["GSI2PK"].source == "{product_id}"
    assert products.keys["day"].source == "{day}"


def test_templates_may_name_columns() -> None:
    contract = load(workshop())
    assert contract.entities["USER"].keys["PK"].source == "USER#{user_id}"
    address = contract.entities["ADDRESS"]
    assert address.key == ("user_id", "kind")
    assert address.fields["kind"].column == "kind"
    kinds = [
        n.kind for n in contract.notes if "UserData" in n.message or "ADDRESS" in n.message or "addresses" in n.message
    ]
    assert kinds == ["implied-field", "implied-field", "inferred-key"]


def test_the_delimiter_is_not_escaped() -> None:
    address = load(workshop()).entities["ADDRESS"]
    assert address.keys["SK"].build({"kind": "a#b"}) == "ADDRESS#a#b"
    assert [s.escaped for s in address.keys["PK"].slots] == [""]


def test_composite_key_names() -> None:
    contract = workshop()
    table = copy.deepcopy(contract["tables"][0])
    table.update(
        table="History",
        pk="buyer",
        sk="product_id#created_day",
        gsis=[{"index_name": "ByDay", "pk": "created_day", "sk": "buyer#line"}],
    )
    contract["tables"] = [table]
    history = load(contract).entities["History"]
    assert history.keys["product_id#created_day"].source == "{product_id}#{created_day}"
    assert history.keys["buyer#line"].source == "{buyer}#{line}"
    assert history.fields["line"].column == "line"
    assert load(contract).tables["History"].key_types["product_id#created_day"] == "S"


def test_a_joined_key_part_is_identified_by_its_columns() -> None:
    contract = workshop()
    table = contract["tables"][0]
    table["attributes"] = [attribute("maker", source_column="maker_id"), table["attributes"][3]]
    table.update(pk="maker", sk="category_name", gsis=[])
    assert load(contract).entities["Products"].key == ("maker", "category_id")


def test_nothing_identifies_a_literal_key() -> None:
    contract = workshop()
    entity = contract["tables"][1]["entities"][0]
    entity.update(pk_template="USERS", attributes=[attribute("username")])
    with pytest.raises(ContractError, match='what identifies "USER" cannot be told'):
        load(contract)


def test_a_schema_knows_the_columns() -> None:
    schema = parse_schema(
        "CREATE TABLE users (id INT PRIMARY KEY AUTO_INCREMENT, username VARCHAR(9) NOT NULL);"
        "CREATE TABLE addresses (user_id INT NOT NULL, kind VARCHAR(9), city TEXT, PRIMARY KEY (user_id, kind))"
    )
    contract = {"tables": [workshop()["tables"][1]]}
    loaded = load(contract, schema=schema)
    assert loaded.entities["ADDRESS"].fields["user_id"].type == "N"
    assert loaded.entities["USER"].fields["user_id"].value_type.source == "int"
    contract["tables"][0]["entities"][1]["sk_template"] = "ADDRESS#{kint}"
    with pytest.raises(ContractError, match="did you mean 'kind'"):
        load(contract, schema=schema)


def test_the_older_form() -> None:
    contract = load(older())
    users = contract.entities["Users"]
    assert users.key == ("UserId",)
    assert contract.tables["Users"].index("EmailIndex").pk == "Email"
    assert contract.tables["Users"].key_types == {"UserId": "N", "Email": "S"}
    manager, city = users.fields["Manager"], users.fields["City"]
    assert isinstance(city.derivation, ToOne)
    assert city.derivation.steps == (JoinStep("cities", "cities", equal("cities", "id", "city_id")),)
    assert city.derivation.selects == (Column("cities", "name"),)
    assert isinstance(manager.derivation, ToOne)
    assert manager.derivation.steps == (JoinStep("users", "users_Manager", equal("users_Manager", "id", "manager_id")),)
    assert (manager.denormalized, manager.justification) == (True, "shown in lists")


def test_problems_of_the_older_form_have_its_paths() -> None:
    contract = older()
    contract[0]["attributes"]["City"]["join"].pop("local_column")
    contract[0]["attributes"]["Email"]["type"] = "TEXT"
    with pytest.raises(ContractError) as caught:
        load(contract)
    assert {p.path for p in caught.value.problems} == {"$[0].attributes.City.join", "$[0].attributes.Email.type"}


def test_version_2_keys_want_version_2() -> None:
    contract = workshop()
    contract["tables"][1]["entities"][0]["unique"] = [["username"]]
    with pytest.raises(ContractError, match=r'"unique" is a key of version 2 \(add "version": "2"'):
        load(contract)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("YYYY-MM-DD", "%Y-%m-%d"),
        ("yyyy/MM/dd", "%Y/%m/%d"),
        ("YYYY-MM-DDTHH:mm:ssZ", "%Y-%m-%dT%H:%M:%SZ"),
        ("[year ]YYYY", "year %Y"),
        ("YY'th'", "%yth"),
        ("%Y-%m", "%Y-%m"),
    ],
)
def test_date_patterns(given: str, expected: str) -> None:
    assert strftime_pattern(given) == expected


@pytest.mark.parametrize("given", ["YYYY-QQ", "%Y-%q", "Month"])
def test_date_patterns_that_mean_nothing(given: str) -> None:
    with pytest.raises(ValueError, match="not a part of a date"):
        strftime_pattern(given)
