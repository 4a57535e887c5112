"""One form for each shape, whatever byte order it was given in."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.contract.errors import InvalidValue
from crossfade.contract.types import canonical, parse_sql_type
from crossfade.contract.wkb import joined, normal, split

POINT = bytes.fromhex("0101000000000000000000f03f0000000000000040")
POINT_BIG_ENDIAN = bytes.fromhex("00000000013ff00000000000004000000000000000")
POINT_OF_4326 = bytes.fromhex("0101000020e6100000000000000000f03f0000000000000040")
GEOMETRY = parse_sql_type("geometry")

numbers = st.floats(allow_nan=False, allow_infinity=False)
points = st.lists(st.tuples(numbers, numbers), max_size=4)
shapes = st.recursive(
    st.one_of(
        st.tuples(st.just(1), st.tuples(numbers, numbers)),
        st.tuples(st.just(2), points),
        st.tuples(st.just(3), st.lists(points, max_size=3)),
    ),
    lambda inner: st.tuples(st.integers(4, 7), st.lists(inner, max_size=3)),
)


def written(shape: tuple[int, Any], orders: list[int]) -> bytes:
    """WKB of a shape, each part in the next of some byte orders."""
    kind, content = shape
    little = bool(orders[0])
    orders.append(orders.pop(0))
    sign = "<" if little else ">"

    def row(of: list[tuple[float, float]]) -> bytes:
        return struct.pack(f"{sign}I", len(of)) + b"".join(struct.pack(f"{sign}2d", *p) for p in of)

    head = bytes([little]) + struct.pack(f"{sign}I", kind)
    if kind == 1:
        return head + struct.pack(f"{sign}2d", *content)
    if kind == 2:
        return head + row(content)
    many = [row(c) if kind == 3 else written(c, orders) for c in content]
    return head + struct.pack(f"{sign}I", len(many)) + b"".join(many)


@given(shapes, st.lists(st.integers(0, 1), min_size=1, max_size=5), st.sampled_from([0, 4326, 2**32 - 1]))
def test_every_byte_order_gives_one_form(shape: tuple[int, Any], orders: list[int], srid: int) -> None:
    form = written(shape, [1])
    assert normal(written(shape, orders)) == normal(form) == form
    named = joined(srid, form)
    assert split(named) == (srid, form)
    assert split(form) == (None, form)
    assert normal(named) == (named if srid else form)


def test_a_shape_is_canonical_on_every_store() -> None:
    assert canonical(POINT_BIG_ENDIAN, GEOMETRY, "place") == POINT
    assert canonical(bytearray(POINT), parse_sql_type("point"), "place") == POINT
    assert normal(POINT_OF_4326) == POINT_OF_4326 == joined(4326, POINT)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends too early"),
        (POINT[:-1], "ends too early"),
        (POINT + b"\0", "more behind its end"),
        (b"\x02" + POINT[1:], "is no shape"),
        (bytes.fromhex("01e9030000") + bytes(24), "two dimensions"),
        (bytes.fromhex("0101000080") + bytes(24), "two dimensions"),
        (bytes.fromhex("0102000000ffffffff"), "ends too early"),
        (POINT[:5] + struct.pack("<2d", math.nan, 0), "no number"),
        (bytes.fromhex("010700000001000000") * 102, "too deep"),
    ],
)
def test_what_is_no_shape_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        canonical(content, GEOMETRY, "place")
