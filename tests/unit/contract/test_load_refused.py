"""Loading: whatever is wrong with a contract is a clear ContractError."""

import pytest

from crossfade.contract import ContractError, load
from tests.unit.contract.editing import author, book, named
from tests.unit.contract.examples import attribute, bookshop, key
from tests.unit.contract.test_load import Change, tolerate

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
    (
        "unit of a moment",
        lambda c: author(c)["timestamps"].update(unit="ms"),
        ".timestamps.unit",
        'does not fit "joined"',
    ),
    ("no unit of a number", lambda c: author(c)["timestamps"].update(updated="id"), ".timestamps.updated", "s or ms"),
    ("unique of nothing", lambda c: author(c)["unique"].append(["emial"]), ".unique[1]", "did you mean 'email'"),
    ("sensitive nothing", lambda c: author(c)["sensitive"].append("pasword"), ".sensitive[1]", "fields"),
    ("tolerated nothing", lambda c: tolerate(c, "titel"), ".tolerate[0].field", "did you mean 'title'"),
    ("tolerated key", lambda c: tolerate(c, "id"), ".tolerate[0].field", "part of the key"),
    ("tolerated twice", lambda c: tolerate(c, "title", "title"), ".tolerate[1].field", "there twice"),
    ("tolerated for nothing", lambda c: tolerate(c, "title", reason=" "), ".tolerate[0].reason", "needs a reason"),
    ("tolerated whole", lambda c: tolerate(c, "(everything)"), ".tolerate[0].field", "(keys) or (count)"),
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
    (
        "a limited list of owned rows",
        lambda c: named(book(c), "chapters")["join"]["construction"].update(limit=50),
        ".construction.limit",
        "would delete those that it leaves out",
    ),
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
        "required of nothing",
        lambda c: named(book(c), "chapters")["join"]["construction"].update(required=["heading", "page"]),
        ".required[1]",
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
