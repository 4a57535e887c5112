"""Changes that come too late: made while DynamoDB decided, and read when it did not any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crossfade.dal.stage import Stage, Standing
from crossfade.migration.late import decided, late
from crossfade.mysql.history import Moved

START = datetime(2034, 5, 1, 12, 0, 0, 500_000, tzinfo=UTC)
ORDER = list(Stage)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def moves(*to: Stage | tuple[Stage, int]) -> list[Moved]:
    """Moves from the first stage on, ten seconds apart."""
    found, standing = [], Standing()
    for number, target in enumerate(to):
        origin = standing.stage
        standing = standing.to(*target) if isinstance(target, tuple) else standing.to(target)
        found.append(Moved(at(10 * number), origin, standing, {}))
    return found


THERE = (Stage.DUAL_WRITE, Stage.SHADOW, Stage.LIVE)


def test_without_a_way_back_nothing_is_late() -> None:
    assert decided([]) is None
    assert decided(moves(*THERE, Stage.RAMP_DOWN)) is None
    assert late([[START]], None) == 0


def test_it_decided_from_the_flip_to_the_way_back() -> None:
    assert decided(moves(*THERE, Stage.SHADOW)) == (at(20), at(30))
    assert decided(moves(*THERE, Stage.RAMP_DOWN, Stage.LIVE, Stage.SHADOW, Stage.DUAL_WRITE)) == (at(20), at(50))
    twice = (*THERE, Stage.SHADOW, Stage.LIVE, Stage.SHADOW)
    assert decided(moves(*twice)) == (at(40), at(50))


def test_a_share_counts_from_its_first_key_on() -> None:
    shadow = Stage.SHADOW
    assert decided(moves(*THERE[:2], (shadow, 10), (shadow, 50), (shadow, 10))) == (at(20), at(40))


def test_what_mysql_carried_over_afterwards_is_not_late() -> None:
    span = at(20), at(30)
    second = START.replace(microsecond=0)
    made = [second + timedelta(seconds=n) for n in (19, 20, 29, 30, 31)]
    assert late([[at] for at in made], span) == 2
    assert late([made, made[3:], []], span) == 1
