"""The flag that may name a stage: what it decides, and what it only asks for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from crossfade.dal.errors import ConfigurationError
from crossfade.dal.flag import FlagWatch, flag_stage
from crossfade.dal.stage import Stage, Standing


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


def test_a_provider_that_raises_leaves_the_configured_stage() -> None:
    class Broken:
        def get_string_details(self, flag_key: str, default_value: str) -> Any:
            raise OSError(flag_key + default_value)

    assert flag_stage(Broken(), "crossfade-stage", Stage.MYSQL) is Stage.MYSQL


def test_without_a_configured_stage_it_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match=r"could not be read \(FLAG_NOT_FOUND\), and no stage is configured"):
        flag_stage(Flag(Details("", "FLAG_NOT_FOUND")), "crossfade-stage", None)


@pytest.fixture
def client() -> Iterator[OpenFeatureClient]:
    """A client of a provider whose one flag says `dynamodb`."""
    api.set_provider(InMemoryProvider({"crossfade-stage": InMemoryFlag("on", {"on": "dynamodb"})}))
    try:
        yield api.get_client()
    finally:
        api.shutdown()


def test_an_openfeature_client_fits(client: OpenFeatureClient) -> None:
    assert flag_stage(client, "crossfade-stage", None) is Stage.DYNAMODB
    assert flag_stage(client, "another", Stage.MYSQL) is Stage.MYSQL


def test_a_flag_asks_in_vain_for_another_stage_and_that_is_told_once(
    client: OpenFeatureClient, caplog: pytest.LogCaptureFixture
) -> None:
    watch = FlagWatch(client, "crossfade-stage")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            watch.look({"shop": Standing(Stage.LIVE, 4, 30), "attic": Standing(Stage.DYNAMODB, 6)})
        assert caplog.messages == [
            "flag 'crossfade-stage' names dynamodb, and counts for nothing: shop stands at live, 30 % at ramp_down"
        ]
        watch.look({"shop": Standing(Stage.DYNAMODB, 6)})
        assert len(caplog.messages) == 1
        watch.look({"shop": Standing(Stage.RAMP_DOWN, 7)})
        assert caplog.messages[1:] == [
            "flag 'crossfade-stage' names dynamodb, and counts for nothing: shop stands at ramp_down"
        ]


def test_a_flag_that_does_not_tell_is_told_of(client: OpenFeatureClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        FlagWatch(client, "another").look({"shop": Standing()})
        FlagWatch(Flag(Details("sideways")), "crossfade-stage").look({"shop": Standing()})
    assert caplog.messages[0].startswith("flag 'another' could not be read (")
    assert caplog.messages[1].startswith("flag 'crossfade-stage' holds no stage ('sideways' is no stage")
    assert all(message.endswith("counts for nothing: shop stands at mysql") for message in caplog.messages)
