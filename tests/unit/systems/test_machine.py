"""The state machine, derived from each system's contract: memory, SQLite and moto answer the same.

Each system has 500 runs, in parts, so that several processes share them.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conformance.opening import Memory, Moto, Opener, Sqlite
from tests.conformance.state_machine import run_machine
from tests.systems.system import SYSTEMS
from tests.unit.direct import directly
from tests.unit.imitation import SETTINGS, imitation

RUNS, PARTS, STEPS = 500, 10, 10


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_store_answers_the_same(name: str, part: int, tmp_path: Path) -> None:
    with ExitStack() as stack:
        stack.enter_context(imitation())
        stack.enter_context(directly())
        openers: list[Opener] = [Memory(name), Sqlite(name, tmp_path), Moto("moto", name, "t_", SETTINGS)]
        for opener in openers:
            stack.callback(opener.close)
        run_machine(name, lambda: [o.fresh() for o in openers], runs=RUNS // PARTS, shard=100 + part, steps=STEPS)
