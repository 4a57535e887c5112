"""Lint rules one by one, where one example is not enough: what must be found, and what must not."""

from collections.abc import Callable
from typing import Any, get_args

import pytest

from crossfade.contract import lint, load, parse_schema
from crossfade.contract.fold import Fold
from tests.unit.contract.editing import author, book, named
from tests.unit.contract.examples import attribute, bookshop, key

Change = Callable[[dict[str, Any]], object]


def codes(contract: dict[str, Any], script: str | None = None) -> set[str]:
    found = lint(load(contract), parse_schema(script) if script is not None else None)
    return {f.code for f in found if f.severity != "info"}


def joined_key(contract: dict[str, Any], *, unique: bool) -> None:
    """Store books under the author's email instead of the author's id."""
    named(book(contract), "author_name")["join"]["select_column"] = "authors.email"
    book(contract).update(pk_template="{author_name}", sk_template="BOOK#{title}", key=["author_id", "title"])
    if not unique:
        author(contract)["unique"] = []


def ordered_by_title(contract: dict[str, Any], item: str = "{title}#{id:012d}", index: str | None = None) -> None:
    """List an author's books by their titles, from the item key or from an index."""
    book(contract).update(sk_template=item)
    book(contract)["access_patterns"][0].update(range="title")
    if index is not None:
        named(book(contract), "GSI1PK")["transformation"].update(format="BY#{author_id:012d}")
        named(book(contract), "GSI1SK")["transformation"].update(format=index)


def ordered_by_folded_title(contract: dict[str, Any]) -> None:
    """The same, with what CF504 wants."""
    ordered_by_title(contract)
    named(book(contract), "title").update(fold="ai-ci")


CONTRACT: list[tuple[str, Change, set[str]]] = [
    (
        "a nullable part with a text for null",
        lambda c: book(c).update(sk_template="{notes|#NONE}#{id:012d}"),
        {"CF111"},
    ),
    ("a nullable part without", lambda c: book(c).update(sk_template="BOOK#{notes}#{id:012d}"), {"CF102", "CF111"}),
    ("a joined part that is never null", lambda c: book(c).update(sk_template="BOOK#{author_name}#{id:012d}"), set()),
    (
        "a joined part that may be null",
        lambda c: (
            named(book(c), "author_name").update(nullable=True),
            book(c).update(sk_template="BOOK#{author_name}#{id:012d}"),
        ),
        {"CF102"},
    ),
    ("a unique joined value leads back", lambda c: joined_key(c, unique=True), {"CF206"}),
    ("a joined value of many does not", lambda c: joined_key(c, unique=False), {"CF103", "CF206"}),
    ("a part that cannot be read back", lambda c: author(c).update(pk_template="{email:lower}"), {"CF103"}),
    ("a folded unique part", lambda c: named(author(c), "email").update(fold="casefold"), set()),
    ("keys under the same words", lambda c: book(c).update(sk_template="#META"), {"CF103", "CF105"}),
    ("words that begin alike", lambda c: book(c).update(sk_template="#METAL#{id:012d}"), set()),
    ("the head of a table", lambda c: author(c).update(sk_template="ZERO"), set()),
    (
        "the head of an index",
        lambda c: (
            named(author(c), "GSI1PK")["transformation"].update(format="A#{id:012d}"),
            named(author(c), "GSI1SK")["transformation"].update(format="SHELF"),
            named(book(c), "GSI1PK")["transformation"].update(format="A#{author_id:012d}"),
            named(book(c), "GSI1SK")["transformation"].update(format="BOOK#{id:012d}"),
            author(c).pop("access_patterns"),
        ),
        {"CF106", "CF201"},
    ),
    ("a padded decimal", lambda c: book(c).update(sk_template="{price:011.2f}#{id:012d}"), set()),
    (
        "an order by text that something follows",
        ordered_by_title,
        {"CF204"},
    ),
    (
        "an order by a negative number",
        lambda c: (
            book(c)["attributes"].append(attribute("rank", "N", source_type="int", nullable=False)),
            book(c).update(sk_template="{rank:012d}#{id:012d}"),
            book(c)["access_patterns"][0].update(range="rank"),
        ),
        {"CF204"},
    ),
    ("a pattern that is unique by nothing", lambda c: book(c)["access_patterns"][0].update(unique=True), {"CF206"}),
    ("a pattern by part of an index", lambda c: book(c)["access_patterns"][1].update(by=["title"]), {"CF202", "CF206"}),
    ("a snapshot across groups", lambda c: groups(c, "snapshot"), set()),
    ("a value kept equal across groups", lambda c: groups(c, "propagate"), {"CF303"}),
    (
        "a list of others",
        lambda c: (
            named(book(c), "chapters").pop("owned"),
            rows(c).update(limit=50),
        ),
        {"CF306"},
    ),
    (
        "a list of others kept equal",
        lambda c: (
            named(book(c), "chapters").update(owned=False, maintain="propagate"),
            rows(c).update(limit=50),
        ),
        {"CF305"},
    ),
    (
        "a limitless list of others",
        lambda c: named(book(c), "chapters").update(owned=False, maintain="snapshot"),
        {"CF307"},
    ),
    (
        "an average of all of the own rows",
        lambda c: book(c)["attributes"].append(aggregate("AVG", "chapters.pages")),
        set(),
    ),
    ("restrict with a counter alone", lambda c: book(c)["references"][0].pop("pattern"), set()),
    (
        "restrict with nothing",
        lambda c: [book(c)["references"][0].pop(k) for k in ("pattern", "counted_by")],
        {"CF310"},
    ),
    ("a pattern by other fields", lambda c: book(c)["references"][0].update(pattern="by_id"), {"CF310"}),
    ("an id of text", lambda c: author(c)["id"].update(strategy="uuid7"), {"CF404"}),
    ("an id that is given", lambda c: author(c)["id"].update(strategy="given"), set()),
    (
        "a column twice",
        lambda c: book(c)["attributes"].append(attribute("name", source_column="title", source_type="text")),
        {"CF405"},
    ),
    ("a time in a number", lambda c: named(author(c), "joined").update(type="N", format="epoch-ms"), set()),
    ("a time in a flag", lambda c: named(author(c), "joined").update(type="BOOL"), {"CF402"}),
    ("a format of another type", lambda c: named(author(c), "joined").update(format="hex"), {"CF402"}),
    ("wide digits in a list", lambda c: pages(c, "decimal(40,0)"), {"CF401"}),
    ("escaped delimiters", lambda c: book(c)["attributes"].append(key("label", "{title}#{id}")), set()),
]


