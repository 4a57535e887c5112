"""The demo: every operation answers the same on both embedded stores, and a difference is not passed over."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from examples.shop import demo
from examples.shop.demo import Outcome, closing, main, table
from examples.shop.tour import TOUR


def test_every_answer_is_the_same() -> None:
    result = CliRunner().invoke(main, ["--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found["different"] == 0
    assert [o["title"] for o in found["operations"]] == [step.title for step in TOUR]
    errors = [
        o["answer"]["error"] for o in found["operations"] if isinstance(o["answer"], dict) and "error" in o["answer"]
    ]
    assert len(errors) == 21


OUTCOMES = [
    Outcome("AP3", "profile", {"username": "ann"}, [], (0.001, 0.002)),
    Outcome("", "by email", None, [".id: 1, 2"], (0.001, 0.002)),
]


def test_a_difference_is_shown() -> None:
    shown = table(OUTCOMES).splitlines()
    assert shown[1].endswith("equal: username ann")
    assert shown[2].endswith("different")
    assert shown[3].strip() == ".id: 1, 2"
    assert closing(OUTCOMES, 3).endswith("1 answer was different.")
    assert closing(OUTCOMES[:1], 3).endswith("every answer was the same on both.")


def test_a_difference_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "compare", lambda sides, clock: OUTCOMES)
    result = CliRunner().invoke(main)
    assert result.exit_code == 1
    assert "1 answer was different" in result.output
