"""Stages, their aliases, and the flag that may name one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from openfeature import api
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from crossfade.dal.errors import ConfigurationError
from crossfade.dal.stage import Stage, flag_stage, parse_stage


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
        ("phase 3", Stage.SHADOW),
        ("Phase-5", Stage.DYNAMODB),
        (" Dual-Write ", Stage.DUAL_WRITE),
    ],
)
def test_aliases(text: str, stage: Stage) -> None:
    assert parse_stage(text) is stage


def test_an_unknown_stage_names_those_that_exist() -> None:
    with pytest.raises(ConfigurationError, match="'prod' is no stage: there are mysql, dual_write, shadow, live"):
        parse_stage("prod")


@dataclass
class Details:
    value: str
    error_code: str | None = None


@dataclass
class Flag:
    """A client that answers every flag alike."""

    details: Details

    def get_string_details(self, flag_key: str, default_value: str) -> Any:
        assert (flag_key, default_value) == ("crossfade-stage", "")
        return self.details


def test_the_flag_names_the_stage() -> None:
    assert flag_stage(Flag(Details("dynamodb")), "crossfade-stage", Stage.MYSQL) is Stage.DYNAMODB


@pytest.mark.parametrize("details", [Details("dynamodb", "PROVIDER_NOT_READY"), Details("nonsense"), Details("")])
def test_a_flag_that_does_not_tell_leaves_the_configured_stage(details: Details) -> None:
    assert flag_stage(Flag(details), "crossfade-stage", Stage.MYSQL) is Stage.MYSQL


def test_without_a_configured_stage_it_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match=r"could not be read \(FLAG_NOT_FOUND\), and no stage is configured"):
        flag_stage(Flag(Details("", "FLAG_NOT_FOUND")), "crossfade-stage", None)


def test_an_openfeature_client_fits() -> None:
    api.set_provider(InMemoryProvider({"crossfade-stage": InMemoryFlag("on", {"on": "dynamodb"})}))
    try:
        assert flag_stage(api.get_client(), "crossfade-stage", None) is Stage.DYNAMODB
        assert flag_stage(api.get_client(), "another", Stage.MYSQL) is Stage.MYSQL
    finally:
        api.shutdown()
