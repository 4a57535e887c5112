"""The three ways to write a batch of items: the request, and what its reply says of each. In steps; see there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import urandom
from typing import Any, Literal

from crossfade.dal.errors import CapacityExceeded, ItemTooLarge, SchemaMismatch, StoreError, StoreUnavailable
from crossfade.dynamodb import codec
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.errors import GIVEN_BACK, STORE, ConditionRefused, Rejected, Unclear
from crossfade.dynamodb.limits import MAX_BATCH_WRITE
from crossfade.dynamodb.outcomes import PRESENT, WRITTEN, Outcome, Pace
from crossfade.dynamodb.partiql import MAX_STATEMENTS
from crossfade.dynamodb.partiql import insert as statement
from crossfade.dynamodb.ready import Ready, put_requests
from crossfade.dynamodb.request import units_of
from crossfade.dynamodb.steps import Steps

Outcomes = list[Outcome | None]
"""What became of the items of a batch; None of those that are to be tried again."""

Answered = tuple[Outcomes, float | None]
"""The same, and the write units consumed, where DynamoDB told them."""

_NUMBERS = [f"{number:02x}" for number in range(max(MAX_BATCH_WRITE, MAX_STATEMENTS))]


class Ways:
    """Writes batches of items, each once.

    Args:
        calls: what to send with.
        pace: told where a part of a batch was refused for load.
    """

    def __init__(self, calls: Calls, pace: Pace) -> None:
        self._calls, self._pace = calls, pace

    def put(self, batch: Sequence[Ready]) -> Steps[Answered]:
        """Put the one item of a batch, if there is none under its key. Raises what `passing` tells apart."""
        (item,), (token,) = batch, new_tokens(1)
        try:
            response = yield from self._calls.once(
                "PutItem",
                TableName=item.table,
                Item=item.stamped(token),
                ConditionExpression="attribute_not_exists(#k)",
                ExpressionAttributeNames={"#k": item.names[0]},
            )
        except ConditionRefused:
            return [PRESENT], None
        except (Rejected, ItemTooLarge) as error:
            return [Outcome("refused", error.message)], 0.0
        return [WRITTEN], units_of(response)

    def insert(self, batch: Sequence[Ready]) -> Steps[Answered]:
        """Insert items by statements, which write none that is there. Raises as `put`."""
        stamped = zip(batch, new_tokens(len(batch)), strict=True)
        made = enumerate([statement(item.table, item.stamped(token)) for item, token in stamped])
        statements = {i: statement for i, statement in made if statement is not None}
        apart = dict.fromkeys(i for i in range(len(batch)) if i not in statements)
        outcomes: Outcomes = [None] * len(batch)
        units: float | None = None
        if statements:
            try:
                response = yield from self._calls.once("BatchExecuteStatement", Statements=list(statements.values()))
            except Rejected:
                apart |= dict.fromkeys(statements)
            else:
                units = units_of(response)
                for index, answer in zip(statements, response["Responses"], strict=True):
                    status = self._status(answer)
                    if status == "apart":
                        apart[index] = None
                    else:
                        outcomes[index] = status
        return (yield from self._apart(batch, apart, outcomes, units))

    def _apart(
        self, batch: Sequence[Ready], apart: Iterable[int], outcomes: Outcomes, units: float | None
    ) -> Steps[Answered]:
        """Put those by themselves that no statement can insert, which also tells for certain why."""
        for index in apart:
            try:
                (outcomes[index],), used = yield from self.put([batch[index]])
            except StoreError as error:
                if not any(outcomes) or not passing(error):
                    raise
                break  # what is done is known; the others are tried again
            units = None if units is None or used is None else units + used
        return outcomes, units

    def _status(self, answer: Mapping[str, Any]) -> Outcome | Literal["apart"] | None:
        """What a statement's answer means; None: to be tried again."""
        code = str(answer.get("Error", {}).get("Code", ""))
        # Amazon DynamoDB API Reference, BatchStatementError.
        match code:
            case "":
                return WRITTEN
            case "DuplicateItem" | "ConditionalCheckFailed":
                return PRESENT
            case "ThrottlingError" | "ProvisionedThroughputExceeded" | "RequestLimitExceeded":
                self._pace.throttled()
                return None
            case "InternalServerError" | "TransactionConflict":
                return None
            case "ResourceNotFound":
                raise SchemaMismatch("the table is gone", store=STORE)
            case "AccessDenied":
                error = StoreUnavailable("the credentials lack the permission dynamodb:PartiQLInsert", store=STORE)
                error.retryable = False
                raise error
            case _:
                return "apart"

    def replace(self, batch: Sequence[Ready]) -> Steps[Answered]:
        """Put items over what is there. Raises as `put`, and CapacityExceeded where DynamoDB took none."""
        tokens = new_tokens(len(batch))
        try:
            response = yield from self._calls.once("BatchWriteItem", RequestItems=self._by_table(batch, tokens))
        except (Rejected, ItemTooLarge):
            return (yield from self._apart(batch, range(len(batch)), [None] * len(batch), None))
        left = response["UnprocessedItems"]
        if not left:
            return [WRITTEN] * len(batch), units_of(response)
        missed = {_token(request) for of in left.values() for request in of}
        if not missed.issubset(tokens):
            raise Unclear(GIVEN_BACK, finished=False, store=STORE)
        if missed.issuperset(tokens):
            raise CapacityExceeded("DynamoDB left it unwritten", store=STORE)
        self._pace.throttled()
        return [None if token in missed else WRITTEN for token in tokens], units_of(response)

    def _by_table(self, batch: Sequence[Ready], tokens: Sequence[str]) -> dict[str, Any]:
        """The puts of a batch, as BatchWriteItem takes them; as JSON, where that is what is sent."""
        stamped = list(zip(batch, tokens, strict=True))
        tables = dict.fromkeys([item.table for item in batch])
        if self._calls.takes_json:
            return {name: put_requests([(i.text, token) for i, token in stamped if i.table == name]) for name in tables}
        puts = [(item.table, {"PutRequest": {"Item": item.stamped(token)}}) for item, token in stamped]
        return {name: [put for table, put in puts if table == name] for name in tables}


def new_tokens(count: int) -> list[str]:
    """So many tokens, for `_rev`, up to those of a batch: drawn together, and numbered."""
    drawn = urandom(15).hex()
    return [drawn + number for number in _NUMBERS[:count]]


def _token(request: Any) -> str | None:
    match request:
        case {"PutRequest": {"Item": {codec.REV: {"S": str(token)}}}}:
            return token
    return None


def passing(error: StoreError) -> bool:
    """Whether to send again: it may pass, or the item may be written already."""
    return error.retryable or isinstance(error, Unclear)
