"""Store-neutral conditions as SQL, with two values: never NULL where that would count as neither.

Negation is pushed down to the leaves, so that a plain column is compared plainly and can use its index. Texts
compare by code points: a column whose collation compares otherwise is compared by its bytes too. What SQL cannot
compare as Python does (lists, JSON, formatted text) is left over, to be asked of the records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crossfade.contract.coerce import json_text
from crossfade.contract.types import ValueType
from crossfade.dal.condition import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Contains,
    IsNull,
    Negation,
    OneOf,
    StartsWith,
)
from crossfade.mysql.expressions import Sql, call
from crossfade.mysql.operands import Operand, parameter
from crossfade.mysql.types import DialectName, text_collation

Fields = Callable[[str], Operand | None]

_OPPOSITE = {"=": "<>", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_TEXT = frozenset({"str", "enum"})
_ESCAPE = "!"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A condition in two parts, both of which must hold.

    Attributes:
        where: what SQL checks; None for nothing.
        rest: what the records must be asked; None for nothing.
    """

    where: Sql | None = None
    rest: Condition | None = None


def compile_where(condition: Condition, fields: Fields, dialect: DialectName) -> Compiled:
    """A condition as SQL, as far as SQL can check it.

    Args:
        condition: the condition, its values canonical.
        fields: each field in SQL, or None.
        dialect: the server.
    """
    return _Compiler(fields, dialect).compile(condition)


