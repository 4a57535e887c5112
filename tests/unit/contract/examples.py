"""Contracts that the tests of loading and linting change: each call gives a fresh one."""

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
                        "limit": 50,
                        "select_columns": {"heading": "chapters.heading", "pages": "chapters.pages"},
                        "source_types": {"heading": "varchar(100)", "pages": "smallint"},
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


def workshop() -> dict[str, Any]:
    """A contract of version 1 as the workshop's tools write it: every kind of join and calculation."""
    return {
        "tables": [
            {
                "table": "Products",
                "type": "single-entity",
                "source_table": "products",
                "pk": "product_id",
                "sk": None,
                "gsis": [
                    {"index_name": "ByCategory", "pk": "category_name", "sk": "product_name", "projection": "ALL"}
                ],
                "attributes": [
                    attribute("product_id", source_table="products", source_column="id"),
                    attribute("product_name", source_table="products", source_column="name"),
                    attribute("price", "N", source_table="products"),
                    _joined(
                        "category_name",
                        "foreign-key",
                        "categories",
                        "categories.id = products.category_id",
                        "categories.name",
                    ),
                    _joined("maker", "lookup-table", "makers", "makers.id = products.maker_id", "makers.name"),
                    {
                        "name": "brand",
                        "type": "S",
                        "source_table": "products",
                        "source_column": ["maker_id", "line_id"],
                        "join": {
                            "type": "multi-column",
                            "target_table": "brands",
                            "join_conditions": [
                                "brands.maker_id = products.maker_id",
                                "brands.line_id = products.line_id",
                            ],
                            "select_column": "CONCAT(brands.name, ' - ', brands.line)",
                        },
                    },
                    {
                        "name": "buyer",
                        "type": "S",
                        "source_table": "products",
                        "source_column": "buyer_id",
                        "join": {
                            "type": "conditional",
                            "condition": "products.buyer_id IS NOT NULL",
                            "target_table": "users",
                            "join_condition": "users.id = products.buyer_id",
                            "select_column": "users.name",
                            "else_value": "nobody",
                        },
                    },
                    {
                        "name": "path",
                        "type": "S",
                        "source_table": "products",
                        "source_column": "category_id",
                        "join": {
                            "type": "chain",
                            "chain_separator": " > ",
                            "joins": [
                                {
                                    "target_table": "cats",
                                    "join_condition": "cats.id = products.category_id",
                                    "select_column": "cats.name",
                                },
                                {
                                    "target_table": "areas",
                                    "join_condition": "areas.id = cats.area_id",
                                    "select_column": "areas.name",
                                },
                            ],
                        },
                    },
                    {
                        "name": "reviews",
                        "type": "S",
                        "source_table": "products",
                        "source_column": "id",
                        "join": {
                            "type": "json-construction",
                            "target_table": "reviews",
                            "join_condition": "reviews.product_id = products.id",
                            "construction": {
                                "type": "array",
                                "limit": 5,
                                "order_by": "reviews.created_at DESC",
                                "select_columns": {"rating": "reviews.rating", "date": "reviews.created_at"},
                            },
                        },
                    },
                    {
                        "name": "size",
                        "type": "M",
                        "source_table": "products",
                        "source_column": "id",
                        "join": {
                            "type": "json-construction",
                            "target_table": "products",
                            "join_condition": "products.id = products.id",
                            "construction": {
                                "type": "object",
                                "select_columns": {"w": "products.width", "h": "products.height"},
                            },
                        },
                    },
                    {
                        "name": "sold",
                        "type": "N",
                        "source_table": "products",
                        "source_column": "id",
                        "calculation": {
                            "type": "aggregate",
                            "target_table": "order_items",
                            "join_condition": "order_items.product_id = products.id",
                            "operation": "SUM",
                            "select_column": "order_items.price * order_items.quantity",
                        },
                    },
                    {
                        "name": "status_text",
                        "type": "S",
                        "source_table": "products",
                        "source_column": "status",
                        "calculation": {
                            "type": "case",
                            "cases": [
                                {"when": "status = 'A'", "then": "'Active'"},
                                {"when": "status = 'X'", "then": "'Gone'"},
                            ],
                            "else": "'Unknown'",
                        },
                    },
                    {
                        "name": "created_day",
                        "type": "S",
                        "source_table": "products",
                        "source_column": "created_at",
                        "transformation": {"type": "date-format", "format": "YYYY-MM-DD", "source_format": "timestamp"},
                    },
                ],
                "satisfies": ["products by category"],
                "estimated_item_size_bytes": 800,
            },
            {
                "table": "UserData",
                "type": "multi-entity",
                "entities": [
                    {
                        "entity_type": "USER",
                        "source_table": "users",
                        "pk_template": "USER#{id}",
                        "sk_template": "PROFILE",
                        "attributes": [
                            attribute("username", source_table="users"),
                            attribute("user_id", source_column="id"),
                        ],
                    },
                    {
                        "entity_type": "ADDRESS",
                        "source_table": "addresses",
                        "pk_template": "USER#{user_id}",
                        "sk_template": "ADDRESS#{kind}",
                        "attributes": [attribute("city", source_table="addresses")],
                    },
                ],
            },
            {
                "table": "Categories",
                "type": "single-entity",
                "source_table": "categories",
                "pk": "category_name",
                "attributes": [
                    attribute("category_name", source_table="categories", source_column="name"),
                    {
                        "name": "parent_name",
                        "type": "S",
                        "source_table": "categories",
                        "source_column": "parent_id",
                        "join": {
                            "type": "self-join",
                            "join_alias": "parent_cat",
                            "join_condition": "parent_cat.id = categories.parent_id",
                            "select_column": "parent_cat.name",
                            "null_value": "ROOT",
                        },
                    },
                ],
            },
        ]
    }


def _joined(name: str, kind: str, table: str, condition: str, select: str) -> dict[str, Any]:
    join = {"type": kind, "target_table": table, "join_condition": condition, "select_column": select}
    return {"name": name, "type": "S", "source_table": "products", "source_column": "category_id", "join": join}


def older() -> list[dict[str, Any]]:
    """A contract of version 1 in its older form, a bare list."""
    return [
        {
            "table": "Users",
            "type": "Table",
            "source_table": "users",
            "pk": "UserId",
            "gsis": [{"name": "EmailIndex", "pk": "Email"}],
            "attributes": {
                "UserId": {"type": "N", "source_table": "users", "source_column": "id"},
                "Email": {"type": "S", "source_table": "users", "source_column": "email"},
                "Manager": {
                    "type": "S",
                    "source_table": "users",
                    "source_column": "name",
                    "denormalized": True,
                    "justification": "shown in lists",
                    "join": {"local_column": "manager_id", "source_column": "id"},
                },
                "City": {
                    "type": "S",
                    "source_table": "cities",
                    "source_column": "name",
                    "denormalized": True,
                    "join": {"local_column": "city_id", "source_column": "id"},
                },
            },
            "satisfies": ["Get user by ID"],
            "estimated_item_size_bytes": 200,
        }
    ]
