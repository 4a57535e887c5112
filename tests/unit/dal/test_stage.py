"""Stages, their aliases, and shares of the keys that stand one stage ahead."""

from __future__ import annotations

import pytest

from crossfade.dal.errors import ConfigurationError
from crossfade.dal.stage import ROUTES, Stage, StageMoved, Standing, parse_stage


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_has_its_own_name(stage: Stage) -> None:
    assert parse_stage(stage.value) is stage


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("off", Stage.MYSQL),
        ("dualwrite", Stage.DUAL_WRITE),
        ("rampdown", Stage.RAMP_DOWN),
        ("complete", Stage.DYNAMODB),
        ("phase1", Stage.MYSQL),
        ("phase_2", Stage.DUAL_WRITE),
        ("phase 3", Stage.SHADOW),
        ("phase4", Stage.RAMP_DOWN),
        ("Phase-5", Stage.DYNAMODB),
        ("1", Stage.MYSQL),
        ("2", Stage.DUAL_WRITE),
        ("3", Stage.SHADOW),
        ("4", Stage.RAMP_DOWN),
        ("5", Stage.DYNAMODB),
        (" Dual-Write ", Stage.DUAL_WRITE),
        ("RAMP DOWN", Stage.RAMP_DOWN),
    ],
)
def test_aliases(text: str, stage: Stage) -> None:
    assert parse_stage(text) is stage


def test_an_unknown_stage_names_those_that_exist() -> None:
    with pytest.raises(ConfigurationError, match="'prod' is no stage: there are mysql, dual_write, shadow, live"):
        parse_stage("prod")


def test_what_each_stage_reads_writes_and_compares() -> None:
    assert {stage.value: (of.authority, of.follows, of.compares) for stage, of in ROUTES.items()} == {
        "mysql": ("mysql", None, False),
        "dual_write": ("mysql", "dynamodb", False),
        "shadow": ("mysql", "dynamodb", True),
        "live": ("dynamodb", "mysql", True),
        "ramp_down": ("dynamodb", "mysql", False),
        "dynamodb": ("dynamodb", None, False),
    }
    assert list(ROUTES) == list(Stage)


def test_a_move_is_counted() -> None:
    standing = Standing().to(Stage.DUAL_WRITE)
    assert standing == Standing(Stage.DUAL_WRITE, 1)
    assert standing.route is ROUTES[Stage.DUAL_WRITE]
    assert str(StageMoved({"shop": standing})) == "shop stands at dual_write"


@pytest.mark.parametrize(
    ("standing", "handed", "text"),
    [
        (Standing(Stage.MYSQL, 1, 30), 0, "mysql, 30 % at dual_write"),
        (Standing(Stage.SHADOW, 1, 30), 30, "shadow, 30 % at live"),
        (Standing(Stage.SHADOW, 1), 0, "shadow"),
        (Standing(Stage.LIVE, 1, 30), 100, "live, 30 % at ramp_down"),
        (Standing(Stage.DYNAMODB, 1), 100, "dynamodb"),
    ],
)
def test_a_share_of_the_keys_stands_one_stage_ahead(standing: Standing, handed: int, text: str) -> None:
    assert (standing.handed, str(standing)) == (handed, text)
    assert standing.routes[0] is standing.route
    assert len(standing.routes) == (2 if standing.ahead else 1)
    assert standing.to(standing.stage) == Standing(standing.stage, 2)
