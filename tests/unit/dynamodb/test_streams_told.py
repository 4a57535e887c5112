"""What the checkpoint of a reader tells: that it is alive, and until when everything was read."""

from __future__ import annotations

from crossfade.dynamodb.stream_checkpoint import Checkpoint, parse_checkpoint
from tests.unit.dynamodb.streaming import ARN, NOW, streaming


def test_a_checkpoint_is_plain_json() -> None:
    checkpoint = Checkpoint(ARN, {"a": "7", "b": None}, NOW, 5)
    told = f'{{"at": {NOW}, "lost": "", "shards": {{"a": "7", "b": null}}, "stream": "{ARN}", "until": 5}}'
    assert checkpoint.text() == told
    assert parse_checkpoint(checkpoint.text()) == checkpoint


def test_an_idle_reader_shows_that_it_is_alive() -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.begins("a", after=1)
        made.gives("a-0", then="a-1")
        assert made.take() is None
        made.time = 0.9
        made.gives("a-1", then="a-2")
        assert made.take() is None
        assert len(made.keeper.saved) == 1
        made.time = 1.0
        made.gives("a-2", then="a-3")
        assert made.take() is None
        assert len(made.keeper.saved) == 2


def test_it_is_told_until_when_everything_was_read() -> None:
    """Of a shard that gives nothing, until shortly before; of one that does, until its last change was made."""
    with streaming({"a": 1, "b": 1}) as made:
        made.reader.now = lambda: NOW + 10 + made.time
        made.lists("a", "b")
        for shard in ("a", "b"):
            made.begins(shard, after=1)
            made.gives(f"{shard}-0", then=f"{shard}-1")
        assert made.take() is None
        assert made.told() == (NOW + 10, 0)  # told before anything was read
        made.time = 1.0
        made.gives("a-1", then="a-2")
        made.gives("b-1", then="b-2")
        assert made.take() is None
        assert made.told() == (NOW + 11, NOW + 8)
        made.time = 2.0
        made.gives("a-2", then="a-3")
        made.gives("b-2", 2, then="b-3")  # made at NOW
        batch = made.reader.read()
        assert batch is not None
        assert made.told() == (NOW + 12, NOW + 9)  # of what was given, nothing is told before it is acknowledged
        made.reader.acknowledge(batch)
        assert made.told() == (NOW + 12, NOW + 9)  # not less than before


def test_a_shard_that_is_behind_is_what_is_told() -> None:
    with streaming({"a": 1, "b": 1}) as made:
        made.reader.now = lambda: NOW + 100 + made.time
        made.lists("a", "b")
        made.begins("a", after=1)
        made.gives("a-0", 2, then="a-1")  # made at NOW
        assert made.take() == [2]
        assert made.told() == (NOW + 100, 0)  # of the other one nothing is known
        made.begins("b", after=1)
        made.gives("b-0", then="b-1")
        made.gives("a-1", 3, then="a-2")
        assert made.take() == [3]
        assert made.told() == (NOW + 100, NOW)


def test_a_shard_that_follows_another_begins_where_that_one_was_told() -> None:
    with streaming({"a": 1}) as made:
        made.reader.now = lambda: NOW + 10 + made.time
        made.lists("a")
        made.begins("a", after=1)
        made.gives("a-0", 2, then="a-1")
        assert made.take() == [2]
        assert made.told() == (NOW + 10, NOW)
        made.time = 1.0
        made.gives("a-1", then=None)
        assert made.take() is None
        made.time = 2.0
        made.lists(("b", "a"), "a")
        made.begins("b")
        made.gives("b-0", then="b-1")
        assert made.take() is None
        assert made.told() == (NOW + 12, NOW)
