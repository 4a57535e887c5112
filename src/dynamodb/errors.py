"""What botocore raises, as the errors of `dal.errors`: by class and AWS code, never by message text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.errors import (
    CapacityExceeded,
    ConditionFailed,
    ConfigurationError,
    Conflict,
    ItemTooLarge,
    OutcomeUnknown,
    SchemaMismatch,
    StoreError,
    StoreUnavailable,
)
from crossfade.dynamodb.wire import Item

STORE = "dynamodb"

DRIVER_ERRORS = (boto.BotoCoreError, boto.ClientError, ResponseParserError)
"""What a request may raise; `translate` takes any of them."""

NO_CREDENTIALS = (
    "no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run under a role"
)
NO_REGION = "no AWS region: set AWS_REGION, or `region` in the AWS profile"


class ConditionRefused(ConditionFailed):
    """The condition of a single write was false; nothing was written.

    For `dynamodb/` alone, which turns it into DuplicateKey, NotFound, VersionConflict ...

    Attributes:
        item: the item as it is, where the request asked for it (`ReturnValuesOnConditionCheckFailure`) and there
            is one.
    """

    def __init__(self, message: str, *, item: Item | None = None, **details: Any) -> None:
        self.item = item
        super().__init__(message, **details)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one action of a cancelled transaction failed; reasons stand in the order of the actions.

    Attributes:
        code: `None` (as text) for an action that was fine, `ConditionalCheckFailed`, `TransactionConflict`,
            `ProvisionedThroughputExceeded`, `ThrottlingError`, `ItemCollectionSizeLimitExceeded`, `ValidationError`.
        item: the item as it is, where the action asked for it.
    """

    code: str
    item: Item | None = None


class Cancelled(ConditionFailed):
    """A transaction was cancelled because of what it holds; nothing was written. For `dynamodb/` alone."""

    def __init__(self, message: str, *, reasons: Sequence[Reason] = (), **details: Any) -> None:
        self.reasons = tuple(reasons)
        super().__init__(message, **details)

    @property
    def refused(self) -> tuple[int, ...]:
        """The positions of the actions whose condition was false."""
        return tuple(i for i, reason in enumerate(self.reasons) if reason.code == "ConditionalCheckFailed")


class Unclear(OutcomeUnknown):
    """A write that may have been made. For `dynamodb/` alone, which looks at the item's `_rev`.

    Attributes:
        finished: DynamoDB itself answered with a 5xx. "When you receive a status code 500 on a write operation,
            the operation may have succeeded or failed ... your application should read the state of the item
            before retrying" (Amazon DynamoDB Developer Guide, "Error handling"): a consistent read settles it.
            False where the reply was lost: the request may still arrive, after any read.
    """

    def __init__(self, message: str, *, finished: bool, **details: Any) -> None:
        self.finished = finished
        super().__init__(message, **details)


class Rejected(StoreError):
    """DynamoDB calls the request invalid; nothing was written.

    The code is the same for a malformed expression, an operand of another type, and an update that would make
    the item larger than 400 KB; whoever made the request can tell by reading the item.
    """


class ChangesLost(StoreError):
    """Changes of a table were never read from its stream, and are not kept any more: the other store lacks them."""


class IteratorExpired(StoreError):
    """The place in a stream's shard was asked for too long ago. For `dynamodb/` alone, which asks again."""


