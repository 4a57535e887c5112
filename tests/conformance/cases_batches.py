"""Many puts or deletes at once: each is made or told of."""

from __future__ import annotations

import pytest

from crossfade.dal import Key
from crossfade.dal.errors import (
    InvalidValue,
)
from tests.conformance.backend import Backend
from tests.conformance.samples import (
    book_id,
    branch,
    lent,
    loan,
    member,
    member_id,
    specimen,
    visit,
)


def test_put_many_puts_each(library: Backend) -> None:
    result = library.of("BRANCH").put_many([branch("a"), branch("b", parent_code=None)])
    assert result.written == [Key(code="a"), Key(code="b")]
    assert result.failed == []
    assert library.of("BRANCH").get("b")["name"] == "Branch b"


@pytest.mark.parametrize("count", [26, 120])
def test_put_many_of_more_than_one_request_holds(library: Backend, count: int) -> None:
    """DynamoDB writes 25 items a request."""
    specimens = library.of("SPECIMEN")
    result = specimens.put_many([specimen(f"s{n:03d}", whole=n) for n in range(count)])
    assert sorted(key["code"] for key in result.written) == [f"s{n:03d}" for n in range(count)]
    assert result.failed == []
    assert specimens.count("all") == count
    assert specimens.get(f"s{count - 1:03d}")["whole"] == count - 1


def test_put_many_replaces(library: Backend) -> None:
    specimens = library.of("SPECIMEN")
    specimens.create(specimen("a", whole=1, name="old"))
    specimens.put_many([specimen("a", whole=2), specimen("b", whole=3)])
    assert (specimens.get("a")["whole"], specimens.get("a")["name"], specimens.get("a")["version"]) == (2, None, 2)


def test_put_many_takes_the_last_of_one_key(library: Backend) -> None:
    result = library.of("SPECIMEN").put_many([specimen("a", whole=1), specimen("b"), specimen("a", whole=2)])
    assert sorted(key["code"] for key in result.written) == ["a", "b"]
    assert library.of("SPECIMEN").get("a")["whole"] == 2


def test_put_many_tells_exactly_what_failed(library: Backend) -> None:
    library.of("MEMBER").create(member(9, email="taken@example.com"))
    lot = [member(1), member(2, email="TAKEN@example.com"), member(3)]
    result = library.of("MEMBER").put_many(lot)
    assert sorted(key["id"] for key in result.written) == [member_id(1), member_id(3)]
    ((key, error),) = result.failed
    assert key == {"id": member_id(2)}
    assert type(error).__name__ == "DuplicateUnique"
    assert library.of("MEMBER").get(member_id(2)) is None
    assert library.of("MEMBER").get(member_id(3)) is not None


def test_put_many_checks_references(library: Backend) -> None:
    lent(library)
    result = library.of("LOAN").put_many([loan(), loan(n_member=7), loan(n_book=7), loan(copy=2)])
    assert len(result.written) == 2
    assert sorted(type(error).__name__ for _, error in result.failed) == ["MissingReference"] * 2
    assert library.of("MEMBER").get(member_id(1))["loan_count"] == 2


def test_put_many_gives_ids(library: Backend) -> None:
    result = library.of("VISIT").put_many([visit(room=f"r{n}") for n in range(30)])
    ids = [key["id"] for key in result.written]
    assert len(set(ids)) == 30
    assert all(library.of("VISIT").get(n) is not None for n in ids)


def test_put_many_refuses_an_invalid_entity_before_it_begins(library: Backend) -> None:
    with pytest.raises(InvalidValue):
        library.of("SPECIMEN").put_many([specimen("a"), specimen("b", whole="x")])
    assert library.of("SPECIMEN").get("a") is None


def test_put_many_of_nothing(library: Backend) -> None:
    assert library.of("SPECIMEN").put_many([]).written == []
    assert library.of("SPECIMEN").delete_many(iter([])).written == []


def test_delete_many(library: Backend) -> None:
    specimens = library.of("SPECIMEN")
    specimens.put_many([specimen(f"s{n:03d}") for n in range(60)])
    keys = [f"s{n:03d}" for n in range(50)]
    result = specimens.delete_many([*keys, "nothing", keys[0]])
    assert sorted(key["code"] for key in result.written) == sorted([*keys, "nothing"])
    assert result.failed == []
    assert specimens.count("all") == 10


def test_delete_many_keeps_what_is_referred_to(library: Backend) -> None:
    lent(library, books=3)
    library.of("LOAN").create(loan(n_book=2))
    result = library.of("BOOK").delete_many([book_id(n) for n in (1, 2, 3)])
    assert sorted(key["id"] for key in result.written) == [book_id(1), book_id(3)]
    ((key, error),) = result.failed
    assert key == {"id": book_id(2)}
    assert type(error).__name__ == "Referenced"
    assert library.of("BOOK").get(book_id(2)) is not None


def test_delete_many_frees_unique_values(library: Backend) -> None:
    members = library.of("MEMBER")
    members.put_many([member(n, card=n) for n in range(1, 31)])
    members.delete_many([member_id(n) for n in range(1, 31)])
    assert members.put_many([member(n, card=n - 40) for n in range(41, 71)]).failed == []
