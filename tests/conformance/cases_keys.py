"""Reading by key: absence, order, repetition, keys of every shape."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dal import Key
from crossfade.dal.errors import InvalidValue
from tests.conformance.backend import Backend
from tests.conformance.samples import book, branch, lent, loan, member, member_id


def test_get_what_is_not_there(library: Backend) -> None:
    assert library.of("MEMBER").get(member_id(1)) is None


def test_get_by_value_mapping_and_key(library: Backend) -> None:
    created = library.of("MEMBER").create(member())
    for key in (member_id(1), {"id": member_id(1)}, Key(id=member_id(1))):
        assert library.of("MEMBER").get(key) == created


def test_get_by_a_key_of_several_fields(library: Backend) -> None:
    lent(library)
    created = library.of("LOAN").create(loan(copy=3))
    key = {"member_id": created["member_id"], "book_id": created["book_id"], "copy": 3}
    assert library.of("LOAN").get(key) == created
    assert library.of("LOAN").get({**key, "copy": 4}) is None


def test_a_key_may_hold_the_delimiters_of_key_templates(library: Backend) -> None:
    branches = library.of("BRANCH")
    codes = ["#", "a#b", "%", "%23", "a|b", "é\U0001f9ff", " ", "A", "a"]
    for code in codes:
        branches.create(branch(code))
    assert {code: (branches.get(code) or {}).get("name") for code in codes} == {c: f"Branch {c}" for c in codes}


def test_keys_differ_by_case(library: Backend) -> None:
    library.of("BRANCH").create(branch("abc"))
    assert library.of("BRANCH").get("ABC") is None


def test_get_sees_every_write_at_once(library: Backend) -> None:
    books = library.of("BOOK")
    key = books.create(book())["id"]
    for n in range(20):
        books.update(key, {"copies": n})
        assert books.get(key)["copies"] == n
    books.delete(key)
    assert books.get(key) is None


def test_what_was_read_can_be_changed_without_changing_the_store(library: Backend) -> None:
    books = library.of("BOOK")
    created = books.create(book(remarks=[{"a": [1]}]))
    created["remarks"][0]["a"].append(2)
    read = books.get(created["id"])
    assert read["remarks"] == [{"a": [1]}]
    read["remarks"].clear()
    assert books.get(created["id"])["remarks"] == [{"a": [1]}]


def test_what_was_given_can_be_changed_without_changing_the_store(library: Backend) -> None:
    given = book(remarks=[{"a": [1]}])
    library.of("BOOK").create(given)
    given["remarks"][0]["a"].append(2)
    assert library.of("BOOK").get(given["id"])["remarks"] == [{"a": [1]}]


@pytest.mark.parametrize("key", [None, 5, "x" * 40, {}, {"ident": 1}, {"id": None}])
def test_keys_that_do_not_fit_are_refused(library: Backend, key: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        library.of("MEMBER").get(key)
    assert caught.value.field in {"id", "key"}


def test_get_many_keeps_the_order_of_the_keys_and_reads_each_once(library: Backend) -> None:
    for n in (1, 2, 3):
        library.of("MEMBER").create(member(n))
    wanted = [member_id(n) for n in (3, 9, 1, 3)]
    found = library.of("MEMBER").get_many(wanted)
    assert list(found) == [Key(id=member_id(3)), Key(id=member_id(1))]
    assert found[Key(id=member_id(3))]["name"] == "Member 3"


def test_get_many_of_nothing(library: Backend) -> None:
    assert library.of("MEMBER").get_many([]) == {}
    assert library.of("MEMBER").get_many(iter([member_id(1)])) == {}


def test_get_many_of_more_than_one_request_holds(library: Backend) -> None:
    """DynamoDB reads 100 keys a request, and 16 MB."""
    count = 130
    written = library.of("VISIT").put_many(
        [{"id": n, "member_id": member_id(1), "start": library.clock()} for n in range(1, count + 1)]
    )
    assert len(written.written) == count
    found = library.of("VISIT").get_many(range(count, 0, -1))
    assert [key["id"] for key in found] == list(range(count, 0, -1))


def test_get_many_through_resolved_keys(shop: Backend) -> None:
    """A user lies under the email; the id leads there."""
    users = shop.of("USER")
    created = [users.create({"username": f"u{n}", "email": f"u{n}@x", "password_hash": "h"}) for n in range(3)]
    found = users.get_many([u["id"] for u in reversed(created)])
    assert list(found.values()) == created[::-1]
