"""How the values of a contract's attributes come about: joins, constructions, calculations, transformations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from crossfade.contract.sql import Expression
from crossfade.contract.template import Template
from crossfade.contract.types import ValueType


@dataclass(frozen=True, slots=True)
class JoinStep:
    """One to-one hop: the row of `table` (called `alias` in expressions) for which `condition` holds."""

    table: str
    alias: str
    condition: Expression


@dataclass(frozen=True, slots=True)
class ToOne:
    """A value from a joined row: every join type of the format but json-construction.

    Attributes:
        kind: the join's type as written (self-join, foreign-key, multi-column, conditional, chain,
            lookup-table).
        steps: the hops, in order; a later condition may use an earlier alias.
        selects: the selected expressions; more than one only for a chain with a separator.
        separator: joins the text of `selects`, nulls left out; None where there is one select.
        when: for a conditional join, the condition over the root row under which it applies.
        otherwise: the value where there is no row, or where `when` does not hold (null_value, else_value).
    """

    kind: str
    steps: tuple[JoinStep, ...]
    selects: tuple[Expression, ...]
    separator: str | None = None
    when: Expression | None = None
    otherwise: Any = None


@dataclass(frozen=True, slots=True)
class ChildColumn:
    """A column of a constructed row: its name in the map, where it comes from, and its type.

    `required` is of owned rows: whether each must have a value of it.
    """

    name: str
    expression: Expression
    type: ValueType
    format: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class ToMany:
    """A json-construction: child rows as a list of maps (or the first of them as one map).

    Attributes:
        shape: "array" is a list of maps, "object" the first row's map, or None.
        order_by: expressions with True for descending. The child's primary key is always added last.
        limit: rows per parent at most; None for all.
        joins: to-one hops from the child row, for columns of further tables.
        owned: whether the child rows belong to this aggregate and are written with it.
    """

    table: str
    alias: str
    condition: Expression
    shape: Literal["array", "object"]
    columns: tuple[ChildColumn, ...]
    order_by: tuple[tuple[Expression, bool], ...] = ()
    limit: int | None = None
    joins: tuple[JoinStep, ...] = ()
    owned: bool = False


@dataclass(frozen=True, slots=True)
class OwnColumns:
    """An object made of the root row's own columns (a json-construction that targets its own table)."""

    columns: tuple[ChildColumn, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """SUM, COUNT, AVG, MIN or MAX over the rows of `table` that belong to the root row.

    `expression` is None for COUNT of rows. COUNT and SUM of nothing are 0, the others None.
    """

    operation: Literal["SUM", "COUNT", "AVG", "MIN", "MAX"]
    table: str
    alias: str
    condition: Expression
    expression: Expression | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """A case, concat or date-math calculation: one expression over the root row and its to-one joins."""

    kind: Literal["case", "concat", "date-math"]
    expression: Expression


Derivation = ToOne | ToMany | OwnColumns | Aggregate | Computed


@dataclass(frozen=True, slots=True)
class Transformation:
    """How the stored value is made from the source value.

    Attributes:
        kind: the transformation's type.
        format: the pattern of date-format (in strftime terms, whatever the file used) and number-format
            (a Python format spec).
        template: for string-format.
        value: for static.
    """

    kind: Literal["date-format", "string-format", "number-format", "json-parse", "static"]
    format: str | None = None
    template: Template | None = None
    value: Any = None
