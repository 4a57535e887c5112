"""What a group's moves say of what its stores hold. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crossfade.dal.stage import Standing
from crossfade.mysql.history import Moved


@dataclass(frozen=True, slots=True)
class Past:
    """What the moves say.

    Attributes:
        followed: the epoch since which DynamoDB has had every change, as follower or as authority; None where it
            follows only now, or not at all.
        returned: the epoch in which MySQL got its authority again, the last time; 0 for never.
        behind: the epoch in which MySQL began to follow after a time in which it did not: it lacks what changed
            then. None where it lacks nothing.
        since: when the group came to its stage, or a share of it came back; None where it never moved.
    """

    followed: int | None = None
    returned: int = 0
    behind: int | None = None
    since: datetime | None = None


def past(moves: Sequence[Moved]) -> Past:
    """What a group's moves say, the first one first."""
    found, before = Past(), Standing()
    for moved in moves:
        after = moved.standing
        returned, behind = _returned(found, before, after)
        found = Past(_followed(found, after), returned, behind, _since(found, before, moved))
        before = after
    return found


def _followed(found: Past, after: Standing) -> int | None:
    if "dynamodb" not in {after.route.authority, after.route.follows}:
        return None  # for all keys, that is: of a share, it has no more than that
    return after.epoch if found.followed is None else found.followed


def _returned(found: Past, before: Standing, after: Standing) -> tuple[int, int | None]:
    """`returned` and `behind`."""
    if after.handed < before.handed:
        return after.epoch, None
    if _alone(after) < _alone(before):
        return found.returned, after.epoch
    return found.returned, None if before.route.authority == "mysql" else found.behind


def _since(found: Past, before: Standing, moved: Moved) -> datetime | None:
    same = moved.standing.stage == before.stage and moved.standing.ahead >= before.ahead
    return found.since if same else moved.at


def _alone(standing: Standing) -> int:
    """The share of its keys, in percent, that MySQL does not follow though DynamoDB decides for them."""
    if standing.route.authority == "mysql":
        return 0
    return 100 if standing.route.follows is None else standing.ahead if standing.routes[-1].follows is None else 0
