"""A client on the memory store: what it does is explained by its history, and a store that loses writes is caught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from crossfade.contract import load
from crossfade.dal.key import Key, key_of
from crossfade.dal.memory import MemoryStore
from crossfade.dal.repository import Repository
from crossfade.rehearsal.checker import Findings, check
from crossfade.rehearsal.client import Client
from crossfade.rehearsal.contents import Names, Records, marks
from crossfade.rehearsal.history import Op, Recorder, read_history
from crossfade.rehearsal.subjects import name_of, subjects
from examples.shop.shop import CONTRACT
from tests.shop.opening import StoreApp

ENTITIES = ("USER", "CATEGORY", "PRODUCT", "CART")


class World:
    """The shop in memory, with a few records, and a client on it."""

    def __init__(self, folder: Path) -> None:
        contract = load(CONTRACT)
        app = StoreApp(contract, MemoryStore(contract), lambda: datetime.now(UTC))
        self.folder, self.random = folder, Random(1)
        self.repositories: dict[str, Repository[dict[str, Any]]] = {
            name: app.repository(cast(Any, name)) for name in ENTITIES
        }
        self._seed()
        self.subjects = {
            name: replace(subject, templates=tuple(self.records()[name].values()))
            for name, subject in subjects(contract, ENTITIES).items()
        }
        self.before = marks(self.subjects, self.records())

    def _seed(self) -> None:
        made = self.repositories["USER"].create({"username": "u", "email": "u", "password_hash": "x"})
        category = self.repositories["CATEGORY"].create({"name": "c"})
        self.keys: dict[str, set[Key]] = {"USER": {Key(id=made["id"])}, "CATEGORY": {Key(id=category["id"])}}
        self.keys |= {"PRODUCT": set(), "CART": set()}
        for n in range(5):
            product = {"seller_id": made["id"], "category_id": category["id"], "name": f"p{n}", "price": 1}
            key = self.repositories["PRODUCT"].create(product)["id"]
            self.keys["PRODUCT"].add(Key(id=key))
            self.repositories["CART"].create({"user_id": made["id"], "product_id": key, "quantity": 1})
            self.keys["CART"].add(Key(user_id=made["id"], product_id=key))

    def records(self) -> Records:
        """Everything that is there, by keys that were ever there."""
        return {name: self.repositories[name].get_many(keys) for name, keys in self.keys.items()}

    def key(self, op: Op) -> Key:
        """Where what an operation wrote is. Raises StopIteration where it is nowhere."""
        subject = self.subjects[op.key.split()[0]]
        records = self.records()[subject.entity.name]
        return next(key for key, record in records.items() if subject.seen(record) == op.value)

    def rewritten(self, op: Op) -> bool:
        """Whether what an operation wrote is there, over something that was written before it."""
        subject = self.subjects[op.key.split()[0]]
        there = any(subject.seen(record) == op.value for record in self.records()[subject.entity.name].values())
        writes = [one for one in read_history(self.folder) if one.key == op.key and one.kind == "write"]
        return there and len([one for one in writes if one.outcome == "ok"]) > 1

    def run(self, steps: int) -> None:
        """Let the client do something, and notice what keys come to be."""
        shared = {
            name: [(name_of(subject.entity, key), key) for key in sorted(self.keys[name], key=str)]
            for name, subject in self.subjects.items()
        }
        noticed = {name: Noticed(self.repositories[name], self.keys[name], s) for name, s in self.subjects.items()}
        recorder = Recorder(self.folder)
        client = Client("a", noticed, self.subjects, shared, recorder, self.random, count(1_000_001))
        for _ in range(steps):
            client.step()
        recorder.close()

    def judged(self) -> Findings:
        """What the checker says."""
        history = read_history(self.folder)
        final = Names(self.subjects, self.before, history).contents(self.records())
        return check(history, {"memory": final}, before=self.before)


class Noticed:
    """A repository that notes the keys that are created."""

    def __init__(self, repository: Repository[dict[str, Any]], keys: set[Key], subject: Any) -> None:
        self._repository, self._keys, self._subject = repository, keys, subject

    def create(self, record: Mapping[str, Any]) -> dict[str, Any]:
        made = self._repository.create(dict(record))
        self._keys.add(key_of(self._subject.entity, made))
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._repository, name)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_everything_is_done_and_explained(world: World) -> None:
    world.run(1500)
    history = read_history(world.folder)
    kinds = {(op.kind, op.outcome) for op in history}
    assert {("write", "ok"), ("delete", "ok"), ("read", "ok")} <= kinds
    assert not [op for op in history if op.outcome == "unknown"]
    assert world.judged().ok
    assert str(world.judged()).startswith(f"{len(history):,} operations")


def test_a_lost_write_is_found_whoever_made_the_record(world: World) -> None:
    world.run(500)
    history = read_history(world.folder)
    written = {op.key: op for op in history if op.kind == "write" and op.outcome == "ok"}
    for of in ("USER +", "PRODUCT +", "CATEGORY 1"):
        name, last = next((key, op) for key, op in written.items() if key.startswith(of) and world.rewritten(op))
        subject = world.subjects[name.split()[0]]
        earlier = [op.value for op in history if op.key == name and op.kind == "write" and op.outcome == "ok"]
        world.repositories[subject.entity.name].update(world.key(last), {subject.mark: earlier[-2]})
        assert (name, "lost write") in {(found.key, found.fault) for found in world.judged().found}


def test_a_record_that_came_back_is_found(world: World) -> None:
    world.run(500)
    ops = [op for op in read_history(world.folder) if op.outcome == "ok" and op.key.startswith("USER +")]
    deleted = next(op.key for op in ops if op.kind == "delete")
    written = [op for op in ops if op.key == deleted and op.kind == "write"][-1]
    number = 10 + len(ops)
    made = world.repositories["USER"].create(
        {"username": f"{number}", "email": f"{number}", "password_hash": "x", "first_name": written.value}
    )
    world.keys["USER"].add(Key(id=made["id"]))
    (found,) = world.judged().found
    assert (found.key, found.fault) == (deleted, "resurrected")
