"""Every request to DynamoDB's data: retries, errors and events in one place."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from crossfade.dal.errors import Conflict, CrossfadeError, StoreError
from crossfade.dal.telemetry import asked
from crossfade.dynamodb import errors
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.request import tables_of, units_of
from crossfade.dynamodb.retry import DEFAULT, Pacer
from crossfade.dynamodb.steps import Steps, finished
from crossfade.dynamodb.transport import PageReader

ReadOperation = Literal["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"]
WriteOperation = Literal[
    "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "BatchExecuteStatement"
]


@dataclass(frozen=True, slots=True)
class Requested:
    """One request, for logs, metrics and spans.

    Attributes:
        operation: DynamoDB's name of it.
        tables: the tables it concerns.
        seconds: how long it took until its reply was read, botocore's own retries included.
        attempt: from 1; above it for our own retries.
        retries: botocore's own retries, where it answered.
        request_id: DynamoDB's, where it answered.
        units: consumed capacity units, where asked for.
        error: AWS's code, or the class of the error; None for success.
    """

    operation: str
    tables: tuple[str, ...]
    seconds: float
    attempt: int = 1
    retries: int = 0
    request_id: str | None = None
    units: float | None = None
    error: str | None = None


class Calls:
    """Every request to DynamoDB's data goes through here: retries, errors and events in one place.

    Safe to share between threads.

    Args:
        clients: what to send with.
        pacer: the retries of writes and of what a batch left over.
        on_event: told of every request; must not raise.
        capacity: ask for the consumed capacity of every request.
        clock: a monotonic clock in seconds, for the events.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        pacer: Pacer = DEFAULT,
        on_event: Callable[[Requested], None] | None = None,
        capacity: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.clients = clients
        self.pacer = pacer
        self._on_event = on_event
        self._capacity = capacity
        self._clock = clock

    @property
    def takes_json(self) -> bool:
        """Whether a part of a request may be JSON already (`orjson.Fragment`)."""
        return self.clients.transport is not None

    def read(self, operation: ReadOperation, reader: PageReader | None = None, /, **request: Any) -> dict[str, Any]:
        """Send a read; botocore retries what may pass, and a conflicting TransactGetItems is tried again here.

        Args:
            operation: DynamoDB's name of it.
            reader: reads a page's JSON, where that is at hand: see `Transport.steps`.
            **request: as boto3's low-level client takes it.

        Raises:
            CapacityExceeded, StoreUnavailable, SchemaMismatch, Rejected: see `errors`.
            Conflict: another transaction kept writing what TransactGetItems reads.
            ConfigurationError: the credentials are gone.
        """
        left = iter(range(self.clients.read_attempts - 1))
        return self._repeat(
            lambda attempt: self._steps(operation, request, attempt, write=False, reader=reader),
            lambda error: isinstance(error, Conflict) or (error.retryable and next(left, None) is not None),
        )

    def write(self, operation: WriteOperation, **request: Any) -> dict[str, Any]:
        """Send a write; tried again only where it certainly was not made, or is a transaction.

        A transaction carries a token (`ClientRequestToken`; made here where the caller gave none), by which
        DynamoDB makes it once however often it arrives: "A client request token is valid for 10 minutes after the
        first request that uses it is completed" (API Reference, TransactWriteItems).

        Raises:
            ConditionRefused: the condition of a single write was false.
            Cancelled: a transaction was cancelled by its own content (a false condition, an invalid value).
            Unclear: it may have been made, and may not.
            CapacityExceeded, Conflict, StoreUnavailable: it was not made, to the end of the retries.
            SchemaMismatch, Rejected: no such table; an invalid request.
            ConfigurationError: the credentials are gone.
        """
        repeatable = operation == "TransactWriteItems"
        if repeatable:
            request.setdefault("ClientRequestToken", str(uuid4()))
        unclear: list[errors.Unclear] = []

        def again(error: StoreError) -> bool:
            if isinstance(error, errors.Unclear):
                unclear.append(error)
                return repeatable
            return error.retryable

        try:
            return self._repeat(lambda attempt: self._steps(operation, request, attempt, write=True), again)
        except CrossfadeError as error:
            # What ends the retries of a transaction says nothing about an earlier try that may have been made,
            # unless it is the transaction's own answer.
            if not unclear or error is unclear[-1] or isinstance(error, (errors.Cancelled, errors.Rejected)):
                raise
            raise unclear[-1] from error

    def once(self, operation: WriteOperation, **request: Any) -> Steps[dict[str, Any]]:
        """Send a write a single time; pauses once it is on its way, where botocore's clients are not in between.

        Raises:
            What a single try of `write` does.
        """
        return self._steps(operation, request, 1, write=True)

    def _repeat(
        self, send: Callable[[int], Steps[dict[str, Any]]], again: Callable[[StoreError], bool]
    ) -> dict[str, Any]:
        last: StoreError | None = None
        for attempt in self.pacer.tries():
            try:
                return finished(send(attempt))
            except StoreError as error:
                if not again(error):
                    raise
                last = error
        assert last is not None  # noqa: S101 - narrows the type; there is always a first try
        raise last

    def _steps(
        self,
        operation: str,
        request: dict[str, Any],
        attempt: int,
        *,
        write: bool,
        reader: PageReader | None = None,
    ) -> Steps[dict[str, Any]]:
        if self._capacity:
            request = {"ReturnConsumedCapacity": "TOTAL", **request}
        start = self._clock()
        try:
            response = yield from self.clients.steps(operation, request, write=write, reader=reader)
        except errors.DRIVER_ERRORS as error:
            answer = getattr(error, "response", {})
            self._tell(operation, request, attempt, start, answer, errors.aws_code(error))
            raise errors.translate(error, write=write) from error
        self._tell(operation, request, attempt, start, response, None)
        return response

    def _tell(
        self,
        operation: str,
        request: Mapping[str, Any],
        attempt: int,
        start: float,
        response: Mapping[str, Any],
        error: str | None,
    ) -> None:
        tables, seconds = tables_of(request), self._clock() - start
        asked("aws.dynamodb", operation, seconds, table=tables[0] if len(tables) == 1 else None, error=error)
        if self._on_event is None:
            return
        metadata = response.get("ResponseMetadata", {})
        event = Requested(
            operation=operation,
            tables=tables,
            seconds=seconds,
            attempt=attempt,
            retries=metadata.get("RetryAttempts", 0),
            request_id=metadata.get("RequestId"),
            units=units_of(response),
            error=error,
        )
        self._on_event(event)
