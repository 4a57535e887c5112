"""Partitions and sort bounds of a call."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crossfade.contract.bounds import SortBounds
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.periods import MAX_PARTITIONS
from crossfade.contract.plan import QueryPlan, plan_pattern
from crossfade.dal.query import Range
from tests.unit.contract.planned import CART, GSI1, USER, contract, entity, field

ID = field("id", "int unsigned", nullable=False)
OWNER = field("owner", "varchar(3000)", nullable=False)
AT = field("at", "datetime", nullable=False)
NAME = field("name", "varchar(2000)", nullable=False)
STARS = field("stars", "tinyint unsigned", nullable=False)
ROOT = field("parent", "int unsigned")


def plan(
    sort: str | None, by: tuple[str, ...] = ("owner",), types: Any = None, pk: str = "{owner}", **more: Any
) -> QueryPlan:
    keys = {"PK": "{id}", "SK": "#", "GSI1PK": pk, **({"GSI1SK": sort} if sort else {})}
    made = entity("E", (ID, OWNER, AT, NAME, STARS, ROOT), keys, ("id",), AccessPattern("p", by, index="GSI1", **more))
    index = GSI1 if sort else type(GSI1)("GSI1", "GSI1PK")
    return plan_pattern(contract(made, indexes=(index,), key_types=types or {}), "E", "p")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day ...


V = {"owner": "bob"}
BY_TIME = plan("E#{at}#{id:010d}", range="at")


def test_without_a_range_everything_of_the_entity() -> None:
    assert BY_TIME.sort_bounds(V) == SortBounds("E#", "E$")
    assert BY_TIME.partitions(V) == ("bob",)


def test_both_ends_of_a_range() -> None:
    asked = Range(ge=at(2026, 1, 2), lt=at(2026, 2, 1))
    assert BY_TIME.sort_bounds(V, asked) == SortBounds("E#2026-01-02T00:00:00Z", "E#2026-02-01T00:00:00[")


def test_one_end_of_a_range() -> None:
    assert BY_TIME.sort_bounds(V, Range(gt=at(2026, 1, 2))) == SortBounds("E#2026-01-02T00:00:00Z", "E$")
    assert BY_TIME.sort_bounds(V, Range(le=at(2026, 1, 2))) == SortBounds("E#", "E#2026-01-02T00:00:00[")


def test_a_single_value_leads_on_to_the_next_part() -> None:
    now = at(2026, 1, 2)
    assert BY_TIME.sort_bounds(V, Range(ge=now, le=now)) == SortBounds(
        "E#2026-01-02T00:00:00Z#", "E#2026-01-02T00:00:00Z$"
    )


def test_a_single_value_of_an_unpadded_number_is_found_exactly() -> None:
    assert plan("{stars}#{id}", range="stars").sort_bounds(V, Range(ge=5, le=5)) == SortBounds("5#", "5$")
    assert plan("S#{stars}", range="stars").sort_bounds(V, Range(ge=5, le=5)) == SortBounds("S#5", "S#5")


def test_bounds_of_an_unpadded_number_are_not_pushed_down() -> None:
    assert plan("S#{stars}", range="stars").sort_bounds(V, Range(ge=5, le=20)) == SortBounds("S#", "S$")


def test_bounds_of_a_padded_number() -> None:
    found = plan("S#{stars:03d}", range="stars")
    assert found.sort_bounds(V, Range(ge=5, le=20)) == SortBounds("S#005", "S#020")


def test_the_last_text_part_ends_at_the_value_itself() -> None:
    found = plan("{name}", range="name")
    assert found.sort_bounds(V, Range(ge="a", le="m")) == SortBounds("a", "m")
    assert found.sort_bounds(V, Range(prefix="Ph")) == SortBounds("Ph", "Pi")
    assert found.sort_bounds(V) == SortBounds(None, None)


def test_a_prefix_of_a_text_that_other_parts_follow() -> None:
    assert plan("N#{name}#{id}", range="name").sort_bounds(V, Range(prefix="a#")) == SortBounds("N#a%23", "N#a%24")


def test_a_prefix_in_another_case() -> None:
    assert plan("{name:lower}", range="name").sort_bounds(V, Range(prefix="Ab")) == SortBounds("ab", "ac")
    # "ΟΣ" alone ends in a final sigma; in "ΟΣΑ" it does not.
    assert plan("{name:lower}", range="name").sort_bounds(V, Range(prefix="ΟΣ")) == SortBounds("ο", "π")


def test_a_range_of_a_folded_text_is_not_pushed_down_but_its_prefix_is() -> None:
    folded = entity(
        "E",
        (ID, OWNER, field("name", "varchar(9)", fold="casefold", nullable=False)),
        {"PK": "{owner}", "SK": "{name}"},
        ("id",),
        AccessPattern("p", ("owner",), range="name"),
    )
    found = plan_pattern(contract(folded), "E", "p")
    assert found.sort_bounds(V, Range(ge="A", le="B")) == SortBounds(None, None)
    assert found.sort_bounds(V, Range(prefix="AB")) == SortBounds("ab", "ac")


def test_an_empty_upper_bound_holds_nothing() -> None:
    assert plan("{name}", range="name").sort_bounds(V, Range(le="")).empty
    assert plan("{name}", range="name").sort_bounds(V, Range(ge="b", le="a")).empty


def test_bounds_never_exceed_a_sort_key() -> None:
    found = plan("{name}", range="name").sort_bounds(V, Range(ge="é" * 600, le="é" * 600 + "z"))
    assert found == SortBounds("é" * 512, "é" * 511 + "ê")


def test_nothing_is_above_the_last_character() -> None:
    last = chr(0x10FFFF)
    found = plan("{name}", range="name")
    assert found.sort_bounds(V, Range(prefix=last)) == SortBounds(last, None)
    assert found.sort_bounds(V, Range(prefix="a" + last)) == SortBounds("a" + last, "b")
    assert found.sort_bounds(V, Range(prefix="\ud7ff")) == SortBounds("\ud7ff", "\ue000")


def test_going_on_behind_the_last_entity() -> None:
    last = (at(2026, 1, 2), 7)
    text = "E#2026-01-02T00:00:00Z#0000000007"
    assert BY_TIME.sort_bounds(V, None, last) == SortBounds(text, "E$")
    assert BY_TIME.sort_bounds(V, None, last, descending=True) == SortBounds("E#", text)


def test_going_on_within_a_range_keeps_its_other_end() -> None:
    asked, last = Range(ge=at(2026, 1, 1), le=at(2026, 2, 1)), (at(2026, 1, 2), 7)
    text = "E#2026-01-02T00:00:00Z#0000000007"
    assert BY_TIME.sort_bounds(V, asked, last) == SortBounds(text, "E#2026-02-01T00:00:00[")
    assert BY_TIME.sort_bounds(V, asked, last, descending=True) == SortBounds("E#2026-01-01T00:00:00Z", text)


def test_ties_are_read_again_where_the_key_is_not_in_the_sort_key() -> None:
    found = plan("{at}#{name}", range="at")
    assert found.arriving == ("at",)
    last = (at(2026, 1, 2), 7)
    assert found.sort_bounds(V, None, last) == SortBounds("2026-01-02T00:00:00Z#", None)
    assert found.sort_bounds(V, None, last, descending=True) == SortBounds(None, "2026-01-02T00:00:00Z$")


def test_a_partition_read_whole_is_read_whole_again() -> None:
    assert plan("{name}#{at}", range="at").sort_bounds(V, None, (at(2026, 1, 2), 7)) == SortBounds(None, None)


def test_a_constant_sort_key_is_asked_for_exactly() -> None:
    assert plan("#META").sort_bounds(V) == SortBounds("#META", "#META")


def test_no_sort_key_has_no_bounds() -> None:
    assert plan(None).sort_bounds(V) == SortBounds()


def test_an_equality_without_a_key_leaves_nothing_to_read() -> None:
    assert plan("S#{parent}#{at}", by=("owner", "parent"), range="at").sort_bounds({**V, "parent": None}).empty


def test_a_prefix_of_what_is_no_text_is_not_pushed_down() -> None:
    assert plan("S#{stars}", range="stars").sort_bounds(V, Range(prefix="1")) == SortBounds("S#", "S$")


def test_equalities_lead_the_sort_key() -> None:
    found = plan("S#{stars}#{at}", by=("owner", "stars"), range="at")
    assert found.sort_bounds({**V, "stars": 4}, Range(ge=at(2026, 1, 1))).low == "S#4#2026-01-01T00:00:00Z"


def test_a_number_key_is_bounded_by_values() -> None:
    found = plan("{stars}", range="stars", types={"GSI1SK": "N"})
    assert found.sort_bounds(V) == SortBounds(typed=True)
    assert found.sort_bounds(V, Range(gt=5, le=20)) == SortBounds(5, 20, typed=True)
    assert found.sort_bounds(V, Range(ge=5), (9, 1)) == SortBounds(9, None, typed=True)
    assert found.sort_bounds(V, Range(ge=5), (9, 1), descending=True) == SortBounds(5, 9, typed=True)
    assert found.sort_bounds(V, Range(ge=5, le=1)) == SortBounds(5, 1, typed=True, empty=True)
    given = plan("{stars}", by=("owner", "stars"), types={"GSI1SK": "N"})
    assert given.sort_bounds({**V, "stars": 3}) == SortBounds(3, 3, typed=True)


def test_a_number_partition_is_a_value() -> None:
    found = plan("#", by=("stars",), pk="{stars}", types={"GSI1PK": "N"})
    assert found.partitions({"stars": 3}) == (3,)


@pytest.mark.parametrize("owner", [None, "", "x" * 2049])
def test_a_partition_that_no_item_can_have(owner: Any) -> None:
    assert plan("#").partitions({"owner": owner}) == ()


# ------------------------------------------------------------------------------------------- arguments


def test_a_null_argument_without_a_text_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="owner must be given, and not null"):
        BY_TIME.check_arguments({"owner": None})
    BY_TIME.check_arguments(V)


def test_a_null_argument_with_a_text_for_it_is_taken() -> None:
    found = plan("#", by=("parent",), pk="P#{parent:010d|ROOT}")
    found.check_arguments({"parent": None})
    assert found.partitions({"parent": None}) == ("P#ROOT",)


def test_a_flag_must_be_true() -> None:
    admin = field("admin", "tinyint(1)")
    made = entity(
        "E",
        (ID, admin),
        {"PK": "{id}", "GSI1PK": "A{admin:flag}", "GSI1SK": "#"},
        ("id",),
        AccessPattern("p", ("admin",)),
    )
    found = plan_pattern(contract(made, indexes=(GSI1,)), "E", "p")
    with pytest.raises(ValueError, match="admin must be true"):
        found.check_arguments({"admin": False})
    found.check_arguments({"admin": True})


def test_a_null_unique_value_is_refused() -> None:
    made = entity("E", (ID, NAME), {"PK": "E#{name}#{id}"}, ("id",), AccessPattern("p", ("name",)), unique=(("name",),))
    with pytest.raises(ValueError, match="name must not be null"):
        plan_pattern(contract(made), "E", "p").check_arguments({"name": None})


def test_a_null_reference_that_the_partition_hangs_on_is_refused() -> None:
    found = plan_pattern(contract(USER, CART), "CART", "for_user")
    with pytest.raises(ValueError, match="user_id must not be null"):
        found.check_arguments({"user_id": None})
    found.check_arguments({"user_id": 1})
    assert found.partitions(found.resolution.values({"user_id": 1}, [None])) == ()
    assert found.partitions(found.resolution.values({"user_id": 1}, [{"email": "bob@x"}])) == ("bob@x",)


# ---------------------------------------------------------------------------------------- enumeration

BY_YEAR = plan("{at}", pk="U#{owner}#{at:%Y}", range="at")


def test_a_range_over_new_year_is_two_partitions() -> None:
    asked = Range(ge=at(2025, 12, 29), lt=at(2026, 1, 5))
    assert BY_YEAR.partitions(V, asked) == ("U#bob#2025", "U#bob#2026")
    assert BY_YEAR.partitions(V, asked, descending=True) == ("U#bob#2026", "U#bob#2025")
    assert BY_YEAR.sort_bounds(V, asked) == SortBounds("2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z")


def test_a_single_value_is_one_partition() -> None:
    now = at(2026, 5, 1)
    assert BY_YEAR.partitions(V, Range(ge=now, le=now)) == ("U#bob#2026",)


def test_partitions_before_the_cursor_are_not_read_again() -> None:
    asked, last = Range(ge=at(2024, 6, 1), le=at(2026, 2, 1)), (at(2025, 3, 1), 1)
    assert BY_YEAR.partitions(V, asked, last) == ("U#bob#2025", "U#bob#2026")
    assert BY_YEAR.partitions(V, asked, last, descending=True) == ("U#bob#2025", "U#bob#2024")


@pytest.mark.parametrize(
    "asked", [None, Range(ge=datetime(2026, 1, 1, tzinfo=UTC)), Range(lt=datetime(2026, 1, 1, tzinfo=UTC))]
)
def test_both_ends_are_needed(asked: Range | None) -> None:
    with pytest.raises(ValueError, match="at needs both ends"):
        BY_YEAR.partitions(V, asked)


def test_ends_the_wrong_way_round_give_no_partition() -> None:
    assert BY_YEAR.partitions(V, Range(ge=at(2026, 1, 1), le=at(2025, 1, 1))) == ()


@pytest.mark.parametrize(
    ("spec", "low", "high", "found"),
    [
        ("%Y-%m", at(2025, 11, 30), at(2026, 2, 1), ["2025-11", "2025-12", "2026-01", "2026-02"]),
        ("%Y%m%d", at(2024, 2, 28, 23), at(2024, 3, 1), ["20240228", "20240229", "20240301"]),
        ("%Y%m%dT%H", at(2025, 12, 31, 22, 59), at(2026, 1, 1), ["20251231T22", "20251231T23", "20260101T00"]),
        ("%Y%m%d%H%M", at(2026, 1, 1, 0, 59, 30), at(2026, 1, 1, 1, 0), ["202601010059", "202601010100"]),
        ("%Y", at(9998, 5, 1), at(9999, 12, 31), ["9998", "9999"]),
    ],
)
def test_partitions_of_every_unit(spec: str, low: datetime, high: datetime, found: list[str]) -> None:
    made = plan("{at}", pk="{at:" + spec + "}", by=(), range="at")
    assert made.partitions({}, Range(ge=low, le=high)) == tuple(found)


def test_partitions_of_a_date() -> None:
    day = field("day", "date", nullable=False)
    made = entity(
        "E", (ID, day), {"PK": "{day:%Y-%m}", "SK": "{day}#{id:010d}"}, ("id",), AccessPattern("p", (), range="day")
    )
    found = plan_pattern(contract(made), "E", "p")
    assert found.partitions({}, Range(ge=date(2025, 12, 31), le=date(2026, 1, 1))) == ("2025-12", "2026-01")


def test_too_many_partitions_are_refused() -> None:
    made = plan("{at}", pk="{at:%Y%m%d}", by=(), range="at")
    low = at(2020, 1, 1)
    assert len(made.partitions({}, Range(ge=low, le=low + timedelta(days=MAX_PARTITIONS - 1)))) == MAX_PARTITIONS
    with pytest.raises(ValueError, match="more than 1000 partitions"):
        made.partitions({}, Range(ge=low, le=low + timedelta(days=MAX_PARTITIONS)))


def test_a_scan_has_no_partitions() -> None:
    made = entity("E", (ID,), {"PK": "{id}"}, ("id",), AccessPattern("all", (), scan=True))
    assert plan_pattern(contract(made), "E", "all").partitions({}) == ()
