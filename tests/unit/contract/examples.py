"""Contracts of version 2 that the tests of loading and linting change: each call gives a fresh one."""

from __future__ import annotations

from typing import Any


def attribute(name: str, type_: str = "S", **more: Any) -> dict[str, Any]:
    """A plain attribute of the column of the same name."""
    return {"name": name, "type": type_, "source_column": name, **more}


def key(name: str, template: str, **more: Any) -> dict[str, Any]:
    """A plumbing attribute made by a template."""
    return {"name": name, "type": "S", "transformation": {"type": "string-format", "format": template}, **more}


BOOKSHOP_SQL = """
CREATE TABLE authors (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(100) COLLATE utf8mb4_bin NOT NULL UNIQUE,
  name VARCHAR(80) NOT NULL,
  joined DATETIME(3) NOT NULL,
  revision INT NOT NULL DEFAULT 1
);
CREATE TABLE books (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  author_id INT UNSIGNED NOT NULL,
  title VARCHAR(200) NOT NULL,
  price DECIMAL(8,2) NOT NULL DEFAULT 0.00,
  published DATE NOT NULL,
  notes TEXT,
  FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE RESTRICT
);
CREATE TABLE chapters (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  book_id INT UNSIGNED NOT NULL,
  heading VARCHAR(100) NOT NULL,
  pages SMALLINT NOT NULL,
  FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE
);
"""


def bookshop() -> dict[str, Any]:
    """A contract of version 2 without a fault: two entities in one table."""
    return {
        "version": "2",
        "groups": {"shop": ["AUTHOR", "BOOK"]},
        "tables": [
            {
                "table": "Library",
                "type": "multi-entity",
                "pk": "PK",
                "sk": "SK",
                "gsis": [{"index_name": "GSI1", "pk": "GSI1PK", "sk": "GSI1SK", "projection": "ALL"}],
                "entities": [author(), book()],
            }
        ],
    }


def author() -> dict[str, Any]:
    """The authors: known by id, stored under it, found by email."""
    return {
        "entity_type": "AUTHOR",
        "source_table": "authors",
        "pk_template": "AUTHOR#{id:012d}",
        "sk_template": "#META",
        "key": ["id"],
        "id": {"field": "id", "strategy": "auto_increment"},
        "version_field": "revision",
        "timestamps": {"created": "joined"},
        "unique": [["email"]],
        "sensitive": ["email"],
        "attributes": [
            attribute("id", "N", source_type="int unsigned", nullable=False),
            attribute("email", source_type="varchar(100)", nullable=False),
            attribute("name", source_type="varchar(80)", nullable=False),
            attribute("joined", source_type="datetime(3)", nullable=False),
            attribute("revision", "N", source_type="int", nullable=False, default=1),
            {
                "name": "book_count",
                "type": "N",
                "source_type": "bigint",
                "maintain": "propagate",
                "calculation": {
                    "type": "aggregate",
                    "operation": "COUNT",
                    "target_table": "books",
                    "join_condition": "books.author_id = authors.id",
                },
            },
            key("GSI1PK", "EMAIL#{email}", plumbing=True),
            key("GSI1SK", "#META", plumbing=True),
        ],
        "access_patterns": [
            {"id": "AP1", "name": "by_email", "by": ["email"], "unique": True, "index": "GSI1", "rps": 5}
        ],
    }


def book() -> dict[str, Any]:
    """The books: with the author's name, and chapters of their own."""
    return {
        "entity_type": "BOOK",
        "source_table": "books",
        "pk_template": "AUTHOR#{author_id:012d}",
        "sk_template": "BOOK#{published}#{id:012d}",
        "key": ["id"],
        "id": {"field": "id", "strategy": "auto_increment"},
        "references": [
            {
                "fields": ["author_id"],
                "entity": "AUTHOR",
                "on_delete": "restrict",
                "pattern": "of_author",
                "counted_by": "book_count",
            }
        ],
        "attributes": [
            attribute("id", "N", source_type="int unsigned", nullable=False),
            attribute("author_id", "N", source_type="int unsigned", nullable=False),
            attribute("title", source_type="varchar(200)", nullable=False),
            attribute("price", "N", source_type="decimal(8,2)", nullable=False, default="0.00"),
            attribute("published", source_type="date", nullable=False),
            attribute("notes", source_type="text"),
            {
                "name": "author_name",
                "type": "S",
                "source_column": "author_id",
                "source_type": "varchar(80)",
                "nullable": False,
                "maintain": "propagate",
                "join": {
                    "type": "foreign-key",
                    "target_table": "authors",
                    "join_condition": "authors.id = books.author_id",
                    "select_column": "authors.name",
                },
            },
            {
                "name": "chapters",
                "type": "L",
                "source_column": "id",
                "owned": True,
                "join": {
                    "type": "json-construction",
                    "target_table": "chapters",
                    "join_condition": "chapters.book_id = books.id",
                    "construction": {
                        "type": "array",
                        "order_by": "chapters.id",
                        "select_columns": {"heading": "chapters.heading", "pages": "chapters.pages"},
                        "source_types": {"heading": "varchar(100)", "pages": "smallint"},
                        "required": ["heading", "pages"],
                    },
                },
            },
            key("GSI1PK", "BOOK#{id:012d}", plumbing=True),
            key("GSI1SK", "#META", plumbing=True),
        ],
        "access_patterns": [
            {
                "name": "of_author",
                "by": ["author_id"],
                "range": "published",
                "order": "desc",
                "filter": ["price"],
                "rps": 40,
            },
            {"name": "by_id", "by": ["id"], "unique": True},
        ],
    }
