"""Made-up JSON of several shapes: as often as declared, each fit to be written, its times in order."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import load, parse_schema
from crossfade.seed import SeedError, plan_seed

PATH = Path(__file__).parents[3] / "contracts" / "examples" / "calendsync" / "migrationContract.json"
RAW = json.loads(PATH.read_text(encoding="utf-8"))
SCHEMA = parse_schema(PATH.with_name("schema.sql").read_text(encoding="utf-8"))


def contract(kinds: Any) -> dict[str, Any]:
    """The contract of the calendars with another declaration of what kinds of entries there are."""
    raw: dict[str, Any] = copy.deepcopy(RAW)
    raw["tables"][0]["entities"][3]["seed"] = {"fields": {"kind": kinds}}
    return raw


def kinds(declared: Any, rows: int = 2000) -> list[dict[str, Any]]:
    """The kinds of made-up entries."""
    plan = plan_seed(SCHEMA, load(contract(declared)), tables={"entries": rows}, seed=3)
    return [row["kind"] for row in plan.rows("entries")]


def test_shapes_come_as_often_as_declared() -> None:
    declared = {"MultiDay": 15, "AllDay": 20, "Timed": 45, "Task": 20}
    counted = Counter(k["type"] for k in kinds({"values": declared}))
    assert counted.keys() == declared.keys()
    assert all(abs(counted[name] / 20 - percent) < 3 for name, percent in declared.items())


def test_shapes_without_weights_are_alike_and_those_left_out_do_not_come() -> None:
    assert {n // 100 for n in Counter(k["type"] for k in kinds({})).values()} <= {4, 5}
    assert {k["type"] for k in kinds({"values": {"Task": 1}})} == {"Task"}


def test_times_of_a_shape_are_in_the_order_of_their_declaration() -> None:
    lasting = [(k["start"], k["end"]) for k in kinds({"values": {"MultiDay": 1, "Timed": 1}})]
    assert all(start <= end for start, end in lasting)


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"values": {"Birthday": 1}}, "it has no shape 'Birthday'; there are MultiDay, AllDay, Timed, Task"),
        ({"object": {"type": {"values": ["Task"]}}}, "only values, null and when count"),
    ],
)
def test_what_cannot_be_declared(declared: Any, says: str) -> None:
    with pytest.raises(SeedError, match=says):
        kinds(declared, rows=5)
