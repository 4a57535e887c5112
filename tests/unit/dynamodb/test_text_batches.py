"""Batches of puts that are sent as JSON: what arrives, what is given back, and what is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from botocore.exceptions import ReadTimeoutError

from crossfade.contract import loads
from crossfade.contract.plan import plan_contract
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.errors import InvalidKey, OutcomeUnknown
from crossfade.dal.prepare import Preparer
from crossfade.dynamodb import DynamoDBStore
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.steps import Steps
from tests.unit.dynamodb.opened import impatient

COLUMNS = {"shop": ("S", "varchar(3000)"), "id": ("N", "int"), "name": ("S", "varchar(40)")}
ATTRIBUTES = [
    {"name": n, "type": t, "source_column": n, "source_type": s, "nullable": n == "name"}
    for n, (t, s) in COLUMNS.items()
]
TABLE = {"table": "Wares", "type": "single-entity", "entity_type": "WARE", "source_table": "wares"}
KEYS = {"pk": "shop", "sk": "id", "key": ["shop", "id"]}
CONTRACT = loads(json.dumps({"version": "2", "tables": [{**TABLE, **KEYS, "attributes": ATTRIBUTES}]}))
Sent = list[tuple[str, dict[str, Any]]]


class Wire:
    """A transport that keeps what it was given, as DynamoDB would read it."""

    def __init__(self, answer: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
        self.sent: Sent = []
        self._answer = answer

    def steps(self, operation: str, request: Any, *, again: bool, reader: Any = None) -> Steps[dict[str, Any]]:
        del again, reader
        read = orjson.loads(orjson.dumps(request))
        self.sent.append((operation, read))
        yield
        return self._answer(operation, read)


def all_written(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a batch of which nothing is left."""
    del operation, request
    return {"UnprocessedItems": {}}


def repository(wire: Wire) -> Any:
    """The wares over a transport."""
    store = DynamoDBStore(CONTRACT, Clients(None, None, None, wire), pacer=impatient())  # type: ignore[arg-type]  # nothing else is asked
    prepare = Preparer(CONTRACT.entities["WARE"], lambda: datetime.now(UTC))
    tools = Tools(prepare, plan_contract(CONTRACT)["WARE"], CursorSigner(b""))
    return store.repository(bind(CONTRACT, "WARE"), tools)


def ware(number: int, **more: Any) -> dict[str, Any]:
    """A ware."""
    return {"shop": "s", "id": number, "name": f'a "{number}"', **more}


def items(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of a batch, without their tokens."""
    puts = [one["PutRequest"]["Item"] for one in request["RequestItems"]["Wares"]]
    return [{n: v for n, v in put.items() if n != "_rev"} for put in puts]


def stored(number: int) -> dict[str, Any]:
    """The item of a ware."""
    made = {"_type": {"S": "WARE"}, "shop": {"S": "s"}, "id": {"N": str(number)}}
    return {**made, "name": {"S": f'a "{number}"'}}


def test_the_items_of_a_batch_are_those_of_its_records() -> None:
    wire = Wire(all_written)
    result = repository(wire).put_many([ware(1), ware(2), ware(1, name=None)])
    ((operation, request),) = wire.sent
    assert operation == "BatchWriteItem"
    nameless = {n: v for n, v in stored(1).items() if n != "name"}
    assert items(request) == [nameless, stored(2)]
    assert ([dict(k) for k in result.written], result.failed) == ([{"shop": "s", "id": n} for n in (1, 2)], [])
    tokens = {one["PutRequest"]["Item"]["_rev"]["S"] for one in request["RequestItems"]["Wares"]}
    assert len(tokens) == 1


def test_the_last_of_one_key_is_put_whichever_ways_they_go() -> None:
    nameless = {"shop": "s", "id": 1}  # a dictionary that leaves fields out goes the long way
    for given, name in (([ware(1), ware(2), nameless], None), ([nameless, ware(2), ware(1)], stored(1)["name"])):
        wire = Wire(all_written)
        result = repository(wire).put_many(given)
        assert [dict(key)["id"] for key in result.written] == [1, 2]
        assert [one.get("name") for one in items(wire.sent[0][1])] == [name, stored(2)["name"]]


def test_a_key_that_is_too_long_is_said_to_be() -> None:
    wire = Wire(all_written)
    result = repository(wire).put_many([ware(1, shop="x" * 2049), ware(2)])
    (found,) = result.failed
    assert isinstance(found[1], InvalidKey)
    assert items(wire.sent[0][1]) == [stored(2)]


def test_a_key_of_more_characters_than_are_surely_short_enough_goes_the_long_way() -> None:
    wire = Wire(all_written)
    repository(wire).put_many([ware(1, shop="x" * 600)])
    assert items(wire.sent[0][1])[0]["shop"] == {"S": "x" * 600}


def test_what_is_given_back_is_sent_again() -> None:
    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        puts = request["RequestItems"]["Wares"]
        return {"UnprocessedItems": {"Wares": puts[1:]} if len(puts) == 2 else {}}

    wire = Wire(answer)
    result = repository(wire).put_many([ware(1), ware(2)])
    assert [items(request) for _, request in wire.sent] == [[stored(1), stored(2)], [stored(2)]]
    assert len(result.written) == 2


def test_a_lost_reply_is_answered_by_what_lies_there() -> None:
    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "BatchWriteItem":
            raise ReadTimeoutError(endpoint_url="http://db")
        first = wire.sent[0][1]["RequestItems"]["Wares"][0]["PutRequest"]["Item"]
        return {"Responses": {"Wares": [first]}, "UnprocessedKeys": {}}

    wire = Wire(answer)
    result = repository(wire).put_many([ware(1), ware(2)])
    assert [dict(key)["id"] for key in result.written] == [1]
    assert [(dict(key)["id"], type(error)) for key, error in result.failed] == [(2, OutcomeUnknown)]
