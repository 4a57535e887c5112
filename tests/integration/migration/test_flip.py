"""The flip to DynamoDB's authority, under live writes."""

from __future__ import annotations

from crossfade.dal.stage import Stage
from tests.integration.migration.live import Live, move
from tests.integration.migration.writers import Writers


def test_no_write_is_lost_and_no_id_given_twice(live: Live) -> None:
    with Writers(live.world) as writers:
        writers.wait(15)
        for stage in (Stage.SHADOW, Stage.LIVE):
            move(live, "advance", stage, "--force")
            writers.wait(15)
    writers.assert_kept("dynamodb")
