"""The parts of the bookshop's contract that tests change."""

from typing import Any


def author(contract: dict[str, Any]) -> dict[str, Any]:
    """The bookshop's authors."""
    found: dict[str, Any] = contract["tables"][0]["entities"][0]
    return found


def book(contract: dict[str, Any]) -> dict[str, Any]:
    """The bookshop's books."""
    found: dict[str, Any] = contract["tables"][0]["entities"][1]
    return found


def named(entity: dict[str, Any], name: str) -> dict[str, Any]:
    """An attribute of an entity."""
    found: dict[str, Any] = next(a for a in entity["attributes"] if a["name"] == name)
    return found
