"""Replies that say less than DynamoDB's always do, or something else: no write is taken for made by them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from crossfade.dal.errors import CrossfadeError, StoreUnavailable
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Clients, Connection, connect
from crossfade.dynamodb.errors import Unclear
from crossfade.dynamodb.load_ways import Ways
from crossfade.dynamodb.ready import Ready, item_text
from crossfade.dynamodb.steps import Steps, finished

SETTINGS: Any = {"region_name": "eu-west-1", "aws_access_key_id": "AK", "aws_secret_access_key": "SK"}


class Wire:
    """A transport that hears one answer."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def steps(self, operation: str, request: Any, *, again: bool, reader: Any = None) -> Steps[Any]:
        """As `Transport.steps`."""
        del operation, request, again, reader
        yield
        return self._answer


class Raw:
    """A body that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Any:
        return iter([self._body])


class Anyhow:
    """A pace that nobody looks at."""

    def take(self, units: float) -> float:
        return 0.0

    def consumed(self, taken: float, units: float) -> None: ...

    def throttled(self) -> None: ...


def hearing(transport: str, answer: Any, status: int = 200) -> Calls:
    """Calls whose requests are all answered so, by crossfade's own transport or through boto3."""
    if transport == "direct":
        return Calls(Clients(None, None, None, Wire(answer)))  # type: ignore[arg-type]  # nothing else is asked
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    clients = connect(Connection(SETTINGS, transport="boto3", read_attempts=1))
    for client in (clients.reads, clients.writes):
        client.meta.events.register(
            "before-send.dynamodb",
            lambda request, **_: AWSResponse(request.url, status, {}, Raw(body)),  # type: ignore[arg-type]  # what of it is read
        )
    return Calls(clients)


def ready(count: int) -> list[Ready]:
    return [Ready("t", str(i), ("PK",), item_text({"PK": {"S": str(i)}})) for i in range(count)]


STRANGE = [{"T": [{}]}, {"t": [{}]}, {"t": "x"}, {"t": [None]}, {"t": None}, [], "x", None]
STRANGERS: dict[str, Any] = {"t": [{"PutRequest": {"Item": {"PK": {"S": "0"}, "_rev": {"S": "another"}}}}]}


@pytest.mark.parametrize("transport", ["direct", "boto3"])
@pytest.mark.parametrize("answer", [{}, *({"UnprocessedItems": left} for left in (*STRANGE, STRANGERS))])
def test_what_a_batch_left_must_be_told(transport: str, answer: Any) -> None:
    with pytest.raises(Unclear) as caught:
        finished(Ways(hearing(transport, answer), Anyhow()).replace(ready(2)))
    assert not caught.value.finished


@pytest.mark.parametrize("transport", ["direct", "boto3"])
@pytest.mark.parametrize("found", [[], [{}], [{}] * 3, [None, {}], "xy", {"t": [{}, {}]}, [{"Error": {}}, {}], None])
def test_every_statement_must_be_answered(transport: str, found: Any) -> None:
    for answer in ({"Responses": found}, {}):
        with pytest.raises(Unclear):
            finished(Ways(hearing(transport, answer), Anyhow()).insert(ready(2)))


@pytest.mark.parametrize("transport", ["direct", "boto3"])
@pytest.mark.parametrize(
    ("operation", "request_", "answers"),
    [
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [{"PK": {"S": "0"}}]}}}, [
            {}, {"Responses": {"t": []}}, {"Responses": {"t": []}, "UnprocessedKeys": []},
            {"Responses": {"t": []}, "UnprocessedKeys": {"t": {}}}, {"Responses": [], "UnprocessedKeys": {}},
            {"Responses": {"t": []}, "UnprocessedKeys": {"other": {"Keys": []}}}]),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "t", "Key": {"PK": {"S": "0"}}}}]}, [
            {}, {"Responses": []}, {"Responses": "x"}]),
        ("Query", {"TableName": "t"}, [{}, {"Count": 0}, {"Items": "x"}]),
        ("Query", {"TableName": "t", "Select": "COUNT"}, [{}]),
        ("Scan", {"TableName": "t"}, [{}, {"Count": 0}]),
    ],
)  # fmt: skip
def test_what_was_read_must_be_told(transport: str, operation: Any, request_: Any, answers: list[Any]) -> None:
    for answer in answers:
        calls = hearing(transport, answer)
        with pytest.raises(StoreUnavailable) as caught:
            calls.read(operation, **request_)
        assert caught.value.retryable


@pytest.mark.parametrize("status", [301, 302, 403, 404, 408, 413, 429, 502, 503])
def test_a_status_without_an_aws_code_through_boto3(status: int) -> None:
    calls = hearing("boto3", b"<html>", status)
    key: Any = {"TableName": "t", "Key": {"PK": {"S": "0"}}}
    for write, expected in ((True, Unclear), (False, StoreUnavailable)):
        with pytest.raises(CrossfadeError, match=f"HTTP status {status} and no AWS error code") as caught:
            calls.write("DeleteItem", **key) if write else calls.read("GetItem", **key)
        assert type(caught.value) is expected
