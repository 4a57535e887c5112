"""Random rows of the unusual database as a driver takes them: nothing of crossfade's has touched them."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Strategy = st.SearchStrategy[Any]
Rows = dict[str, list[dict[str, Any]]]

_characters = st.characters(exclude_categories=["Cs"])
_western = st.characters(min_codepoint=0xA0, max_codepoint=0xFF) | st.characters(max_codepoint=0x7F)
_moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001 - as Hypothesis wants them
_stamps = st.datetimes(datetime(1970, 1, 2), datetime(2038, 1, 18))  # noqa: DTZ001 - as above
# In DynamoDB's range; minus zero is zero there, and equal to it in MySQL.
_numbers = st.floats(1e-130, 9.9e125) | st.floats(-9.9e125, -1e-130) | st.just(0.0)
_doubles = st.floats(allow_nan=False, allow_infinity=False)
_coordinates = st.floats(-1e100, 1e100)


def _broken(number: float) -> float:
    """A number that is no integer of 64 bits: DynamoDB does not keep 1.0 apart from 1."""
    return 0.5 if number.is_integer() and abs(number) < 2**64 else number


def _clock(micros: int) -> str:
    seconds, fraction = divmod(abs(micros), 10**6)
    return f"{'-' if micros < 0 else ''}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:06d}"


def _bits(width: int) -> Strategy:
    return st.integers(0, 2**width - 1)


def _signed(width: int) -> Strategy:
    return st.integers(-(2 ** (width - 1)), 2 ** (width - 1) - 1)


def _decimal(precision: int, scale: int, *, unsigned: bool = False) -> Strategy:
    most = 10**precision - 1
    # As text: exact whatever the context's precision.
    return st.integers(0 if unsigned else -most, most).map(lambda n: format(Decimal((n < 0, _digits(n), -scale)), "f"))


def _digits(number: int) -> tuple[int, ...]:
    return tuple(map(int, str(abs(number))))


def _text(length: int) -> Strategy:
    return st.text(_characters, max_size=length)


def _document(numbers: Strategy, keys: Strategy) -> Strategy:
    leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | numbers | st.text(_characters)
    inner = st.recursive(
        leaves, lambda within: st.lists(within, max_size=3) | st.dictionaries(keys, within, max_size=3), max_leaves=8
    )
    return (inner.filter(lambda v: v is not None)).map(lambda v: json.dumps(v, ensure_ascii=False))


def _shape() -> Strategy:
    """A shape as MySQL stores it: the reference system, and WKB."""
    points = st.tuples(_coordinates, _coordinates)
    made = st.one_of(
        points.map(lambda p: struct.pack("<BI2d", 1, 1, *p)),
        st.lists(points, min_size=2, max_size=5, unique=True).map(
            lambda ps: struct.pack("<BII", 1, 2, len(ps)) + b"".join(struct.pack("<2d", *p) for p in ps)
        ),
        st.lists(points, min_size=1, max_size=4).map(
            lambda ps: struct.pack("<BII", 1, 4, len(ps)) + b"".join(struct.pack("<BI2d", 1, 1, *p) for p in ps)
        ),
    )
    return st.tuples(st.sampled_from([0, 3857]), made).map(lambda t: struct.pack("<I", t[0]) + t[1])


def _members(names: Sequence[str]) -> Strategy:
    return st.frozensets(st.sampled_from(names)).map(lambda chosen: ",".join(sorted(chosen)))


_most = 838 * 3600 * 10**6
_spans = st.integers(-_most, _most).map(_clock)
_NUMBERS: dict[str, Strategy] = {
    "flag": st.booleans(), "tiny_number": _signed(8), "tiny": _signed(8), "tiny_u": _bits(8), "small": _signed(16),
    "small_u": _bits(16), "medium": _signed(24), "medium_u": _bits(24), "normal": _signed(32), "normal_u": _bits(32),
    "big": _signed(64), "big_u": _bits(64), "exact": _decimal(38, 10), "exact_whole": _decimal(38, 0),
    "exact_fraction": _decimal(30, 30), "exact_u": _decimal(12, 2, unsigned=True),
    "single": st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda f: f + 0.0),
    "wide": _numbers, "wide_text": _doubles, "born": st.integers(1901, 2155) | st.just(0),
    "one_bit": _bits(1), "nine_bits": _bits(9), "all_bits": _bits(64),
}  # fmt: skip
_TEXTS: dict[str, Strategy] = {
    "fixed": _text(20), "short": _text(200), "western": st.text(_western, max_size=50), "folded": _text(50),
    "tiny": _text(60), "medium": _text(300), "long_text": _text(300),
    "kind": st.sampled_from(["", "a", "A b", "it's", "ä,ö", "日本"]),
}  # fmt: skip
_MOMENTS: dict[str, Strategy] = {
    "day": st.dates(date(1000, 1, 1)), **dict.fromkeys(("at0", "at1", "at3", "at6"), _moments),
    **dict.fromkeys(("stamp0", "stamp3", "stamp6"), _stamps), **dict.fromkeys(("span0", "span2", "span6"), _spans),
    "born": st.integers(1901, 2155),
}  # fmt: skip
_BYTES: dict[str, Strategy] = {
    "fixed": st.binary(min_size=4, max_size=4), "varied": st.binary(max_size=100), "tiny": st.binary(max_size=255),
    "medium": st.binary(max_size=300), "long_blob": st.binary(max_size=300),
    "document": _document(_numbers.map(_broken), st.text(_characters, min_size=1, max_size=10)),
    "as_text": _document(_doubles, _text(10)), "shape": _shape(),
}  # fmt: skip


def _rows(nullable: dict[str, Strategy], needed: dict[str, Strategy], most: int) -> Strategy:
    columns = {**{name: st.none() | of for name, of in nullable.items()}, **needed}
    return st.lists(st.fixed_dictionaries(columns), min_size=most // 2, max_size=most)


def _measured(keys: list[tuple[str, date, bytes]], data: st.DataObject) -> Rows:
    found: Rows = {"measurements": [], "samples": []}
    serial = 10_000
    for key in keys:
        own = dict(zip(("site", "day", "probe"), key, strict=True))
        found["measurements"].append({**own, "note": data.draw(_text(100)), "reading": data.draw(_decimal(12, 6))})
        for position in data.draw(st.lists(_bits(32), max_size=3, unique=True)):
            serial += 1
            extra = {
                "amount": data.draw(_numbers),
                "marks": data.draw(_members("xy")),
                "raw": data.draw(st.binary(max_size=20)),
            }
            found["samples"].append({**own, "position": position, "serial": serial, **extra})
    return found


@st.composite
def databases(draw: st.DrawFn, most: int = 6) -> Rows:
    """Rows of each table, beside those of data.sql."""
    needed = {
        "plain": _text(300),
        "kind_needed": st.sampled_from(["one", "two"]),
        "tags": _members(["a", "A b", "it's", "ä", "日本"]),
    }
    found: Rows = {
        "numbers": draw(_rows(_NUMBERS, {}, most)),
        "texts": draw(_rows(_TEXTS, needed, most)),
        "moments": draw(_rows(_MOMENTS, {}, most)),
        "bytes_and_shapes": draw(_rows(_BYTES, {"plain": st.binary(max_size=300)}, most)),
    }
    for table in found.values():
        for number, row in enumerate(table, start=1_000):
            row["id"] = number
    for row in found["bytes_and_shapes"]:
        row["id"] = struct.pack(">QQ", 2**63, row["id"])
    keys = st.tuples(_text(50), st.dates(date(1000, 1, 1)), st.binary(min_size=16, max_size=16))
    data = draw(st.data())
    found |= _measured(draw(st.lists(keys, max_size=most, unique=True)), data)
    return found
