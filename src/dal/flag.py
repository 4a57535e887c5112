"""The stage that a feature flag names: with fixed stages it chooses, with installed ones it only asks."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from crossfade.dal.errors import ConfigurationError
from crossfade.dal.stage import Stage, Standings, parse_stage

_log = logging.getLogger("crossfade.stage")


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
    asked = _asked(client, flag_key)
    if isinstance(asked, Stage):
        return asked
    if fallback is None:
        raise ConfigurationError(f"flag {flag_key!r} {asked}, and no stage is configured (CROSSFADE_STAGE)")
    return fallback


class FlagWatch:
    """Compares what a flag asks for with where the groups stand, which counts, whatever the flag says.

    A flag reaches one process sooner than another, and knows neither gates nor writes in flight: it moves no group.
    Where it asks for another stage, cannot be read or names none, that is told in the log, once until that changes.

    Args:
        client: an OpenFeature client, of any provider.
        flag_key: the flag's key.
    """

    def __init__(self, client: StageFlag, flag_key: str) -> None:
        self._client, self._key = client, flag_key
        self._told = ""

    def look(self, standings: Standings) -> None:
        """Compare it with where the groups stand."""
        asked = _asked(self._client, self._key)
        others = [f"{group} stands at {of}" for group, of in sorted(standings.items()) if of.stage is not asked]
        says = f"names {asked}" if isinstance(asked, Stage) else asked
        text = f"flag {self._key!r} {says}, and counts for nothing: {'; '.join(others)}" if others else ""
        if text not in {"", self._told}:
            _log.warning(text)
        self._told = text


def _asked(client: StageFlag, flag_key: str) -> Stage | str:
    """The stage that a flag names, or why it names none."""
    try:
        details = client.get_string_details(flag_key, "")
    except Exception as error:  # noqa: BLE001 - whatever a provider raises, the application goes on
        return f"could not be read ({type(error).__name__})"
    if details.error_code is not None:
        return f"could not be read ({details.error_code})"
    try:
        return parse_stage(str(details.value))
    except ConfigurationError as error:
        return f"holds no stage ({error})"
