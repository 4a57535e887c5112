"""The reader of a stream, against literal requests: order, what is tried again, and which stream it is."""

from __future__ import annotations

import pytest

from crossfade.dal.errors import CapacityExceeded, SchemaMismatch
from crossfade.dynamodb.stream_calls import Change, Stream, stream_of
from crossfade.dynamodb.stream_checkpoint import Checkpoint
from tests.unit.dynamodb.fakes import stubbed
from tests.unit.dynamodb.streaming import ARN, AT, NOW, asks, described, full, record, sequence, streaming


def test_a_change_is_what_the_stream_says() -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        swept = record(2, "REMOVE", userIdentity={"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"})
        del swept["dynamodb"]["NewImage"]
        made.stub.add_response("get_records", {"Records": [record(1), swept], "NextShardIterator": "a-1"}, asks("a-0"))
        batch = made.reader.read()
    key = {"PK": {"S": "a"}}
    old, new = {**key, "n": {"N": "1"}}, {**key, "n": {"N": "2"}}
    assert batch is not None
    assert batch.changes == (
        Change("Things", key, old, new, sequence(1), AT),
        Change("Things", key, old, None, sequence(2), AT, swept=True),
    )


def test_the_first_reader_begins_with_the_oldest_and_the_next_behind_what_was_acknowledged() -> None:
    with streaming() as made:
        made.lists("a")
        made.lists("a")
        made.begins("a")
        made.gives("a-0", 1, 2, then="a-1")
        assert made.take() == [1, 2]
        made.gives("a-1", 3, then="a-2")
        again = made.reader.read()
        assert made.reader.read() is again
        made.reader.close()
        assert made.keeper.released
    assert made.keeper.kept == Checkpoint(ARN, {full("a"): sequence(2)}, NOW, NOW)
    with streaming({"a": 2}) as made:
        made.lists("a")
        made.begins("a", after=2)
        made.gives("a-0", 3, then="a-1")
        assert made.take() == [3]


def test_only_the_last_batch_is_acknowledged() -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        made.gives("a-0", 1, then="a-1")
        batch = made.reader.read()
        assert batch is not None
        made.reader.acknowledge(batch)
        with pytest.raises(ValueError, match="read last"):
            made.reader.acknowledge(batch)


def test_shards_are_listed_page_by_page_and_take_turns() -> None:
    with streaming({}) as made:
        made.stub.add_response("describe_stream", described(["a"], last="a"), {"StreamArn": ARN})
        made.stub.add_response(
            "describe_stream", described(["b"]), {"StreamArn": ARN, "ExclusiveStartShardId": full("a")}
        )
        made.begins("a")
        made.gives("a-0", 1, then="a-1")
        assert made.take() == [1]
        made.begins("b")
        made.gives("b-0", 2, then="b-1")
        assert made.take() == [2]
        made.gives("a-1", then="a-2")
        made.gives("b-1", then="b-2")
        assert made.take() is None


def test_a_shard_that_splits_is_read_to_its_end_before_its_children() -> None:
    with streaming({}) as made:
        made.lists(("b", "a"), ("c", "a"), "a")
        made.begins("a")
        made.gives("a-0", 1, then=None)
        batch = made.reader.read()
        assert batch is not None
        assert made.keeper.saved[-1].shards == {}
        made.reader.acknowledge(batch)
        assert made.keeper.saved[-1].shards == {full("a"): None}
        made.time = 1.0
        made.lists(("b", "a"), ("c", "a"), "a")
        for shard, number in (("b", 2), ("c", 3)):
            made.begins(shard)
            made.gives(f"{shard}-0", number, then=f"{shard}-1")
            assert made.take() == [number]
    assert made.keeper.kept is not None
    assert made.keeper.kept.shards == {full("a"): None, full("b"): sequence(2), full("c"): sequence(3)}


def test_shards_that_merge_and_one_that_ends_empty() -> None:
    """The API names one parent; the other one simply ends."""
    with streaming({"a": 1, "b": 2}) as made:
        made.lists("a", "b", ("c", "a"))
        made.begins("a", after=1)
        made.gives("a-0", then=None)
        made.begins("b", after=2)
        made.gives("b-0", 3, then=None)
        assert made.take() == [3]
        made.lists("b", ("c", "a"))
        made.begins("c")
        made.gives("c-0", 4, then="c-1")
        assert made.take() == [4]
    assert made.keeper.kept is not None
    assert made.keeper.kept.shards == {full("a"): None, full("b"): None, full("c"): sequence(4)}


def test_shards_that_are_gone_and_done_are_forgotten() -> None:
    with streaming({"a": None, "b": None, "c": 5}) as made:
        made.lists(("c", "b"))
        made.begins("c", after=5)
        made.gives("c-0", then="c-1")
        assert made.take() is None
    assert made.keeper.kept is not None
    assert made.keeper.kept.shards == {full("b"): None, full("c"): sequence(5)}


def test_an_iterator_that_expired_is_got_anew_behind_what_was_read() -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        made.gives("a-0", 1, then="a-1")
        assert made.take() == [1]
        made.fails("get_records", "ExpiredIteratorException", asks("a-1"))
        made.begins("a", after=1, iterator="new")
        made.gives("new", 2, then="a-2")
        assert made.take() == [2]


@pytest.mark.parametrize("code", ["LimitExceededException", "ProvisionedThroughputExceededException"])
def test_throttling_is_waited_for(code: str) -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        made.fails("get_records", code)
        made.gives("a-0", 1, then="a-1")
        assert made.take() == [1]
        assert made.slept == [0.05]
        for _ in range(3):
            made.fails("get_records", code, asks("a-1"))
        with pytest.raises(CapacityExceeded):
            made.reader.read()
        made.gives("a-1", 2, then="a-2")
        assert made.take() == [2]


def test_the_stream_of_a_table() -> None:
    client, stub = stubbed()
    table = {"TableName": "Things", "LatestStreamArn": ARN}
    images = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    keys = {**images, "StreamViewType": "KEYS_ONLY"}
    for found in ({**table, "StreamSpecification": images}, {}, {**table, "StreamSpecification": keys}):
        stub.add_response("describe_table", {"Table": found}, {"TableName": "Things"})
    with stub:
        assert stream_of(client, "Things") == Stream("Things", ARN)
        for _ in range(2):
            with pytest.raises(SchemaMismatch, match="NEW_AND_OLD_IMAGES"):
                stream_of(client, "Things")
