"""Routed repositories: which store is asked in each stage, what is compared, and writes that meet a move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crossfade.contract.errors import InvalidValue
from crossfade.dal.errors import Conflict, NotFound, StoreUnavailable
from crossfade.dal.key import Key
from crossfade.dal.memory import MemoryStore
from crossfade.dal.observation import Observation
from crossfade.dal.planned import replanned
from crossfade.dal.repository import Repository
from crossfade.dal.routing import Beside, RoutedRepository
from crossfade.dal.shadow_read import ShadowReads
from crossfade.dal.stage import Stage, StageHeld, StageMoved, Standing, Standings
from crossfade.dynamodb.retry import Pacer, Retry
from tests.conformance.backend import Backend, Clock, load_contract
from tests.conformance.samples import specimen
from tests.unit.dal.stepped import Stepped

GROUP = "library"
WHOLE = {"mysql": 1, "dynamodb": 2}


class Board:
    """A board whose standing is what a writer was told last."""

    def __init__(self, stage: Stage, tries: int = 50) -> None:
        self.known = {GROUP: Standing(stage, 1)}
        self.told: list[Standings] = []
        self.pacer = Pacer(Retry(attempts=tries), sleep=lambda seconds: None, clock=lambda: 0.0)

    def standings(self) -> Standings:
        return self.known

    def moved(self, standings: Standings) -> None:
        self.told.append(standings)
        self.known = dict(standings)


class Desk:
    """The specimens of two stores in memory, and a repository that is routed between them."""

    def __init__(self, stage: Stage, share: float = 1.0) -> None:
        contract, clock = load_contract("library"), Clock()
        stores = {name: Backend(name, MemoryStore(contract, clock=clock), clock) for name in ("mysql", "dynamodb")}
        self.sides = {name: store.of("SPECIMEN") for name, store in stores.items()}
        for name, side in self.sides.items():
            side.create(specimen("s1", whole=WHOLE[name]))
        self.board, self.asked = Board(stage), list[str]()
        self.seen: list[Observation] = []
        self.background = Stepped()
        reads = ShadowReads(self.seen.append, share=share, background=self.background, now=clock)
        beside = Beside(reads, self.sides["mysql"].binding, lambda route: self._side(route.follows))
        self.routed: Any = RoutedRepository(
            self.board, GROUP, lambda standing, route: self._side(route.authority), beside
        )

    def _side(self, name: str | None) -> Repository[Any]:
        assert name is not None
        self.asked.append(name)
        return self.sides[name]  # type: ignore[no-any-return]  # a backend's repositories are typed loosely

    def read(self, read: Callable[[Any], Any]) -> Any:
        """Read, and let the background finish."""
        answer = read(self.routed)
        while self.background.waiting:
            self.background.step()
        return answer


READS: dict[str, Callable[[Any], Any]] = {
    "get": lambda r: r.get("s1"),
    "get_many": lambda r: r.get_many(iter(["s1", "s2"])),
    "find": lambda r: r.find("all", limit=5, order="desc"),
    "count": lambda r: r.count("all"),
}
WRITES: dict[str, Callable[[Any], Any]] = {
    "create": lambda r: r.create(specimen("s9")),
    "put": lambda r: r.put(specimen("s1")),
    "update": lambda r: r.update("s1", {"whole": 9}),
    "delete": lambda r: r.delete("s1"),
    "put_many": lambda r: r.put_many(iter([specimen("s8")])),
    "delete_many": lambda r: r.delete_many(iter(["s1"])),
}
AUTHORITY = {
    "mysql": "mysql", "dual_write": "mysql", "shadow": "mysql",
    "live": "dynamodb", "ramp_down": "dynamodb", "dynamodb": "dynamodb",
}  # fmt: skip


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("operation", READS)
def test_the_authority_answers_and_is_compared_where_the_stage_says_so(stage: Stage, operation: str) -> None:
    desk = Desk(stage)
    assert desk.read(READS[operation]) == READS[operation](desk.sides[AUTHORITY[stage]])
    if stage not in {Stage.SHADOW, Stage.LIVE}:
        assert (desk.asked, desk.seen) == ([AUTHORITY[stage]], [])
        return
    other = "dynamodb" if stage is Stage.SHADOW else "mysql"
    assert desk.asked[:2] == [AUTHORITY[stage], other]
    (seen,) = desk.seen
    assert (seen.group, seen.entity, seen.operation) == (GROUP, "SPECIMEN", operation)
    assert seen.outcome == ("equal" if operation == "count" else "mismatch")
    if operation != "count":
        values = str(WHOLE[AUTHORITY[stage]]), str(WHOLE[other])
        assert [(d.field, d.control, d.candidate) for d in seen.differences] == [("whole", *values)]


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("operation", WRITES)
def test_the_authority_is_written_and_nothing_compared(stage: Stage, operation: str) -> None:
    desk = Desk(stage)
    WRITES[operation](desk.routed)
    assert (desk.asked, desk.seen) == ([AUTHORITY[stage]], [])


def test_a_read_that_is_not_sampled_asks_one_store() -> None:
    desk = Desk(Stage.SHADOW, share=0.0)
    desk.read(READS["get"])
    assert (desk.asked, desk.seen) == (["mysql"], [])


@pytest.mark.parametrize("stage", [Stage.DUAL_WRITE, Stage.SHADOW])
def test_a_key_that_fits_nothing_is_the_same_error_whether_it_is_compared_or_not(stage: Stage) -> None:
    with pytest.raises(InvalidValue, match="key: wants exactly code, not cod"):
        Desk(stage).read(lambda r: r.get({"cod": "s1"}))


def test_reads_that_ask_for_another_thing_are_told_apart() -> None:
    desk = Desk(Stage.SHADOW)
    for key in ("s1", "s2", "s1"):
        desk.routed.get(key)
        desk.background.step()
    first, second, third = (seen.asked for seen in desk.seen)
    assert first == third != second


# ------------------------------------------------------------------------------ moves


def test_a_write_that_meets_a_move_is_planned_again() -> None:
    board, planned = Board(Stage.MYSQL), list[Stage]()
    there = {GROUP: Standing(Stage.DUAL_WRITE, 2)}

    def act(standings: Standings) -> str:
        planned.append(standings[GROUP].stage)
        if standings != there:
            raise StageMoved(there)
        return "written"

    assert replanned(board, act) == "written"
    assert planned == [Stage.MYSQL, Stage.DUAL_WRITE]
    assert board.told == [there]


def test_a_write_that_meets_one_move_after_another_gives_up() -> None:
    board = Board(Stage.MYSQL)
    calls = []

    def act(standings: Standings) -> None:
        calls.append(standings)
        raise StageMoved({GROUP: Standing(Stage.MYSQL, standings[GROUP].epoch + 1)})

    with pytest.raises(Conflict, match="the stage kept moving"):
        replanned(board, act)
    assert len(calls) == 10


def test_a_write_waits_for_a_move_that_holds_it() -> None:
    waited: list[float] = []
    board = Board(Stage.LIVE)
    board.pacer = Pacer(Retry(base=1, cap=1, attempts=50), sleep=waited.append, clock=lambda: 0.0)
    held = iter([True, True, False])

    def act(standings: Standings) -> str:
        if next(held):
            raise StageHeld(GROUP)
        return "written"

    assert replanned(board, act) == "written"
    assert waited == [1, 1]


def test_a_write_waits_no_longer_than_it_may() -> None:
    def act(standings: Standings) -> None:
        raise StageHeld(GROUP)

    with pytest.raises(StoreUnavailable, match="the group library is being moved, for longer than a write waits"):
        replanned(Board(Stage.LIVE, tries=3), act)


def test_any_other_error_is_the_callers() -> None:
    with pytest.raises(NotFound):
        Desk(Stage.SHADOW).routed.update("none", {"whole": 1})


def test_keys_of_an_answer_are_the_callers_keys() -> None:
    assert set(Desk(Stage.SHADOW).read(READS["get_many"])) == {Key(code="s1")}
