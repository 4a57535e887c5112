"""What keeps the stores equal and moves groups: syncs, turns of the relay, moves, chunks, throttles, gauges."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from crossfade.app import App
from crossfade.contract.errors import InvalidValue
from crossfade.dal.errors import Conflict, OutcomeUnknown, StoreUnavailable
from crossfade.dal.instruments import Watching
from crossfade.dal.key import make_key
from crossfade.dal.metrics import AGE, CONFLICTS, DEPTH, EPOCH, LAG, MOVED, MOVES, PARKED, SYNCS, THROTTLES
from crossfade.dal.stage import Stage, Standing
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Connection, connect
from crossfade.dynamodb.errors import throttles
from crossfade.dynamodb.stream_checkpoint import Checkpoint
from crossfade.dynamodb.stream_item import StreamItem
from crossfade.migration.chunk import Chunk
from crossfade.migration.cutover import Cutover, MoveRefused
from crossfade.migration.limiter import Limiter
from crossfade.migration.relay_back import BackRelay
from crossfade.migration.stop import Stop
from crossfade.migration.sync import Seen, Sync
from crossfade.migration.sync_back import SyncBack
from crossfade.migration.watched import WatchedGroups
from crossfade.migration.workers import Recipe
from crossfade.mysql.scan import Span
from tests.unit.cli.embedded import Run
from tests.unit.migration.embedded import GROUP, Shop
from tests.unit.telemetry.recorded import Recorded

CATEGORY = {"name": "Books"}
ITEMS = 3  # of one category: its own, and two lookup items
CREDENTIALS: Any = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}


def unavailable(*_: Any) -> Any:
    """A DynamoDB that does not answer."""
    raise StoreUnavailable("nobody is there, and the email is a@x.org", store="dynamodb")


def test_syncs_and_those_that_meet_another_write(told: Recorded, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.move(Stage.DUAL_WRITE)
    write, met = Sync.write, iter([False])

    def first_in_vain(self: Sync, seen: Seen, item: Any) -> bool:
        return next(met, True) and write(self, seen, item)

    monkeypatch.setattr(Sync, "write", first_in_vain)
    shop.of("CATEGORY").create(CATEGORY)
    points = told.every_point()
    assert points[SYNCS.name] == [({"crossfade.store": "dynamodb", "crossfade.outcome": "written"}, ITEMS)]
    assert points[CONFLICTS.name] == [({"db.collection.name": "t_Categories"}, 1)]


def test_a_sync_that_fails_is_told_though_the_write_succeeds(
    told: Recorded, shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop.move(Stage.DUAL_WRITE)
    monkeypatch.setattr("crossfade.migration.sync.Sync.look", unavailable)
    shop.of("CATEGORY").create(CATEGORY)
    assert told.points(SYNCS) == [({"crossfade.store": "dynamodb", "error.type": "StoreUnavailable"}, 1)]
    (record,) = [r for r in caplog.records if r.name == "crossfade.sync"]
    assert record.levelno == logging.WARNING
    assert "a@x.org" not in record.getMessage()


def test_the_way_back_is_told_as_syncs_to_mysql(told: Recorded, shop: Shop) -> None:
    shop.move(Stage.RAMP_DOWN)
    made = shop.process.of("CATEGORY").create(CATEGORY)
    told.forget()
    back = BackRelay(SyncBack(shop.stores, shop.groups.rows, GROUP, shop.clock))
    back.turn([("CATEGORY", make_key(shop.stores.contract.entities["CATEGORY"], made["id"]))])
    assert told.points(SYNCS) == [({"crossfade.store": "mysql", "crossfade.outcome": "written"}, 1)]
    turn, of = told.only("crossfade.relay.turn"), {"crossfade.group": GROUP, "crossfade.store": "mysql"}
    assert dict(turn.attributes or {}) == {**of, "crossfade.taken": 1, "crossfade.written": 1}
    assert "crossfade.sync_back" in told.within(turn)  # which another thread does


def test_a_turn_of_the_relay(told: Recorded, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.move(Stage.DUAL_WRITE)
    with monkeypatch.context() as patch:
        patch.setattr("crossfade.migration.sync.Sync.look", unavailable)
        shop.of("CATEGORY").create(CATEGORY)
    shop.later()
    told.forget()
    assert shop.relay.turn().carried == 1
    turn, of = told.only("crossfade.relay.turn"), {"crossfade.group": GROUP, "crossfade.store": "dynamodb"}
    assert dict(turn.attributes or {}) == {**of, "crossfade.taken": 1, "crossfade.written": 1}
    assert told.within(turn).count("crossfade.sync") == ITEMS


def test_what_waits_in_the_outbox_and_where_the_groups_stand(
    told: Recorded, shop: Shop, open_app: Callable[[Stage], App], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(Stage.DUAL_WRITE)
    monkeypatch.setattr("crossfade.migration.sync.Sync.look", unavailable)
    app.repository("CATEGORY").create(CATEGORY)
    shop.later(timedelta(seconds=90))
    points = told.every_point()
    assert points[DEPTH.name] == [({"crossfade.group": GROUP}, 1)]
    assert points[AGE.name] == [({"crossfade.group": GROUP}, 90)]
    assert points[EPOCH.name] == [({"crossfade.group": GROUP, "crossfade.stage": "dual_write"}, 1)]
    app.close()
    assert told.points(DEPTH) == []


def test_what_is_parked_and_how_far_the_streams_are_behind(told: Recorded, shop: Shop) -> None:
    seconds = 1_000.0
    control = Calls(shop.stores.dynamodb.clients), shop.stores.dynamodb.layout.control_table

    def read_until(table: str, until: int) -> None:
        keeper = StreamItem(*control, table, seize=True)
        keeper.load()
        keeper.save(Checkpoint("arn", until=until))

    read_until("t_Users", 990)
    read_until("t_Products", 1_002)  # by a clock that is ahead
    read_until("t_Categories", 0)  # not yet
    for stage, tables in ((Stage.DUAL_WRITE, {}), (Stage.SHADOW, {"t_Users": 10.0, "t_Products": 0.0})):
        shop.move(stage)
        with Watching(WatchedGroups(shop.groups, lambda: {GROUP: shop.standing}, lambda: seconds)):
            points = told.every_point()
        assert points[PARKED.name] == [({"crossfade.group": GROUP}, 0)]
        found = {about["db.collection.name"]: lag for about, lag in points.get(LAG.name, [])}
        assert found == tables
    shop.move(Stage.LIVE)
    sync = SyncBack(shop.stores, shop.groups.rows, GROUP, shop.clock)
    sync.park({("CATEGORY", make_key(shop.stores.contract.entities["CATEGORY"], 1)): InvalidValue("name", "too long")})
    with Watching(WatchedGroups(shop.groups, lambda: {GROUP: shop.standing}, lambda: seconds)):
        assert told.points(PARKED) == [({"crossfade.group": GROUP}, 1)]


def test_whoever_is_gone_is_not_asked(told: Recorded, shop: Shop) -> None:
    watching = Watching(WatchedGroups(shop.groups, lambda: {GROUP: shop.standing}))
    assert told.points(PARKED) == [({"crossfade.group": GROUP}, 0)]
    del watching
    assert told.points(PARKED) == []


def test_a_gauge_that_cannot_be_asked_tells_nothing_and_stops_nobody(told: Recorded, shop: Shop) -> None:
    with Watching(WatchedGroups(shop.groups, unavailable)):
        points = told.every_point()
    assert EPOCH.name not in points
    assert points[DEPTH.name] == [({"crossfade.group": GROUP}, 0)]


def test_the_command_tells_what_waits_while_it_relays(
    told: Recorded, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("crossfade.cli.relay._tell", lambda *_, **__: seen.append(told.every_point()))
    run("install")
    assert run("relay", "--once")[0] == 0
    assert seen[0][DEPTH.name] == [({"crossfade.group": GROUP}, 0)]
    assert seen[0][EPOCH.name] == [({"crossfade.group": GROUP, "crossfade.stage": "mysql"}, 0)]


def test_a_move(told: Recorded, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="crossfade")
    cutover = Cutover(shop.groups, shop.clock)
    assert cutover.make(cutover.advance(GROUP), who="me", why="to begin") == Standing(Stage.DUAL_WRITE, 1)
    move = {"crossfade.group": GROUP, "crossfade.stage.from": "mysql", "crossfade.stage": "dual_write"}
    assert told.points(MOVES) == [(move, 1)]
    assert dict(told.only("crossfade.stage.move").attributes or {}) == move
    (record,) = [r for r in caplog.records if r.name == "crossfade.stage"]
    assert record.levelno == logging.INFO


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "made"),
        (MoveRefused(("a reason",)), "refused"),
        (Conflict("writes in flight"), "refused"),
        (StoreUnavailable("gone"), "failed"),
        (OutcomeUnknown("gone"), "failed"),
        (KeyboardInterrupt(), "failed"),
    ],
)
def test_moves_are_counted_by_what_became_of_them(
    told: Recorded, shop: Shop, monkeypatch: pytest.MonkeyPatch, error: BaseException | None, outcome: str
) -> None:
    cutover = Cutover(shop.groups, shop.clock)
    plan = cutover.advance(GROUP)

    def ends(*_: Any) -> Any:
        if error is not None:
            raise error

    monkeypatch.setattr(Cutover, "_moved", ends)
    with nullcontext() if error is None else pytest.raises(type(error)):
        cutover.make(plan, who="me", why="to begin")
    move = {"crossfade.group": GROUP, "crossfade.stage.from": "mysql", "crossfade.stage": "dual_write"}
    assert told.points(MOVED) == [({**move, "crossfade.outcome": outcome}, 1)]


def test_a_chunk_of_the_backfill(told: Recorded, shop: Shop) -> None:
    shop.of("CATEGORY").create(CATEGORY)
    told.forget()
    copier = Recipe("put", 1.0).copier(shop.stores, Limiter(), Stop(threading.Event()))
    copier.copy(Chunk("CATEGORY", Span(), 10))
    chunk = told.only("crossfade.backfill.chunk")
    assert dict(chunk.attributes or {}) == {"crossfade.entity": "CATEGORY", "crossfade.rows": 1, "crossfade.written": 1}
    assert told.within(chunk).count("transaction sqlite") == 1


# -------------------------------------------------------------------------------------------------- throttles

THROTTLED = b'{"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}'


class Raw:
    """An answer's body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        """What botocore reads."""
        return [self._body]


