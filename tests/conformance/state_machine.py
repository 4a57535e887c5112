"""The state machine: random operations on several stores at once, every answer compared.

It is derived from any contract. The first store is the memory store; the others must give the same answer,
the same error, and the same pages, whichever store a page's cursor came from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any

from hypothesis import HealthCheck, Phase, reject, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from crossfade.contract import parse_schema
from crossfade.contract.source import SourceSchema
from crossfade.dal.errors import ConditionFailed, CrossfadeError, StoreError, VersionConflict
from crossfade.dal.repository import BatchResult
from crossfade.dal.unit_of_work import WorkClosed
from tests.conformance.backend import Backend, schema_of
from tests.conformance.differences import OBSTACLES, judges_what_is_left, same_refusal
from tests.conformance.drawing import Drawing

# Runs of the machine per test, and steps a run. `CROSSFADE_MACHINE_RUNS` asks for more; then they are random,
# while the runs of every day are always the same, so that a change breaks them and chance does not.
RUNS = int(os.environ.get("CROSSFADE_MACHINE_RUNS", "0"))
STEPS = 25


@dataclass(frozen=True)
class Outcome:
    """What an operation did, comparable between stores."""

    error: str | None
    value: Any

    @classmethod
    def of(cls, act: Callable[[Backend], Any], backend: Backend) -> Outcome:
        """Run an operation on a backend."""
        try:
            return cls(None, plain(act(backend)))
        except (CrossfadeError, WorkClosed) as error:
            return cls(type(error).__name__, _details(error))


@dataclass(frozen=True)
class Batch:
    """What a batch did: the keys that were written, and those that were not with their errors' names."""

    written: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def same_outcome(kind: str, got: Outcome, expected: Outcome) -> bool:
    """Whether an implementation did what the memory store did."""
    if expected.error in OBSTACLES:
        return same_refusal(kind, got.error, expected.error)
    if isinstance(expected.value, Batch) and isinstance(got.value, Batch):
        return got.value.written == expected.value.written and all(
            key == other and same_refusal(kind, error, wanted)
            for (key, error), (other, wanted) in zip_longest(
                got.value.failed, expected.value.failed, fillvalue=("", "")
            )
        )
    return got == expected


