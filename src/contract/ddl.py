"""`parse_schema`: a MySQL schema script as a `SourceSchema`, without a server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from crossfade.contract.ddl_table import Builder
from crossfade.contract.ddl_text import Statement, statements
from crossfade.contract.ddl_tokens import Cursor
from crossfade.contract.source import SchemaError, SourceSchema, SourceTable

# The default of MySQL 8.0 and later (Reference Manual, "Server Character Set and Collation").
DEFAULT_COLLATION = "utf8mb4_0900_ai_ci"

_TRIGGER = re.compile(
    r"CREATE\s+(?:DEFINER\s*=\s*\S+\s+)?TRIGGER\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:`[^`]+`\.|\w+\.)?`?(?P<name>[\w$]+)`?"
    r"\s+(?:BEFORE|AFTER)\s+(?:INSERT|UPDATE|DELETE)\s+ON\s+(?:`[^`]+`\.|\w+\.)?`?(?P<table>[\w$]+)`?",
    re.I,
)


def parse_schema(text: str, *, collation: str = DEFAULT_COLLATION) -> SourceSchema:
    """Read the tables of a MySQL schema script.

    Understood are CREATE TABLE, CREATE INDEX, CREATE TRIGGER (its existence), ALTER TABLE that adds or
    modifies, and the default collation of CREATE DATABASE; every other statement is passed over.

    Args:
        text: the script.
        collation: what text columns have where the script names no collation.

    Raises:
        SchemaError: a statement that cannot be read, with its line.
    """
    reader = _Reader(collation)
    for statement in statements(text):
        reader.read(statement)
    return reader.schema()


class _Reader:
    def __init__(self, collation: str) -> None:
        self.collation = collation
        self.tables: dict[str, Builder] = {}
        self.triggers: dict[str, list[str]] = {}

    def read(self, statement: Statement) -> None:
        plain = re.sub(r"/\*!\d*|\*/", " ", statement.text).strip()
        if trigger := _TRIGGER.match(plain):
            self.triggers.setdefault(trigger["table"], []).append(trigger["name"])
            return
        if not re.match(r"(CREATE|ALTER|DROP)\s", statement.text, re.I):
            return
        cursor = Cursor(statement)
        for words, act in self._ACTS.items():
            if cursor.accept(*words.split()):
                act(self, cursor)
                return

    def _create(self, cursor: Cursor) -> None:
        optional = cursor.accept("IF", "NOT", "EXISTS")
        name = cursor.name()
        if name in self.tables:
            if optional:
                return
            raise cursor.error(f"table {name} is created twice")
        if cursor.accept("LIKE"):
            self.tables[name] = self._known(cursor, cursor.name()).copy(name)
            return
        builder = Builder(name, self.collation)
        builder.read_body(cursor)
        self.tables[name] = builder

    def _alter(self, cursor: Cursor) -> None:
        name = cursor.name()
        self._known(cursor, name).alter(cursor)

    def _index(self, cursor: Cursor) -> None:
        unique = cursor.accept("UNIQUE")
        if not (cursor.accept("INDEX") or (cursor.accept("FULLTEXT", "INDEX") or cursor.accept("SPATIAL", "INDEX"))):
            return
        name = cursor.name()
        cursor.until("ON")
        table = self._known(cursor, cursor.name())
        table.add_index(name, cursor.key_parts(), unique=unique)

    def _database(self, cursor: Cursor) -> None:
        self.collation = cursor.collation() or self.collation

    def _drop(self, cursor: Cursor) -> None:
        cursor.accept("IF", "EXISTS")
        while True:
            self.tables.pop(cursor.name(), None)
            if not cursor.mark(","):
                return

    def _known(self, cursor: Cursor, name: str) -> Builder:
        if name not in self.tables:
            raise cursor.error(f"table {name} is not created before")
        return self.tables[name]

    _ACTS: ClassVar[dict[str, Callable[[_Reader, Cursor], None]]] = {
        "CREATE TABLE": _create,
        "CREATE TEMPORARY TABLE": lambda self, cursor: None,
        "CREATE DATABASE": _database,
        "CREATE SCHEMA": _database,
        "ALTER DATABASE": _database,
        "ALTER SCHEMA": _database,
        "ALTER TABLE": _alter,
        "CREATE": _index,
        "DROP TABLE": _drop,
    }

    def schema(self) -> SourceSchema:
        tables: dict[str, SourceTable] = {}
        for name, builder in self.tables.items():
            tables[name] = replace(builder.table(), triggers=tuple(self.triggers.get(name, ())))
        self._check_references(tables)
        return SourceSchema(tables)

    @staticmethod
    def _check_references(tables: dict[str, SourceTable]) -> None:
        for table in tables.values():
            for key in table.foreign_keys:
                target = tables.get(key.table)
                if target is None:
                    raise SchemaError(f"{table.name}.{key.name} refers to table {key.table}, which is not created")
                if missing := [c for c in key.references if c not in target.columns]:
                    raise SchemaError(
                        f"{table.name}.{key.name} refers to {key.table}.{missing[0]}, which does not exist"
                    )
