"""Writing what is absent: the requests as they are sent, and what becomes of every item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from botocore.stub import Stubber

from crossfade.dal.errors import CapacityExceeded, SchemaMismatch
from crossfade.dynamodb import load_ways
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.load import Loader, Mode
from crossfade.dynamodb.outcomes import PRESENT, WRITTEN
from crossfade.dynamodb.partiql import MAX_STATEMENT_LENGTH, insert
from crossfade.dynamodb.probe import takes_statements
from crossfade.dynamodb.ready import Ready, item_text
from crossfade.dynamodb.retry import Pacer, Retry
from tests.unit.dynamodb.fakes import stubbed
from tests.unit.dynamodb.faulty import FaultyClient

REV = {"S": "r"}


class Slow:
    """A pace that counts."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.consumed_: list[float] = []
        self.cuts = 0

    def take(self, units: float) -> float:
        self.taken.append(units)
        return 0.0

    def consumed(self, taken: float, units: float) -> None:
        del taken
        self.consumed_.append(units)

    def throttled(self) -> None:
        self.cuts += 1


class World:
    """A loader on a stubbed client, with time that only passes in waits."""

    def __init__(self, mode: Mode, client: Any, deadline: float = 100) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.pace = Slow()
        policy = Retry(deadline=deadline, attempts=10**9)
        pacer = Pacer(policy, sleep=self._sleep, clock=lambda: self.now, draw=lambda low, high: high)
        self.loader = Loader(Clients(client, client), mode=mode, pace=self.pace, pacer=pacer)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write has the same token."""
    monkeypatch.setattr(load_ways, "new_tokens", lambda count: ["r"] * count)


@pytest.fixture
def client() -> Iterator[tuple[Any, Stubber]]:
    made, stubber = stubbed()
    with stubber:
        yield made, stubber
        stubber.assert_no_pending_responses()


def item(key: str, **more: Any) -> Ready:
    return Ready("t", key, ("PK",), item_text({"PK": {"S": key}, **more}))


def statement(key: str) -> dict[str, Any]:
    return {"Statement": "INSERT INTO \"t\" VALUE {'PK': ?, '_rev': ?}", "Parameters": [{"S": key}, REV]}


def batch(stubber: Stubber, keys: Sequence[str], *errors: str | None, units: float | None = None) -> None:
    """Expect a batch of statements, and answer each with an error's code, or None."""
    codes = errors or [None] * len(keys)
    answers: list[dict[str, Any]] = [{"Error": {"Code": code, "Message": "m"}} if code else {} for code in codes]
    response: dict[str, Any] = {"Responses": answers}
    if units is not None:
        response["ConsumedCapacity"] = [{"CapacityUnits": units}]
    request = {"Statements": [statement(k) for k in keys], "ReturnConsumedCapacity": "TOTAL"}
    stubber.add_response("batch_execute_statement", response, request)


def put(stubber: Stubber, key: str, error: str | None = None, message: str = "m") -> None:
    """Expect a conditional put."""
    request = {
        "TableName": "t",
        "Item": {"PK": {"S": key}, "_rev": REV},
        "ConditionExpression": "attribute_not_exists(#k)",
        "ExpressionAttributeNames": {"#k": "PK"},
        "ReturnConsumedCapacity": "TOTAL",
    }
    if error:
        stubber.add_client_error("put_item", error, message, 400, expected_params=request)
    else:
        stubber.add_response("put_item", {}, request)


