"""Contracts of version 1 that the tests of loading and linting change: each call gives a fresh one."""

from __future__ import annotations

from typing import Any

from tests.unit.contract.examples import attribute


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
