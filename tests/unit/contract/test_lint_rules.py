"""Lint rules one by one, where one example is not enough: what must be found, and what must not."""

from collections.abc import Callable
from typing import Any, get_args

import pytest

from crossfade.contract import lint, load, parse_schema
from crossfade.contract.fold import Fold
from tests.unit.contract.editing import author, book, named
from tests.unit.contract.examples import BOOKSHOP_SQL, attribute, bookshop, key

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
            named(book(c), "chapters")["join"]["construction"].update(limit=50),
        ),
        {"CF306"},
    ),
    (
        "a list of others kept equal",
        lambda c: (
            named(book(c), "chapters").update(owned=False, maintain="propagate"),
            named(book(c), "chapters")["join"]["construction"].update(limit=50),
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


SOURCE: list[tuple[str, Change, Callable[[str], str], set[str]]] = [
    (
        "a set in a primary key",
        lambda c: c,
        lambda s: s.replace(
            "id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,\n  email",
            "id INT UNSIGNED NOT NULL UNIQUE, tags SET('a') DEFAULT 'a', PRIMARY KEY (id, tags),\n  email",
        ),
        {"CF115"},
    ),
    ("a table that is not there", lambda c: c, lambda s: s.replace("chapters", "chapter"), {"CF501"}),
    ("a column in a condition", lambda c: c, lambda s: s.replace("book_id", "bookid"), {"CF502", "CF513"}),
    ("a column in a selection", lambda c: c, lambda s: s.replace("heading", "headline"), {"CF502", "CF513"}),
    ("another type", lambda c: c, lambda s: s.replace("VARCHAR(80)", "VARCHAR(90)"), {"CF503"}),
    ("a null that was none", lambda c: c, lambda s: s.replace("title VARCHAR(200) NOT NULL", "title TEXT"), {"CF503"}),
    (
        "a null in a row that was none",
        lambda c: c,
        lambda s: s.replace("pages SMALLINT NOT NULL", "pages SMALLINT"),
        {"CF503"},
    ),
    ("a column that rows must have", lambda c: rows(c).pop("required"), lambda s: s, {"CF503"}),
    (
        "rows of an unlocked contract",
        lambda c: (rows(c).pop("required"), rows(c).pop("source_types")),
        lambda s: s,
        set(),
    ),
    ("a case-insensitive key", lambda c: c, lambda s: s.replace("COLLATE utf8mb4_bin", ""), {"CF504"}),
    (
        "a folded key",
        lambda c: named(author(c), "email").update(fold="ai-ci"),
        lambda s: s.replace("COLLATE utf8mb4_bin", ""),
        set(),
    ),
    (
        "a key whose fold keeps accents apart",
        lambda c: named(author(c), "email").update(fold="casefold"),
        lambda s: s.replace("COLLATE utf8mb4_bin", ""),
        {"CF504"},
    ),
    (
        "a key whose fold drops accents that the column keeps",
        lambda c: named(author(c), "email").update(fold="ai-ci"),
        lambda s: s.replace("COLLATE utf8mb4_bin", "COLLATE utf8mb4_0900_as_ci"),
        {"CF504"},
    ),
    (
        "a folded key that keeps accents apart, as its column",
        lambda c: named(author(c), "email").update(fold="casefold"),
        lambda s: s.replace("COLLATE utf8mb4_bin", "COLLATE utf8mb4_0900_as_ci"),
        set(),
    ),
    (
        "a key of a collation that no fold follows",
        lambda c: named(author(c), "email").update(fold="ai-ci"),
        lambda s: s.replace("COLLATE utf8mb4_bin", "COLLATE utf8mb4_general_ci"),
        {"CF504"},
    ),
    (
        "a joined key",
        lambda c: book(c).update(sk_template="{author_name}#{id:012d}"),
        lambda s: s,
        {"CF504"},
    ),
    ("an order by text that is compared otherwise", ordered_by_title, lambda s: s, {"CF204", "CF504"}),
    (
        "an order by text that is folded as it is compared",
        ordered_by_folded_title,
        lambda s: s,
        set(),
    ),
    (
        "an order by text that is compared byte by byte, and last",
        lambda c: ordered_by_title(c, "{id:012d}", "{title}"),
        lambda s: s.replace("title VARCHAR(200)", "title VARCHAR(200) COLLATE utf8mb4_0900_bin"),
        set(),
    ),
    ("an undeclared unique index", lambda c: author(c).pop("unique"), lambda s: s, {"CF206", "CF506"}),
    (
        "a unique index of a column left out",
        lambda c: c,
        lambda s: s.replace("notes TEXT", "notes TEXT, isbn CHAR(13) UNIQUE"),
        {"CF506"},
    ),
    (
        "a cascade that is not declared",
        lambda c: c,
        lambda s: s.replace("ON DELETE RESTRICT", "ON DELETE CASCADE"),
        {"CF507"},
    ),
    (
        "a cascade that is",
        lambda c: book(c)["references"][0].update(on_delete="cascade"),
        lambda s: s.replace("ON DELETE RESTRICT", "ON DELETE CASCADE"),
        set(),
    ),
    ("a cascade to owned rows", lambda c: c, lambda s: s, set()),
    (
        "a cascade into owned rows from elsewhere",
        lambda c: c,
        lambda s: s.replace(
            "pages SMALLINT NOT NULL,",
            "pages SMALLINT NOT NULL, editor INT UNSIGNED REFERENCES authors (id) ON DELETE SET NULL,",
        ),
        {"CF507", "CF515"},
    ),
    (
        "a column of owned rows that is left out",
        lambda c: c,
        lambda s: s.replace("pages SMALLINT NOT NULL,", "pages SMALLINT NOT NULL, note TEXT,"),
        {"CF515"},
    ),
    (
        "an owned object of several rows",
        lambda c: (
            named(book(c), "chapters").update(type="M"),
            named(book(c), "chapters")["join"]["construction"].update(type="object"),
        ),
        lambda s: s,
        {"CF516"},
    ),
    (
        "an owned object of one row",
        lambda c: (
            named(book(c), "chapters").update(type="M"),
            named(book(c), "chapters")["join"]["construction"].update(type="object"),
        ),
        lambda s: s.replace("pages SMALLINT NOT NULL,", "pages SMALLINT NOT NULL, UNIQUE (book_id),"),
        set(),
    ),
    (
        "owned rows that MySQL numbers",
        lambda c: named(book(c), "chapters")["join"]["construction"].update(
            select_columns={"id": "chapters.id", "heading": "chapters.heading", "pages": "chapters.pages"},
            source_types={"id": "int unsigned", "heading": "varchar(100)", "pages": "smallint"},
        ),
        lambda s: s,
        {"CF503"},
    ),
    (
        "a reference without a foreign key",
        lambda c: c,
        lambda s: s.replace("FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE RESTRICT", "KEY (author_id)"),
        {"CF508"},
    ),
    (
        "a trigger of owned rows",
        lambda c: c,
        lambda s: s + "CREATE TRIGGER t AFTER INSERT ON chapters FOR EACH ROW SET @a = 1;",
        {"CF509"},
    ),
    (
        "a declared ON UPDATE",
        lambda c: author(c)["timestamps"].update(updated="joined"),
        lambda s: s.replace(
            "joined DATETIME(3) NOT NULL", "joined DATETIME(3) NOT NULL ON UPDATE CURRENT_TIMESTAMP(3)"
        ),
        set(),
    ),
    ("a required column that is left out", lambda c: book(c)["attributes"].pop(2), lambda s: s, {"CF513"}),
    ("a column with a default that is left out", lambda c: book(c)["attributes"].pop(3), lambda s: s, set()),
]


@pytest.mark.parametrize(("change", "script", "expected"), [c[1:] for c in SOURCE], ids=[c[0] for c in SOURCE])
def test_source_rules(change: Change, script: Callable[[str], str], expected: set[str]) -> None:
    contract = bookshop()
    change(contract)
    if not any(a["name"] == "price" for a in book(contract)["attributes"]):
        book(contract)["access_patterns"][0].pop("filter")
    assert codes(contract, script(BOOKSHOP_SQL)) == expected


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


def test_a_contract_that_is_not_locked_is_judged_by_what_lock_would_write() -> None:
    contract = bookshop()
    for entity in (author(contract), book(contract)):
        for raw in entity["attributes"]:
            raw.pop("source_type", None)
            raw.pop("nullable", None)
    book(contract)["access_patterns"][0].pop("filter")
    assert "CF406" in {f.code for f in lint(load(contract), parse_schema(BOOKSHOP_SQL))}
    assert codes(contract, BOOKSHOP_SQL) == set()
    assert codes(contract) != set()


def test_messages_suggest_the_name_that_was_meant() -> None:
    contract = bookshop()
    found = lint(load(contract), parse_schema(BOOKSHOP_SQL.replace("authors", "author")))
    assert any("did you mean 'author'?" in f.message for f in found if f.code == "CF501")
    found = lint(load(contract), parse_schema(BOOKSHOP_SQL.replace("notes TEXT", "note TEXT")))
    assert any("did you mean 'note'?" in f.message for f in found if f.code == "CF502")
