"""What must be there before a group may move on. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crossfade.contract.plural import several
from crossfade.dal.observation import Totals
from crossfade.dal.stage import Stage, Standing
from crossfade.migration.past import Past
from crossfade.mysql.history import Evidence
from crossfade.mysql.outbox import Depth

ORDER = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Limits:
    """How good the evidence must be.

    Attributes:
        age: how old a verification may be.
        lag: seconds for which the oldest row of the outbox may have waited.
        comparisons: reads that must have been compared.
        mismatches: what share of them may differ, or fail on the other store, at the most: the upper bound of what it
            can be, with 95 % confidence.
    """

    age: timedelta = timedelta(days=1)
    lag: float = 60.0
    comparisons: int = 10_000
    mismatches: float = 0.001


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a group.

    Attributes:
        now: the time.
        outbox: what waits in it.
        tables: what is wrong with DynamoDB's tables; None for nothing.
        backfill, verify: the latest that came to their end.
        shadow: what shadow reads saw since the group came to where it stands.
        past: what the moves say.
        back: the latest `crossfade verify --reverse` that came to its end.
        unread: why the streams that MySQL follows cannot be read.
        streams: why what they bring may not be in MySQL.
        parked: entities that could not be synced back to MySQL.
    """

    now: datetime
    outbox: Depth
    tables: str | None = None
    backfill: Evidence | None = None
    verify: Evidence | None = None
    shadow: Totals = field(default_factory=Totals)
    past: Past = field(default_factory=Past)
    back: Evidence | None = None
    unread: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    parked: int = 0


def reasons(standing: Standing, to: Stage, facts: Facts, limits: Limits) -> tuple[str, ...]:
    """Why a group may not move to the next stage; none if it may."""
    match to:
        case Stage.DUAL_WRITE:
            return () if facts.tables is None else (f"DynamoDB is not ready: {facts.tables}",)
        case Stage.SHADOW:
            return _equal(standing, facts, limits)
        case Stage.LIVE:
            return (*_equal(standing, facts, limits), *_compared(facts, limits), *_way_back(facts, limits))
        case Stage.RAMP_DOWN | Stage.DYNAMODB:
            return (*_parked(facts), *_streams(facts))
        case Stage.MYSQL:
            return ()


def back_reasons(to: Stage, facts: Facts) -> tuple[str, ...]:
    """Why a group may not move to the stage before; none if it may. What is not lost that way needs no reason."""
    if to is not Stage.SHADOW:
        return ()
    if facts.past.behind is None:
        return _not_back(facts)
    found = facts.back
    if found is None or found.epoch < facts.past.behind:
        return (
            "MySQL did not follow for a while: run `crossfade backfill --reverse` and `crossfade verify --reverse`",
            *_not_back(facts),
        )
    return (*_reverse(found), *_not_back(facts))


def _not_back(facts: Facts) -> tuple[str, ...]:
    """What a move back could not sync; it reads the streams itself."""
    return (*_parked(facts), *facts.unread)


def _streams(facts: Facts) -> tuple[str, ...]:
    return (*facts.unread, *facts.streams)


def _days(age: timedelta) -> str:
    whole, rest = divmod(age, timedelta(days=1))
    return str(age) if rest else several(whole, "day")


def _way_back(facts: Facts, limits: Limits) -> tuple[str, ...]:
    """What keeps a group from coming back, once it is over there."""
    found = facts.back
    if found is None or facts.now - found.at > limits.age:
        return (
            f"the way back was not rehearsed within {_days(limits.age)}: run `crossfade verify --reverse`, which "
            "rebuilds every row from its item and compares it",
            *_streams(facts),
        )
    return (*_reverse(found), *_streams(facts))


def _reverse(found: Evidence) -> tuple[str, ...]:
    if not found.detail["different"]:
        return ()
    different = several(found.detail["different"], "difference")
    return (f"`crossfade verify --reverse` found {different}: MySQL would not be equal",)


def _parked(facts: Facts) -> tuple[str, ...]:
    if not facts.parked:
        return ()
    parked = several(facts.parked, "entity", "entities")
    return (f"{parked} could not be synced back to MySQL: see `crossfade relay --list`",)


def _equal(standing: Standing, facts: Facts, limits: Limits) -> tuple[str, ...]:
    return (*_backfilled(standing, facts), *_verified(standing, facts, limits), *_outbox(facts, limits))


def _before(evidence: Evidence, standing: Standing, facts: Facts) -> bool:
    """Whether it is from a time whose changes were not carried over."""
    return evidence.epoch < (standing.epoch if facts.past.followed is None else facts.past.followed)


def _backfilled(standing: Standing, facts: Facts) -> tuple[str, ...]:
    found = facts.backfill
    if found is None:
        return ("no backfill has come to its end: run `crossfade backfill`",)
    if _before(found, standing, facts):
        return (
            f"the last backfill ({found.at:%Y-%m-%d %H:%M} UTC) began when changes were not carried over yet: "
            "run `crossfade backfill --restart`",
        )
    if found.detail["dead"]:
        dead = several(found.detail["dead"], "row")
        return (f"the last backfill left {dead} to the dead letters: mend what they name, and run it with --restart",)
    return ()


def _verified(standing: Standing, facts: Facts, limits: Limits) -> tuple[str, ...]:
    found = facts.verify
    if found is None:
        return ("no verification has come to its end: run `crossfade verify`",)
    if _before(found, standing, facts):
        return ("the last verification began when changes were not carried over yet: run `crossfade verify`",)
    if found.epoch < facts.past.returned:
        return ("the last verification began before the way back: run `crossfade verify`",)
    says = []
    if found.detail["different"]:
        different = several(found.detail["different"], "difference")
        says.append(f"the last verification found {different}: `crossfade repair` its report")
    if found.detail["sample"] < 1 or not found.detail["extras"]:
        says.append("the last verification did not look at everything: run `crossfade verify` without --sample")
    if facts.now - found.at > limits.age:
        says.append(f"the last verification is older than {_days(limits.age)}: run `crossfade verify`")
    return tuple(says)


def _outbox(facts: Facts, limits: Limits) -> tuple[str, ...]:
    says = []
    if facts.outbox.failing:
        failing = several(facts.outbox.failing, "change")
        says.append(f"{failing} could not be carried over: see `crossfade relay --list`")
    if facts.outbox.age > limits.lag:
        says.append(f"the oldest change has waited for {facts.outbox.age:.0f} s: is `crossfade relay` running?")
    return tuple(says)


def _compared(facts: Facts, limits: Limits) -> tuple[str, ...]:
    seen, rate, says = facts.shadow, facts.shadow.rate, []
    if rate.trials < limits.comparisons:
        compared = several(rate.trials, "read was compared", "reads were compared")
        says.append(f"{compared}, of {limits.comparisons:,}: see `crossfade shadow report`")
    if rate.bound >= limits.mismatches and (rate.hits or not says):
        says.append(
            f"of {rate.trials:,} compared reads {seen.mismatch:,} differed and {seen.candidate_failed:,} failed on the "
            f"other store: up to {rate.bound:.3%} of all may, over {limits.mismatches:.3%}: "
            "see `crossfade shadow report`"
        )
    return tuple(says)
