"""What is known of the streams: whether they can be read, and whether somebody does."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from crossfade.dal.stage import Stage
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stream_calls import Stream
from crossfade.dynamodb.stream_checkpoint import Checkpoint
from crossfade.dynamodb.stream_item import StreamItem
from crossfade.migration.facts import facts_of
from tests.unit.dynamodb.opened import START
from tests.unit.migration.embedded import GROUP, Shop

NOW = int(START.timestamp())


@pytest.mark.parametrize("stage", [Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN])
def test_streams_that_are_not_read_in_time_and_those_that_cannot_be(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    monkeypatch.setattr("crossfade.migration.facts.stream_of", lambda _, table: Stream(table, "arn"))

    def streams(checkpoint: Checkpoint | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        for table in ("t_Users", "t_Products", "t_Categories"):
            keeper = StreamItem(Calls(shop.stores.dynamodb.clients), "t_crossfade_control", table, seize=True)
            keeper.load()
            keeper.save(checkpoint if table == "t_Users" and checkpoint else Checkpoint("arn", {}, NOW, NOW))
        facts = facts_of(shop.groups, GROUP, stage, shop.clock)
        return facts.unread, facts.streams

    assert streams(None) == ((), ())
    assert streams(Checkpoint("arn", {}, NOW - 15, 0)) == ((), ())
    assert streams(Checkpoint("arn", {}, NOW - 16, NOW - 16)) == (
        (),
        ("nobody reads the stream of t_Users: run `crossfade relay`",),
    )
    assert streams(Checkpoint("arn", {}, NOW, NOW - 121)) == (
        (),
        ("the stream of t_Users was read until 121 s ago: let `crossfade relay` catch up",),
    )
    assert streams(Checkpoint("arn", {}, NOW, NOW, "it is gone")) == (("it is gone [dynamodb]",), ())
    (other,), none = streams(Checkpoint("another", {}, NOW, NOW))
    assert other.startswith("changes of t_Users may be lost: its stream was made anew. Where DynamoDB decides, ")
    assert none == ()


@pytest.mark.parametrize("stage", [Stage.MYSQL, Stage.DUAL_WRITE, Stage.DYNAMODB])
def test_elsewhere_no_stream_is_asked_for(shop: Shop, monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    monkeypatch.setattr("crossfade.migration.facts.stream_of", Mock(side_effect=AssertionError))
    facts = facts_of(shop.groups, GROUP, stage, shop.clock)
    assert (facts.unread, facts.streams) == ((), ())
