"""Access patterns over ranges, and calls that do not fit their pattern."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crossfade.dal import F, Range, at_least, at_most, between, prefix
from crossfade.dal.errors import InvalidPattern, InvalidValue
from tests.conformance.backend import START, Backend
from tests.conformance.samples import (
    DAY,
    NEW_YEAR,
    branch,
    describe,
    lent,
    loan,
    member_id,
    shelved,
    titles,
    visit,
)

# ---------------------------------------------------------------------------------------------- ranges


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("b", ["b"]),
        (between("b", "c"), ["b", "ba", "c"]),
        (Range(gt="b", le="c"), ["ba", "c"]),
        (Range(ge="b", lt="c"), ["b", "ba"]),
        (Range(gt="b", lt="c"), ["ba"]),
        (at_least("ba"), ["ba", "c", "ca"]),
        (at_most("b"), [" ", "a", "b"]),
        (Range(gt="ca"), []),
        (Range(lt="a"), [" "]),
        (between("c", "b"), []),
        (prefix("c"), ["c", "ca"]),
        (prefix(""), [" ", "a", "b", "ba", "c", "ca"]),
        (prefix("cb"), []),
        (Range(), [" ", "a", "b", "ba", "c", "ca"]),
        (None, [" ", "a", "b", "ba", "c", "ca"]),
    ],
    ids=describe,
)
def test_ranges_of_text(library: Backend, asked: Any, expected: list[str]) -> None:
    shelved(library, " ", "a", "b", "ba", "c", "ca")
    assert titles(library.of("BOOK").find("by_shelf", shelf="A", title=asked).items) == expected
    assert library.of("BOOK").count("by_shelf", shelf="A", title=asked) == len(expected)
    back = library.of("BOOK").find("by_shelf", shelf="A", title=asked, order="desc").items
    assert titles(back) == expected[::-1]


def test_a_prefix_is_no_pattern_of_its_own(library: Backend) -> None:
    shelved(library, "a%b", "a_b", "a\\b", "axb", "A%b")
    for start, expected in (("a%", ["a%b"]), ("a_", ["a_b"]), ("a\\", ["a\\b"])):
        assert titles(library.of("BOOK").find("by_shelf", shelf="A", title=prefix(start)).items) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (between(START, START + DAY), [0, 1]),
        (Range(gt=START), [1, 2]),
        (Range(ge=START + timedelta(milliseconds=1)), [1, 2]),
        (Range(lt=START), []),
        (START + DAY, [1]),
    ],
    ids=["between", "gt", "ge", "lt", "equal"],
)
def test_ranges_of_time(library: Backend, asked: Any, expected: list[int]) -> None:
    lent(library)
    library.of("BRANCH").create(branch())
    for n in range(3):
        library.of("LOAN").create(loan(copy=n, due=START + n * DAY, branch_code="b1"))
    assert [v["copy"] for v in library.of("LOAN").find("by_branch", branch_code="b1", due=asked).items] == expected
    found = library.of("LOAN").find("by_state", state="out", due=asked, order="asc").items
    assert [v["copy"] for v in found] == expected


def test_ranges_over_partitions_of_years(library: Backend) -> None:
    for n in range(-3, 4):
        library.of("VISIT").create(visit(NEW_YEAR + n * DAY))
        library.of("VISIT").create(visit(NEW_YEAR + n * DAY, member_id=member_id(2)))
    agenda: list[tuple[Range, list[int]]] = [
        (Range(ge=NEW_YEAR - DAY, lt=NEW_YEAR + DAY), [-1, 0]),
        (Range(gt=NEW_YEAR - DAY, le=NEW_YEAR + DAY), [0, 1]),
        (between(NEW_YEAR, NEW_YEAR), [0]),
        (between(NEW_YEAR - 400 * DAY, NEW_YEAR + 400 * DAY), [-3, -2, -1, 0, 1, 2, 3]),
        (between(NEW_YEAR + DAY, NEW_YEAR), []),
    ]
    for asked, expected in agenda:
        found = library.of("VISIT").find("agenda", member_id=member_id(1), start=asked).items
        assert [v["start"] for v in found] == [NEW_YEAR + n * DAY for n in expected]
        assert library.of("VISIT").count("agenda", member_id=member_id(1), start=asked) == len(expected)


@pytest.mark.parametrize("asked", [None, at_least(NEW_YEAR), at_most(NEW_YEAR), Range()])
def test_partitions_that_are_made_of_the_range_want_both_its_ends(library: Backend, asked: Any) -> None:
    with pytest.raises(InvalidPattern, match="both ends"):
        library.of("VISIT").find("agenda", member_id=member_id(1), start=asked)


def test_a_range_over_too_many_partitions_is_refused(library: Backend) -> None:
    ages = between(datetime(1001, 1, 1, tzinfo=UTC), datetime(9001, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidPattern, match="partitions"):
        library.of("VISIT").find("agenda", member_id=member_id(1), start=ages)


# --------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("entity", "pattern", "args"),
    [
        ("BOOK", "nothing", {}),
        ("BOOK", "by_shelf", {}),
        ("BOOK", "by_shelf", {"shelf": "A", "id": "x"}),
        ("BOOK", "by_shelf", {"shelf": "A", "nmae": "x"}),
        ("BOOK", "by_shelf", {"shelf": "A", "limit": 0}),
        ("BOOK", "by_shelf", {"shelf": "A", "limit": -1}),
        ("BOOK", "by_shelf", {"shelf": "A", "limit": True}),
        ("BOOK", "by_shelf", {"shelf": "A", "limit": "5"}),
        ("BOOK", "by_shelf", {"shelf": "A", "order": "up"}),
        ("MEMBER", "by_card", {"card": None}),
        ("BOOK", "all", {"shelf": "A"}),
    ],
)
def test_calls_that_do_not_fit_their_pattern(library: Backend, entity: str, pattern: str, args: dict[str, Any]) -> None:
    with pytest.raises(InvalidPattern):
        library.of(entity).find(pattern, **args)


@pytest.mark.parametrize(
    ("entity", "pattern", "args", "field"),
    [
        ("BOOK", "by_shelf", {"shelf": 5}, "shelf"),
        ("BOOK", "by_shelf", {"shelf": "A", "title": 5}, "title"),
        ("BOOK", "by_shelf", {"shelf": "A", "title": between("a", 5)}, "title"),
        ("BOOK", "by_shelf", {"shelf": "A", "price": 1.5}, "price"),
        ("BOOK", "by_shelf", {"shelf": "A", "price": prefix("1")}, "price"),
        ("BOOK", "by_shelf", {"shelf": "A", "where": F("nmae") == 1}, "nmae"),
        ("BOOK", "by_shelf", {"shelf": "A", "where": F("copies") == "1"}, "copies"),
        ("LOAN", "by_branch", {"branch_code": "b1", "due": prefix("2034")}, "due"),
        ("LOAN", "by_state", {"state": "gone"}, "state"),
    ],
)
def test_arguments_that_their_field_cannot_hold(
    library: Backend, entity: str, pattern: str, args: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        library.of(entity).find(pattern, **args)
    assert caught.value.field == field