def plain(value: Any) -> Any:
    """A value in which 10.5 is not 10.50, True not 1, and a key not a dictionary of another order."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in sorted(value.items(), key=lambda kv: str(kv[0]))}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, Batch):
        return value
    if isinstance(value, frozenset):
        return ("frozenset", sorted(map(repr, value)))
    return (type(value).__name__, str(value))


def _details(error: CrossfadeError) -> Any:
    found: dict[str, Any] = {"fields": getattr(error, "fields", None), "field": getattr(error, "field", None)}
    if isinstance(error, StoreError):
        found |= {"entity": error.entity, "key": error.key, "operation": error.operation}
    if isinstance(error, ConditionFailed):
        found["current"] = error.current
    if isinstance(error, VersionConflict):
        found["current_version"] = error.current_version
    return plain(found)


class StoreMachine(RuleBasedStateMachine):
    """Operations on all stores; see the module."""

    contract_name: str
    open_all: Callable[[], Sequence[Backend]]

    def __init__(self) -> None:
        super().__init__()
        self.backends = list(type(self).open_all())
        self.drawing = Drawing(self.backends[0], _schema(self.contract_name))
        self.entities = list(self.drawing.contract.entities)
        self.differed = False

    def each(self, act: Callable[[Backend], Any]) -> Outcome:
        """Do the same on every store, and compare."""
        first, *others = self.backends
        expected = Outcome.of(act, first)
        for backend in others:
            got = Outcome.of(act, backend)
            same = same_outcome(backend.kind, got, expected)
            self.differed = self.differed or not same
            assert same, f"{backend.kind}: {got}\n{first.kind}: {expected}"
        return expected

    def entity(self, data: st.DataObject) -> str:
        """Choose an entity of any kind."""
        return data.draw(st.sampled_from(self.entities), label="entity")

    def existing(self, data: st.DataObject) -> str:
        """Choose an entity of a kind of which there are some."""
        return data.draw(st.sampled_from([n for n in self.entities if self.drawing.existing(n)] or self.entities))

    @initialize(data=st.data())
    def populate(self, data: st.DataObject) -> None:
        """Create some of each kind, what others refer to first."""
        for name in self.drawing.by_reference():
            for record in data.draw(st.lists(self.drawing.record(name), min_size=2, max_size=4), label=f"some {name}"):
                self.each(lambda b, r=record, n=name: b.of(n).put(r))  # type: ignore[misc]  # the defaults bind the loop's names

    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        name = self.entity(data)
        record = data.draw(self.drawing.record(name), label="create")
        self.each(lambda b: b.of(name).create(record))

    @rule(data=st.data())
    def create_again(self, data: st.DataObject) -> None:
        self.create(data)

    @rule(data=st.data())
    def put(self, data: st.DataObject) -> None:
        name = self.entity(data)
        record = data.draw(self.drawing.record(name), label="put")
        self.each(lambda b: b.of(name).put(record))

    @rule(data=st.data())
    def put_what_was_read(self, data: st.DataObject) -> None:
        name = self.existing(data)
        key = data.draw(self.drawing.key(name), label="put what was read")
        changes = data.draw(self.drawing.record(name))
        fixed = set(self.drawing.contract.entities[name].key)

        def act(backend: Backend) -> Any:
            read = backend.of(name).get(key)
            return read and backend.of(name).put({**read, **{f: v for f, v in changes.items() if f not in fixed}})

        self.each(act)

    @rule(data=st.data())
    def update(self, data: st.DataObject) -> None:
        name = self.existing(data)
        key = data.draw(self.drawing.key(name), label="update")
        changes = data.draw(self.drawing.changes(name), label="changes")
        where = data.draw(self.drawing.where(name), label="where")
        version = data.draw(self.drawing.version(name), label="version")
        self.each(lambda b: b.of(name).update(key, changes, where=where, version=version))

    @rule(data=st.data())
    def update_again(self, data: st.DataObject) -> None:
        self.update(data)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = self.existing(data)
        key = data.draw(self.drawing.deletable(name), label="delete")
        where = data.draw(self.drawing.where(name), label="where")
        version = data.draw(self.drawing.version(name), label="version")
        self.each(lambda b: b.of(name).delete(key, where=where, version=version))

    @rule(data=st.data())
    def get_many(self, data: st.DataObject) -> None:
        name = self.existing(data)
        keys = data.draw(st.lists(self.drawing.key(name), max_size=4), label="get_many")
        self.each(lambda b: list(b.of(name).get_many(keys).items()))

    @rule(data=st.data())
    def put_many(self, data: st.DataObject) -> None:
        name = self.entity(data)
        records = data.draw(st.lists(self.drawing.record(name), max_size=3), label="put_many")
        self.each(lambda b: _batch(b.of(name).put_many(records)))

    @rule(data=st.data())
    def delete_many(self, data: st.DataObject) -> None:
        name = self.existing(data)
        keys = data.draw(st.lists(self.drawing.deletable(name), max_size=3), label="delete_many")
        self.each(lambda b: _batch(b.of(name).delete_many(keys)))

    @rule(data=st.data())
    def find(self, data: st.DataObject) -> None:
        """Every page of a pattern; each page's cursor is another store's than the last one's."""
        name = self.existing(data)
        patterns = list(self.drawing.contract.entities[name].access_patterns)
        if not patterns:
            return
        pattern = data.draw(st.sampled_from(patterns), label="find")
        args = data.draw(self.drawing.call(name, pattern), label="arguments")
        limit = data.draw(st.integers(1, 4), label="limit")
        count = {f: v for f, v in args.items() if f != "order"}
        self.each(lambda b: b.of(name).count(pattern, **count))
        cursor: str | None = None
        for page in range(20):
            found = self.each(lambda b: _page(b.of(name).find(pattern, limit=limit, cursor=cursor, **args)))  # noqa: B023 - called at once
            if found.error is not None or found.value["cursor"] == plain(None):
                return
            asked = self.backends[page % len(self.backends)]
            cursor = asked.of(name).find(pattern, limit=limit, cursor=cursor, **args).cursor
        raise AssertionError("the pages do not end")

    @rule(data=st.data())
    def find_again(self, data: st.DataObject) -> None:
        self.find(data)

    @rule(data=st.data())
    def unit_of_work(self, data: st.DataObject) -> None:
        """A few writes in one unit. Where several fail, which one is told depends on the store."""
        steps = data.draw(st.lists(st.builds(lambda n: n, self._step(data)), min_size=1, max_size=3), label="unit")
        commits = data.draw(st.booleans() | st.just(True), label="commit")

        def act(backend: Backend) -> Any:
            with backend.work() as work:
                for step in steps:
                    step(work)
                if commits:
                    work.commit()

        def told(backend: Backend) -> str | None:
            return Outcome.of(act, backend).error

        first, *others = self.backends
        expected = told(first)
        for backend in others:
            got = told(backend)
            one = len(steps) == 1 and commits
            if commits and not one and judges_what_is_left(backend.kind, got, expected):
                self.differed = True
                reject()  # from here on this store holds more than the others
            same = same_refusal(backend.kind, got, expected) if one else (got is None) == (expected is None)
            assert same or not commits, f"{backend.kind}: {got}\n{first.kind}: {expected}"

    def _step(self, data: st.DataObject) -> st.SearchStrategy[Callable[[Any], Any]]:
        name = self.entity(data)
        drawing = self.drawing
        create = drawing.record(name).map(lambda r: lambda w: w.repository(name).create(r))
        put = drawing.record(name).map(lambda r: lambda w: w.repository(name).put(r))
        update = st.builds(
            lambda k, c, x: lambda w: w.repository(name).update(k, c, where=x),
            drawing.key(name),
            drawing.changes(name),
            drawing.where(name),
        )
        delete = drawing.deletable(name).map(lambda k: lambda w: w.repository(name).delete(k))
        get = drawing.key(name).map(lambda k: lambda w: w.repository(name).get(k))
        return st.one_of(create, put, update, delete, get)

    @rule(hours=st.sampled_from([1, 12]))
    def wait(self, hours: int) -> None:
        """Time passes; what has a time to live may end."""
        for backend in self.backends:
            backend.clock.advance(hours=hours)

    def teardown(self) -> None:
        """Everything that exists is the same everywhere; by key, so that no index hides a difference."""
        for name in () if self.differed else self.entities:
            of = self.drawing.contract.entities[name]
            keys = [{f: r[f] for f in of.key} for r in self.drawing.existing(name)]
            if keys:
                self.each(lambda b, n=name, k=keys: list(b.of(n).get_many(k).items()))  # type: ignore[misc]  # the defaults bind the loop's names