def test_25_statements_a_request_and_an_outcome_for_each(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    keys = [str(i) for i in range(27)]
    batch(stubber, keys[:25], *["DuplicateItem" if i == 3 else None for i in range(25)])
    batch(stubber, keys[25:], units=2.0)
    world = World("insert", made)
    loaded = world.loader.load([item(k) for k in keys])
    assert loaded.outcomes == tuple(PRESENT if i == 3 else WRITTEN for i in range(27))
    assert (world.pace.taken, world.pace.consumed_, loaded.units) == ([25.0, 2.0], [25.0, 2.0], 27.0)


def test_only_what_was_throttled_is_sent_again(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    batch(stubber, ["a", "b", "c"], "ThrottlingError", None, "ProvisionedThroughputExceeded")
    batch(stubber, ["a", "c"], "InternalServerError", "RequestLimitExceeded")
    batch(stubber, ["a", "c"])
    world = World("insert", made)
    assert world.loader.load([item(k) for k in "abc"]).outcomes == (WRITTEN,) * 3
    assert world.pace.cuts == 3


def test_what_a_statement_cannot_insert_is_put_and_refused_with_the_reason(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    batch(stubber, ["a", "b"], "ValidationError", "ValidationError")
    put(stubber, "a")
    put(stubber, "b", "ValidationException", "too large")
    outcomes = World("insert", made).loader.load([item("a"), item("b")]).outcomes
    assert outcomes[0] == WRITTEN
    assert outcomes[1].status == "refused"
    assert "too large" in outcomes[1].reason


def test_a_rejected_request_is_split_into_puts(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    stubber.add_client_error("batch_execute_statement", "ValidationException", "duplicates", 400)
    put(stubber, "a")
    put(stubber, "b", "ConditionalCheckFailedException")
    assert World("insert", made).loader.load([item("a"), item("b")]).outcomes == (WRITTEN, PRESENT)


def test_a_minute_of_throttling_neither_loses_nor_fails(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    tries = 35
    for _ in range(tries):
        stubber.add_client_error("batch_execute_statement", "ThrottlingException", "slow down", 400)
    batch(stubber, ["a", "b"])
    world = World("insert", made)
    assert world.loader.load([item("a"), item("b")]).outcomes == (WRITTEN, WRITTEN)
    assert world.now > 60
    assert world.pace.cuts == tries


def test_it_gives_up_after_the_deadline(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    for _ in range(8):
        stubber.add_client_error("batch_execute_statement", "ThrottlingException", "slow down", 400)
    world = World("insert", made, deadline=10)
    with pytest.raises(CapacityExceeded):
        world.loader.load([item("a")])
    assert 5 < world.now <= 10


def test_a_table_that_is_gone_ends_it(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    batch(stubber, ["a"], "ResourceNotFound")
    with pytest.raises(SchemaMismatch):
        World("insert", made).loader.load([item("a")])


class Table:
    """A table that inserts, for faults around it."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}

    def batch_execute_statement(self, **request: Any) -> dict[str, Any]:
        return {"Responses": [self._insert(s["Parameters"]) for s in request["Statements"]]}

    def _insert(self, values: list[Any]) -> dict[str, Any]:
        key = values[0]["S"]
        if key in self.items:
            return {"Error": {"Code": "DuplicateItem"}}
        self.items[key] = values
        return {}


def test_a_reply_that_is_lost_after_the_write_is_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.dynamodb.faulty.WRITES", ("batch_execute_statement",))
    table = Table()
    world = World("insert", FaultyClient(table, {0: "lost_reply", 1: "lost_request", 2: "server_error"}))
    outcomes = world.loader.load([item("a"), item("b")]).outcomes
    assert outcomes == (PRESENT, PRESENT)
    assert list(table.items) == ["a", "b"]


def test_puts_one_by_one_where_there_are_no_statements(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    put(stubber, "a", "ThrottlingException")
    put(stubber, "a")
    world = World("put", made)
    assert world.loader.load([item("a")]).outcomes == (WRITTEN,)
    assert world.pace.cuts == 1


def test_half_of_each_batch_unprocessed_again_and_again(
    client: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, stubber = client
    keys = [str(i) for i in range(25)]
    monkeypatch.setattr(load_ways, "new_tokens", lambda count: keys[:count])
    left = keys
    while left:
        rest = left[: len(left) // 2]
        stubber.add_response(
            "batch_write_item",
            {"UnprocessedItems": _writes(rest) if rest else {}},
            {"RequestItems": _writes(left), "ReturnConsumedCapacity": "TOTAL"},
        )
        left = rest
    world = World("replace", made)
    assert world.loader.load([item(k) for k in keys]).outcomes == (WRITTEN,) * 25
    assert world.pace.taken == [25.0, 12.0, 6.0, 3.0, 1.0]


def _writes(keys: Sequence[str]) -> dict[str, Any]:
    return {"t": [{"PutRequest": {"Item": {"PK": {"S": k}, "_rev": {"S": k}}}} for k in keys]}


def test_an_item_that_no_batch_takes_is_refused_alone(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    stubber.add_client_error("batch_write_item", "ValidationException", "too large", 400)
    put(stubber, "a")
    put(stubber, "b", "ValidationException", "too large")
    outcomes = World("replace", made).loader.load([item("a"), item("b")]).outcomes
    assert (outcomes[0], outcomes[1].status) == (WRITTEN, "refused")


def test_names_are_quoted_and_values_are_parameters() -> None:
    assert insert('my"table', {"it's": {"S": "'; DROP"}, 'a"b': {"N": "1"}}) == {
        "Statement": """INSERT INTO "my""table" VALUE {'it''s': ?, 'a"b': ?}""",
        "Parameters": [{"S": "'; DROP"}, {"N": "1"}],
    }


def test_a_statement_that_would_be_too_long_is_none(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    names = {f"{i:0100}": {"S": ""} for i in range(80)}
    assert insert("t", names) is None
    assert len(str((insert("t", dict(list(names.items())[:76])) or {})["Statement"])) <= MAX_STATEMENT_LENGTH
    # The statements of a batch go first.
    batch(stubber, ["b"])
    stubber.add_response("put_item", {})
    long = item("a", **names)
    assert World("insert", made).loader.load([long, item("b")]).outcomes == (WRITTEN, WRITTEN)


@pytest.mark.parametrize(
    ("code", "status", "takes"),
    [("ValidationException", 400, False), ("UnknownOperationException", 400, False), ("500", 500, False)],
)
def test_whether_the_endpoint_takes_statements(
    client: tuple[Any, Stubber], code: str, status: int, takes: bool
) -> None:
    made, stubber = client
    stubber.add_client_error("batch_execute_statement", code, "m", status)
    assert takes_statements(Clients(made, made), "control") is takes


def test_it_takes_statements_if_only_the_key_is_refused(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    request = {"Statements": [{"Statement": "INSERT INTO \"control\" VALUE {'pk': ?}", "Parameters": [{"S": ""}]}]}
    stubber.add_response("batch_execute_statement", {"Responses": [{"Error": {"Code": "ValidationError"}}]}, request)
    assert takes_statements(Clients(made, made), "control")
