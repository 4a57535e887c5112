"""Batches: split, repeated, and exact about what is left."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dal.errors import CapacityExceeded, SchemaMismatch, StoreUnavailable
from crossfade.dynamodb.batch import NotWritten, Write, batch_get, batch_write
from crossfade.dynamodb.errors import Unclear
from crossfade.dynamodb.wire import Item, key_id
from tests.unit.dynamodb.fakes import Fake, fake


def key(number: int) -> Item:
    """An item key."""
    return {"id": {"N": str(number)}}


def item(number: int) -> Item:
    """The item of that key."""
    return {**key(number), "name": {"S": "x"}}


def asked(*numbers: int, consistent: bool = True) -> dict[str, Any]:
    """The BatchGetItem request for these keys."""
    return {"RequestItems": {"T": {"Keys": [key(n) for n in numbers], "ConsistentRead": consistent}}}


def read(*items: Item, left: tuple[int, ...] = ()) -> dict[str, Any]:
    """The answer with these items, and `left` unprocessed."""
    return {"Responses": {"T": list(items)}, "UnprocessedKeys": asked(*left)["RequestItems"] if left else {}}


def expect_read(f: Fake, *numbers: int, left: tuple[int, ...] = ()) -> None:
    """Expect a request for `numbers`, answered but for `left`."""
    found = [item(n) for n in numbers if n not in left]
    f.reads.add_response("batch_get_item", read(*found, left=left), asked(*numbers))


def test_items_are_read_by_their_keys() -> None:
    with fake() as f:
        f.reads.add_response("batch_get_item", read(item(2)), asked(1, 2, consistent=False))
        found = batch_get(f.calls, "T", [key(1), key(2)], consistent=False)
    assert found == {key_id(key(2)): item(2)}


def test_a_repeated_key_is_asked_for_once() -> None:
    with fake() as f:
        f.reads.add_response("batch_get_item", read(item(1)), asked(1))
        assert len(batch_get(f.calls, "T", [key(1), {"id": {"N": "1.0"}}, key(1)])) == 1


def test_nothing_asks_nothing() -> None:
    with fake() as f:
        assert batch_get(f.calls, "T", []) == {}


def test_a_request_has_100_keys() -> None:
    with fake() as f:
        expect_read(f, *range(100))
        expect_read(f, 100)
        assert len(batch_get(f.calls, "T", map(key, range(101)))) == 101


def test_unprocessed_keys_are_asked_for_again() -> None:
    with fake() as f:
        expect_read(f, 1, 2, 3, left=(1, 3))
        expect_read(f, 1, 3, left=(3,))
        expect_read(f, 3)
        assert len(batch_get(f.calls, "T", map(key, (1, 2, 3)))) == 3
    assert len(f.slept) == 2


def test_keys_that_stay_unread_are_an_error() -> None:
    with fake(attempts=2) as f:
        expect_read(f, 1, 2, 3, left=(1, 3))
        expect_read(f, 1, 3, left=(1, 3))
        with pytest.raises(CapacityExceeded, match="left 2 of 3 keys of T unread"):
            batch_get(f.calls, "T", map(key, (1, 2, 3)))


# ---------------------------------------------------------------------- writes


def put(number: int) -> Write:
    """A put."""
    return Write("T", key(number), item(number))


def delete(number: int) -> Write:
    """A delete in another table."""
    return Write("U", key(number))


def requests(*writes: Write) -> dict[str, Any]:
    """The `RequestItems` for writes."""
    found: dict[str, Any] = {}
    for write in writes:
        found.setdefault(write.table, []).append(write.request)
    return found


def expect_write(f: Fake, *writes: Write, left: tuple[Write, ...] = ()) -> None:
    """Expect a request, answered with `left` unprocessed."""
    f.writes.add_response(
        "batch_write_item", {"UnprocessedItems": requests(*left)}, {"RequestItems": requests(*writes)}
    )


def test_a_write_is_a_put_or_a_delete() -> None:
    assert put(1).request == {"PutRequest": {"Item": item(1)}}
    assert delete(1).request == {"DeleteRequest": {"Key": key(1)}}


def test_a_request_has_25_writes() -> None:
    writes = [put(n) for n in range(26)]
    with fake() as f:
        expect_write(f, *writes[:25])
        expect_write(f, writes[25])
        assert batch_write(f.calls, writes) == []


def test_unprocessed_writes_are_made_again() -> None:
    writes = [put(1), delete(1), put(2), delete(2)]
    with fake() as f:
        expect_write(f, *writes, left=(put(2), delete(1)))
        # Back in the order in which they were given.
        expect_write(f, delete(1), put(2))
        assert batch_write(f.calls, writes) == []


def test_an_unprocessed_write_is_known_by_its_key() -> None:
    given_back = Write("T", {"id": {"N": "1.0"}}, {"id": {"N": "1.0"}, "other": {"S": "?"}})
    with fake() as f:
        expect_write(f, put(1), put(2), left=(given_back,))
        expect_write(f, put(1))
        assert batch_write(f.calls, [put(1), put(2)]) == []


def test_what_stays_unwritten_is_listed() -> None:
    with fake(attempts=1) as f:
        expect_write(f, put(1), put(2), put(3), left=(put(3), put(1)))
        missed = batch_write(f.calls, [put(1), put(2), put(3)])
    assert [m.index for m in missed] == [0, 2]
    assert all(isinstance(m.error, CapacityExceeded) for m in missed)


def test_writes_after_a_lost_reply_are_still_made_and_none_is_made_twice() -> None:
    writes = [put(n) for n in range(26)]
    with fake() as f:
        f.writes.add_client_error("batch_write_item", "InternalServerError", http_status_code=500)
        expect_write(f, writes[25])
        missed = batch_write(f.calls, writes)
    assert [m.index for m in missed] == list(range(25))
    assert all(isinstance(m.error, Unclear) for m in missed)


def test_only_what_was_left_is_unclear_after_a_lost_reply() -> None:
    with fake() as f:
        expect_write(f, put(1), put(2), left=(put(2),))
        f.writes.add_client_error("batch_write_item", "InternalServerError", http_status_code=500)
        (missed,) = batch_write(f.calls, [put(1), put(2)])
    assert missed == NotWritten(1, missed.error)
    assert isinstance(missed.error, Unclear)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"UnprocessedItems": {"T": [put(9).request]}},
        {"UnprocessedItems": {"X": [put(1).request]}},
        {"UnprocessedItems": {"T": [{}]}},
        {"UnprocessedItems": {"T": [{"PutRequest": {"Item": {"id": {"N": "x"}}}}]}},
    ],
)
def test_a_reply_that_leaves_open_what_was_written_is_a_lost_one(answer: dict[str, Any]) -> None:
    with fake() as f:
        f.writes.add_response("batch_write_item", answer)
        missed = batch_write(f.calls, [put(1), put(2)])
    assert [(m.index, type(m.error)) for m in missed] == [(0, Unclear), (1, Unclear)]


@pytest.mark.parametrize("answer", [{}, {"Responses": {"T": []}}, {"UnprocessedKeys": {}}])
def test_a_reply_that_leaves_open_what_was_read_is_none(answer: dict[str, Any]) -> None:
    with fake() as f:
        f.reads.add_response("batch_get_item", answer)
        with pytest.raises(StoreUnavailable, match="BatchGetItem was answered without") as caught:
            batch_get(f.calls, "T", [key(1)])
    assert caught.value.retryable


def test_a_refused_request_is_told_for_each_write() -> None:
    with fake() as f:
        f.writes.add_client_error("batch_write_item", "ResourceNotFoundException")
        missed = batch_write(f.calls, [put(1), delete(1)])
    assert [type(m.error) for m in missed] == [SchemaMismatch, SchemaMismatch]
