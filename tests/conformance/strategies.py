"""Hypothesis strategies for the values of a field, from its type: mostly few values that meet each other again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from crossfade.contract.key_text import iso
from crossfade.contract.types import ValueType
from tests.conformance.backend import START

Strategy = st.SearchStrategy[Any]

TEXTS = ("a", "b", "A", "aa", "a#b", "a|b", "%", "é", "\U0001f9ff", "\uffee", " x", "zz")
FOLDED = ("a", "A", "á", "b", "aB", "ÁB", "c", "d", "ë")
_NUMBERS = (0, 1, 2, 3, 7, -1, -2)
_MOMENTS = tuple(START + timedelta(days=d, milliseconds=m) for d, m in ((0, 0), (1, 1), (-1, 0), (300, 0), (-300, 999)))
_characters = st.characters(exclude_categories=["Cs"])
_few_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, -1.25, "a", "é", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "é"]), inner, max_size=3),
    max_leaves=5,
)


def values(type_: ValueType) -> Strategy:
    """Values that a field of the type can hold; never None."""
    return _BY_KIND[type_.kind](type_)


def rows(columns: Mapping[str, Strategy]) -> Strategy:
    """Lists of a few rows."""
    return st.lists(st.fixed_dictionaries(dict(columns)), max_size=3)


def amounts(type_: ValueType) -> Strategy:
    """Amounts to add to a number; some lead out of its range."""
    match type_.kind:
        case "int" | "year":
            return st.sampled_from([1, -1, 2, -3, 2**40])
        case "float":
            return st.sampled_from([0.5, -0.25, 1])
        case _:
            return st.sampled_from([1, -1, Decimal("0.25"), Decimal("-1.5"), Decimal("1E6")])


def _int(type_: ValueType) -> Strategy:
    low, high = type_.minimum or 0, type_.maximum if type_.maximum is not None else 2**31
    fitting = [n for n in _NUMBERS if low <= n <= high]
    return st.sampled_from(fitting) | st.sampled_from([low, high]) | st.integers(low, high)


def _decimal(type_: ValueType) -> Strategy:
    scale, precision = type_.scale or 0, min(type_.precision or 10, 38)
    low = 0 if type_.minimum == 0 else -(10**precision) + 1
    few = [Decimal(n) for n in (0, 1, 2, "0.25", "9.99") if precision - scale > 1]
    exact = st.integers(low, 10**precision - 1).map(
        lambda n: Decimal(n).scaleb(-scale) if precision < 28 else Decimal(n % 1000)
    )
    return (st.sampled_from(few) | exact) if few else exact


def _float(type_: ValueType) -> Strategy:
    del type_
    return st.sampled_from([0.0, 0.5, -1.25, 0.1, 1e10, 3.0])


def _str(type_: ValueType) -> Strategy:
    length = min(type_.length or 8, 8)
    few = [t for t in TEXTS if len(t) <= length]
    return st.sampled_from(few) | st.text(_characters, max_size=length)


def members(type_: ValueType) -> tuple[Any, ...]:
    """What a set can hold."""
    return _NUMBERS if type_.members == "N" else type_.values or TEXTS[:4]


def _set(type_: ValueType) -> Strategy:
    return st.frozensets(st.sampled_from(members(type_)))


def _datetime(type_: ValueType) -> Strategy:
    if type_.maximum is not None:
        return st.sampled_from(_MOMENTS)
    first, last = datetime(1000, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001 - as Hypothesis wants them
    return st.sampled_from(_MOMENTS) | st.datetimes(first, last, timezones=st.just(UTC))


def _bytes(type_: ValueType) -> Strategy:
    if type_.precision is not None:
        size = type_.length or 1
        return st.integers(0, 2**type_.precision - 1).map(lambda n: n.to_bytes(size, "big"))
    return st.sampled_from([b"\0", b"a", b"\xff"]) | st.binary(max_size=min(type_.length or 8, 8))


def _json(type_: ValueType) -> Strategy:
    if not type_.variants:
        return _few_json.filter(lambda v: v is not None)
    shapes = [
        st.fixed_dictionaries({type_.tag: st.just(name), **{m: _member(t) for m, t in members.items()}})
        for name, members in type_.variants.items()
    ]
    return st.one_of(shapes)


def _member(type_: ValueType) -> Strategy:
    """A value inside of JSON; its times are texts."""
    if type_.kind == "datetime":
        return values(type_).map(lambda v: iso(v, type_.fsp))
    return values(type_).map(date.isoformat) if type_.kind == "date" else values(type_)


def _point(type_: ValueType) -> Strategy:
    del type_
    return st.just(bytes.fromhex("0101000000000000000000f83f00000000000000c0"))


_BY_KIND: dict[str, Callable[[ValueType], Strategy]] = {
    "bool": lambda t: st.booleans(),
    "int": _int,
    "decimal": _decimal,
    "number": lambda t: st.integers(-5, 5) | st.decimals(-5, 5, places=2),
    "float": _float,
    "str": _str,
    "enum": lambda t: st.sampled_from(t.values),
    "set": _set,
    "date": lambda t: st.sampled_from([m.date() for m in _MOMENTS]) | st.dates(date(1000, 1, 1)),
    "datetime": _datetime,
    "time": lambda t: st.sampled_from([-3000, -1, 0, 1, 90_000]).map(lambda s: timedelta(seconds=s)),
    "year": lambda t: st.sampled_from([0, 1901, 1999, 2155]),
    "bytes": lambda t: _point(t) if t.source == "geometry" else _bytes(t),
    "json": _json,
    "any": lambda t: st.sampled_from(TEXTS),
}
