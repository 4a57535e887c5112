"""Store-neutral conditions: `F("inventory_quantity") >= 3`.

They compile to SQL (mysql/conditions), to a ConditionExpression (dynamodb/expressions) and are evaluated
here for the in-memory store. The logic has two values: a comparison with a null field is False, also `!=`;
`~` is plain negation. Texts compare by code points, exactly, whatever the column's collation. JSON and rows
can only be tested for null; sets and bools for equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Operator = Literal["=", "!=", "<", "<=", ">", ">="]


class Condition:
    """The base of all conditions; combine with `&`, `|` and `~`."""

    def __and__(self, other: Condition) -> Condition:
        return AllOf((self, other))

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((self, other))

    def __invert__(self) -> Condition:
        return Negation(self)

    def __bool__(self) -> bool:
        raise TypeError("combine conditions with &, | and ~, not with and, or, not or chained comparisons")


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """A field compared with a value that is not None."""

    field: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class IsNull(Condition):
    """The field is null."""

    field: str


@dataclass(frozen=True, slots=True)
class StartsWith(Condition):
    """The field's text starts with `prefix`, case-sensitively."""

    field: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Contains(Condition):
    """The field's text contains the text, or its set contains the member."""

    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class OneOf(Condition):
    """The field equals one of the values."""

    field: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """Some part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation(Condition):
    """The part does not hold."""

    part: Condition


Leaf = Comparison | IsNull | StartsWith | Contains | OneOf


class F:
    """A field in a condition: `(F("stock") >= 3) & F("deleted_at").is_null()`."""

    __hash__ = None  # type: ignore[assignment]  # == builds a condition, so an F cannot be a dict key

    def __init__(self, field: str) -> None:
        self._field = field

    def _compare(self, operator: Operator, value: Any) -> Condition:
        if value is None:
            raise TypeError(f"compare {self._field} with null by is_null() or is_not_null()")
        return Comparison(self._field, operator, value)

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # builds a condition
        return self._compare("=", value)

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]  # builds a condition
        return self._compare("!=", value)

    def __lt__(self, value: Any) -> Condition:
        return self._compare("<", value)

    def __le__(self, value: Any) -> Condition:
        return self._compare("<=", value)

    def __gt__(self, value: Any) -> Condition:
        return self._compare(">", value)

    def __ge__(self, value: Any) -> Condition:
        return self._compare(">=", value)

    def is_null(self) -> Condition:
        """The field is null."""
        return IsNull(self._field)

    def is_not_null(self) -> Condition:
        """The field is not null."""
        return Negation(IsNull(self._field))

    def starts_with(self, prefix: str) -> Condition:
        """The text starts with `prefix`, case-sensitively."""
        return StartsWith(self._field, prefix)

    def contains(self, value: Any) -> Condition:
        """The text contains the text `value`, or the set the member `value`."""
        return Contains(self._field, value)

    def one_of(self, values: Iterable[Any]) -> Condition:
        """The field equals one of `values`; none of them may be None, and there is at least one."""
        options = tuple(values)
        if not options or None in options:
            raise TypeError(f"{self._field}.one_of() wants one value or more, none of them None")
        return OneOf(self._field, options)

    def between(self, low: Any, high: Any) -> Condition:
        """From `low` to `high`, both included."""
        return self._compare(">=", low) & self._compare("<=", high)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The comparisons and tests that a condition is made of, from left to right."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Negation(part):
            yield from leaves(part)
        case Comparison() | IsNull() | StartsWith() | Contains() | OneOf():
            yield condition
        case _:
            raise TypeError(f"not a condition: {condition!r}")


def fields(condition: Condition) -> frozenset[str]:
    """The fields that a condition reads."""
    return frozenset(leaf.field for leaf in leaves(condition))


def map_values(condition: Condition, convert: Callable[[str, Any, Condition], Any]) -> Condition:
    """The same condition with each value replaced by `convert(field, value, leaf)`."""
    match condition:
        case AllOf(parts):
            return AllOf(tuple(map_values(p, convert) for p in parts))
        case AnyOf(parts):
            return AnyOf(tuple(map_values(p, convert) for p in parts))
        case Negation(part):
            return Negation(map_values(part, convert))
        case Comparison(field, operator, value):
            return Comparison(field, operator, convert(field, value, condition))
        case StartsWith(field, prefix):
            return StartsWith(field, convert(field, prefix, condition))
        case Contains(field, value):
            return Contains(field, convert(field, value, condition))
        case OneOf(field, values):
            return OneOf(field, tuple(convert(field, v, condition) for v in values))
        case _:
            return condition


_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _compares(operator: Operator, value: Any, other: Any) -> bool:
    try:
        return bool(_COMPARE[operator](value, other))
    except TypeError:  # values of two types, in a field of a contract that names none
        return False


def holds(condition: Condition, record: Mapping[str, Any]) -> bool:
    """Whether `condition` holds for a record of canonical values."""
    match condition:
        case AllOf(parts):
            return all(holds(p, record) for p in parts)
        case AnyOf(parts):
            return any(holds(p, record) for p in parts)
        case Negation(part):
            return not holds(part, record)
        case IsNull(field):
            return record[field] is None
        case Comparison(field, operator, value):
            return record[field] is not None and _compares(operator, record[field], value)
        case StartsWith(field, prefix):
            return record[field] is not None and str(record[field]).startswith(prefix)
        case Contains(field, value):
            return record[field] is not None and value in record[field]
        case OneOf(field, values):
            return record[field] in values
        case _:
            raise TypeError(f"not a condition: {condition!r}")
