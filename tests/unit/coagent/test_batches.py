"""Batches: no request is over DynamoDB's limits, and what was refused for load is tried again, and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from crossfade.dal import BatchResult
from crossfade.dal.errors import CapacityExceeded, CrossfadeError, InvalidValue, OutcomeUnknown
from examples.coagent.entities import Project, TrainingProgress
from examples.coagent.keys import coagent_keys
from examples.coagent.repository import GenericRepository
from tests.unit.coagent.world import opened, unpaused


@contextmanager
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """Every request to DynamoDB in the meantime: its operation, and how many items a batch has."""
    sent: list[tuple[str, int]] = []
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # where every request passes, whoever made the client

    def note(self: BaseClient, operation: str, request: Mapping[str, Any]) -> Any:
        items = request.get("RequestItems", {}).values()
        sent.append((operation, sum(len(of["Keys"]) if isinstance(of, dict) else len(of) for of in items)))
        return send(self, operation, request)

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", note)
        yield sent


def parts(whole: int, most: int) -> list[int]:
    """So many in parts of at most so many."""
    return [min(most, whole - start) for start in range(0, whole, most)]


def test_no_request_is_over_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened("moto", tmp_path) as world, requests(monkeypatch) as sent:

        @settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.generate))
        @example(201, 1)
        @given(st.integers(1, 120), st.integers(0, 30))
        def check(projects: int, modules: int) -> None:
            owner = world.owner()
            entities: list[Any] = [Project(user_id=owner, id=f"{n:026d}", name="P") for n in range(projects)]
            entities += [TrainingProgress(user_id=owner, module=f"m{n}") for n in range(modules)]
            keys = [world.coagent.keys.of(e) for e in entities]
            assert Counter(world.coagent.write_many(entities).written) == Counter(keys)
            sent.clear()
            assert list(world.coagent.get_many(keys)) == keys
            # A single item may be read without a batch.
            assert [max(1, size) for _, size in sent] == [*parts(projects, 100), *parts(modules, 100)]
            sent.clear()
            assert Counter(world.coagent.write_many(deletes=keys).written) == Counter(keys)
            assert sent == [("BatchWriteItem", size) for size in (*parts(projects, 25), *parts(modules, 25))]
            assert world.coagent.get_many(keys) == {}

        check()


@dataclass
class Refusing:
    """A store that refuses some writes of a batch, each so many times, and keeps the others.

    Attributes:
        refusals: by name or module, how often; and the error.
        kept: what was written, in order.
        batches: how many writes each call had.
    """

    refusals: dict[str, int]
    error: CrossfadeError
    kept: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def repository(self, entity: type[Any]) -> Any:
        """See `App.repository`."""
        del entity
        return self

    def put_many(self, entities: list[Project]) -> BatchResult:
        """See `Repository.put_many`."""
        result, keys = BatchResult(), coagent_keys()
        self.batches.append(len(entities))
        for entity in entities:
            key = keys.fields(keys.of(entity))
            if self.refusals.get(entity.name, 0):
                self.refusals[entity.name] -= 1
                result.failed.append((key, self.error))
            else:
                self.kept.append(entity.name)
                result.written.append(key)
        return result


def projects(count: int) -> list[Project]:
    """Projects called by their numbers."""
    return [Project(user_id="u", id=f"{n:026d}", name=str(n)) for n in range(count)]


@given(st.dictionaries(st.integers(0, 9), st.integers(1, 5)), st.integers(1, 4))
def test_what_was_refused_for_load_is_tried_again_and_what_is_left_is_told(
    refusals: dict[int, int], attempts: int
) -> None:
    store = Refusing({str(n): times for n, times in refusals.items()}, CapacityExceeded("x"))
    given_ = projects(10)
    done = GenericRepository(store, unpaused(attempts=attempts)).write_many(given_)
    left = {str(n) for n, times in refusals.items() if times >= attempts}
    assert {key.sort for key in done.failed} == {f"PROJECT#{int(n):026d}" for n in left}
    assert sorted(store.kept) == sorted(str(n) for n in range(10) if str(n) not in left)
    assert Counter([*done.written, *done.failed]) == Counter(coagent_keys().of(e) for e in given_)
    again = [sum(times >= n for times in refusals.values()) for n in range(1, attempts)]
    assert store.batches == [10, *(size for size in again if size)]


@pytest.mark.parametrize("error", [OutcomeUnknown("x"), InvalidValue("name", "is wrong")])
def test_what_would_not_pass_is_not_tried_again(error: CrossfadeError) -> None:
    store = Refusing({"1": 1}, error)
    done = GenericRepository(store, unpaused()).write_many(projects(3))
    assert (list(done.failed.values()), len(done.written), store.batches) == ([error], 2, [3])


def test_a_store_that_is_gone_is_told_of_every_write() -> None:
    class Gone(Refusing):
        def put_many(self, entities: list[Project]) -> BatchResult:
            self.batches.append(len(entities))
            raise self.error

    store = Gone({}, CapacityExceeded("x"))
    done = GenericRepository(store, unpaused()).write_many(projects(3))
    assert (len(done.failed), done.written, store.batches) == (3, [], [3, 3, 3])