@cache
def _schema(contract: str) -> SourceSchema:
    return parse_schema(schema_of(contract).read_text(encoding="utf-8"))


def _batch(result: BatchResult) -> Batch:
    written = tuple(sorted(str(dict(key)) for key in result.written))
    return Batch(written, tuple(sorted((str(dict(key)), type(error).__name__) for key, error in result.failed)))


def _page(page: Any) -> Any:
    return {"items": page.items, "cursor": page.cursor}


def run_machine(
    contract: str,
    open_all: Callable[[], Sequence[Backend]],
    *,
    runs: int,
    shard: int = 0,
    steps: int = STEPS,
    machine: type[StoreMachine] = StoreMachine,
) -> None:
    """Run the machine.

    Args:
        contract: the contract's name.
        open_all: gives the backends, empty; the first one on memory.
        runs: how many runs of up to `steps` operations.
        shard: a number that gives other runs, so that a machine can be run in several tests at once.
        steps: operations a run at most.
        machine: what is run.
    """
    made: Any = type(f"Machine{shard}", (machine,), {"contract_name": contract, "open_all": staticmethod(open_all)})
    chosen = settings(
        max_examples=RUNS or runs,
        stateful_step_count=steps,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        database=None,
        # Making an example smaller takes minutes on real servers: only who searches for one waits for that.
        phases=[Phase.generate, Phase.shrink] if RUNS else [Phase.generate],
    )
    try:
        run_state_machine_as_test(made if RUNS else seed(shard)(made), settings=chosen)
    finally:
        # Hypothesis keeps every machine to the end of the process: with its stores, 20 MB each.
        del made.open_all
