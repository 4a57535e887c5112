"""Routed repositories where a share of the keys is one stage ahead: which store is asked for which key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crossfade.contract.errors import InvalidValue
from crossfade.dal.errors import StoreUnavailable
from crossfade.dal.key import Key
from crossfade.dal.repository import BatchResult
from crossfade.dal.stage import Stage, StageMoved, Standing
from tests.conformance.samples import specimen
from tests.unit.dal.test_routing import GROUP, WHOLE, Desk

AHEAD, BEHIND, OTHER = "s2", "s1", "s3"  # their slots are 3, 41 and 71


def desk(stage: Stage, ahead: int = 30) -> Desk:
    """Two stores, a group that stands there, and three specimens in each."""
    made = Desk(stage)
    for name, side in made.sides.items():
        for code in (AHEAD, OTHER):
            side.create(specimen(code, whole=WHOLE[name]))
    made.board.known = {GROUP: Standing(stage, 1, ahead)}
    return made


def codes(result: BatchResult) -> list[str]:
    return [key["code"] for key in result.written]


WRITES: dict[str, Callable[[Any, str], Any]] = {
    "put": lambda r, code: r.put(specimen(code, whole=7)),
    "update": lambda r, code: r.update(code, {"whole": 7}),
    "put_many": lambda r, code: r.put_many([specimen(code, whole=7)]),
}


@pytest.mark.parametrize("kind", WRITES)
@pytest.mark.parametrize(("code", "store"), [(AHEAD, "dynamodb"), (BEHIND, "mysql")])
def test_a_key_is_written_where_it_stands(kind: str, code: str, store: str) -> None:
    at = desk(Stage.SHADOW)
    WRITES[kind](at.routed, code)
    assert {name for name, side in at.sides.items() if side.get(code)["whole"] == 7} == {store}


@pytest.mark.parametrize(("code", "store"), [(AHEAD, "dynamodb"), (BEHIND, "mysql")])
def test_a_key_is_created_deleted_and_read_where_it_stands(code: str, store: str) -> None:
    at = desk(Stage.SHADOW)
    assert at.read(lambda r: r.get(code))["whole"] == WHOLE[store]
    assert at.routed.delete(code)
    assert at.sides[store].get(code) is None
    at.routed.create(specimen(code, whole=8))
    assert at.sides[store].get(code)["whole"] == 8


def test_many_keys_are_taken_apart_and_answered_in_order() -> None:
    at = desk(Stage.SHADOW)
    found = at.read(lambda r: r.get_many([BEHIND, AHEAD, "none", OTHER]))
    assert [(key["code"], of["whole"]) for key, of in found.items()] == [
        (BEHIND, WHOLE["mysql"]), (AHEAD, WHOLE["dynamodb"]), (OTHER, WHOLE["mysql"]),
    ]  # fmt: skip
    assert sorted(codes(at.routed.delete_many([BEHIND, AHEAD, OTHER]))) == [BEHIND, AHEAD, OTHER]
    assert at.sides["mysql"].get_many([BEHIND, AHEAD, OTHER]).keys() == {Key({"code": AHEAD})}
    assert at.sides["dynamodb"].get_many([BEHIND, AHEAD, OTHER]).keys() == {Key({"code": c}) for c in (BEHIND, OTHER)}


@pytest.mark.parametrize(
    ("stage", "store", "parts", "compared"),
    [
        (Stage.MYSQL, "mysql", 1, 0),  # what is carried over is decided further down
        (Stage.DUAL_WRITE, "mysql", 2, 1),  # the key that is ahead is compared
        (Stage.LIVE, "dynamodb", 2, 1),  # the one that is ahead is not
        (Stage.RAMP_DOWN, "dynamodb", 1, 0),
    ],
)
def test_where_one_store_decides_only_comparisons_are_taken_apart(
    stage: Stage, store: str, parts: int, compared: int
) -> None:
    at = desk(stage)
    at.routed.get_many([BEHIND, AHEAD])
    assert (at.asked, len(at.background.waiting)) == ([store] * parts, compared)
    at.asked.clear()
    at.routed.put_many([specimen(BEHIND), specimen(AHEAD)])
    assert at.asked == [store]


@pytest.mark.parametrize("read", [lambda r: r.find("all"), lambda r: r.count("all")])
def test_a_read_that_names_no_key_stands_where_the_group_does(read: Callable[[Any], Any]) -> None:
    at = desk(Stage.SHADOW)
    at.routed._beside.reads.share = 0.0
    at.read(read)
    assert at.asked == ["mysql"]


def test_a_key_that_cannot_be_is_refused_before_anything_is_written() -> None:
    at = desk(Stage.SHADOW)
    with pytest.raises(InvalidValue, match="code"):
        at.routed.put_many([specimen(AHEAD, whole=7), {"code": None}])
    assert at.sides["dynamodb"].get(AHEAD)["whole"] == WHOLE["dynamodb"]


def test_what_was_written_before_a_move_was_met_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    at = desk(Stage.SHADOW)
    given: list[tuple[str, list[str]]] = []
    moves = iter([False, True, False])

    def put_many(name: str, entities: list[Any]) -> BatchResult:
        if next(moves):
            raise StageMoved({GROUP: Standing(Stage.LIVE, 2)})
        given.append((name, [entity["code"] for entity in entities]))
        return BatchResult([Key({"code": entity["code"]}) for entity in entities])

    for name, side in at.sides.items():
        monkeypatch.setattr(side, "put_many", lambda entities, name=name: put_many(name, entities))
    result = at.routed.put_many([specimen(BEHIND), specimen(AHEAD)])
    assert (codes(result), given) == ([BEHIND, AHEAD], [("mysql", [BEHIND]), ("dynamodb", [AHEAD])])


def test_what_was_written_is_told_where_the_rest_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    at = desk(Stage.SHADOW)

    def unavailable(keys: Any) -> BatchResult:
        raise StoreUnavailable("nobody is there", store="dynamodb")

    monkeypatch.setattr(at.sides["dynamodb"], "delete_many", unavailable)
    result = at.routed.delete_many([BEHIND, AHEAD])
    assert (codes(result), [(key["code"], type(error)) for key, error in result.failed]) == (
        [BEHIND],
        [(AHEAD, StoreUnavailable)],
    )
    with pytest.raises(StoreUnavailable):
        at.routed.delete_many([AHEAD])
