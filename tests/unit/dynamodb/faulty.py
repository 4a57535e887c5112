"""A client between crossfade and a DynamoDB that works, on which requests fail when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError, ReadTimeoutError

Kind = Literal["lost_request", "lost_reply", "server_error", "throttled", "conflict", "dies_before", "dies_after"]

WRITES = ("put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items")


class Died(BaseException):
    """The process ends here."""


@dataclass
class FaultyClient:
    """Counts requests, and fails some.

    Attributes:
        client: does what is asked.
        faults: by the number of the request, from 0; of writes alone where `writes_only`.
        log: the names of the requests so far.
        before: called with number and name before each request that counts.
    """

    client: Any
    faults: Mapping[int, Kind] = field(default_factory=dict)
    writes_only: bool = True
    log: list[str] = field(default_factory=list)
    before: Callable[[int, str], None] | None = None

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)
        if not callable(method) or (self.writes_only and name not in WRITES) or name.startswith(("get_pag", "close")):
            return method

        def call(**request: Any) -> Any:
            number = len(self.log)
            self.log.append(name)
            if self.before is not None:
                self.before(number, name)
            return _failed(self.faults.get(number), name, lambda: method(**request), request)

        return call


def _failed(kind: Kind | None, name: str, send: Callable[[], Any], request: Mapping[str, Any]) -> Any:
    if kind is None:
        return send()
    if kind in {"lost_reply", "server_error", "dies_after"}:
        try:
            send()
        except ClientError:
            if kind == "server_error":
                raise  # DynamoDB itself answered: it found the condition false
    raise _raised(kind, name, request)


def _raised(kind: Kind, name: str, request: Mapping[str, Any]) -> BaseException:
    match kind:
        case "lost_request" | "lost_reply":
            return ReadTimeoutError(endpoint_url="http://dynamodb")
        case "server_error":
            return _error(name, "InternalServerError", 500)
        case "throttled":
            return _error(name, "ProvisionedThroughputExceededException", 400)
        case "conflict" if name == "transact_write_items":
            reasons = [{"Code": "TransactionConflict"} for _ in request["TransactItems"]]
            return _error(name, "TransactionCanceledException", 400, CancellationReasons=reasons)
        case "conflict":
            return _error(name, "TransactionConflictException", 400)
        case "dies_before" | "dies_after":
            return Died()


def _error(name: str, code: str, status: int, **more: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r"},
        **more,
    }
    return ClientError(response, name)
