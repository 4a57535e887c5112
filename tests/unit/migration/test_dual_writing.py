"""Dual writes and the relay, step by step: what a transaction leaves in the outbox, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from crossfade.contract.errors import InvalidValue
from crossfade.dal.errors import StoreUnavailable
from crossfade.dal.stage import Stage, StageMoved, Standing
from crossfade.migration.relay import Relay, Relayed
from crossfade.mysql.outbox import GRACE, Entry
from tests.unit.migration.embedded import GROUP, Shop

CATEGORY = {"name": "Books"}
ITEMS = 3  # of one category: its own, and two lookup items


@pytest.fixture
def alone(dual: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop in dual_write, whose DynamoDB does not answer until the test's `monkeypatch` is undone."""
    monkeypatch.setattr("crossfade.migration.sync.Sync.look", unavailable)
    return dual


def unavailable(*_: Any) -> Any:
    """A DynamoDB that does not answer."""
    raise StoreUnavailable("nobody is there", store="dynamodb")


def kinds(entries: list[Entry]) -> list[tuple[str, Any]]:
    """Entries in few words: the entity and its key, or the row's table and columns."""
    return [
        (e.kind, (e.detail["table"], e.detail["values"]))
        if e.kind == "propagate"
        else (e.kind, (e.detail["entity"], e.detail["owner"]))
        for e in entries
    ]


def test_at_the_first_stage_nothing_is_carried_over(shop: Shop) -> None:
    made = shop.of("CATEGORY").create(CATEGORY)
    assert shop.waiting() == []
    assert shop.copy("CATEGORY", made["id"]) is None


def test_a_write_is_carried_over_at_once_and_leaves_nothing(dual: Shop) -> None:
    made = dual.of("CATEGORY").create(CATEGORY)
    assert dual.copy("CATEGORY", made["id"]) == made
    assert dual.waiting() == []
    assert dual.of("CATEGORY").delete(made["id"])
    assert dual.copy("CATEGORY", made["id"]) is None


def test_what_a_transaction_writes_down(alone: Shop) -> None:
    categories = alone.of("CATEGORY")
    made = categories.create(CATEGORY)
    owner = {"id": str(made["id"])}
    assert kinds(alone.waiting()) == [("entity", ("CATEGORY", owner))]
    categories.update(made["id"], {"name": "Books and maps"})
    assert Counter(kind for kind, _ in kinds(alone.waiting())[1:]) == {"item": ITEMS, "entity": 1, "propagate": 1}
    assert kinds(alone.waiting())[-1] == ("propagate", ("categories", owner))


def test_a_write_that_changes_nothing_others_are_made_of_propagates_nothing(alone: Shop) -> None:
    categories = alone.of("CATEGORY")
    made = categories.create(CATEGORY)
    categories.update(made["id"], {"name": CATEGORY["name"]})
    assert Counter(kind for kind, _ in kinds(alone.waiting())) == {"item": ITEMS, "entity": 2}


def test_a_write_that_fails_writes_nothing_down(alone: Shop) -> None:
    with pytest.raises(InvalidValue):
        alone.of("CATEGORY").create({"name": "x" * 500})
    with alone.work() as work:
        work.repository("CATEGORY").create(CATEGORY)
    assert alone.waiting() == []


def test_a_unit_is_written_down_as_one(alone: Shop) -> None:
    with alone.work() as work:
        for name in ("a", "b"):
            work.repository("CATEGORY").create({"name": name})
        work.commit()
    assert [kind for kind, _ in kinds(alone.waiting())] == ["entity", "entity"]


@pytest.mark.parametrize("stage", [Stage.MYSQL, Stage.SHADOW, Stage.LIVE])
def test_a_write_that_was_planned_for_another_stage_is_not_made(dual: Shop, stage: Stage) -> None:
    planned = dual.standing
    there = dual.move(stage)
    with pytest.raises(StageMoved) as caught:
        dual.of("CATEGORY", planned).create(CATEGORY)
    assert caught.value.standings == {GROUP: there}
    assert dual.waiting() == []


def test_the_same_stage_in_another_epoch_is_another(dual: Shop) -> None:
    planned = dual.standing
    dual.move(Stage.MYSQL)
    assert dual.move(Stage.DUAL_WRITE) == Standing(Stage.DUAL_WRITE, 3)
    with pytest.raises(StageMoved):
        dual.of("CATEGORY", planned).create(CATEGORY)


# ------------------------------------------------------------------------------ relay


