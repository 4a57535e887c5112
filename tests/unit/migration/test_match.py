"""The quick comparison of rows with items: never yes where the long one finds a difference."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossfade.contract import load, parse_schema
from crossfade.dal.prepare import Preparer
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.expected import Expected, expected_items, tombstone
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.wire import Item
from crossfade.migration.compare import Compared
from crossfade.migration.match import Match
from crossfade.migration.straight import IRREGULAR
from crossfade.mysql.records import Records
from crossfade.mysql.tables import Tables
from crossfade.mysql.texts import TextRecord
from tests.unit.migration.answering import Answering

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may have other work
LETTERS = st.text(max_size=6)
COLUMNS: Mapping[str, tuple[str, str, st.SearchStrategy[Any]]] = {
    "id": ("N", "BIGINT UNSIGNED NOT NULL", st.integers(0, 2**64 - 1).map(str)),
    "tiny": ("N", "TINYINT", st.integers(-128, 127).map(str)),
    "flag": ("BOOL", "TINYINT(1)", st.sampled_from("01")),
    "one": ("BOOL", "BIT(1)", st.sampled_from([b"\0", b"\1"])),
    "made": ("N", "YEAR", st.integers(1901, 2155).map(str)),
    "price": ("N", "DECIMAL(20,4) NOT NULL", st.integers(-(10**9), 10**9).map(lambda n: f"{Decimal(n) / 10000:.4f}")),
    "whole": ("N", "DECIMAL(5,0)", st.integers(0, 99_999).map(str)),
    "ratio": ("N", "DOUBLE", st.floats(-1e30, 1e30, allow_nan=False).map(lambda n: repr(n or 0.0))),
    "code": ("S", "CHAR(8) COLLATE utf8mb4_bin NOT NULL", st.text("ab#é ", min_size=1, max_size=8).filter(str.strip)),
    "name": ("S", "VARCHAR(40)", LETTERS),
    "state": ("S", "ENUM('open','In work')", st.sampled_from(["open", "In work"])),
    "tags": ("SS", "SET('a','b','c')", st.sampled_from(["", "a", "a,c"])),
    "day": ("S", "DATE NOT NULL", st.dates().map(str)),
    "at": ("S", "DATETIME", st.datetimes().map(lambda at: at.isoformat(" ", "seconds"))),
    "seen": ("S", "DATETIME(6)", st.datetimes().map(lambda at: at.isoformat(" ", "microseconds"))),
    "span": ("S", "TIME(2)", st.integers(-10**7, 10**7).map(lambda n: timedelta(milliseconds=n * 10))),
    "raw": ("B", "VARBINARY(20)", st.binary(max_size=6)),
    "full": ("B", "BINARY(4)", st.binary(min_size=4, max_size=4)),
    "doc": ("M", "JSON", st.dictionaries(st.sampled_from("aB"), st.none() | st.integers(0, 9) | LETTERS).map(
        lambda doc: orjson.dumps(doc).decode())),
}  # fmt: skip
KEYS = {
    "PK": "{code}#{day}", "SK": "{price}#{id:012d}", "K1": "{name:upper}#{state}", "K2": "{at:%Y}#{tiny}",
    "K3": "{tiny:04d}#{made|none}", "K4": "{flag:flag}",
}  # fmt: skip
FLAT: Mapping[str, Any] = {
    "pk": "PK", "sk": "SK",
    "gsis": [{"index_name": "One", "pk": "K1", "sk": "K2", "projection": "ALL"},
             {"index_name": "Two", "pk": "K3", "sk": "K4", "projection": "ALL"}],
}  # fmt: skip
TABLES: Mapping[str, Mapping[str, Any]] = {
    "flat": FLAT,
    "in an envelope": {**FLAT, "envelope": "Data"},
    "its key is a field": {
        "pk": "id", "gsis": [{"index_name": "One", "pk": "raw", "sk": "price", "projection": "ALL"}]
    },
}  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["", "0", "THING", "2024-02-29"]).map(lambda text: {"S": text}),
    st.sampled_from(["0", "-77", "1E1", "7.50"]).map(lambda text: {"N": text}),
    st.booleans().map(lambda value: {"BOOL": value}),
    st.binary(max_size=2).map(lambda value: {"B": value}),
    st.sampled_from([{"NULL": True}, {"L": []}, {"M": {}}, {"SS": ["c", "a"]}, {"NS": ["1"]}, {"BS": [b"1"]}]),
)


@dataclass(frozen=True)
class Things:
    """What is tried: the records of an entity, and how it is stored."""

    records: Records
    layout: Layout

    @property
    def shelf(self) -> Shelf:
        """How they are stored."""
        return self.layout.of("THING")

    def expected(self, row: tuple[Any, ...]) -> Expected | None:
        """The long way from a row to its item; None where it has none."""
        try:
            return expected_items(self.layout, "THING", TextRecord(self.records.projection, row, {}).whole())[0]
        except IRREGULAR:
            return None


@cache
def things(table: str) -> Things:
    """Rows of every type of column, in a table as `TABLES` has it."""
    keys = KEYS if "sk" in TABLES[table] else {}
    document = {
        "version": "2",
        "tables": [
            {
                "table": "Things", "type": "single-entity", "source_table": "things", "entity_type": "THING",
                "key": ["id"], **TABLES[table],
                "attributes": [
                    *({"name": n, "type": t, "source_column": n} for n, (t, _, _) in COLUMNS.items()),
                    *({"name": n, "type": "S", "plumbing": True,
                       "transformation": {"type": "string-format", "format": t}} for n, t in keys.items()),
                ],
            }
        ],
    }  # fmt: skip
    columns = ", ".join(f"`{name}` {of}" for name, (_, of, _) in COLUMNS.items())
    schema = parse_schema(f"CREATE TABLE things ({columns}, PRIMARY KEY (id)) DEFAULT CHARSET=utf8mb4")
    contract = load(document, schema=schema)
    entity = contract.entities["THING"]
    records = Records(Tables(schema, "mysql"), entity, Preparer(entity, lambda: NOW))
    assert {n: place for place, n in enumerate(COLUMNS)}.items() >= records.projection.places.items()
    return Things(records, Layout(contract, "", lambda: NOW))


@cache
def match(table: str) -> Match:
    """The comparison of those rows."""
    return Match(things(table).records.projection, things(table).shelf)


ROWS = st.tuples(*(of if "NOT NULL" in sql else st.none() | of for _, sql, of in COLUMNS.values()))


def differing(table: str, row: tuple[Any, ...], *items: Item) -> bool:
    """Whether the quick comparison says no, be the answer JSON or what boto3 makes of it."""
    answers = [Answering("Things", items, json).calls for json in (True, False)]
    (one, other) = (list(match(table).differing(calls, [(row, {})])) for calls in answers)
    assert one == other
    return one == [0]


@pytest.mark.parametrize("table", TABLES)
def test_the_item_of_a_row_is_recognised(table: str) -> None:
    @PATIENT
    @given(ROWS)
    def check(row: tuple[Any, ...]) -> None:
        expected = things(table).expected(row)
        if expected is None:
            with pytest.raises(IRREGULAR):
                differing(table, row)
            return
        item = expected.item
        assert not differing(table, row, item)
        assert not differing(table, row, {**item, REV: {"S": "r"}, "more": {"B": b"\0"}})
        assert differing(table, row)

    check()


@st.composite
def corrupted(draw: st.DrawFn, item: Item, shelf: Shelf) -> Item:
    """An item, but for one attribute: another value, none, or one more. By its key it was found."""
    made, envelope = copy.deepcopy(item), shelf.entity.envelope
    of: dict[str, Any] = made if envelope is None or draw(st.booleans()) else made[envelope]["M"]
    names = {*of, *shelf.known_attributes, "more"}.difference(shelf.codec.keys.names)
    name = draw(st.sampled_from(sorted(names)))
    value = draw(st.none() | VALUES | st.sampled_from([*of.values(), *item.values()]) | _near(of.get(name)))
    of.pop(name, None)
    if value is not None:
        of[name] = value
    return made


def _near(value: Any) -> st.SearchStrategy[Any]:
    """What is almost a value."""
    ((kind, held),) = (value or {"S": ""}).items()
    match kind, held:
        case ("S", str()):
            return st.sampled_from([{"S": held + " "}, {"S": held[:-1]}, {"S": held.swapcase()}])
        case ("N", str()):
            return st.sampled_from([{"N": f"{held}0"}, {"N": held.removeprefix("-")}, {"S": held}])
        case ("BOOL", _):
            return st.sampled_from([{"BOOL": not held}, {"N": str(int(held))}])
        case ("B", _):
            return st.sampled_from([{"B": held + b"\0"}, {"S": held.hex()}])
        case ("M", dict()):
            return st.just({"M": {**held, "": {"NULL": True}}})
    return st.none()


@pytest.mark.parametrize("table", TABLES)
def test_what_is_recognised_is_equal(table: str) -> None:
    shelf = things(table).shelf

    @PATIENT
    @given(ROWS, st.data())
    def check(row: tuple[Any, ...], data: st.DataObject) -> None:
        expected = things(table).expected(row)
        if expected is None:
            return
        item = data.draw(corrupted(expected.item, shelf))
        equal = not tombstone(item) and not Compared(shelf, expected, item).fields
        assert equal or differing(table, row, item)

    check()


ROW: tuple[Any, ...] = (
    "7", "-3", "1", b"\1", "2024", "10.5000", "12", "0.5", "a", "é", "open", "a,c", "2024-02-29", "2024-01-02 03:04:05",
    "2024-01-02 03:04:05.000060", timedelta(seconds=90), b"\0\xff", b"abcd", '{"a": [1, null]}',
)  # fmt: skip


def numbered(*ids: int) -> list[tuple[tuple[Any, ...], Mapping[str, Any]]]:
    """Rows of these ids, as they are read."""
    return [((str(number), *ROW[1:]), {}) for number in ids]


def items_of(*ids: int) -> list[Item]:
    """Their items."""
    found = [things("flat").expected(row) for row, _ in numbered(*ids)]
    return [expected.item for expected in found if expected]


@pytest.mark.parametrize("json", [True, False], ids=["json", "boto3"])
def test_rows_find_their_items_in_any_order_and_in_as_many_requests_as_it_takes(json: bool) -> None:
    items = items_of(*(number for number in range(250) if number != 120))
    items[7] = {**items[7], "name": {"S": "other"}}
    items[210] = {**items[210], "state": {"NULL": True}}
    answering = Answering("Things", items, json, unread=1)
    assert list(match("flat").differing(answering.calls, numbered(*range(250)))) == [7, 120, 211]
    assert [len(keys) for keys in answering.requests] == [100, 1, 100, 50]


def test_one_item_of_another_form_makes_no_other_differ() -> None:
    damaged = {**items_of(1)[0], "name": {"NULL": True}}
    answering = Answering("Things", [items_of(0)[0], damaged, *items_of(2)])
    assert list(match("flat").differing(answering.calls, numbered(0, 1, 2))) == [1]


def test_two_rows_of_one_item_are_left_to_the_long_way_before_anything_is_asked() -> None:
    answering = Answering("Things", items_of(1))
    with pytest.raises(IRREGULAR, match="two rows have the same item key"):
        list(match("flat").differing(answering.calls, numbered(1, 2, 1)))
    assert not answering.requests
