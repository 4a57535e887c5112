"""Shadow reads add no waiting: what a read takes with a dead candidate, and without shadow reads."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import pytest

from crossfade.dal.stage import Stage
from tests.integration.migration.latency import alternating, shadowed
from tests.integration.migration.live import Live, move
from tests.integration.migration.passage import Fault, passage

_LOG = logging.getLogger(__name__)

PAIRS = 600
MOST = 1.5
"""`python -m benchmarks.shadow_waiting` measures it exactly; here the machine may be busy."""


@pytest.mark.parametrize("how", ["closed", "stalled"])
def test_a_dead_candidate_is_not_waited_for(how: Fault, live: Live, dynamodb_endpoint: str) -> None:
    move(live, "advance", Stage.SHADOW, "--force")
    at = urlsplit(dynamodb_endpoint)
    with passage(at.hostname or "", at.port or 80) as way, shadowed(live.world, way) as (without, with_):
        key = without.repository("PRODUCT").find("listing", limit=1).items[0]["id"]
        with way.broken(how):
            found = alternating(
                lambda: without.repository("PRODUCT").get(key), lambda: with_.repository("PRODUCT").get(key), PAIRS
            )
    _LOG.info("DynamoDB %s: %s", how, found)
    assert found.ratio < MOST
