"""Stores that are lost in the middle of a backfill, and interruptions."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from crossfade.dal.errors import StoreUnavailable
from crossfade.migration.backfill import backfill
from crossfade.migration.chunk import Sizes
from crossfade.migration.events import ChunkDone, Event
from crossfade.migration.options import BackfillOptions
from tests.images.polling import wait_until
from tests.integration.containers import FaultServer
from tests.integration.migration.forking import forks
from tests.integration.migration.world import World
from tests.integration.servers import DynamoServer, SqlServer

SMALL = BackfillOptions(checkpoint="c.json", workers=2, sizes=Sizes(first=8, least=8, most=8), give_up_after=1.0)


def test_a_source_that_dies_ends_it_cleanly_and_it_goes_on_afterwards(
    lost_source: World, fault_mysql: FaultServer[SqlServer]
) -> None:
    with lost_source.open() as stores:

        def kill(event: Event) -> None:
            if isinstance(event, ChunkDone) and not killed:
                killed.append(event)
                fault_mysql.kill()

        killed: list[Event] = []
        result = backfill(stores, SMALL, kill)
        assert (result.status, type(result.error)) == ("stopped", StoreUnavailable)
        with pytest.raises(StoreUnavailable):
            backfill(stores, SMALL, lambda event: None)
        fault_mysql.start()
        assert backfill(stores, SMALL, lambda event: None).status == "complete"
    lost_source.assert_equal()


def test_a_target_that_dies_ends_it_cleanly_and_it_goes_on_afterwards(
    lost_target: World, fault_dynamodb: FaultServer[DynamoServer]
) -> None:
    with lost_target.open() as stores:

        def kill(event: Event) -> None:
            if isinstance(event, ChunkDone) and not killed:
                killed.append(event)
                fault_dynamodb.kill()

        killed: list[Event] = []
        result = backfill(stores, SMALL, kill)
        assert result.status == "stopped"
        assert result.error is not None
        fault_dynamodb.start()
        assert backfill(stores, replace(SMALL, give_up_after=60.0), lambda event: None).status == "complete"
    lost_target.assert_equal()


@pytest.mark.parametrize("which", ["source", "target"])
def test_a_store_that_does_not_answer_for_a_while_is_waited_for(which: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(f"lost_{which}")
    fault = request.getfixturevalue("fault_mysql" if which == "source" else "fault_dynamodb")
    container = fault.container.get_wrapped_container()
    with world.open() as stores:

        def pause(event: Event) -> None:
            if isinstance(event, ChunkDone) and not timers:
                container.pause()
                timers.append(threading.Timer(2.0, container.unpause))
                timers[0].start()

        timers: list[threading.Timer] = []
        result = backfill(stores, replace(SMALL, give_up_after=60.0), pause)
        timers[0].join()
    assert result.status == "complete"
    world.assert_equal()


def test_ctrl_c_ends_it_after_the_chunks_in_flight_and_says_how_to_go_on(shop: World, tmp_path: Path) -> None:
    output, log = tmp_path / "output", Path(".crossfade/backfill.json.log.jsonl")
    arguments = ["backfill", *shop.arguments, "--chunk-rows", "4"]
    with forks(output) as forked:
        pid = forked.begin(*arguments)
        wait_until(lambda: log.stat().st_size > 2000, errors=(FileNotFoundError,))
        os.kill(pid, signal.SIGINT)
        assert forked.end() == 130, output.read_text()
        said = output.read_text()
        assert "the same command goes on where this run ended (.crossfade/backfill.json)" in said
        begun, done = (log.read_text().count(f'"{e}"') for e in ("chunk_begun", "chunk_done"))
        assert begun == done
        forked.begin(*arguments)
        assert forked.end() == 0, output.read_text()
    shop.assert_equal()
