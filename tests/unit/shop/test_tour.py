"""Every operation of the shop, on both embedded stores: the answers are the same."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import crossfade
from crossfade.dal.errors import CrossfadeError
from examples.shop.errors import ShopError
from examples.shop.plain import differences, plain
from examples.shop.seed import START, seed
from examples.shop.shop import CONTRACT, Shop
from examples.shop.tour import TOUR, Ids, Step


class Clock:
    """The time of both stores: the same for the same step."""

    now = START + timedelta(days=60)

    def __call__(self) -> datetime:
        return self.now


def answer(step: Step, shop: Shop, ids: Ids) -> Any:
    """The answer of a step, or its refusal, in plain values."""
    try:
        return plain(step.act(shop, ids))
    except (CrossfadeError, ShopError) as error:
        return plain(error)


def test_every_answer_is_the_same(tmp_path: Path) -> None:
    clock, prefix = Clock(), f"t{uuid.uuid4().hex[:10]}_"
    settings: dict[str, Any] = {"embedded": True, "embedded_path": str(tmp_path), "table_prefix": prefix}
    with ExitStack() as closing:
        apps = [
            closing.enter_context(crossfade.open(CONTRACT, stage=stage, clock=clock, **settings))
            for stage in ("mysql", "dynamodb")
        ]
        sides = [(Shop.on(app), seed(app)) for app in apps]
        refused = 0
        for step in TOUR:
            clock.now += timedelta(minutes=1)
            one, other = (answer(step, *side) for side in sides)
            assert list(differences(one, other)) == [], step.title
            refused += isinstance(one, dict) and "error" in one
    assert refused == 21
