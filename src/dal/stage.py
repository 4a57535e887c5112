"""Stages: where a group of entities stands between MySQL and DynamoDB, and what each stage reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from crossfade.dal.errors import ConfigurationError


class Stage(StrEnum):
    """The six stages, in order."""

    MYSQL = "mysql"
    DUAL_WRITE = "dual_write"
    SHADOW = "shadow"
    LIVE = "live"
    RAMP_DOWN = "ramp_down"
    DYNAMODB = "dynamodb"


StoreName = Literal["mysql", "dynamodb"]


@dataclass(frozen=True, slots=True)
class Route:
    """What a stage does.

    Attributes:
        authority: the store that decides, and that every read is answered from.
        follows: the store that is kept equal to it, if one is.
        compares: whether reads are compared with those of the other store.
    """

    authority: StoreName
    follows: StoreName | None = None
    compares: bool = False


ROUTES: Mapping[Stage, Route] = {
    Stage.MYSQL: Route("mysql"),
    Stage.DUAL_WRITE: Route("mysql", "dynamodb"),
    Stage.SHADOW: Route("mysql", "dynamodb", compares=True),
    Stage.LIVE: Route("dynamodb", "mysql", compares=True),
    Stage.RAMP_DOWN: Route("dynamodb", "mysql"),
    Stage.DYNAMODB: Route("dynamodb"),
}
"""What every stage reads, writes and compares: the one place that says so."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a group stands.

    Attributes:
        stage: the stage.
        epoch: how often it has moved; the same epoch is the same stage, and the same share.
        ahead: the share of its keys, in whole percent from 0 to 99, that stands one stage ahead.
    """

    stage: Stage = Stage.MYSQL
    epoch: int = 0
    ahead: int = 0

    def to(self, stage: Stage, ahead: int = 0) -> Standing:
        """Where it stands after a move."""
        return Standing(stage, self.epoch + 1, ahead)

    @property
    def route(self) -> Route:
        """What it does there; of its keys, those that are not ahead."""
        return ROUTES[self.stage]

    @property
    def routes(self) -> tuple[Route, ...]:
        """What it does with its keys: with those that are ahead, if there are any, last."""
        return (self.route, ROUTES[next_stage(self.stage)]) if self.ahead else (self.route,)

    @property
    def handed(self) -> int:
        """The share of its keys for which DynamoDB decides, in percent."""
        if self.route.authority == "dynamodb":
            return 100
        return self.ahead if self.routes[-1].authority == "dynamodb" else 0

    def follows(self, store: StoreName) -> bool:
        """Whether a store is kept equal, for some keys at the least."""
        return any(route.follows == store for route in self.routes)

    def __str__(self) -> str:
        return self.stage + (f", {self.ahead} % at {next_stage(self.stage)}" if self.ahead else "")


def next_stage(stage: Stage) -> Stage:
    """The stage after one that is not the last."""
    return _ORDER[_ORDER.index(stage) + 1]


_ORDER = tuple(Stage)


Standings = Mapping[str, Standing]
"""Where each group stands, by its name."""


class StageMoved(Exception):
    """A group stands elsewhere than was planned with; nothing was written.

    Attributes:
        standings: where the groups stand.
    """

    def __init__(self, standings: Standings) -> None:
        self.standings = standings
        super().__init__(", ".join(f"{group} stands at {of}" for group, of in standings.items()))


class StageHeld(Exception):
    """A group is being moved; nothing was written. Whoever meets it tries again, in a moment."""

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(f"the group {group} is being moved")


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