def test_the_relay_leaves_a_row_to_its_writer_and_then_carries_it_over(
    alone: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = alone.of("CATEGORY").create(CATEGORY)
    monkeypatch.undo()
    assert alone.relay.turn() == Relayed()
    assert alone.relay.turn(fresh=True) == Relayed(taken=1, carried=1)
    assert alone.copy("CATEGORY", made["id"]) == made
    assert alone.relay.turn(fresh=True) == Relayed()


def test_rows_of_one_place_are_carried_over_once(alone: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = alone.of("CATEGORY").create(CATEGORY)
    alone.of("CATEGORY").put({**CATEGORY, "id": made["id"]})
    monkeypatch.undo()
    carried: list[Entry] = []
    carry = alone.groups.carriers[GROUP].carry

    def noted(entry: Entry) -> list[tuple[str, Entry]]:
        carried.append(entry)
        return carry(entry)

    monkeypatch.setattr(alone.groups.carriers[GROUP], "carry", noted)
    assert alone.relay.turn(fresh=True).carried == ITEMS + 2
    assert Counter(entry.kind for entry in carried) == {"entity": 1, "item": ITEMS}


def test_what_fails_is_told_once_postponed_and_tried_again(alone: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = alone.of("CATEGORY").create(CATEGORY)
    alone.later()
    assert alone.relay.turn() == Relayed(taken=1, failed=1, errors=("nobody is there",))
    assert alone.relay.turn() == Relayed()
    (failing,) = alone.outbox.failing(9)
    assert (failing.row.attempts, failing.error) == (1, "nobody is there")
    monkeypatch.undo()
    alone.later(timedelta(seconds=1))
    assert alone.relay.turn() == Relayed(taken=1, carried=1)
    assert alone.copy("CATEGORY", made["id"]) == made


def test_a_store_that_is_away_is_asked_once_a_turn(alone: Shop) -> None:
    for name in ("a", "b", "c"):
        alone.of("CATEGORY").create({"name": name})
    alone.later()
    assert alone.relay.turn() == Relayed(taken=3, failed=1, errors=("nobody is there",))


def test_one_bad_row_stops_no_other(dual: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    categories = dual.of("CATEGORY")
    carry = dual.groups.carriers[GROUP].carry

    def sometimes(entry: Entry) -> list[tuple[str, Entry]]:
        if entry.detail["owner"] == {"id": str(bad["id"])}:
            raise InvalidValue("name", "no")
        return carry(entry)

    with monkeypatch.context() as patch:
        patch.setattr("crossfade.migration.sync.Sync.look", unavailable)
        bad, good = (categories.create({"name": name}) for name in ("bad", "good"))
    monkeypatch.setattr(dual.groups.carriers[GROUP], "carry", sometimes)
    assert dual.relay.turn(fresh=True) == Relayed(taken=2, carried=1, failed=1, errors=("name: no",))
    assert dual.copy("CATEGORY", good["id"]) == good


@pytest.mark.parametrize("field", ["password_hash", "USER.password_hash"])
def test_a_sensitive_value_that_cannot_be_carried_over_is_not_told(
    dual: Shop, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    def refused(_: Entry) -> Any:
        raise InvalidValue(field, "'secret' is too long")

    with monkeypatch.context() as patch:
        patch.setattr("crossfade.migration.sync.Sync.look", unavailable)
        dual.of("USER").create({"email": "a@x.org", "username": "a", "password_hash": "secret"})
    monkeypatch.setattr(dual.groups.carriers[GROUP], "carry", refused)
    told = f"{field}: its value cannot be stored"
    assert dual.relay.turn(fresh=True) == Relayed(taken=1, failed=1, errors=(told,))
    assert [of.error for of in dual.outbox.failing(9)] == [told]


def test_a_propagation_becomes_the_entities_that_it_reaches(dual: Shop) -> None:
    parent = dual.of("CATEGORY").create(CATEGORY)
    child = dual.of("CATEGORY").create({"name": "Maps", "parent_id": parent["id"]})
    dual.drain()
    dual.of("CATEGORY").update(parent["id"], {"name": "Paper"})
    (waiting,) = dual.waiting()
    assert waiting.kind == "propagate"
    assert dual.relay.turn().carried == 1
    assert kinds(dual.waiting()) == [("entity", ("CATEGORY", {"id": str(child["id"])}))]
    assert dual.relay.turn().carried == 1  # no writer carries it over
    assert dual.copy("CATEGORY", child["id"])["parent_name"] == "Paper"


def test_after_a_move_back_nothing_is_carried_over(alone: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = alone.of("CATEGORY").create(CATEGORY)
    monkeypatch.undo()
    alone.move(Stage.MYSQL)
    assert alone.relay.turn(fresh=True) == Relayed(taken=1)
    assert alone.copy("CATEGORY", made["id"]) is None


def test_turns_add_up() -> None:
    one = Relayed(2, 1, 1, ("a",))
    assert one + Relayed(3, 2, 1, ("b", "a")) == Relayed(5, 3, 2, ("a", "b"))


def test_a_turn_takes_so_many(alone: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        alone.of("CATEGORY").create({"name": name})
    monkeypatch.undo()
    alone.later(GRACE)
    relay = Relay(alone.groups, GROUP, batch=2)
    assert [relay.turn().carried for _ in range(3)] == [2, 1, 0]
