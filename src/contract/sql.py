"""SQL fragments of a contract, as expressions of our own.

No contract text reaches a server: a fragment is parsed into these values against an allow-list, and
the MySQL side builds its statements from the values. Whatever has no value here is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the row called `table` (a table's name or an alias); None is the root row's table."""

    table: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two expressions."""

    operator: OneOf["=", "<>", "<", "<=", ">", ">="]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class IsNull:
    """`operand IS NULL`; IS NOT NULL is a Not around it."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class InList:
    """`operand IN (...)` of expressions."""

    operand: Expression
    options: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class And:
    """Every operand holds."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some operand holds."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not hold."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """An arithmetic operation on two numbers."""

    operator: OneOf["+", "-", "*", "/"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function from the allow-list, its name in capitals."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """The first branch whose condition holds, else `otherwise`."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression


Expression = Column | Literal | Compare | IsNull | InList | And | Or | Not | Arithmetic | Call | Case
