"""The state machine on what needs no server: memory against SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.opening import Memory, Opener, Sqlite
from tests.conformance.state_machine import run_machine


@pytest.mark.parametrize("contract", ["shop", "library"])
@pytest.mark.parametrize("shard", [1, 2])
def test_memory_and_sqlite_are_the_same(contract: str, shard: int, tmp_path: Path) -> None:
    openers: list[Opener] = [Memory(contract), Sqlite(contract, tmp_path)]
    try:
        run_machine(contract, lambda: [o.fresh() for o in openers], runs=25, shard=shard)
    finally:
        for opener in openers:
            opener.close()
