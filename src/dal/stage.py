"""Stages: where a group of entities stands between MySQL and DynamoDB (design: stages)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

from crossfade.dal.errors import ConfigurationError


class Stage(StrEnum):
    """The six stages, in order."""

    MYSQL = "mysql"
    DUAL_WRITE = "dual_write"
    SHADOW = "shadow"
    LIVE = "live"
    RAMP_DOWN = "ramp_down"
    DYNAMODB = "dynamodb"


# LaunchDarkly's migration stages, and the phases of the AWS modernizer workshop.
_ALIASES = {
    "off": Stage.MYSQL,
    "phase1": Stage.MYSQL,
    "1": Stage.MYSQL,
    "dualwrite": Stage.DUAL_WRITE,
    "phase2": Stage.DUAL_WRITE,
    "2": Stage.DUAL_WRITE,
    "phase3": Stage.SHADOW,
    "3": Stage.SHADOW,
    "rampdown": Stage.RAMP_DOWN,
    "phase4": Stage.RAMP_DOWN,
    "4": Stage.RAMP_DOWN,
    "complete": Stage.DYNAMODB,
    "phase5": Stage.DYNAMODB,
    "5": Stage.DYNAMODB,
}


def parse_stage(text: str) -> Stage:
    """The stage that `text` names, by its own name or an alias; case, blanks and dashes do not matter.

    Raises:
        ConfigurationError: it names none.
    """
    plain = text.strip().lower().replace("-", "_")
    if plain in set(Stage):
        return Stage(plain)
    alias = _ALIASES.get(plain.replace(" ", "").replace("_", ""))
    if alias is None:
        raise ConfigurationError(f"{text!r} is no stage: there are {', '.join(Stage)}")
    return alias


class StageFlag(Protocol):
    """The part of an OpenFeature client that a stage is read from."""

    def get_string_details(self, flag_key: str, default_value: str) -> Any:
        """The evaluation details: `value`, and an `error_code` where the provider could not answer."""


def flag_stage(client: StageFlag, flag_key: str, fallback: Stage | None) -> Stage:
    """The stage that a feature flag names.

    A flag that cannot be read, or that names no stage, never decides: the configured stage does.

    Args:
        client: an OpenFeature client, of any provider.
        flag_key: the flag's key.
        fallback: the configured stage, or None.

    Raises:
        ConfigurationError: the flag does not tell, and no stage is configured.
    """
    details = client.get_string_details(flag_key, "")
    try:
        if details.error_code is None:
            return parse_stage(str(details.value))
        reason = f"could not be read ({details.error_code})"
    except ConfigurationError as error:
        reason = f"holds no stage ({error})"
    if fallback is None:
        raise ConfigurationError(f"flag {flag_key!r} {reason}, and no stage is configured (CROSSFADE_STAGE)")
    return fallback
