"""INSERT statements: they write an item that is not there, and never replace one. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from crossfade.dynamodb.wire import Item

# Amazon DynamoDB API Reference, BatchStatementRequest: a statement of 1 to 8,192 characters; BatchExecuteStatement:
# 1 to 25 statements.
MAX_STATEMENT_LENGTH = 8192
MAX_STATEMENTS = 25

_TEXT, _NAME = "'", '"'


def insert(table: str, item: Item) -> dict[str, Any] | None:
    """The statement that inserts an item, as BatchExecuteStatement takes it; every value is a parameter.

    Returns:
        None where the statement would be too long: so many attributes, or so long names.
    """
    statement = _statement(table, tuple(item))
    if len(statement) > MAX_STATEMENT_LENGTH:
        return None
    return {"Statement": statement, "Parameters": list(item.values())}


@lru_cache(256)
def _statement(table: str, names: tuple[str, ...]) -> str:
    attributes = ", ".join(f"{_quoted(name, _TEXT)}: ?" for name in names)
    return f"INSERT INTO {_quoted(table, _NAME)} VALUE {{{attributes}}}"


def _quoted(name: str, mark: str) -> str:
    """A name between marks; a mark within it is doubled (PartiQL specification, "Identifiers" and "Literals")."""
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"
