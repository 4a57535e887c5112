"""Changes that a stream does not have any more are told, and none that it still has."""

from __future__ import annotations

import pytest

from crossfade.dynamodb.errors import ChangesLost
from crossfade.dynamodb.stream_checkpoint import Checkpoint
from tests.unit.dynamodb.streaming import ARN, NOW, asks, full, streaming


@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
def test_a_position_that_is_trimmed_means_that_changes_are_lost(code: str) -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.fails("get_shard_iterator", code)
        with pytest.raises(ChangesLost, match="changes of Things may be lost"):
            made.reader.read()


def test_records_that_are_trimmed_meanwhile_are_lost() -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        made.fails("get_records", "TrimmedDataAccessException", asks("a-0"))
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
