"""A stream's checkpoint in the control table: one reader at a time, and none for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stream_checkpoint import Checkpoint
from crossfade.dynamodb.stream_item import StreamBusy, StreamItem, StreamTaken
from tests.unit.dynamodb.faulty import Kind
from tests.unit.dynamodb.opened import Opened, impatient, opened

ONE, TWO = Checkpoint("arn", {"a": "1"}, 5), Checkpoint("arn", {"a": "2", "b": None}, 6)


@dataclass
class Control:
    """A control table, and readers of it by one clock."""

    process: Opened
    time: float = 0.0

    def reader(
        self, faults: dict[int, Kind] | None = None, before: Callable[[int, str], None] | None = None
    ) -> StreamItem:
        """Another reader; its writes fail as `faults` says, and `before` comes before each."""
        process = self.process.again(faults)
        process.client.before = before
        calls = Calls(process.store.clients, pacer=impatient())
        return StreamItem(calls, "t_crossfade_control", "t_Users", lease=30.0, clock=lambda: self.time)

    def item(self) -> dict[str, Any]:
        """The item."""
        key = {"pk": {"S": "stream|t_Users"}}
        found: dict[str, Any] = self.process.client.client.get_item(TableName="t_crossfade_control", Key=key)["Item"]
        return found


@pytest.fixture
def control() -> Iterator[Control]:
    """An empty control table."""
    with opened("shop") as process:
        yield Control(process)


def test_what_was_saved_is_what_the_next_one_loads(control: Control) -> None:
    first, second = control.reader(), control.reader()
    assert first.load() is None
    first.save(ONE)
    assert control.item()["checkpoint"] == {"S": ONE.text()}
    first.release()
    assert sorted(control.item()) == ["_rev", "checkpoint", "pk"]
    assert second.load() == ONE


def test_one_that_shows_that_it_is_alive_is_left_in_peace(control: Control) -> None:
    first, second = control.reader(), control.reader()
    first.load()
    for control.time in (0.0, 20.0, 40.0, 60.0):
        first.save(ONE)
        with pytest.raises(StreamBusy, match="is being read by"):
            second.load()


def test_one_that_died_is_succeeded_after_its_lease_and_finds_out(control: Control) -> None:
    first, second = control.reader(), control.reader()
    first.load()
    first.save(ONE)
    for control.time in (10.0, 39.9):
        with pytest.raises(StreamBusy):
            second.load()
    control.time = 40.0
    assert second.load() == ONE
    second.save(TWO)
    with pytest.raises(StreamTaken):
        first.save(ONE)
    first.release()
    assert second.load() == TWO


def test_of_two_who_come_at_once_one_gets_it(control: Control) -> None:
    def another(number: int, name: str) -> None:
        del number, name
        control.reader().load()

    slow = control.reader(before=another)
    with pytest.raises(StreamBusy):
        slow.load()


@pytest.mark.parametrize("kind", ["lost_reply", "lost_request", "server_error"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_lost_reply_is_not_taken_for_another_reader(control: Control, kind: Kind, number: int) -> None:
    reader = control.reader({number: kind})
    assert reader.load() is None
    reader.save(ONE)
    assert reader.load() == ONE
