"""Two applications, of which one has moved the stage: what the other knows is old, and its writes land all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import pytest

import crossfade
from crossfade.dal.repository import WorkRepository
from crossfade.dal.stage import Stage
from crossfade.migration.routed import RoutedStore
from tests.integration.migration.live import Live, move
from tests.integration.migration.test_verify import run

Names = dict[int, str | None]


def create(app: crossfade.App, key: int, name: str) -> Names:
    del key
    return {app.repository("CATEGORY").create({"name": name})["id"]: name}


def put(app: crossfade.App, key: int, name: str) -> Names:
    app.repository("CATEGORY").put({"id": key, "name": name})
    return {key: name}


def update(app: crossfade.App, key: int, name: str) -> Names:
    app.repository("CATEGORY").update(key, {"name": name})
    return {key: name}


def delete(app: crossfade.App, key: int, name: str) -> Names:
    del name
    assert app.repository("CATEGORY").delete(key)
    return {key: None}


def put_many(app: crossfade.App, key: int, name: str) -> Names:
    assert app.repository("CATEGORY").put_many([{"id": key, "name": name}]).failed == []
    return {key: name}


def delete_many(app: crossfade.App, key: int, name: str) -> Names:
    del name
    assert app.repository("CATEGORY").delete_many([key]).failed == []
    return {key: None}


def in_a_unit(app: crossfade.App, key: int, name: str) -> Names:
    with app.unit_of_work() as work:
        categories: WorkRepository[dict[str, Any]] = work.repository("CATEGORY")
        categories.update(key, {"name": name})
        made = categories.create({"name": f"{name}, made"})
        work.commit()
    return {key: name, made["id"]: f"{name}, made"}


KINDS: Mapping[str, Callable[[crossfade.App, int, str], Names]] = {
    function.__name__: function for function in (create, put, update, delete, put_many, delete_many, in_a_unit)
}


@pytest.fixture
def believing(live: Live, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Applications, one for each kind of write, that will not ask again where the group stands unless they must."""

    @contextmanager
    def opened() -> Iterator[dict[str, crossfade.App]]:
        settings: Any = {"mysql_url": live.world.url, "table_prefix": live.world.prefix, "stage": "installed"}
        with ExitStack() as stack:
            apps = {kind: stack.enter_context(crossfade.open(live.world.contract, **settings)) for kind in KINDS}
            for app in apps.values():
                board = cast(RoutedStore, app.store).board
                monkeypatch.setattr(board, "_refresh", 3600.0)
                board.standings()
            yield apps

    return opened


def in_store(live: Live, stage: str, keys: list[int]) -> Names:
    """What a store has, by itself."""
    settings: Any = {"mysql_url": live.world.url, "table_prefix": live.world.prefix, "stage": stage}
    with crossfade.open(live.world.contract, **settings) as app:
        found = app.repository("CATEGORY").get_many(keys)
    stored = {of["id"]: of["name"] for of in found.values()}
    return {key: stored.get(key) for key in keys}


MOVES = [
    (Stage.MYSQL, Stage.DUAL_WRITE, ("mysql", "dynamodb")),
    (Stage.DUAL_WRITE, Stage.MYSQL, ("mysql",)),
    (Stage.SHADOW, Stage.LIVE, ("dynamodb",)),
    (Stage.LIVE, Stage.SHADOW, ("mysql", "dynamodb")),
]
"""From where to where, and the stores in which a write is after it; nobody relays."""


def stand(live: Live, at: Stage) -> None:
    """Let the group stand there."""
    live.world.stream()
    if at is Stage.MYSQL:
        move(live, "rollback", at)
    for stage in (Stage.SHADOW, Stage.LIVE)[: {Stage.SHADOW: 1, Stage.LIVE: 2}.get(at, 0)]:
        move(live, "advance", stage, "--force")


@pytest.mark.parametrize(("before", "after", "written"), MOVES, ids=[f"{a}-{b}" for a, b, _ in MOVES])
def test_every_write_lands_under_the_stage_as_it_is(
    before: Stage, after: Stage, written: tuple[str, ...], live: Live, believing: Callable[[], Any]
) -> None:
    old = {kind: live.repository("CATEGORY").create({"name": kind})["id"] for kind in KINDS}
    stand(live, before)
    with believing() as apps:
        go(live, before, after)
        new: Names = {}
        for kind, act in KINDS.items():
            new |= act(apps[kind], old[kind], f"{kind} again")
    was = {id_: kind for kind, id_ in old.items()}
    for store in ("mysql", "dynamodb"):
        assert in_store(live, store, list(new)) == (new if store in written else {key: was.get(key) for key in new})


def go(live: Live, before: Stage, after: Stage) -> None:
    """Make the move, as somebody else does."""
    order = list(Stage)
    if order.index(after) > order.index(before):
        move(live, "advance", after, "--force")
    else:
        move(live, "rollback", after, *(["--quiet", "0.2"] if before is Stage.LIVE else []))
    assert run("stage", "show", *live.world.arguments)[1].startswith(f"shop: {after}")
