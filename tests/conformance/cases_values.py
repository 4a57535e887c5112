"""Every row of the value table: what goes in comes out, the same on every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import Append, F, between, prefix
from crossfade.dal.condition import Condition
from crossfade.dal.errors import InvalidValue
from tests.conformance.backend import Backend
from tests.conformance.samples import book, chapter, describe, specimen

EAST = timezone(timedelta(hours=5, minutes=30))
# WKB: little endian, a point, 1.5 and -2.
POINT = bytes.fromhex("0101000000000000000000f83f00000000000000c0")
DOCUMENTS: list[Any] = [{}, [], {"a": {"b": [None, True, 1, 1.5, "x"]}}, [[], {}], "text", "", 5, -1.25, True]
BOUGHT = {"how": "bought", "at": "2024-02-29T23:59:59.120Z", "from": "éa", "price": 10.5, "in": "EUR"}
CAME: list[Any] = [BOUGHT, {"how": "found", "on": "2024-02-29", "deep": 65535, "sure": False}, {"how": "unknown"}, None]
NOTES: list[Any] = [{"a": [1, None]}, [], "text", 0, False]
SAME: list[tuple[str, Any]] = [
    *(("flag", v) for v in (True, False, None)),
    *(("one", v) for v in (True, False, None)),
    *(("tiny", v) for v in (-128, 0, 127)),
    *(("small", v) for v in (0, 65535)),
    *(("middle", v) for v in (-(2**23), 2**23 - 1)),
    *(("whole", v) for v in (-(2**31), 0, 2**31 - 1)),
    *(("big", v) for v in (-(2**63), 2**63 - 1, None)),
    *(("huge", v) for v in (0, 2**63, 2**64 - 1)),
    *(("amount", Decimal(v)) for v in ("0.00", "10.50", "-10.50", "99999999.99", "-99999999.99")),
    ("exact_", Decimal("1234567890123456789012345678.0123456789")),
    ("exact_", Decimal("-0.0000000001")),
    ("debt", Decimal("9999.99")),
    *(("ratio", v) for v in (0.1, -1e-130, 1.7976931348623157e100, 5e-100, 0.0, 1e16, 123456789.123456789)),
    *(("single", v) for v in (0.5, 0.10000000149011612, 16777216.0, 3.4028234663852886e38, -1.401298464324817e-45)),
    *(("letters", v) for v in ("", "abcdefgh", " ab", "\U0001f9ff")),
    *(("name", v) for v in ("", " ", "trailing ", "'quoted' \"twice\" \\", "%_", "é\U0001f9ff", "x" * 40, "a\0b")),
    *(("body", v) for v in ("", "line\nline\r\n\t", "\u2028\ufeff", "ß" * 5000)),
    *(("kind", v) for v in ("seed", "leaf", "bark", None)),
    ("tags", frozenset()),
    ("tags", frozenset({"wet", "rare"})),
    *(("marks", v) for v in (None, frozenset({"x"}), frozenset({"x", "y", "z"}))),
    *(("labels", frozenset(v)) for v in ((), ("",), ("b", "a\"'\\", "é\U0001f9ff"))),
    *(("counts", v) for v in (None, frozenset({0}), frozenset({10, 9, -(2**63), 2**64 - 1}))),
    *(("day", v) for v in (date(1000, 1, 1), date(2024, 2, 29), date(9999, 12, 31), None)),
    ("at0", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ("at0", datetime(1000, 1, 1, tzinfo=UTC)),
    ("at0", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("at3", datetime(2024, 2, 29, 23, 59, 59, 120_000, tzinfo=UTC)),
    ("at3", datetime(2024, 3, 31, 2, 30, tzinfo=UTC)),  # a time that daylight saving leaves out
    ("at6", datetime(2024, 2, 29, 23, 59, 59, 123_456, tzinfo=UTC)),
    ("at6", datetime(2024, 2, 29, 23, 59, 59, 1, tzinfo=UTC)),
    ("stamp", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
    ("stamp", datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)),
    *(("span", timedelta(seconds=v)) for v in (0, -1, 86_399, 86_400 * 3, -(838 * 3600 + 59 * 60 + 59))),
    ("span", timedelta(hours=838, minutes=59, seconds=59)),
    ("span3", timedelta(hours=-30, milliseconds=-5)),
    *(("vintage", v) for v in (0, 1901, 2155)),
    *(("fixed_", v) for v in (b"\0\0\0\0", b"ab\0\0", b"\xff\xfe\xfd\xfc")),
    *(("raw", v) for v in (b"\0", b"'\\\xff\x00", b"x" * 16, None)),
    *(("picture", v) for v in (b"", bytes(range(256)) * 40)),
    *(("bits", v) for v in (b"\0\0", b"\0\1", b"\x0f\xff")),
    *(("doc", v) for v in DOCUMENTS),
    ("doc", {"big": 2**63 - 1, "huge": 2**64 - 1, "low": -(2**63), "tiny": 1e-100, "far": 1e100}),
    ("doc", {"é\U0001f9ff \"'\\": "\u0001\u007f", "order": [3, 1, 2]}),
    *(("notes", v) for v in NOTES),
    *(("came", v) for v in CAME),
    ("place", POINT),
    ("seen", datetime(2024, 2, 29, 23, 59, 59, 120_000, tzinfo=UTC)),
    ("seen", datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
    ("heard", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    *(("digest", v) for v in (b"", b"\0\xff")),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), SAME, ids=describe)
def test_a_value_comes_back(library: Backend, field: str, value: Any) -> None:
    specimens = library.of("SPECIMEN")
    created = specimens.create(specimen(**{field: value}))
    _same(created[field], value)
    _same(specimens.get("s1")[field], value)
    _same(specimens.find("all").items[0][field], value)


@pytest.mark.parametrize(("field", "value"), SAME, ids=describe)
def test_a_value_comes_back_from_an_update(library: Backend, field: str, value: Any) -> None:
    specimens = library.of("SPECIMEN")
    specimens.create(specimen())
    _same(specimens.update("s1", {field: value})[field], value)
    _same(specimens.get("s1")[field], value)


def _same(got: Any, value: Any) -> None:
    assert got == value
    assert type(got) is type(value)
    assert repr(got) == repr(value) or isinstance(value, (dict, frozenset))  # 10.5 is not 10.50
    if isinstance(value, datetime):
        assert got.tzinfo is UTC


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("flag", 1, True),
        ("whole", Decimal("7.0"), 7),
        ("amount", Decimal("1.005"), Decimal("1.01")),
        ("amount", Decimal("-1.005"), Decimal("-1.01")),
        ("amount", Decimal("-0.001"), Decimal("0.00")),
        ("amount", 3, Decimal("3.00")),
        ("single", 0.1, 0.10000000149011612),
        ("ratio", 3, 3.0),
        ("letters", "ab  ", "ab"),
        ("tags", ["wet", "wet"], frozenset({"wet"})),
        ("at0", datetime(2024, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC), datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ("at3", datetime(2024, 1, 1, 5, 30, 0, 1499, tzinfo=EAST), datetime(2024, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)),
        ("span", timedelta(seconds=-1, microseconds=-500_000), timedelta(seconds=-2)),
        ("fixed_", b"ab", b"ab\0\0"),
        ("bits", b"\1", b"\0\1"),
        ("doc", (1, 2.0), [1, 2]),
        ("doc", {"a": 1e16}, {"a": 10**16}),
    ],
    ids=describe,
)
def test_a_value_is_made_canonical(library: Backend, field: str, value: Any, stored: Any) -> None:
    specimens = library.of("SPECIMEN")
    created = specimens.create(specimen(**{field: value}))
    _same(created[field], stored)
    _same(specimens.get("s1")[field], stored)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("flag", 2),
        ("tiny", 128),
        ("huge", -1),
        ("amount", 1.5),
        ("amount", Decimal("NaN")),
        ("ratio", float("inf")),
        ("ratio", 1e126),
        ("single", 1e39),
        ("name", "x" * 41),
        ("name", "\ud800"),
        ("body", "ß" * 40_000),
        ("kind", "root"),
        ("kind", ""),
        ("tags", {"wet", "hot"}),
        ("marks", frozenset()),
        ("day", datetime(2024, 1, 1, tzinfo=UTC)),
        ("at0", datetime(2024, 1, 1)),  # noqa: DTZ001 - what is refused
        ("stamp", datetime(2040, 1, 1, tzinfo=UTC)),
        ("span", timedelta(hours=839)),
        ("vintage", 1900),
        ("fixed_", b"12345"),
        ("bits", b"\x10\x00"),
        ("doc", {"a": float("nan")}),
        ("doc", {1: 2}),
        ("doc", 2**64),
        ("labels", {1}),
        ("labels", "wet"),
        ("labels", ["a", None]),
        ("counts", {"1"}),
        ("counts", {True}),
        ("counts", {1.5}),
        ("counts", {2**64}),
        ("came", "unknown"),
        ("came", {}),
        ("came", {"how": "stolen"}),
        ("came", {"how": "unknown", "on": "2024-02-29"}),
        ("came", {"how": "found", "on": "2024-02-29", "deep": 1}),
        ("came", {"how": "found", "on": "2024-02-30", "deep": 1, "sure": True}),
        ("came", {"how": "found", "on": "2024-02-29", "deep": True, "sure": True}),
        ("came", {"how": "found", "on": "2024-02-29", "deep": -1, "sure": True}),
        ("came", BOUGHT | {"at": "2024-02-29T23:59:59Z"}),
        ("came", BOUGHT | {"from": "12345"}),
        ("came", BOUGHT | {"price": None}),
        ("came", BOUGHT | {"in": "GBP"}),
    ],
    ids=describe,
)
def test_a_value_that_one_of_the_stores_cannot_hold(library: Backend, field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        library.of("SPECIMEN").create(specimen(**{field: value}))
    assert caught.value.field == field
    assert library.of("SPECIMEN").get("s1") is None


def test_a_change_gives_a_value_another_shape(library: Backend) -> None:
    specimens = library.of("SPECIMEN")
    specimens.create(specimen(came={"how": "unknown"}))
    assert specimens.update("s1", {"came": BOUGHT})["came"] == BOUGHT
    for change in ({"how": "found"}, Append("x")):
        with pytest.raises(InvalidValue) as caught:
            specimens.update("s1", {"came": change})
        assert caught.value.field == "came"
    assert specimens.get("s1")["came"] == BOUGHT


@pytest.mark.parametrize(
    ("field", "condition"),
    [
        ("name", F("name").starts_with("\ud800")),
        ("name", F("name").contains("a\ud800")),
        ("name", ~F("name").contains("\ud800")),
        ("name", F("name") == "\ud800"),
        ("name", F("name").one_of(["a", "\ud800"])),
        ("kind", F("kind").starts_with("\ud800")),
        ("kind", (F("whole") == 1) | F("kind").contains("\ud800")),
        ("labels", F("labels").contains("\ud800")),
    ],
    ids=range(8),
)
def test_half_a_surrogate_pair_in_a_condition(library: Backend, field: str, condition: Condition) -> None:
    specimens = library.of("SPECIMEN")
    before = specimens.create(specimen(name="a", whole=0))
    calls: list[Callable[[], Any]] = [
        lambda: specimens.find("all", where=condition),
        lambda: specimens.count("all", where=condition),
        lambda: specimens.update("s1", {"whole": 2}, where=condition),
        lambda: specimens.delete("s1", where=condition),
    ]
    for call in calls:
        with pytest.raises(InvalidValue) as caught:
            call()
        assert (caught.value.field, caught.value.entity) == (field, "SPECIMEN")
        assert "lone surrogate" in caught.value.reason
    assert specimens.get("s1") == before


def test_half_a_surrogate_pair_in_a_range(library: Backend) -> None:
    for title in (prefix("\ud800"), between("a", "\ud800")):
        with pytest.raises(InvalidValue) as caught:
            library.of("BOOK").find("by_shelf", shelf="A", title=title)
        assert (caught.value.field, caught.value.entity) == ("title", "BOOK")


def test_every_field_at_once(library: Backend) -> None:
    values = {field: value for field, value in SAME if value is not None}
    created = library.of("SPECIMEN").create(specimen(**values))
    assert created == {"code": "s1", "version": 1, **values}
    assert library.of("SPECIMEN").get("s1") == created


def test_no_field_at_all(library: Backend) -> None:
    created = library.of("SPECIMEN").create({"code": "s1"})
    assert {f: v for f, v in created.items() if v is not None} == {
        "code": "s1",
        "whole": 0,
        "tags": frozenset(),
        "labels": frozenset(),
        "version": 1,
    }


def test_values_inside_owned_rows(library: Backend) -> None:
    rows = [
        chapter("ünï\U0001f9ff", pages=2**32 - 1, price=Decimal("9999.99"), free=True),
        chapter("", added=datetime(2024, 2, 29, 1, 2, 3, 456_000, tzinfo=UTC)),
    ]
    created = library.of("BOOK").create(book(chapters=rows))
    assert created["chapters"] == rows
    assert library.of("BOOK").get(created["id"])["chapters"] == rows
    assert str(created["chapters"][0]["price"]) == "9999.99"
    assert created["chapters"][0]["free"] is True


def test_values_inside_an_envelope(library: Backend) -> None:
    fields = {"floors": -3, "hours": {"mon": [9.5, None]}, "opened": date(1999, 12, 31)}
    created = library.of("BRANCH").create({"code": "b", "name": "é", **fields})
    assert {f: created[f] for f in fields} == fields
    assert library.of("BRANCH").get("b") == created
