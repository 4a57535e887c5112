"""Loading: what a contract means in memory."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from crossfade.contract import load, loads, parse_schema
from crossfade.contract.model_derivation import Aggregate, OwnColumns, ToMany, ToOne
from crossfade.contract.model_rules import AccessPattern, IdRule, Reference
from crossfade.contract.sql import Column, Compare
from tests.unit.contract.editing import author, book, named
from tests.unit.contract.examples import BOOKSHOP_SQL, bookshop

Change = Callable[[dict[str, Any]], object]


def tolerate(contract: dict[str, Any], *fields: str, reason: str = "folded") -> None:
    book(contract)["tolerate"] = [{"field": field, "reason": reason} for field in fields]


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
    assert (chapters.owned, chapters.limit) == (True, None)
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


def test_declared_tolerances() -> None:
    contract = bookshop()
    tolerate(contract, "title", "(keys)")
    assert load(contract).entities["BOOK"].tolerate == {"title": "folded", "(keys)": "folded"}
    assert load(contract).entities["AUTHOR"].tolerate == {}


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
