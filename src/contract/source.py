"""The relational source as crossfade sees it: plain values, whether reflected or parsed from DDL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from crossfade.contract.errors import CrossfadeError, InvalidValue
from crossfade.contract.types import ValueType, canonical

Action = Literal["restrict", "cascade", "set_null"]


class SchemaError(CrossfadeError, ValueError):
    """A schema text that cannot be read.

    Attributes:
        line: line of the statement, from 1; 0 where there is none.
    """

    def __init__(self, message: str, *, line: int = 0) -> None:
        self.line = line
        super().__init__(f"line {line}: {message}" if line else message)


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column.

    Attributes:
        type: its value type, with the collation where known; `type.source` is MySQL's own text.
        default: the default's text (a literal's content, or an expression such as CURRENT_TIMESTAMP);
            None for no default and for DEFAULT NULL.
        generated: whether MySQL computes it (GENERATED ALWAYS AS, stored or virtual).
        on_update: whether it has ON UPDATE CURRENT_TIMESTAMP.
        collation: the collation of text, where known.
        srid: the spatial reference system that a geometry column is declared with.
    """

    name: str
    type: ValueType
    nullable: bool = True
    default: str | None = None
    auto_increment: bool = False
    generated: bool = False
    on_update: bool = False
    collation: str | None = None
    srid: int | None = None

    @property
    def required(self) -> bool:
        """Whether a row cannot be inserted without a value of it."""
        return not (self.nullable or self.default is not None or self.auto_increment or self.generated)

    @property
    def required_of_owned(self) -> bool:
        """The same of a row in an owned list: DynamoDB numbers no rows of a list."""
        return self.required or self.auto_increment


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key. NO ACTION counts as restrict: InnoDB treats them alike."""

    name: str
    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    on_delete: Action = "restrict"
    on_update: Action = "restrict"


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table.

    Attributes:
        columns: by name, in the table's order.
        uniques: the columns of each unique index but the primary key, by index name.
        indexes: the columns of each other index, by index name.
        triggers: names of its triggers.
        engine: the storage engine, where a server told it.
    """

    name: str
    columns: Mapping[str, SourceColumn]
    primary_key: tuple[str, ...] = ()
    uniques: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    triggers: tuple[str, ...] = ()
    engine: str | None = None

    @property
    def transactional(self) -> bool:
        """Whether what is written to it can be undone; taken for granted where nobody told its engine."""
        return self.engine is None or self.engine.lower() == "innodb"


@dataclass(frozen=True, slots=True)
class SourceSchema:
    """Every table of a database, by name."""

    tables: Mapping[str, SourceTable]

    def column(self, table: str, name: str) -> SourceColumn | None:
        """The column, or None where there is no such table or column."""
        found = self.tables.get(table)
        return found.columns.get(name) if found else None

    def referring(self, table: str) -> tuple[tuple[str, ForeignKey], ...]:
        """The foreign keys that refer to `table`, each with the name of the table it lies in."""
        return tuple(
            (name, key) for name, other in self.tables.items() for key in other.foreign_keys if key.table == table
        )


def constant_default(column: SourceColumn) -> Any:
    """The value that a NOT NULL column gets where none is given, if it is a constant; else None.

    Only of numbers and text: a moment's default is mostly the clock's.
    """
    text = column.default
    if text is None or column.nullable or column.type.kind not in {"bool", "int", "decimal", "str", "enum"}:
        return None
    if column.type.kind in {"str", "enum"}:
        return None if text.startswith("(") else text
    try:
        number = Decimal(text)
        return canonical(int(number) if number == number.to_integral_value() else number, column.type, column.name)
    except (ArithmeticError, InvalidValue):
        return None
