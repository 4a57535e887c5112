"""A database that dies while the way back fills it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crossfade.dal.errors import StoreUnavailable
from crossfade.migration.chunk import Sizes
from crossfade.migration.events import Event, PageDone
from crossfade.migration.options import BackfillOptions
from crossfade.migration.reverse import backfill_reverse
from tests.integration.containers import FaultServer
from tests.integration.migration.emptied import emptied
from tests.integration.migration.test_reverse import rows
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import SqlServer

SMALL = BackfillOptions(checkpoint="reverse.json", workers=2, sizes=Sizes(most=8), give_up_after=1.0)


@pytest.fixture
def copied(lost_source: World) -> World:
    """A shop on a server that can be lost, copied."""
    assert run("backfill", *lost_source.arguments)[0] == 0
    return lost_source


def test_it_ends_cleanly_and_goes_on_afterwards(copied: World, fault_mysql: FaultServer[SqlServer]) -> None:
    def kill(event: Event) -> None:
        if isinstance(event, PageDone) and not killed:
            killed.append(event)
            fault_mysql.kill()

    killed: list[Event] = []
    with emptied(copied, fault_mysql.server) as target:
        with target.open() as stores:
            result = backfill_reverse(stores, SMALL, kill)
            assert (result.status, type(result.error)) == ("stopped", StoreUnavailable)
            assert result.dead_letters is None
            fault_mysql.start()
            assert backfill_reverse(stores, replace(SMALL, give_up_after=60.0), lambda event: None).status == "complete"
        assert rows(target) == rows(copied)
