"""Changes that a stream does not have any more are told, and none that it still has."""

from __future__ import annotations

import pytest

from crossfade.dynamodb.errors import ChangesLost
from crossfade.dynamodb.stream_checkpoint import Checkpoint
from crossfade.dynamodb.streams import Quiet
from tests.unit.dynamodb.streaming import ARN, NOW, asks, full, sequence, streaming


@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
def test_a_position_that_is_trimmed_means_that_changes_are_lost(code: str) -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.fails("get_shard_iterator", code)
        with pytest.raises(ChangesLost, match="changes of Things may be lost"):
            made.reader.read()


TRIMMED = "TrimmedDataAccessException"


def test_records_that_are_trimmed_meanwhile_are_lost() -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        made.fails("get_records", TRIMMED, asks("a-0"))
        with pytest.raises(ChangesLost, match="does not keep them"):
            made.reader.read()


def test_what_is_lost_is_told_to_every_later_reader_until_one_reads_anew() -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.fails("get_shard_iterator", TRIMMED)
        with pytest.raises(ChangesLost) as first:
            made.reader.read()
        with pytest.raises(ChangesLost) as again:
            made.reader.read()
        kept = made.keeper.kept
    assert kept == Checkpoint(ARN, {full("a"): sequence(1)}, NOW, 0, first.value.message)
    assert again.value.message == first.value.message
    with streaming() as made:
        made.keeper.kept = kept
        with pytest.raises(ChangesLost, match="does not keep them"):
            made.reader.read()
    with streaming(anew=True) as made:
        made.keeper.kept = kept
        made.lists("a")
        made.lists("a")
        made.begins("a")
        made.gives("a-0", 1, then="a-1")
        assert made.take() == [1]
        assert made.keeper.kept.lost == ""


def test_the_iterator_of_a_shard_that_gave_nothing_yet_is_got_anew() -> None:
    """DynamoDB Local refuses one where the first change comes."""
    with streaming({}, quiet=Quiet(2, 1.0)) as made:
        made.lists("a")
        made.begins("a")
        made.gives("a-0", then="a-1")
        assert made.take() is None
        made.time = 1.0
        made.lists("a")
        made.gives("a-1", then="a-2")
        assert made.take() is None
        made.fails("get_records", TRIMMED, asks("a-2"))
        made.begins("a", iterator="new")
        made.gives("new", 1, then="a-3")
        assert made.take() == [1]


def test_a_first_reader_misses_nothing_of_before_it_came() -> None:
    with streaming() as made:
        for _ in range(2):
            made.lists("a")
        made.begins("a")
        made.fails("get_records", TRIMMED, asks("a-0"))
        made.begins("a", iterator="new")
        made.gives("new", 1, then="a-1")
        assert made.take() == [1]


@pytest.mark.parametrize("again", ["get_records", "get_shard_iterator"])
def test_an_iterator_behind_a_change_is_got_anew_and_dynamodb_tells_whether_that_is_kept(again: str) -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.begins("a", after=1)
        made.fails("get_records", TRIMMED, asks("a-0"))
        if again == "get_records":
            made.begins("a", after=1, iterator="new")
        made.fails(again, TRIMMED)
        with pytest.raises(ChangesLost, match="does not keep them"):
            made.reader.read()


def test_one_empty_answer_does_not_tell_that_nothing_was_lost() -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        made.gives("a-0", then="a-1")
        assert made.take() is None
        made.fails("get_records", TRIMMED, asks("a-1"))
        with pytest.raises(ChangesLost, match="does not keep them"):
            made.reader.read()


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param({"a": 1}, id="unread part gone"),
        pytest.param({"a": None}, id="what came between gone"),
    ],
)
def test_a_gap_between_what_was_read_and_what_there_is(kept: dict[str, int | None]) -> None:
    with streaming(kept) as made:
        for _ in range(3):
            made.lists(("c", "b"))
        with pytest.raises(ChangesLost, match="shards of its stream are gone"):
            made.reader.read()
        assert made.slept == [0.05, 0.05]


def test_a_listing_that_is_behind_is_asked_for_again() -> None:
    with streaming({"a": None}) as made:
        made.lists(("c", "b"))
        made.lists(("b", "a"), ("c", "b"))
        made.begins("b")
        made.gives("b-0", 1, then="b-1")
        assert made.take() == [1]


def test_what_was_gone_before_the_first_reader_came_is_not_missed_by_the_next() -> None:
    with streaming() as made:
        for _ in range(2):
            made.lists(("b", "a"))
        made.begins("b")
        made.gives("b-0", then="b-1")
        assert made.take() is None
    assert made.keeper.kept == Checkpoint(ARN, {full("a"): None}, NOW)
    with streaming({"a": None}) as made:
        made.lists(("b", "a"))
        made.begins("b")
        made.gives("b-0", then="b-1")
        assert made.take() is None


def test_a_stream_that_was_disabled_loses_changes() -> None:
    with streaming({"a": 1}) as made:
        made.lists("a", status="DISABLED")
        with pytest.raises(ChangesLost, match="disabled"):
            made.reader.read()


@pytest.mark.parametrize(
    ("checkpoint", "why"),
    [
        (Checkpoint(ARN, {}, NOW - 24 * 3600 - 1), "not read for 24 hours"),
        (Checkpoint("another", {}, NOW), "made anew"),
    ],
)
def test_a_checkpoint_that_says_nothing_any_more(checkpoint: Checkpoint, why: str) -> None:
    with streaming() as made:
        made.keeper.kept = checkpoint
        with pytest.raises(ChangesLost, match=why):
            made.reader.read()
    with streaming(anew=True) as made:
        made.keeper.kept = checkpoint
        made.lists("a")
        made.lists("a")
        made.begins("a")
        made.gives("a-0", 1, then="a-1")
        assert made.take() == [1]