@dataclass(frozen=True, slots=True)
class _Compiler:
    fields: Fields
    dialect: DialectName

    def compile(self, condition: Condition) -> Compiled:
        if isinstance(condition, AllOf):
            made = [self.compile(part) for part in condition.parts]
            wheres = [m.where for m in made if m.where is not None]
            rests = tuple(m.rest for m in made if m.rest is not None)
            rest = rests[0] if len(rests) == 1 else AllOf(rests) if rests else None
            return Compiled(sa.and_(*wheres) if wheres else None, rest)
        found = self._whole(condition, positive=True)
        return Compiled(rest=condition) if found is None else Compiled(where=found)

    def _whole(self, condition: Condition, *, positive: bool) -> Sql | None:
        """The condition, or its opposite, if SQL can check all of it."""
        match condition:
            case Negation(part):
                return self._whole(part, positive=not positive)
            case AllOf(parts) | AnyOf(parts):
                made = [self._whole(part, positive=positive) for part in parts]
                whole = [m for m in made if m is not None]
                if len(whole) < len(made):
                    return None
                every = isinstance(condition, AllOf) is positive
                return sa.and_(sa.true(), *whole) if every else sa.or_(sa.false(), *whole)
            case _:
                return self._leaf(condition, positive)

    def _leaf(self, leaf: Condition, positive: bool) -> Sql | None:
        field: str = leaf.field  # type: ignore[attr-defined]  # every leaf has one
        operand = self.fields(field)
        if operand is None:
            return None
        if isinstance(leaf, IsNull):
            return self._is_null(operand) if positive else sa.not_(self._is_null(operand))
        found = self._true(leaf, operand, positive)
        if found is None or positive or not operand.nullable:
            return found
        return sa.or_(operand.expression.is_(sa.null()), found)

    def _is_null(self, operand: Operand) -> Sql:
        if not operand.nullable:
            return sa.false()
        null = operand.expression.is_(sa.null())
        if operand.type.members:
            raw = sa.type_coerce(operand.expression, sa.types.NullType())
            length = "JSON_LENGTH" if self.dialect == "mysql" else "json_array_length"
            return sa.or_(null, call(length, raw) == sa.literal_column("0"))
        if operand.type.kind == "set":
            return sa.or_(null, operand.expression == sa.literal("", sa.types.NullType()))
        return null

    def _true(self, leaf: Condition, operand: Operand, positive: bool) -> Sql | None:
        """Whether the leaf holds (or, not `positive`, does not hold) for a value that is not null."""
        match leaf:
            case Comparison(operator=operator, value=value):
                return self._compare(operator if positive else _OPPOSITE[operator], operand, value)
            case OneOf(values=values):
                return self._one_of(operand, values, positive)
            case Contains(value=value):
                found = self._contains(operand, value)
            case StartsWith(prefix=prefix):
                found = self._starts(operand, prefix) if operand.type.kind in _TEXT else None
            case _:
                raise TypeError(f"not a condition: {leaf!r}")
        return None if found is None else found if positive else sa.not_(found)

    def _compare(self, operator: str, operand: Operand, value: Any) -> Sql | None:
        type_ = operand.type
        orders = operator not in {"=", "!=", "<>"}
        if type_.spatial or type_.members or (orders and type_.kind == "set"):
            return None
        operator = "<>" if operator == "!=" else operator
        given = parameter(value, type_, self.dialect)
        plain = operand.expression.op(operator, is_comparison=True)(given)
        by_place = orders and type_.kind == "enum" and self.dialect == "mysql"
        if self._equals_exactly(type_) and not by_place:
            return plain
        exact = self._exact(operand.expression).op(operator, is_comparison=True)(self._exact(given))
        return sa.and_(plain, exact) if operator == "=" else exact

    def _one_of(self, operand: Operand, values: tuple[Any, ...], positive: bool) -> Sql | None:
        if operand.type.spatial or operand.type.members:
            return None
        if self._equals_exactly(operand.type):
            return operand.expression.in_(values) if positive else operand.expression.not_in(values)
        equal = [self._compare("=" if positive else "<>", operand, value) for value in values]
        made = [e for e in equal if e is not None]
        return sa.or_(*made) if positive else sa.and_(*made)

    def _equals_exactly(self, type_: ValueType) -> bool:
        """Whether the server finds values equal only if Python does."""
        if self.dialect == "sqlite":
            return text_collation(type_) is None
        return type_.kind != "str" or is_binary(type_)

    def _exact(self, text: Sql) -> Sql:
        """A text that compares by code points."""
        return sa.collate(text, "BINARY") if self.dialect == "sqlite" else _bytes(text)

    def _contains(self, operand: Operand, value: Any) -> Sql | None:
        if operand.type.kind == "set":
            return self._member(operand, value)
        if operand.type.kind not in _TEXT:
            return None
        needle = sa.literal(str(value))
        if self.dialect == "sqlite":
            return call("instr", operand.expression, needle) > sa.literal_column("0")
        return call("INSTR", _bytes(operand.expression), _bytes(needle)) > sa.literal_column("0")

    def _member(self, operand: Operand, value: Any) -> Sql | None:
        if operand.type.members:
            if self.dialect == "sqlite":
                return None
            array = sa.type_coerce(operand.expression, sa.types.NullType())
            return call("JSON_CONTAINS", array, sa.literal(json_text(value))) == sa.literal_column("1")
        if value not in operand.type.values:
            return sa.false()
        if self.dialect == "mysql":
            return call("FIND_IN_SET", sa.literal(value), operand.expression) > sa.literal_column("0")
        around = sa.literal(",") + sa.type_coerce(operand.expression, sa.Text()) + sa.literal(",")
        return call("instr", around, sa.literal(f",{value},")) > sa.literal_column("0")

    def _starts(self, operand: Operand, prefix: str) -> Sql:
        text: Sql = sa.type_coerce(operand.expression, sa.Text())
        if self.dialect == "sqlite":
            return call("substr", text, sa.literal(1), sa.literal(len(prefix))) == sa.literal(prefix)
        escaped = "".join(_ESCAPE + c if c in "%_" + _ESCAPE else c for c in prefix)
        # LIKE finds the range in an index, by the column's collation; where that is not binary, the bytes decide.
        like = text.like(sa.literal(escaped + "%"), escape=_ESCAPE)
        if is_binary(operand.type):
            return like
        return sa.and_(like, call("LEFT", _utf8(text), sa.literal(len(prefix))).op("=")(_bytes(sa.literal(prefix))))


def ordered(operand: Operand, dialect: DialectName) -> Sql:
    """What sorts as the field's values do in Python; text by its column's collation, so that its index serves.

    MySQL itself sorts an ENUM by the place of its members.
    """
    if operand.type.kind == "enum" and dialect == "mysql":
        return sa.cast(operand.expression, sa.BINARY())
    return operand.expression


def is_binary(type_: ValueType) -> bool:
    """Whether text compares by code points."""
    return type_.collation is not None and (type_.collation.endswith("_bin") or type_.collation == "binary")


def _utf8(text: Sql) -> Sql:
    # The column may be in another character set than the connection.
    converted: Sql = sa.func.convert(text.op("USING")(sa.literal_column("utf8mb4")), type_=sa.Text())
    return converted


def _bytes(text: Sql) -> Sql:
    return sa.cast(_utf8(text), sa.BINARY())
