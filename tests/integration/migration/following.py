"""The live shop's other direction: MySQL follows DynamoDB, and a test waits until it has caught up."""

from __future__ import annotations

from datetime import UTC, datetime

from crossfade.migration.dual_write import Groups
from crossfade.migration.relaying import Relaying
from tests.images.polling import wait_until
from tests.integration.migration.live import Live


def followed(live: Live) -> None:
    """Relay until both stores are equal: what changes in DynamoDB comes into its streams late."""

    def now() -> datetime:
        return datetime.now(UTC)

    with live.world.open() as stores:
        groups = Groups.open(stores, now)
        with Relaying(groups, [live.group], now) as both:

            def equal() -> bool:
                while both.turn().moved:
                    pass
                live.assert_equal()
                return True

            wait_until(equal, errors=(AssertionError,))
