"""Lint rules against a live source one by one: what must be found, and what must not."""

from collections.abc import Callable

import pytest

from crossfade.contract import lint, load, parse_schema
from tests.unit.contract.editing import author, book, named
from tests.unit.contract.examples import BOOKSHOP_SQL, bookshop
from tests.unit.contract.test_lint_rules import Change, codes, ordered_by_folded_title, ordered_by_title, rows

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
            rows(c).update(type="object"),
        ),
        lambda s: s,
        {"CF516"},
    ),
    (
        "an owned object of one row",
        lambda c: (
            named(book(c), "chapters").update(type="M"),
            rows(c).update(type="object"),
        ),
        lambda s: s.replace("pages SMALLINT NOT NULL,", "pages SMALLINT NOT NULL, UNIQUE (book_id),"),
        set(),
    ),
    (
        "owned rows that MySQL numbers",
        lambda c: rows(c).update(
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