def test_throttles_are_counted_even_where_botocore_tries_again(told: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    answers = iter([(400, THROTTLED), (400, THROTTLED), (200, b"{}")])

    def answer(request: Any, **_: Any) -> Any:
        status, body = next(answers)
        return AWSResponse(request.url, status, {}, Raw(body))  # type: ignore[arg-type]  # what of it is read

    clients = connect(Connection(CREDENTIALS, transport="boto3"))
    clients.reads.meta.events.register("before-send.dynamodb.GetItem", answer)
    assert Calls(clients).read("GetItem", TableName="t", Key={"PK": {"S": "secret"}})["ResponseMetadata"]
    assert told.points(THROTTLES) == [({"db.operation.name": "GetItem", "db.collection.name": "t"}, 2)]


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ({}, 0),
        ({"Error": {"Code": "ThrottlingException"}}, 1),
        ({"Error": {"Code": "ValidationException"}}, 0),
        ({"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [
            {"Code": "None"}, {"Code": "ThrottlingError"}, {"Code": "ProvisionedThroughputExceeded"}]}, 2),
        ({"UnprocessedItems": {"a": [{}, {}], "b": [{}]}}, 3),
        ({"Responses": [{"Error": {"Code": "ThrottlingError"}}, {"TableName": "t"}]}, 1),
        ({"Responses": {"t": [{"Error": {"S": "an attribute"}}]}}, 0),
    ],
)  # fmt: skip
def test_how_much_of_a_request_was_turned_away(answer: dict[str, Any], count: int) -> None:
    assert throttles(answer) == count
