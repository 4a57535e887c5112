"""Every system on MySQL and DynamoDB Local, through every stage: see `walk`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.migration.world import World
from tests.integration.systems.walk import Seen, Walk
from tests.systems.counting import PROPERTY
from tests.systems.system import SYSTEMS, system


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.usefixtures("dynamodb_endpoint")
def test_every_pattern_at_every_stage(
    name: str,
    mysql_database: str,
    table_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    of = system(name)

    def seen(at: Seen) -> None:
        record_property(PROPERTY, [name, f"stage {at.stage}", at.patterns, at.compared, at.verified])

    Walk(of, World(of.contract, mysql_database, table_prefix), seen).all()
