"""Every system on memory, SQLite and moto: every pattern, twice on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.shop.opening import KINDS, opened
from tests.systems.counting import PROPERTY
from tests.systems.system import SYSTEMS, system


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_pattern(name: str, kind: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    of = system(name)
    record_property(PROPERTY, [name, kind, len(of.patterns), 0, 0])
    with opened(of.contract, kind, tmp_path, now) as app:
        of.seed(app)
        for _ in range(2):
            of.tried(app)
