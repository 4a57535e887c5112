"""Loading: what a contract means in memory, and that whatever is wrong with one is a clear ContractError."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import ContractError, load, loads, parse_schema
from crossfade.contract.model import AccessPattern, Aggregate, IdRule, OwnColumns, Reference, ToMany, ToOne
from crossfade.contract.sql import Column, Compare
from tests.unit.contract.examples import BOOKSHOP_SQL, attribute, bookshop, key

Change = Callable[[dict[str, Any]], object]


def author(contract: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = contract["tables"][0]["entities"][0]
    return found


def book(contract: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = contract["tables"][0]["entities"][1]
    return found


def named(entity: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(a for a in entity["attributes"] if a["name"] == name)
    return found


def test_what_a_contract_means() -> None:
    contract = load(bookshop())
    found = contract.entities["BOOK"]
    assert contract.version == 2
    assert contract.groups == {"shop": ("AUTHOR", "BOOK")}
    assert contract.table_of("BOOK").index("GSI1").pk == "GSI1PK"
    assert contract.tables["Library"].key_types == {"PK": "S", "SK": "S", "GSI1PK": "S", "GSI1SK": "S"}
    assert found.key == ("id",)
    assert found.id == IdRule("id", "auto_increment")
    assert {name: t.source for name, t in found.keys.items()} == {
        "PK": "AUTHOR#{author_id:012d}",
        "SK": "BOOK#{published}#{id:012d}",
        "GSI1PK": "BOOK#{id:012d}",
        "GSI1SK": "#META",
    }
    assert list(found.fields) == ["id", "author_id", "title", "price", "published", "notes", "author_name", "chapters"]
    assert found.writable == {"id", "author_id", "title", "price", "published", "notes", "chapters"}
    assert found.references == (Reference(("author_id",), "AUTHOR", "restrict", "of_author", "book_count"),)
    assert found.access_patterns["by_id"] == AccessPattern(
        "by_id", ("id",), unique=True, path="$.tables[0].entities[1].access_patterns[1]"
    )
    assert found.fields["price"].default == Decimal("0.00")
    assert found.fields["notes"].nullable


def test_derivations() -> None:
    contract = load(bookshop())
    book_ = contract.entities["BOOK"]
    name, chapters = book_.fields["author_name"].derivation, book_.fields["chapters"].derivation
    assert isinstance(name, ToOne)
    assert name.steps[0].condition == Compare("=", Column("authors", "id"), Column(None, "author_id"))
    assert name.selects == (Column("authors", "name"),)
    assert isinstance(chapters, ToMany)
    assert (chapters.owned, chapters.limit) == (True, 50)
    assert chapters.order_by == ((Column("chapters", "id"), False),)
    assert [(c.name, c.type.source) for c in chapters.columns] == [("heading", "varchar(100)"), ("pages", "smallint")]
    count = contract.entities["AUTHOR"].fields["book_count"].derivation
    assert count == Aggregate("COUNT", "books", "books", Compare("=", Column("books", "author_id"), Column(None, "id")))


def test_a_file_a_text_and_a_mapping_are_the_same(tmp_path: Path) -> None:
    text = json.dumps(bookshop())
    path = tmp_path / "contract.json"
    path.write_text("\ufeff" + text, encoding="utf-8")
    prints = {
        load(path).fingerprint,
        load(str(path)).fingerprint,
        loads(text).fingerprint,
        load(bookshop()).fingerprint,
    }
    assert len(prints) == 1
    assert load(path).source == str(path)
    assert loads(json.dumps(bookshop(), indent=4, sort_keys=True)).fingerprint in prints
    changed = bookshop()
    book(changed)["access_patterns"][0]["rps"] = 41.5
    assert load(changed).fingerprint not in prints
    assert load(changed).fingerprint == loads(json.dumps(changed)).fingerprint


def test_the_schema_gives_types_identity_and_ids() -> None:
    contract = bookshop()
    for entity in contract["tables"][0]["entities"]:
        for name in ("key", "id"):
            entity.pop(name)
        for one in entity["attributes"]:
            for name in ("source_type", "nullable", "default"):
                one.pop(name, None)
    named(book(contract), "chapters")["join"]["construction"].pop("source_types")
    assert load(contract, schema=parse_schema(BOOKSHOP_SQL)).entities["BOOK"].id == IdRule("id", "auto_increment")
    with_schema, declared = load(contract, schema=parse_schema(BOOKSHOP_SQL)), load(bookshop())
    for entity in declared.entities.values():
        for name, expected in entity.fields.items():
            found = with_schema.entities[entity.name].fields[name]
            assert (found.value_type.kind, found.value_type.source) == (
                expected.value_type.kind,
                expected.value_type.source,
            )
            assert (found.nullable, found.default) == (expected.nullable, expected.default), name


def test_defaults() -> None:
    contract = bookshop()
    contract.pop("groups")
    table = contract["tables"][0]
    del table["pk"], table["sk"], table["gsis"]
    for entity in table["entities"]:
        entity["attributes"] = [a for a in entity["attributes"] if not a["name"].startswith("GSI1")]
        entity.pop("key")
    author(contract)["access_patterns"][0].pop("index")
    book(contract)["references"][0].pop("on_delete")
    loaded = load(contract)
    assert loaded.groups == {"default": ("AUTHOR", "BOOK")}
    assert (loaded.tables["Library"].pk, loaded.tables["Library"].sk) == ("PK", "SK")
    assert loaded.tables["Library"].type_attribute == "_type"
    assert loaded.entities["BOOK"].key == ("id",)
    assert loaded.entities["BOOK"].references[0].on_delete == "restrict"


def test_a_joined_alias_may_be_used_by_another_attribute() -> None:
    contract = bookshop()
    join = {
        "type": "foreign-key",
        "target_table": "cities",
        "join_condition": "cities.id = authors.city_id",
        "select_column": "name",
    }
    book(contract)["attributes"].append({"name": "city", "type": "S", "join": join})
    steps = load(contract).entities["BOOK"].fields["city"].derivation
    assert isinstance(steps, ToOne)
    assert [s.alias for s in steps.steps] == ["authors", "cities"]


def test_an_object_of_the_rows_own_columns() -> None:
    contract = bookshop()
    join = {
        "type": "json-construction",
        "target_table": "books",
        "join_condition": "books.id = books.id",
        "construction": {"type": "object", "select_columns": ["title", "price"]},
    }
    book(contract)["attributes"].append({"name": "label", "type": "M", "join": join})
    loaded = load(contract)
    found = loaded.entities["BOOK"].fields["label"]
    assert isinstance(found.derivation, OwnColumns)
    assert [c.expression for c in found.derivation.columns] == [Column(None, "title"), Column(None, "price")]
    assert [n.kind for n in loaded.notes] == ["own-columns"]


def test_a_computed_plumbing_attribute_may_be_part_of_a_key() -> None:
    contract = bookshop()
    transformation = {"type": "date-format", "format": "YYYY"}
    year = {
        "name": "year",
        "type": "S",
        "plumbing": True,
        "source_column": "published",
        "transformation": transformation,
    }
    book(contract)["attributes"].append(year)
    named(book(contract), "GSI1PK")["transformation"]["format"] = "YEAR#{year}"
    found = load(contract).entities["BOOK"]
    assert found.keys["GSI1PK"].fields == ("year",)
    assert "year" not in found.fields


def test_a_single_entity_may_stand_alone_in_entities() -> None:
    contract = bookshop()
    table = contract["tables"][0]
    table["type"] = "single-entity"
    table["entities"] = table["entities"][:1]
    contract["groups"] = {"shop": ["AUTHOR"]}
    assert load(contract).entities["AUTHOR"].keys["PK"].source == "AUTHOR#{id:012d}"


BAD: list[tuple[str, Change, str, str]] = [
    (
        "unknown key",
        lambda c: author(c).update(acess_patterns=[]),
        "$.tables[0].entities[0]",
        "did you mean 'access_patterns'",
    ),
    ("doubled table", lambda c: c["tables"].append(c["tables"][0]), "$.tables[1].table", "there twice"),
    (
        "doubled entity",
        lambda c: book(c).update(entity_type="AUTHOR"),
        "$.tables[0].entities[1].entity_type",
        "there twice",
    ),
    ("doubled attribute", lambda c: author(c)["attributes"].append(attribute("name")), ".attributes[8]", "there twice"),
    (
        "doubled field",
        lambda c: author(c)["attributes"].append(attribute("n2", field="name")),
        ".attributes[8]",
        'field "name"',
    ),
    ("doubled index", lambda c: c["tables"][0]["gsis"].append(c["tables"][0]["gsis"][0]), ".gsis[1]", "there twice"),
    (
        "doubled pattern",
        lambda c: book(c)["access_patterns"].append(book(c)["access_patterns"][0]),
        "[2].name",
        "there twice",
    ),
    ("doubled unique", lambda c: author(c)["unique"].append(["email"]), ".unique[1]", "there twice"),
    ("doubled key field", lambda c: author(c).update(key=["id", "id"]), ".key", "there twice"),
    ("bool is no number", lambda c: c["tables"][0].update(estimated_item_size_bytes=True), "bytes", "not true"),
    ("text is no flag", lambda c: named(book(c), "chapters").update(owned="yes"), ".owned", "true or false"),
    ("version", lambda c: c.update(version=3), "$.version", 'allowed: "1", "2"'),
    ("source type", lambda c: named(book(c), "price").update(source_type="money"), ".source_type", "decimal(10,2)"),
    ("default that does not fit", lambda c: named(book(c), "price").update(default="x"), ".default", "wants Decimal"),
    ("default out of range", lambda c: named(book(c), "price").update(default=12345678), ".default", "out of range"),
    ("key of nothing", lambda c: author(c).update(key=["idd"]), ".key[0]", "did you mean 'id'"),
    ("key of a joined value", lambda c: book(c).update(key=["author_name"]), ".key[0]", "identity is made of columns"),
    ("id of nothing", lambda c: author(c)["id"].update(field="idd"), ".id.field", "did you mean 'id'"),
    ("id strategy", lambda c: author(c)["id"].update(strategy="random"), ".id.strategy", "ulid"),
    ("version field", lambda c: author(c).update(version_field="name"), ".version_field", "whole numbers"),
    ("timestamp", lambda c: author(c)["timestamps"].update(updated="changed"), ".timestamps.updated", "no field"),
    ("unique of nothing", lambda c: author(c)["unique"].append(["emial"]), ".unique[1]", "did you mean 'email'"),
    ("sensitive nothing", lambda c: author(c)["sensitive"].append("pasword"), ".sensitive[1]", "fields"),
    ("ttl without attribute", lambda c: author(c).update(ttl={"field": "joined"}), ".ttl", "ttl_attribute"),
    ("envelope of an attribute", lambda c: author(c).update(envelope="name"), ".envelope", "name of an attribute"),
    (
        "reference to nothing",
        lambda c: book(c)["references"][0].update(entity="AUTOR"),
        ".entity",
        "did you mean 'AUTHOR'",
    ),
    (
        "reference by nothing",
        lambda c: book(c)["references"][0].update(fields=["autor_id"]),
        ".fields[0]",
        "'author_id'",
    ),
    (
        "reference of two",
        lambda c: book(c)["references"][0].update(fields=["author_id", "id"]),
        ".fields",
        "in the order id",
    ),
    ("dotted reference", lambda c: book(c)["references"][0].update(fields=["chapters.page"]), ".fields[0]", "'pages'"),
    ("reference pattern", lambda c: book(c)["references"][0].update(pattern="of_autor"), ".pattern", "'of_author'"),
    ("counter", lambda c: book(c)["references"][0].update(counted_by="revision"), ".counted_by", "book_count"),
    (
        "pattern by nothing",
        lambda c: author(c)["access_patterns"][0].update(by=["mail"]),
        ".by[0]",
        "did you mean 'email'",
    ),
    ("pattern range", lambda c: author(c)["access_patterns"][0].update(range="when"), ".range", "no field"),
    (
        "pattern twice",
        lambda c: author(c)["access_patterns"][0].update(range="email"),
        "patterns[0]",
        "more than one of",
    ),
    ("pattern index", lambda c: author(c)["access_patterns"][0].update(index="GSI2"), ".index", "'GSI1'"),
    ("group of nothing", lambda c: c["groups"]["shop"].append("BOOKS"), "$.groups.shop[2]", "did you mean 'BOOK'"),
    ("two groups", lambda c: c["groups"].update(other=["BOOK"]), "$.groups.other[0]", 'in group "shop" already'),
    ("no group", lambda c: c["groups"]["shop"].pop(), "$.groups", '"BOOK" is in no group'),
    (
        "template source",
        lambda c: book(c).update(pk_template="B#{autor_id}"),
        ".pk_template",
        "did you mean 'author_id'",
    ),
    ("template brace", lambda c: book(c).update(pk_template="B#{author_id"), ".pk_template", "brace"),
    ("template spec", lambda c: book(c).update(sk_template="{title:%Q}"), ".sk_template", "title"),
    ("no partition key", lambda c: book(c).pop("pk_template"), "$.tables[0].entities[1]", '"PK" is missing'),
    ("no sort key", lambda c: book(c).pop("sk_template"), "$.tables[0].entities[1]", '"SK" is missing'),
    (
        "index of nothing",
        lambda c: c["tables"][0]["gsis"][0].update(pk="GSI9PK"),
        ".gsis[0].pk",
        "did you mean 'GSI1PK'",
    ),
    ("projection", lambda c: c["tables"][0]["gsis"][0].update(projection="INCLUDE"), ".gsis[0]", "goes with"),
    (
        "projected nothing",
        lambda c: c["tables"][0]["gsis"][0].update(projection="INCLUDE", projected_attributes=["nam"]),
        "[0]",
        "'name'",
    ),
    ("key type", lambda c: named(book(c), "GSI1PK").update(type="BOOL"), ".type", "S, N or B"),
    (
        "two key types",
        lambda c: named(book(c), "GSI1PK").update(type="N"),
        ".attributes[8]",
        "one type per key attribute",
    ),
    (
        "reserved name",
        lambda c: author(c)["attributes"].append(attribute("_rev")),
        ".attributes[8]",
        "crossfade itself",
    ),
    ("type attribute", lambda c: c["tables"][0].update(type_attribute="name"), ".attributes[2]", "the entity type"),
    (
        "two ways",
        lambda c: named(book(c), "author_name").update(transformation={"type": "json-parse"}),
        "[6]",
        "exclude each other",
    ),
    (
        "no source column",
        lambda c: named(book(c), "title").pop("source_column"),
        ".attributes[2]",
        '"source_column" is missing',
    ),
    (
        "two source columns",
        lambda c: named(book(c), "title").update(source_column=["a", "b"]),
        ".source_column",
        "2 columns",
    ),
    ("other table", lambda c: named(book(c), "title").update(source_table="authors"), ".source_table", "wants a join"),
    ("maintained column", lambda c: named(book(c), "title").update(maintain="snapshot"), ".maintain", "row itself"),
    ("owned column", lambda c: named(book(c), "title").update(owned=True), ".owned", "json-construction"),
    ("hidden column", lambda c: named(book(c), "title").update(plumbing=True), ".plumbing", "would have no field"),
    ("plumbing field", lambda c: named(book(c), "GSI1PK").update(field="g"), ".field", "leave one of the two out"),
    (
        "field name",
        lambda c: author(c)["attributes"].append(attribute("e-mail")),
        ".attributes[8]",
        "no name for a field",
    ),
    (
        "made of itself",
        lambda c: book(c)["attributes"].append(key("label", "{label}")),
        ".format",
        "by a template itself",
    ),
    (
        "unknown row",
        lambda c: named(book(c), "author_name")["join"].update(select_column="autors.name"),
        ".select_column",
        "'authors'",
    ),
    (
        "cross join",
        lambda c: named(book(c), "author_name")["join"].update(join_condition="books.id = 1"),
        ".join_condition",
        "which row",
    ),
    (
        "sql",
        lambda c: named(book(c), "author_name")["join"].update(join_condition="1; DROP TABLE x"),
        ".join_condition",
        "';'",
    ),
    (
        "order",
        lambda c: named(book(c), "chapters")["join"]["construction"].update(order_by="id LIMIT 1"),
        ".order_by",
        "LIMIT",
    ),
    (
        "unselected type",
        lambda c: named(book(c), "chapters")["join"]["construction"]["source_types"].update(page="int"),
        ".page",
        "'pages'",
    ),
    (
        "aggregate of nothing",
        lambda c: named(author(c), "book_count")["calculation"].update(operation="SUM"),
        ".calculation",
        "select_column",
    ),
    ("null value", lambda c: named(book(c), "author_name")["join"].update(null_value=7), ".null_value", "wants str"),
    ("entities of a single", lambda c: c["tables"][0].update(type="single-entity"), ".entities", "multi-entity"),
    ("table keys of many", lambda c: c["tables"][0].update(key=["id"]), "$.tables[0].key", "entities"),
]


@pytest.mark.parametrize(("change", "path", "told"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_is_wrong_is_told(change: Change, path: str, told: str) -> None:
    contract = bookshop()
    change(contract)
    with pytest.raises(ContractError) as caught:
        load(contract)
    matching = [p for p in caught.value.problems if path in p.path and told in str(p)]
    assert matching, str(caught.value)


def test_every_problem_is_told_at_once() -> None:
    contract = bookshop()
    for _, change, _, _ in BAD[:1] + BAD[9:12] + BAD[16:20]:
        change(contract)
    with pytest.raises(ContractError) as caught:
        load(contract)
    assert len(caught.value.problems) >= 7
    assert str(caught.value).startswith(f"<memory>: {len(caught.value.problems)} problems\n  $.")


def chain(one: str, two: str) -> list[dict[str, Any]]:
    def joined(name: str, table: str, condition: str) -> dict[str, Any]:
        join = {
            "type": "foreign-key",
            "target_table": table,
            "join_condition": condition,
            "select_column": f"{table}.name",
        }
        return {"name": name, "type": "S", "join": join}

    return [joined("left", "lefts", one), joined("right", "rights", two)]


def test_joins_in_a_circle() -> None:
    contract = bookshop()
    book(contract)["attributes"] += chain("lefts.id = rights.left_id", "rights.id = lefts.right_id")
    with pytest.raises(ContractError, match="in a circle: left -> right -> left"):
        load(contract)


def test_an_ambiguous_alias() -> None:
    contract = bookshop()
    others = chain("lefts.id = books.left_id", "rights.id = lefts.right_id")
    again = dict(others[0], name="again", join=dict(others[0]["join"], join_condition="lefts.id = books.other_id"))
    book(contract)["attributes"] += [*others, again]
    with pytest.raises(ContractError, match='"lefts" is ambiguous: "left" and "again" join it differently'):
        load(contract)


def test_an_alias_used_twice() -> None:
    contract = bookshop()
    hops = [
        {"target_table": "authors", "join_condition": "authors.id = books.author_id", "select_column": "name"},
        {"target_table": "authors", "join_condition": "authors.id = books.author_id", "select_column": "name"},
    ]
    book(contract)["attributes"].append({"name": "both", "type": "S", "join": {"type": "chain", "joins": hops}})
    with pytest.raises(ContractError, match="used twice"):
        load(contract)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1, column 1"),
        ("{\n  'a': 1}", "line 2, column 3"),
        ('{"tables": [1,]}', "line 1"),
        ("NaN", "NaN is not a JSON number"),
        ('{"tables": [{"table": "Abc", "table": "Abd"}]}', "$.tables[0].table: is there twice"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", '"tables" is missing'),
        ("[]", "1 at least"),
        ("null", "wants a list, not null"),
        ('"text"', "not \"text\""),
    ],
)  # fmt: skip
def test_what_is_no_contract(text: str, told: str) -> None:
    with pytest.raises(ContractError) as caught:
        loads(text, "file.json")
    assert told in str(caught.value)
    assert str(caught.value).startswith("file.json: ")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No such file"):
        load(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(ContractError, match="not UTF-8 at byte 7"):
        load(tmp_path / "latin.json")
    with pytest.raises(ContractError, match="cannot be read"):
        load(tmp_path)


def test_a_value_that_holds_itself() -> None:
    endless: dict[str, Any] = {}
    endless["tables"] = [endless]
    with pytest.raises(ContractError, match="nested too deeply"):
        load(endless)
