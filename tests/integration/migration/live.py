"""The shop in dual_write, for tests that move it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import crossfade
from crossfade.dal.repository import Repository
from crossfade.dal.stage import Stage
from crossfade.dynamodb.expected import tombstone
from crossfade.migration.dual_write import Groups
from crossfade.migration.relay import Relay
from crossfade.mysql.outbox import GRACE
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World, same


class Clock:
    """The time, moved by hand."""

    now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Live:
    """The shop, written through its stage."""

    world: World
    app: crossfade.App
    groups: Groups
    clock: Clock

    def __post_init__(self) -> None:
        (self.group,) = self.app.contract.groups
        self.relay = Relay(self.groups, self.group)

    def repository(self, entity: str) -> Repository[dict[str, Any]]:
        """An entity's repository."""
        return self.app.repository(entity)

    def depth(self) -> int:
        """Rows in the outbox."""
        return self.groups.outboxes[self.group].depth().rows

    def drain(self) -> None:
        """Relay until nothing is left."""
        for _ in range(50):
            # Writers of a test have clocks of their own.
            self.clock.now = max(self.clock.now, datetime.now(UTC)) + GRACE
            relayed = self.relay.turn()
            assert relayed.errors == ()
            if not relayed.taken:
                break
        assert self.depth() == 0

    def assert_equal(self) -> None:
        """Every row has its items, as they should be, and nothing but tombstones lies beside them."""
        wanted, found = self.world.wanted(), self.world.found()
        alive = {place: item for place, item in found.items() if not tombstone(item)}
        assert wanted.keys() - alive.keys() == set()
        assert alive.keys() - wanted.keys() == set()
        assert {place for place, item in wanted.items() if not same(item, alive[place])} == set()


def move(live: Live, verb: str, to: Stage, *more: str) -> None:
    """Move the shop's group by the command.

    Args:
        live: the shop.
        verb: `advance` or `rollback`.
        to: where the group stands then.
        *more: further options.
    """
    code, out = run("stage", verb, *live.world.arguments, "--why", "a test", "--json", *more)
    assert code == 0, out
    assert f'"to": "{to}"' in out


@contextmanager
def dual_writing(shop: World) -> Iterator[Live]:
    """The shop in dual_write, copied."""
    clock = Clock()
    assert run("install", *shop.arguments)[0] == 0
    assert run("stage", "advance", *shop.arguments)[0] == 0
    assert run("backfill", *shop.arguments)[0] == 0
    settings: Any = {"mysql_url": shop.url, "table_prefix": shop.prefix, "stage": "installed", "clock": clock}
    with crossfade.open(shop.contract, **settings) as app, shop.open() as stores:
        yield Live(shop, app, Groups.open(stores, clock), clock)
