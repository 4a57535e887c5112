"""Shadow reads where DynamoDB decides, on real servers: what the relay has yet to bring is no mismatch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import crossfade
from crossfade.dal.observation import Totals
from crossfade.dal.stage import Stage
from crossfade.migration.routed import RoutedStore
from crossfade.mysql.observations import MySQLObservations
from tests.images.polling import wait_until
from tests.integration.migration.emptied import execute
from tests.integration.migration.live import Live, move
from tests.integration.migration.relaying import relaying

EVER = datetime(1970, 1, 1, tzinfo=UTC)
LONG = 180  # seconds: on a slow machine, comparisons may end unsettled before one does not


def totals(app: crossfade.App, live: Live) -> Totals:
    """What the comparisons of categories came to, those that have ended."""
    assert isinstance(app.store, RoutedStore)
    app.store.shadowing.reads.tell_skipped()
    app.store.shadowing.buffer.flush()
    return seen_by(live).totals(live.group, EVER).get("CATEGORY", Totals())


def seen_by(live: Live) -> MySQLObservations:
    """Where what was seen is kept."""
    return MySQLObservations(live.groups.stores.mysql.engine)


def test_a_mysql_that_lags_is_no_mismatch_and_one_that_differs_is(live: Live) -> None:
    live.world.stream()
    # DynamoDB Local's own bug: an iterator of a stream that is empty is no more good once there is something in it.
    made = live.repository("CATEGORY").create({"name": "Books"})
    settings: Any = {"mysql_url": live.world.url, "table_prefix": live.world.prefix, "shadow_deadline": LONG}
    with relaying(live.world):
        move(live, "advance", Stage.SHADOW, "--force")
        move(live, "advance", Stage.LIVE, "--force")
        with crossfade.open(live.world.contract, stage="installed", **settings) as app:
            categories = app.repository("CATEGORY")
            for number in range(4):
                categories.update(made["id"], {"name": f"Books {number}"})
                assert categories.get(made["id"])
            wait_until(lambda: totals(app, live).total >= 4)
            seen = totals(app, live)
            assert (seen.mismatch, seen.candidate_failed) == (0, 0)
            wait_until(lambda: again(app, live, made["id"]).equal > seen.equal, seconds=LONG)

            execute(live.world.url, "UPDATE categories SET name = 'by hand' WHERE name = 'Books 3'")
            wait_until(lambda: again(app, live, made["id"]).mismatch > 0, seconds=LONG)
            (found, *_) = seen_by(live).mismatches(live.group)
            assert ("name", "Books 3", "by hand", f"id={made['id']}") in found.differences


def again(app: crossfade.App, live: Live, key: Any) -> Totals:
    """What comparisons came to, once another one has ended."""
    before = totals(app, live).total
    app.repository("CATEGORY").get(key)
    wait_until(lambda: totals(app, live).total > before)
    return totals(app, live)
