"""`kill -9` at any moment loses nothing, and repeats one chunk a worker at most."""

from __future__ import annotations

import random
import signal
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tests.integration.migration.forking import forks
from tests.integration.migration.test_backfill import log
from tests.integration.migration.world import World

KILLS, WORKERS = 50, 2
LOG = Path(".crossfade/backfill.json.log.jsonl")


def test_killed_fifty_times_and_resumed(shop: World, tmp_path: Path) -> None:
    chance = random.Random(20)
    # Small chunks, so that no run comes to its end before it is killed.
    arguments = ["backfill", *shop.arguments, "--workers", str(WORKERS), "--chunk-rows", "4"]
    with forks(tmp_path / "output") as forked:
        for _ in range(KILLS):
            code = forked.killed(arguments, LOG, chance.randrange(9), chance.random() * 0.02)
            assert code == -signal.SIGKILL, f"the run came to its end (exit code {code}): it wants more rows"
        forked.begin(*arguments)
        assert forked.end() == 0, (tmp_path / "output").read_text()
    shop.assert_equal()
    events = log()
    assert sum(e["event"] == "finished" for e in events) == 1
    _assert_repeats(events)


def _assert_repeats(events: list[dict[str, Any]]) -> None:
    """From the log alone: what is done is not done again, and a kill leaves one chunk a worker to be repeated."""
    begun, done = _places(events, "chunk_begun"), _places(events, "chunk_done")
    assert max(Counter(place for run in done.values() for place in run).values()) == 1
    for run, places in begun.items():
        assert len(places) == len(set(places))
        assert len(set(places) - set(done[run])) <= WORKERS


def _places(events: list[dict[str, Any]], event: str) -> dict[str, list[tuple[str, str]]]:
    """Where the chunks of each run begin, of which an event tells."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for e in events:
        if e["event"] == event:
            found[e["run"]].append((e["entity"], str(e["after"])))
    return found
