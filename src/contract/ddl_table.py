"""One CREATE TABLE, statement by statement, until it is a `SourceTable`."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import Any

from crossfade.contract.ddl_tokens import Cursor, charset_collation
from crossfade.contract.source import ForeignKey, SchemaError, SourceColumn, SourceTable
from crossfade.contract.types import parse_sql_type

_TWO_WORDS = {
    ("DOUBLE", "PRECISION"): "double",
    ("NATIONAL", "VARCHAR"): "varchar",
    ("NATIONAL", "CHAR"): "char",
    ("CHARACTER", "VARYING"): "varchar",
    ("CHAR", "VARYING"): "varchar",
    ("LONG", "VARCHAR"): "mediumtext",
}
# Names as information_schema gives them, so that parsed and reflected types read alike.
_SYNONYMS = {
    "bool": "tinyint(1)", "boolean": "tinyint(1)", "integer": "int", "nvarchar": "varchar", "nchar": "char",
    "character": "char", "dec": "decimal", "numeric": "decimal", "fixed": "decimal", "real": "double",
    "int1": "tinyint", "int2": "smallint", "int3": "mediumint", "int4": "int", "int8": "bigint",
    "middleint": "mediumint", "float4": "float", "float8": "double", "long": "mediumtext",
}  # fmt: skip
_DEFAULT_ARGUMENTS = {"decimal": "10,0", "bit": "1", "char": "1", "binary": "1"}


class Builder:
    """A table in the making."""

    def __init__(self, name: str, collation: str) -> None:
        self.name = name
        self.collation = collation
        self.columns: dict[str, SourceColumn] = {}
        self.primary_key: tuple[str, ...] = ()
        self.uniques: dict[str, tuple[str, ...]] = {}
        self.indexes: dict[str, tuple[str, ...]] = {}
        self.foreign_keys: list[ForeignKey] = []

    def copy(self, name: str) -> Builder:
        """The same table under another name, as CREATE TABLE ... LIKE makes it: without foreign keys."""
        other = Builder(name, self.collation)
        other.columns, other.primary_key = dict(self.columns), self.primary_key
        other.uniques, other.indexes = dict(self.uniques), dict(self.indexes)
        return other

    def read_body(self, cursor: Cursor) -> None:
        """Read columns, keys and table options."""
        if not cursor.mark("("):
            raise cursor.error(f"CREATE TABLE {self.name} has no column list")
        while True:
            self._element(cursor)
            if cursor.mark(")"):
                break
            if not cursor.mark(","):
                raise cursor.error(f"wants , or ) in the definition of {self.name}")
        self.collation = cursor.collation() or self.collation

    def alter(self, cursor: Cursor) -> None:
        """Apply an ALTER TABLE that adds or modifies; other alterations of columns and keys are refused."""
        while cursor.here.kind != "end":
            if cursor.accept("ADD"):
                cursor.accept("COLUMN")
                self._element(cursor)
            elif cursor.accept("MODIFY"):
                cursor.accept("COLUMN")
                self._column(cursor, again=True)
            elif cursor.here.text.upper() in {"DROP", "CHANGE", "RENAME"}:
                raise cursor.error(f"ALTER TABLE {self.name} ... {cursor.here.text} is not read: give the final schema")
            while cursor.here.kind != "end" and not cursor.mark(","):
                cursor.next()

    def _element(self, cursor: Cursor) -> None:
        name = None
        if cursor.accept("CONSTRAINT"):
            anonymous = cursor.here.kind == "word" and cursor.here.text.upper() in {
                "PRIMARY",
                "UNIQUE",
                "FOREIGN",
                "CHECK",
            }
            name = None if anonymous else cursor.name()
        if cursor.accept("PRIMARY", "KEY"):
            self._skip_using(cursor)
            self.primary_key = cursor.key_parts()
        elif cursor.accept("FOREIGN", "KEY"):
            self._foreign_key(cursor, name)
        elif cursor.accept("CHECK"):
            cursor.group()
        elif cursor.accept("UNIQUE"):
            self._index(cursor, name, unique=True)
        elif cursor.here.kind == "word" and cursor.here.text.upper() in {"KEY", "INDEX", "FULLTEXT", "SPATIAL"}:
            if not cursor.accept("FULLTEXT"):
                cursor.accept("SPATIAL")
            self._index(cursor, name, unique=False)
        else:
            self._column(cursor)
            return
        self._to_end_of_element(cursor)

    def _index(self, cursor: Cursor, name: str | None, *, unique: bool) -> None:
        if not cursor.accept("KEY"):
            cursor.accept("INDEX")
        if cursor.here.text != "(" and cursor.here.text.upper() != "USING":
            name = cursor.name()
        self._skip_using(cursor)
        self.add_index(name, cursor.key_parts(), unique=unique)

    @staticmethod
    def _skip_using(cursor: Cursor) -> None:
        if cursor.accept("USING"):
            cursor.next()

    @staticmethod
    def _to_end_of_element(cursor: Cursor) -> None:
        while cursor.here.kind != "end" and not (cursor.here.kind == "mark" and cursor.here.text in ",)"):
            if cursor.here.kind == "mark" and cursor.here.text == "(":
                cursor.group()
            else:
                cursor.next()

    def add_index(self, name: str | None, parts: tuple[str, ...], *, unique: bool) -> None:
        """Add an index. Without a name it gets the one MySQL gives: its first column's, made unique."""
        taken = {*self.uniques, *self.indexes}
        chosen, number = name or parts[0], 2
        while name is None and chosen in taken:
            chosen, number = f"{parts[0]}_{number}", number + 1
        (self.uniques if unique else self.indexes)[chosen] = parts

    def _foreign_key(self, cursor: Cursor, name: str | None) -> None:
        if cursor.here.text != "(":
            name = name or cursor.name()
        columns = cursor.names()
        if not cursor.accept("REFERENCES"):
            raise cursor.error("FOREIGN KEY wants REFERENCES")
        self._add_foreign_key(name, columns, cursor)

    def _add_foreign_key(self, name: str | None, columns: tuple[str, ...], cursor: Cursor) -> None:
        table, references, on_delete, on_update = cursor.references()
        if len(columns) != len(references):
            raise cursor.error(f"a foreign key of {len(columns)} columns refers to {len(references)}")
        chosen = name or f"{self.name}_ibfk_{len(self.foreign_keys) + 1}"
        self.foreign_keys.append(ForeignKey(chosen, columns, table, references, on_delete, on_update))

    def _column(self, cursor: Cursor, *, again: bool = False) -> None:
        name = cursor.name()
        if name in self.columns and not again:
            raise cursor.error(f"{self.name} has column {name} twice")
        type_text = self._type(cursor)
        serial = type_text == "serial"
        try:
            type_ = parse_sql_type("bigint unsigned" if serial else type_text)
        except ValueError:
            raise cursor.error(f"{self.name}.{name} has type {type_text!r}, which MySQL does not have") from None
        settings: dict[str, Any] = {"nullable": True}
        if serial:
            settings |= {"nullable": False, "auto_increment": True}
            self.add_index(None, (name,), unique=True)
        while cursor.here.kind != "end" and not (cursor.here.kind == "mark" and cursor.here.text in ",)"):
            self._option(cursor, name, settings)
        self.columns[name] = SourceColumn(name, type_, **settings)

    def _type(self, cursor: Cursor) -> str:
        token = cursor.next()
        if token.kind != "word":
            raise cursor.error(f"wants a column type in {self.name}")
        pair = (token.text.upper(), cursor.here.text.upper())
        if pair in _TWO_WORDS:
            cursor.next()
            name = _TWO_WORDS[pair]
        else:
            name = _SYNONYMS.get(token.text.lower(), token.text.lower())
        if cursor.here.kind == "mark" and cursor.here.text == "(":
            arguments = cursor.group()
            name += "" if name == "year" else f"({arguments.strip()})"
        elif name in _DEFAULT_ARGUMENTS:
            name += f"({_DEFAULT_ARGUMENTS[name]})"
        unsigned = False
        while cursor.here.kind == "word" and cursor.here.text.upper() in {"UNSIGNED", "SIGNED", "ZEROFILL"}:
            unsigned = cursor.next().text.upper() != "SIGNED" or unsigned
        return name + (" unsigned" if unsigned else "")

    def _option(self, cursor: Cursor, name: str, settings: dict[str, Any]) -> None:  # noqa: C901 - one branch a clause
        if cursor.accept("NOT", "NULL"):
            settings["nullable"] = False
        elif cursor.accept("DEFAULT"):
            settings["default"] = self._default(cursor)
        elif cursor.accept("AUTO_INCREMENT"):
            settings["auto_increment"] = True
        elif cursor.accept("ON", "UPDATE"):
            cursor.next()
            settings["on_update"] = True
        elif cursor.accept("PRIMARY", "KEY") or cursor.accept("KEY"):
            self.primary_key = (name,)
        elif cursor.accept("UNIQUE"):
            cursor.accept("KEY")
            self.add_index(None, (name,), unique=True)
        elif cursor.accept("COLLATE"):
            settings["collation"] = cursor.next().text
        elif cursor.charset_word():
            settings.setdefault("collation", charset_collation(cursor.next().text))
        elif cursor.accept("REFERENCES"):
            self._add_foreign_key(None, (name,), cursor)
        elif cursor.accept("AS") or cursor.accept("GENERATED", "ALWAYS", "AS"):
            settings["generated"] = True
        elif cursor.here.kind == "mark" and cursor.here.text == "(":
            cursor.group()
        else:
            cursor.next()

    @staticmethod
    def _default(cursor: Cursor) -> str | None:
        if cursor.here.kind == "mark" and cursor.here.text == "(":
            return f"({cursor.group()})"
        sign = "-" if cursor.mark("-") else ""
        token = cursor.next()
        if token.kind == "word" and token.text.upper() in {"NULL", "TRUE", "FALSE"}:
            return {"NULL": None, "TRUE": "1", "FALSE": "0"}[token.text.upper()]
        if token.kind == "word" and token.text.lower() in {"b", "x"} and cursor.here.kind == "string":
            return f"{token.text.lower()}'{cursor.next().text}'"
        if token.kind == "word" and cursor.here.text == "(":
            return f"{token.text}({cursor.group()})"
        return sign + token.text

    def table(self) -> SourceTable:
        """The finished table.

        Raises:
            SchemaError: a key names a column that the table does not have.
        """
        self.primary_key = self._real(self.primary_key)
        columns = {name: self._finished(column) for name, column in self.columns.items()}
        return SourceTable(
            self.name,
            columns,
            self.primary_key,
            {name: self._real(parts) for name, parts in self.uniques.items()},
            tuple(replace(key, columns=self._real(key.columns)) for key in self.foreign_keys),
            {name: self._real(parts) for name, parts in self.indexes.items()},
        )

    def _finished(self, column: SourceColumn) -> SourceColumn:
        nullable = column.nullable and column.name not in self.primary_key
        if column.type.kind not in {"str", "enum", "set"}:
            return replace(column, nullable=nullable, collation=None)
        collation = column.collation or self.collation
        return replace(column, nullable=nullable, collation=collation, type=replace(column.type, collation=collation))

    def _real(self, names: tuple[str, ...]) -> tuple[str, ...]:
        by_folded = {name.casefold(): name for name in self.columns}
        for name in names:
            if name.casefold() not in by_folded and not name.startswith("("):
                close = difflib.get_close_matches(name, self.columns, 1)
                hint = f"; did you mean {close[0]}?" if close else ""
                raise SchemaError(f"a key of {self.name} names column {name}, which it does not have{hint}")
        return tuple(by_folded.get(name.casefold(), name) for name in names)
