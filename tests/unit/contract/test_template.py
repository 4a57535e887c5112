"""Key templates: what they build, what they read back, and how their texts sort."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crossfade.contract.errors import InvalidValue
from crossfade.contract.key_text import clock, iso, read_clock
from crossfade.contract.template import Slot, Template
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import ANY, ValueType, parse_sql_type

TYPES = {
    "id": parse_sql_type("bigint unsigned"),
    "parent_id": parse_sql_type("int"),
    "email": parse_sql_type("varchar(100)"),
    "status": parse_sql_type("enum('open','shut')"),
    "start": parse_sql_type("datetime(3)"),
    "day": parse_sql_type("date"),
    "price": parse_sql_type("decimal(10,2)"),
    "admin": parse_sql_type("tinyint(1)"),
    "span": parse_sql_type("time(2)"),
    "code": parse_sql_type("binary(2)"),
    "data": parse_sql_type("varbinary(4)"),
    "year": parse_sql_type("year"),
    "ratio": parse_sql_type("double"),
}
MOMENT = datetime(2024, 2, 29, 3, 4, 5, 678_000, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "id": 7,
    "parent_id": None,
    "email": "bob#1@example.com",
    "status": "open",
    "start": MOMENT,
    "day": date(2024, 2, 29),
    "price": Decimal("10.50"),
    "admin": True,
    "span": timedelta(hours=-30),
    "code": b"\x01\xff",
    "data": b"ab",
    "year": 1999,
    "ratio": 0.5,
}


def template(source: str, *, escape: bool = True, **folds: str) -> Template:
    return parse_template(source, types=TYPES, folds=folds, escape=escape)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#META", "#META"),
        ("USER#{id}", "USER#7"),
        ("{id:012d}", "000000000007"),
        ("ORDER#{start}#{id:06d}", "ORDER#2024-02-29T03:04:05.678Z#000007"),
        ("{start:%Y}", "2024"),
        ("{day}-{id}", "2024-02-29-7"),
        ("{status:upper}#{admin:flag}", "OPEN#1"),
        ("{admin}", "true"),
        ("{price:010.2f}", "0000010.50"),
        ("{price}", "10.50"),
        ("{span}", "-30:00:00.00"),
        ("{code}", "01ff"),
        ("{year}", "1999"),
        ("{ratio}", "0.5"),
        ("{parent_id:06d|ROOT}", "ROOT"),
        ("{parent_id:06d}", None),
        ("A{parent_id}Z", None),
        ("{email}#{id}", "bob%231@example.com#7"),
        ("{id}#{email}", "7#bob#1@example.com"),
    ],
)
def test_build(source: str, expected: str | None) -> None:
    assert template(source).build(VALUES) == expected


def test_version_1_does_not_escape() -> None:
    assert template("{email}#{id}", escape=False).build(VALUES) == "bob#1@example.com#7"


def test_a_flag_that_is_false_yields_no_key() -> None:
    assert template("{admin:flag}").build({"admin": False}) is None
    assert template("{admin:flag}").build({"admin": None}) is None


def test_years_have_four_digits() -> None:
    assert template("{start:%Y-%m}").build({"start": datetime(33, 4, 3, tzinfo=UTC)}) == "0033-04"
    assert template("{start}").build({"start": datetime(33, 4, 3, tzinfo=UTC)}) == "0033-04-03T00:00:00.000Z"


@pytest.mark.parametrize(
    ("fold", "text", "expected"),
    [
        ("casefold", "Straße  ", "strasse"),
        ("casefold", "Ánn", "ánn"),
        ("pad-space", "Bob  ", "Bob"),
        ("pad-space", " Bob", " Bob"),
        ("ai-ci", "Ánn Straße  ", "ann strasse  "),
        ("ai-ci", "Ánn", "ann"),
        ("ai-ci", "Ødegård Łódź Ærø", "odegard lodz aero"),
        ("ai-ci", "ΆΣ ς Ёж", "ασ σ еж"),
        ("ai-ci", "Йод", "йод"),
        ("ai-ci", "한국 漢", "한국 漢"),
    ],
)
def test_fold(fold: str, text: str, expected: str) -> None:
    made = template("U#{email}", email=fold)
    assert made.build({"email": text}) == "U#" + expected
    assert not made.slots[0].exact
    assert not made.slots[0].ordered


def test_build_wants_every_field() -> None:
    with pytest.raises(KeyError):
        template("{id}#{email}").build({"id": 1})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "ORDER#"),
        ({"start": MOMENT}, "ORDER#2024-02-29T03:04:05.678Z#"),
        ({"id": 7}, "ORDER#"),
        ({"start": MOMENT, "id": 7}, "ORDER#2024-02-29T03:04:05.678Z#000007"),
        ({"start": None}, None),
    ],
)
def test_prefix(given: dict[str, Any], expected: str | None) -> None:
    assert template("ORDER#{start}#{id:06d}").prefix(given) == expected


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("#META", "#META", {}),
        ("ORDER#{start}#{id:06d}", "ORDER#2024-02-29T03:04:05.678Z#000007", {"start": MOMENT, "id": 7}),
        ("{email}#{id}", "bob%231@example.com#7", {"email": "bob#1@example.com", "id": 7}),
        ("{parent_id:06d|ROOT}", "ROOT", {"parent_id": None}),
        ("{parent_id:06d|ROOT}#{id}", "000003#4", {"parent_id": 3, "id": 4}),
        ("{status:upper}#{id}", "OPEN#7", {"id": 7}),
        ("{start:%Y}#{id}", "2024#7", {"id": 7}),
        ("{day}{code}", "2024-02-2901ff", {"day": date(2024, 2, 29), "code": b"\x01\xff"}),
        ("{id:03d}#{day}", "1234#2024-02-29", {"id": 1234, "day": date(2024, 2, 29)}),
        ("{day:%Y%m%d}#{id}", "20240229#7", {"day": date(2024, 2, 29), "id": 7}),
        ("{span}#{data}", "-30:00:00.00#6162", {"span": timedelta(hours=-30), "data": b"ab"}),
    ],
)
def test_parse(source: str, text: str, expected: dict[str, Any]) -> None:
    assert template(source).parse(text) == expected


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("#META", "#METAL"),
        ("ORDER#{id:06d}", "CART#000007"),
        ("ORDER#{id:06d}", "ORDER#7"),
        ("ORDER#{id:06d}", "ORDER#seven"),
        ("{id}#{email}", "7"),
        ("{id}#{id:03d}", "7#008"),
        ("{day}", "2024-02-30"),
        ("{day:%Y%m%d}", "20240230"),
        ("{day:%Y%m%d}", "2024229"),
        ("{admin}", "yes"),
        ("{price}", "1e5"),
        ("{span}", "25"),
    ],
)
def test_parse_refuses_the_keys_of_others(source: str, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        template(source).parse(text)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{id", "brace"),
        ("id}", "brace"),
        ("{}", "brace"),
        ("{id:%Y}", "id:%Y"),
        ("{email:05d}", "email:05d"),
        ("{span:05d}", "span:05d"),
        ("{code:x}", "code:x"),
        ("{email}2#{id}", "begins with a digit"),
    ],
)
def test_parse_template_refuses(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        template(source)


def test_parse_template_refuses_unknown_fields() -> None:
    with pytest.raises(KeyError):
        template("{emial}")


def test_what_a_template_says_of_itself() -> None:
    made = template("ORDER#{start}#{id:06d}#{id}")
    assert made.fields == ("start", "id")
    assert [slot.spec for slot in made.slots] == ["", "06d", ""]
    assert made.bare is None
    assert made.constant is None
    assert template("#META").constant == "#META"
    assert template("{id}").bare == Slot("id", type=TYPES["id"])
    assert template("{id:06d}").bare is None
    assert template("{parent_id|ROOT}").bare is None


@pytest.mark.parametrize(
    ("source", "width", "exact", "ordered"),
    [
        ("{id}", None, True, False),
        ("{id:012d}", 12, True, True),
        ("{parent_id:06d}", 6, True, False),
        ("{start}", 24, True, True),
        ("{day}", 10, True, True),
        ("{day:%Y%m%d}", None, True, True),
        ("{day:%d.%m.%Y}", None, True, False),
        ("{day:%Y-%m}", None, False, True),
        ("{start:%Y%m%d}", None, False, True),
        ("{start:%Y-%m}", None, False, True),
        ("{start:%m-%Y}", None, False, False),
        ("{email}", None, True, True),
        ("{email:upper}", None, False, False),
        ("{price:012.2f}", 12, True, True),
        ("{price:012.1f}", 12, False, True),
        ("{code}", 4, True, False),
        ("{admin:flag}", None, False, False),
    ],
)
def test_slots(source: str, width: int | None, exact: bool, ordered: bool) -> None:
    slot = template(source).slots[0]
    assert (slot.width, slot.exact, slot.ordered) == (width, exact, ordered)


def test_text_in_front_of_a_delimiter_is_not_ordered() -> None:
    """Escapes move it, and a shorter text sorts by what follows."""
    assert not template("{email}#{id}").slots[0].ordered


@pytest.mark.parametrize("text", ["", "25", "1:2:3", "aa:00:00", "00:00:00.1234567"])
def test_read_clock_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        read_clock(text)


# ------------------------------------------------------------------------------------------ properties

delimiters = st.sampled_from(["#", "|", "%", "::", "#A#", "-", ".", "/x"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
pieces: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "id": ("{id}", st.integers(0, 2**64 - 1)),
    "padded": ("{id:012d}", st.integers(0, 2**64 - 1)),
    "parent": ("{parent_id:06d|ROOT}", st.none() | st.integers(-(2**31), 2**31 - 1)),
    "email": ("{email}", texts),
    "start": ("{start}", st.datetimes(timezones=st.just(UTC)).map(lambda m: m.replace(microsecond=678_000))),
    "day": ("{day}", st.dates()),
    "price": ("{price}", st.decimals(-99999999, 99999999, places=2)),
    "admin": ("{admin}", st.booleans()),
    "span": ("{span}", st.integers(-302039900, 302039900).map(lambda n: timedelta(milliseconds=10 * n))),
    "code": ("{code}", st.binary(min_size=2, max_size=2)),
    "data": ("{data}", st.binary(max_size=4)),
    "ratio": ("{ratio}", st.floats(allow_nan=False, allow_infinity=False)),
}


@given(st.lists(st.sampled_from(sorted(pieces)), min_size=1, max_size=4, unique=True), st.data())
def test_what_was_built_is_read_back(names: list[str], data: st.DataObject) -> None:
    assume(not {"id", "padded"} <= set(names))
    source, values = data.draw(st.sampled_from(["", "K#"])), {}
    for i, name in enumerate(names):
        text, strategy = pieces[name]
        source += (data.draw(delimiters) if i else "") + text
        values[parse_template(text, types=TYPES, escape=True).fields[0]] = data.draw(strategy)
    assume(not _number_meets_its_delimiter(source))
    made = template(source)
    key = made.build(values)
    assert key is not None
    assert made.parse(key) == values


def _number_meets_its_delimiter(source: str) -> bool:
    """`{id:012d}-...`: a number wider than its padding cannot be told apart from a sign or point after it."""
    return any(f"{{{f}}}{c}" in source for f in ("id:012d", "parent_id:06d|ROOT") for c in "-.")


@given(st.lists(texts, min_size=2, max_size=2), st.lists(texts, min_size=2, max_size=2), delimiters)
def test_different_values_never_share_a_key(one: list[str], other: list[str], delimiter: str) -> None:
    assume(one != other)
    made = parse_template(f"{{a}}{delimiter}{{b}}", types={"a": ANY, "b": ANY}, escape=True)
    assert made.build(dict(zip("ab", one, strict=True))) != made.build(dict(zip("ab", other, strict=True)))


@pytest.mark.parametrize(
    ("source", "strategy"),
    [
        ("{id:020d}#{email}", st.integers(0, 2**64 - 1)),
        ("{start}#{email}", pieces["start"][1]),
        ("{start:%Y-%m-%d}#{email}", pieces["start"][1].map(lambda m: m.replace(hour=0, minute=0, second=0))),
        ("{day}#{email}", st.dates()),
        ("{email}", texts),
    ],
)
@given(data=st.data())
def test_ordered_slots_sort_as_their_values_do(
    source: str, strategy: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    made = template(source)
    assert made.slots[0].ordered
    low, high = sorted([data.draw(strategy), data.draw(strategy)])
    field = made.slots[0].field
    keys = [made.build({"email": data.draw(texts), field: value}) for value in (low, high)]
    assert all(key is not None for key in keys)
    encoded = [str(key).encode() for key in keys]
    assert low == high or encoded[0] < encoded[1]


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 6))
def test_iso_has_fixed_width_and_comes_back(moment: datetime, fsp: int) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 10 ** (6 - fsp) * 10 ** (6 - fsp))
    text = iso(moment, fsp)
    assert len(text) == (20 + (fsp + 1 if fsp else 0))
    assert datetime.fromisoformat(text) == moment


@given(st.timedeltas(timedelta(hours=-838), timedelta(hours=838)))
def test_clock_comes_back(size: timedelta) -> None:
    assert read_clock(clock(size, 6)) == size


@given(st.text(string.printable, max_size=40))
def test_any_text_is_a_template_or_a_reason(source: str) -> None:
    try:
        made = parse_template(
            source, types={**TYPES, **{c: ValueType("str") for c in string.ascii_letters}}, escape=True
        )
    except (ValueError, KeyError):
        return
    assert isinstance(made, Template)


@pytest.mark.parametrize("spec", ["", ":upper", ":>10"])
@pytest.mark.parametrize("value", [frozenset({"a"}), {"a": 1}, [1]])
def test_what_has_no_text_is_refused(spec: str, value: Any) -> None:
    template = parse_template(f"X#{{tags{spec}}}", types={"tags": ANY}, escape=True)
    with pytest.raises(InvalidValue, match=r"^tags: a set or a document has no text"):
        template.build({"tags": value})