def groups(contract: dict[str, Any], maintain: str) -> None:
    contract["groups"] = {"people": ["AUTHOR"], "things": ["BOOK"]}
    named(book(contract), "author_name")["maintain"] = maintain
    named(author(contract), "book_count")["maintain"] = "snapshot"


def aggregate(operation: str, column: str) -> dict[str, Any]:
    """A value over a book's chapters that is kept equal."""
    calculation = {
        "type": "aggregate",
        "operation": operation,
        "target_table": "chapters",
        "join_condition": "chapters.book_id = books.id",
        "select_column": column,
    }
    made = {"name": "made", "type": "N", "source_type": "decimal(9,4)"}
    return {**made, "maintain": "propagate", "calculation": calculation}


def rows(contract: dict[str, Any]) -> dict[str, Any]:
    """How a book's chapters are selected."""
    found: dict[str, Any] = named(book(contract), "chapters")["join"]["construction"]
    return found


def pages(contract: dict[str, Any], type_: str) -> None:
    rows(contract)["source_types"]["pages"] = type_


@pytest.mark.parametrize(("change", "expected"), [c[1:] for c in CONTRACT], ids=[c[0] for c in CONTRACT])
def test_contract_rules(change: Change, expected: set[str]) -> None:
    contract = bookshop()
    change(contract)
    assert codes(contract) == expected


@pytest.mark.parametrize(
    ("template", "change", "why"),
    [
        ("{title}#{id:012d}", {}, "title has no fixed width, and something follows it in"),
        ("{title}#{id:012d}", {"source_type": None}, "the type of title is not known (crossfade contract lock) in"),
        ("{title:upper}#{id:012d}", {}, "title is changed to another case in"),
        ("{title:upper}#{id:012d}", {"fold": "pad-space"}, "title is changed to another case in"),
    ],
)
def test_it_is_told_why_a_key_does_not_sort(template: str, change: dict[str, Any], why: str) -> None:
    contract = bookshop()
    ordered_by_title(contract, template)
    title = named(book(contract), "title")
    title.update(change)
    if title["source_type"] is None:
        title.pop("source_type")
    found = [f.message for f in lint(load(contract)) if f.code == "CF204"]
    assert len(found) == 1
    assert why in found[0]


@pytest.mark.parametrize("fold", get_args(Fold))
def test_a_folded_text_is_sorted_in_memory_wherever_it_stands(fold: str) -> None:
    contract = bookshop()
    ordered_by_title(contract)
    named(book(contract), "title").update(fold=fold)
    assert {f.code for f in lint(load(contract))} & {"CF204", "CF208"} == {"CF208"}
