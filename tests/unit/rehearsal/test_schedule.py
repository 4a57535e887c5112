"""The plan of a rehearsal: which moves, and when the faults come."""

from __future__ import annotations

from itertools import pairwise

import pytest

from crossfade.dal.stage import Stage
from crossfade.rehearsal.schedule import ORDER, Options, kills, route, stalls


@pytest.mark.parametrize("top", [Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN])
@pytest.mark.parametrize("moves", range(1, 40))
def test_a_route_goes_step_by_step_and_ends_where_mysql_decides(moves: int, top: Stage) -> None:
    stages = route(moves, top)
    assert len(stages) == moves
    places = [0, *map(ORDER.index, stages)]
    assert all(abs(there - here) == 1 for here, there in pairwise(places))
    assert stages[-1] == (Stage.SHADOW if moves % 2 == 0 else Stage.DUAL_WRITE)
    assert Stage.MYSQL not in stages
    assert max(places) <= ORDER.index(top)


def test_a_route_reaches_the_top_as_soon_as_it_comes_back_from_there() -> None:
    assert route(4, Stage.LIVE) == (Stage.DUAL_WRITE, Stage.SHADOW, Stage.LIVE, Stage.SHADOW)
    assert route(6, Stage.RAMP_DOWN)[2:4] == (Stage.LIVE, Stage.RAMP_DOWN)
    assert route(2, Stage.LIVE) == (Stage.DUAL_WRITE, Stage.SHADOW)


@pytest.mark.parametrize("moves", range(5, 20, 2))
def test_a_route_to_the_end_passes_every_stage(moves: int) -> None:
    stages = route(moves, Stage.SHADOW, finish=True)
    assert len(stages) == moves
    assert stages[-2:] == (Stage.RAMP_DOWN, Stage.DYNAMODB)
    assert stages.count(Stage.DYNAMODB) == 1
    assert all(abs(there - here) == 1 for here, there in pairwise([0, *map(ORDER.index, stages)]))
    assert set(stages) == set(Stage) - {Stage.MYSQL}


def test_stalls_come_like_a_clock_and_end_in_time() -> None:
    assert stalls(Options(seconds=180, stall=20, stall_every=60)) == (60, 120)
    assert stalls(Options(seconds=130, stall=20, stall_every=60)) == (60,)
    assert stalls(Options(stall_every=0)) == ()
    assert stalls(Options(stall=0)) == ()


def test_kills_come_about_as_often_as_was_said_and_by_the_seed() -> None:
    options = Options(seconds=100, kill_every=5)
    moments = kills(options)
    assert 16 <= len(moments) <= 27
    assert all(3.75 <= later - earlier <= 6.25 for earlier, later in pairwise((0, *moments)))
    assert kills(options) == moments
    assert kills(Options(seconds=100, kill_every=5, seed=1)) != moments
    assert kills(Options(kill_every=0)) == ()
