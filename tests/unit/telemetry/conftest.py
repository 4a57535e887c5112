"""An SDK that keeps what it is told, and the shop behind the application's own interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from crossfade.app import App
from crossfade.dal.stage import Stage
from crossfade.migration.routed import RoutedStore
from crossfade.settings import Settings
from tests.unit.cli.conftest import run
from tests.unit.migration.embedded import Shop, open_shop
from tests.unit.telemetry.recorded import Recorded

__all__ = ["run"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """What is told from now on."""
    recorded = Recorded()
    monkeypatch.setattr("crossfade.dal.telemetry._instruments", recorded.instruments)
    return recorded


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """The shop on SQLite and moto, empty, at the first stage."""
    with open_shop(tmp_path) as made:
        yield made


@pytest.fixture
def open_app(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Stage], App]]:
    """Opens an application on the shop, which stands at a stage and follows its moves."""
    monkeypatch.setattr("crossfade.app._open_routed", lambda *_: RoutedStore(shop.stores, shop.clock).watch())
    with ExitStack() as apps:

        def opened(stage: Stage) -> App:
            shop.move(stage)
            return apps.enter_context(App(shop.stores.contract, Settings(stage="installed"), clock=shop.clock))

        yield opened
