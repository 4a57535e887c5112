"""Operations of the application: a span around each, the stores' parts within it, and where its group stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

import crossfade
from crossfade.app import App
from crossfade.dal.errors import NotFound
from crossfade.dal.metrics import COMPARISONS, HELD, OPERATIONS, REQUESTS
from crossfade.dal.stage import Stage
from tests.unit.migration.embedded import GROUP, Shop
from tests.unit.telemetry.recorded import Recorded

SHOP = Path(__file__).parents[3] / "contracts" / "migrationContract.json"
CATEGORY = {"name": "Books"}
Open = Callable[[Stage], App]


def about(operation: str, stage: Stage, store: str = "mysql", **more: str) -> dict[str, Any]:
    """What an operation on categories is told by."""
    return {
        "crossfade.entity": "CATEGORY", "crossfade.operation": operation, "crossfade.group": GROUP,
        "crossfade.stage": stage.value, "crossfade.store": store, **more,
    }  # fmt: skip


def test_a_write_holds_mysqls_transaction_and_the_syncs(told: Recorded, open_app: Open) -> None:
    app = open_app(Stage.DUAL_WRITE)
    told.forget()
    app.repository("CATEGORY").create(CATEGORY)
    span = told.only("CATEGORY.create")
    assert dict(span.attributes or {}) == about("create", Stage.DUAL_WRITE)
    within = told.within(span)
    assert within[0] == "transaction sqlite"
    assert within.count("crossfade.sync") == 3  # the item, and two lookup items
    sync = told.spans("crossfade.sync")[0]
    assert told.within(sync) == ["GetItem t_Categories", "PutItem t_Categories", "transaction sqlite"]
    points = told.every_point()
    assert points[OPERATIONS.name] == [(about("create", Stage.DUAL_WRITE), 1)]
    mysql = {"db.system.name": "sqlite", "db.operation.name": "transaction"}
    put = {"db.system.name": "aws.dynamodb", "db.operation.name": "PutItem", "db.collection.name": "t_Categories"}
    assert {SpanKind.CLIENT} == {s.kind for s in told.spans("PutItem t_Categories")}
    assert mysql in [of for of, _ in points[REQUESTS.name]]
    assert (put, 1) in points[REQUESTS.name]


def test_a_read_that_is_compared(told: Recorded, open_app: Open) -> None:
    app = open_app(Stage.SHADOW)
    app.repository("CATEGORY").create(CATEGORY)
    told.forget()
    assert app.repository("CATEGORY").get(1)
    app.close()  # which waits for the comparison
    span = told.only("CATEGORY.get")
    assert dict(span.attributes or {}) == about("get", Stage.SHADOW)
    assert {"transaction sqlite", "GetItem t_Categories"} <= set(told.within(span))  # the candidate's in the same trace
    compared = {"crossfade.entity": "CATEGORY", "crossfade.operation": "get", "crossfade.group": GROUP}
    assert told.points(COMPARISONS) == [({**compared, "crossfade.outcome": "equal"}, 1)]


def test_what_the_other_store_answers_differently(told: Recorded, open_app: Open, shop: Shop) -> None:
    app = open_app(Stage.SHADOW)
    made = app.repository("CATEGORY").create(CATEGORY)
    shop.process.of("CATEGORY").update(made["id"], {"name": "Bookz"})
    told.forget()
    app.repository("CATEGORY").get(made["id"])
    app.close()
    ((compared, count),) = told.points(COMPARISONS)
    assert (compared["crossfade.outcome"], count) == ("mismatch", 1)


def test_an_error_is_told_by_its_type_alone(told: Recorded, open_app: Open) -> None:
    app = open_app(Stage.MYSQL)
    told.forget()
    with pytest.raises(NotFound):
        app.repository("CATEGORY").update(404, {"name": "Maps"})
    span = told.only("CATEGORY.update")
    assert (span.status.status_code, span.status.description, span.events) == (StatusCode.ERROR, None, ())
    assert told.points(OPERATIONS) == [(about("update", Stage.MYSQL, **{"error.type": "NotFound"}), 1)]


def test_a_write_that_meets_a_move_is_told_where_it_was_made(told: Recorded, open_app: Open, shop: Shop) -> None:
    app = open_app(Stage.MYSQL)
    shop.move(Stage.DUAL_WRITE)  # which the application has not heard of
    told.forget()
    app.repository("CATEGORY").create(CATEGORY)
    points = told.every_point()
    assert points[OPERATIONS.name] == [(about("create", Stage.DUAL_WRITE), 1)]
    assert points[HELD.name] == [({}, 1)]
    assert told.points(HELD) == []


OPERATED: list[tuple[str, Callable[[Any], Any]]] = [
    ("get", lambda r: r.get(1)),
    ("get_many", lambda r: r.get_many([1])),
    ("find", lambda r: r.find("all")),
    ("count", lambda r: r.count("all")),
    ("create", lambda r: r.create({"name": "Maps"})),
    ("put", lambda r: r.put({"id": 1, "name": "Charts"})),
    ("update", lambda r: r.update(1, {"name": "Paper"})),
    ("delete", lambda r: r.delete(1)),
    ("put_many", lambda r: r.put_many([{"name": "Atlases"}])),
    ("delete_many", lambda r: r.delete_many([2])),
]


@pytest.mark.parametrize("stage", [Stage.MYSQL, Stage.DYNAMODB])
def test_every_operation_at_a_stage_that_is_configured(told: Recorded, stage: Stage, tmp_path: Path) -> None:
    prefix = f"{tmp_path.name}-"
    with crossfade.open(SHOP, stage=stage, embedded=True, embedded_path=str(tmp_path), table_prefix=prefix) as app:
        categories = app.repository("CATEGORY")
        categories.create(CATEGORY)
        for name, act in OPERATED:
            told.forget()
            act(categories)
            assert told.points(OPERATIONS) == [(about(name, stage, stage.value), 1)]


def test_a_unit_of_work(told: Recorded, open_app: Open) -> None:
    app = open_app(Stage.DUAL_WRITE)
    told.forget()
    with app.unit_of_work() as work:
        work.repository("CATEGORY").create(CATEGORY)
        work.commit()
    where = {"crossfade.stage": "dual_write", "crossfade.store": "mysql"}
    assert told.points(OPERATIONS) == [
        ({"crossfade.operation": "begin", **where}, 1), ({"crossfade.operation": "commit", **where}, 1),
    ]  # fmt: skip
    commit = told.only("unit_of_work.commit")
    assert told.within(commit).count("crossfade.sync") == 3