class Undecodable(StoreError):
    """An item that does not hold what the contract says.

    Attributes:
        attribute: the attribute's path, dotted.
        item_key: the item's key attributes as they are stored.
    """

    def __init__(
        self, message: str, *, attribute: str = "", item_key: Mapping[str, Any] | None = None, **details: Any
    ) -> None:
        self.attribute = attribute
        self.item_key = item_key
        super().__init__(message, store=STORE, **details)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What an AWS code means: the error, what to say, and whether another try may help (None: as the error says)."""

    error: type[StoreError]
    says: str
    retryable: bool | None = None


_THROTTLED = _Meaning(CapacityExceeded, "DynamoDB is over the throughput that the table or the account has")
_CONTENDED = _Meaning(Conflict, "another transaction is writing the same item")
_NO_TABLE = _Meaning(SchemaMismatch, "no such table or index: create the tables first, and check prefix and region")
_REFUSED = _Meaning(StoreUnavailable, "DynamoDB refuses the credentials, or they lack the permission", False)
_INVALID = _Meaning(Rejected, "DynamoDB calls the request invalid")

# Amazon DynamoDB Developer Guide, "Error handling with DynamoDB"; API Reference, "Common Errors".
_CODES: Mapping[str, _Meaning] = {
    **dict.fromkeys(
        (
            "BandwidthLimitExceeded",
            "LimitExceededException",
            "ProvisionedThroughputExceeded",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingError",
            "ThrottlingException",
            "TooManyRequestsException",
        ),
        _THROTTLED,
    ),
    **dict.fromkeys(
        (
            "ReplicatedWriteConflictException",
            "ResourceInUseException",
            "TransactionConflict",
            "TransactionConflictException",
            "TransactionInProgressException",
        ),
        _CONTENDED,
    ),
    **dict.fromkeys(("ResourceNotFoundException", "TableNotFoundException", "IndexNotFoundException"), _NO_TABLE),
    **dict.fromkeys(
        (
            "AccessDeniedException",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "NotAuthorized",
            "OptInRequired",
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        _REFUSED,
    ),
    **dict.fromkeys(
        ("IdempotentParameterMismatchException", "SerializationException", "UnknownOperationException",
         "ValidationError", "ValidationException"),
        _INVALID,
    ),
    "ExpiredIteratorException": _Meaning(IteratorExpired, "the shard iterator is older than 15 minutes"),
    "TrimmedDataAccessException": _Meaning(ChangesLost, "the stream does not keep these changes any more"),
    "ItemCollectionSizeLimitExceededException": _Meaning(ItemTooLarge, "the items of the partition exceed 10 GB"),
}  # fmt: skip

GIVEN_BACK = "what DynamoDB gives back unwritten is not what it was given"

_ANSWERED = frozenset({"InternalFailure", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException"})
"""The codes with which DynamoDB itself ends a request that it could not finish; other 5xx come from in between."""

_NEVER_SENT = (
    boto.ConnectTimeoutError,
    boto.CredentialRetrievalError,
    boto.EndpointConnectionError,
    boto.MetadataRetrievalError,
    boto.ProxyConnectionError,
    boto.SSOError,
    boto.TokenRetrievalError,
)


def translate(error: Exception, *, write: bool) -> CrossfadeError:
    """The error for what botocore raised.

    Args:
        error: one of `DRIVER_ERRORS`.
        write: whether the request may have changed something: what is unclear then becomes `Unclear`.

    Returns:
        `ConditionRefused`, `Cancelled`, `Rejected` or `Unclear`, or one of `dal.errors`; with the request id.
    """
    if isinstance(error, boto.ClientError):
        return _answered(error, write)
    match error:
        case boto.NoCredentialsError() | boto.PartialCredentialsError():
            return ConfigurationError(NO_CREDENTIALS)
        case boto.NoRegionError():
            return ConfigurationError(NO_REGION)
        case boto.ProfileNotFound():
            return ConfigurationError(f"{error}: set AWS_PROFILE to one that ~/.aws/config has")
        case boto.ParamValidationError():
            # botocore's own text quotes the values, sensitive ones too.
            return Rejected("the request is malformed", store=STORE)
    if isinstance(error, ResponseParserError):
        return _unsettled(f"{error}: see whether a proxy or gateway changes it", write)
    if isinstance(error, _NEVER_SENT) or not write:
        return StoreUnavailable(f"DynamoDB cannot be reached: {error}", store=STORE)
    return Unclear(f"the reply to a write was lost: {error}", finished=False, store=STORE)


def aws_code(error: Exception) -> str:
    """AWS's code of an error, or the name of its class."""
    if isinstance(error, boto.ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def throttles(answer: Mapping[str, Any]) -> int:
    """How much of a request DynamoDB turned away for throughput: all of it, actions, statements or leftover writes."""
    of_statements = (response.get("Error", {}) for response in _listed(answer.get("Responses")))
    said = (answer.get("Error", {}), *_reasons(answer), *of_statements)
    leftover = (answer.get("UnprocessedItems") or {}).values()
    return sum(_CODES.get(of.get("Code", "")) is _THROTTLED for of in said) + sum(map(len, leftover))


def _listed(responses: Any) -> Sequence[Mapping[str, Any]]:
    """The answers to statements; those of BatchGetItem are items, by table."""
    return responses if isinstance(responses, list) else ()


def _answered(error: boto.ClientError, write: bool) -> CrossfadeError:
    response: Mapping[str, Any] = error.response
    metadata = response.get("ResponseMetadata", {})
    details = {"store": STORE, "request_id": metadata.get("RequestId")}
    code = aws_code(error)
    if code == "ConditionalCheckFailedException":
        return ConditionRefused("the condition does not hold", item=response.get("Item"), **details)
    if code == "TransactionCanceledException":
        return _cancelled([Reason(r.get("Code", "None"), r.get("Item")) for r in _reasons(response)], details)
    meaning = _CODES.get(code)
    if meaning is not None:
        return _made(meaning, code, response, details)
    status = metadata.get("HTTPStatusCode")
    if code in {"", str(status)}:
        return _unsettled(
            f"something between here and DynamoDB answered, with HTTP status {status} and no AWS error code: "
            "look at the proxy or gateway",
            write,
            request_id=details["request_id"],
        )
    # 408, a request timeout, is the one client error that says nothing of what was done.
    if status in range(400, 500) and status != 408:
        return _made(_INVALID, code, response, details)
    if write:
        return Unclear(f"DynamoDB could not finish a write ({code})", finished=code in _ANSWERED, **details)
    return StoreUnavailable(f"DynamoDB could not answer ({code})", **details)


def _unsettled(message: str, write: bool, *, request_id: str | None = None) -> StoreError:
    """The error for an answer that is not DynamoDB's."""
    if write:
        return Unclear(message, finished=False, store=STORE, request_id=request_id)
    return StoreUnavailable(message, store=STORE, request_id=request_id)


def _reasons(response: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found = response.get("CancellationReasons")
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else ()


def _cancelled(reasons: Sequence[Reason], details: Mapping[str, Any]) -> CrossfadeError:
    codes = {reason.code for reason in reasons} - {"None"}
    meanings = [_CODES.get(code) for code in sorted(codes)]
    if _CONTENDED in meanings and set(meanings) <= {_CONTENDED, _THROTTLED}:
        return _made(_CONTENDED, "TransactionCanceledException", {}, details)
    if meanings and set(meanings) == {_THROTTLED}:
        return _made(_THROTTLED, "TransactionCanceledException", {}, details)
    text = ", ".join(sorted(codes)) or "no reason given"
    return Cancelled(f"the transaction was cancelled: {text}", reasons=reasons, **details)


def _made(meaning: _Meaning, code: str, response: Mapping[str, Any], details: Mapping[str, Any]) -> StoreError:
    said = response.get("Error", {}).get("Message", "")
    made = meaning.error(f"{meaning.says} ({code}{': ' + said if said else ''})", **details)
    if meaning.retryable is not None:
        made.retryable = meaning.retryable
    return made
