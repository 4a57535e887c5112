"""The state of a unit of work, whatever store is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from crossfade.contract.model import Contract, Entity
from crossfade.dal.change import Add
from crossfade.dal.entity import Binding, Record, bind
from crossfade.dal.errors import (
    ConditionFailed,
    CrossfadeError,
    InvalidValue,
    NotFound,
    StoreUnavailable,
    TransactionTooLarge,
)
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.dal.unit_of_work import BaseUnitOfWork, WorkClosed
from tests.unit.dal.samples import Clock, thing

ENTITY = thing()
CONTRACT = Contract(2, {}, {"THING": ENTITY}, {})


class FakeWork(BaseUnitOfWork):
    """Writes down what it is asked, and refuses on request."""

    store = "fake"

    def __init__(self, actions: int = 1) -> None:
        super().__init__(self._bound, lambda name: Preparer(CONTRACT.entities[name], Clock()), lambda name: actions)
        self.log: list[str] = []
        self.refuse: dict[str, CrossfadeError] = {}

    def _bound(self, target: Any) -> Binding[Any]:
        return bind(CONTRACT, target)

    def _note(self, what: str) -> None:
        self.log.append(what)
        if what in self.refuse:
            raise self.refuse[what]

    def _begin(self) -> None:
        self._note("begin")

    def _commit(self) -> None:
        self._note("commit")

    def _rollback(self) -> None:
        self._note("rollback")

    def _get(self, entity: Entity, key: Key) -> Record | None:
        self._note("get")
        return None

    def _create(self, entity: Entity, record: Record) -> Record:
        self._note("create")
        return {**record, "id": 1}

    def _put(self, entity: Entity, record: Record) -> None:
        self._note("put")

    def _update(self, entity: Entity, update: Update) -> None:
        self._note("update")

    def _delete(self, entity: Entity, delete: Delete) -> None:
        self._note("delete")


@pytest.fixture
def work() -> FakeWork:
    return FakeWork()


def test_a_unit_commits_once(work: FakeWork) -> None:
    with work:
        things = work.repository("THING")
        assert things.get(1) is None
        assert things.create({"name": "Ann"})["id"] == 1
        things.put({"id": 1, "name": "Ann"})
        things.update(1, {"stock": Add(1)})
        things.delete(1)
        work.commit()
        with pytest.raises(WorkClosed):
            work.commit()
    assert work.log == ["begin", "get", "create", "put", "update", "delete", "commit"]


def test_leaving_without_commit_rolls_back(work: FakeWork) -> None:
    with work:
        work.repository("THING").delete(1)
    assert work.log == ["begin", "delete", "rollback"]


def test_an_error_rolls_back_and_goes_on(work: FakeWork) -> None:
    def use() -> None:
        with work:
            work.repository("THING").delete(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()
    assert work.log == ["begin", "delete", "rollback"]


def test_nothing_is_done_outside_the_block(work: FakeWork) -> None:
    with pytest.raises(WorkClosed):
        work.repository("THING")
    with pytest.raises(WorkClosed):
        work.commit()
    with work:
        things = work.repository("THING")
        work.commit()
        with pytest.raises(WorkClosed):
            things.get(1)
        with pytest.raises(WorkClosed):
            things.delete(1)
        with pytest.raises(WorkClosed):
            work.repository("THING")
    with pytest.raises(WorkClosed):
        things.create({"name": "Ann"})
    assert work.log == ["begin", "commit"]


def test_a_unit_can_be_used_again_but_not_nested(work: FakeWork) -> None:
    with work, pytest.raises(WorkClosed, match="already open"), work:
        pass
    with work:
        work.commit()
    assert work.log == ["begin", "rollback", "begin", "commit"]


@pytest.mark.parametrize("operation", ["create", "put", "update", "delete"])
def test_a_write_that_was_refused_cannot_be_passed_over(work: FakeWork, operation: str) -> None:
    work.refuse[operation] = NotFound("nothing there")
    calls: dict[str, Any] = {
        "create": lambda r: r.create({"name": "Ann"}),
        "put": lambda r: r.put({"id": 1, "name": "Ann"}),
        "update": lambda r: r.update(1, {"stock": 1}),
        "delete": lambda r: r.delete(1),
    }
    with work:
        things = work.repository("THING")
        with pytest.raises(NotFound) as caught:
            calls[operation](things)
        with pytest.raises(WorkClosed, match="failed"):
            work.commit()
    assert work.log == ["begin", operation, "rollback"]
    assert (caught.value.entity, caught.value.store, caught.value.operation) == ("THING", "fake", operation)
    assert caught.value.key == (None if operation in {"create", "put"} else {"id": 1})


@pytest.mark.parametrize(
    "call",
    [
        lambda r: r.create({"name": None}),
        lambda r: r.put({"nmae": "Ann"}),
        lambda r: r.update(1, {"stock": -1}),
        lambda r: r.update("x", {}),
        lambda r: r.delete(1, where=7),
    ],
)
def test_a_write_with_invalid_arguments_cannot_be_passed_over_either(work: FakeWork, call: Any) -> None:
    """Half a unit would be committed by a caller who catches the error and goes on."""
    with work:
        with pytest.raises((InvalidValue, TypeError)):
            call(work.repository("THING"))
        with pytest.raises(WorkClosed, match="failed"):
            work.commit()
    assert work.log == ["begin", "rollback"]


def test_a_read_that_failed_does_no_harm(work: FakeWork) -> None:
    work.refuse["get"] = StoreUnavailable("away")
    with work:
        with pytest.raises(StoreUnavailable) as caught:
            work.repository("THING").get(1)
        work.commit()
    assert (caught.value.operation, caught.value.key) == ("get", {"id": 1})


def test_a_hundred_actions_are_the_limit() -> None:
    work = FakeWork(actions=3)
    with work:
        things = work.repository("THING")
        for _ in range(33):
            things.delete(1)
        with pytest.raises(TransactionTooLarge, match="100 write actions") as caught:
            things.delete(1)
        assert caught.value.actions == 102
        with pytest.raises(WorkClosed):
            work.commit()
    assert work.log.count("delete") == 33
    with work:
        work.repository("THING").delete(1)
        work.commit()


@dataclass(frozen=True)
class Stored:
    """Stands for an application's class."""

    record: Record


def test_errors_at_commit_carry_the_application_s_entity(work: FakeWork) -> None:
    binding = bind(CONTRACT, "THING")
    record = dict.fromkeys(ENTITY.fields) | {"id": 1}
    work.refuse["commit"] = ConditionFailed("no", entity="THING", key={"id": 1}, current=record)
    work._bind = lambda target: binding
    binding.from_record = Stored  # type: ignore[assignment]  # an instance's own
    with work:
        work.repository("THING").update(1, {"stock": 1})
        with pytest.raises(ConditionFailed) as caught:
            work.commit()
    assert caught.value.current == Stored(record)
    assert (caught.value.operation, caught.value.store) == ("commit", "fake")
    assert work.log == ["begin", "update", "commit"]


def test_an_error_of_an_earlier_write_keeps_that_write_s_entity_and_key(work: FakeWork) -> None:
    other = {"of": "another entity", "without": "this one's fields"}
    work.refuse["create"] = ConditionFailed("no", entity="OTHER", key={"code": "x"}, current=other)
    with work, pytest.raises(ConditionFailed) as caught:
        work.repository("THING").create({"name": "a"})
    assert (caught.value.entity, caught.value.key, caught.value.current) == ("OTHER", {"code": "x"}, other)
    assert (caught.value.operation, caught.value.store) == ("create", "fake")
