"""What botocore raises, as errors of the repository."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from crossfade.dal import errors as dal
from crossfade.dynamodb.errors import (
    Cancelled,
    ConditionRefused,
    Reason,
    Rejected,
    Unclear,
    Undecodable,
    translate,
)

UNREACHABLE: dict[str, Any] = {"endpoint_url": "http://x", "error": "refused"}


def answer(code: str, status: int = 400, **more: Any) -> boto.ClientError:
    """The error for what DynamoDB answers."""
    response = {
        "Error": {"Code": code, "Message": "the message"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "R1"},
        **more,
    }
    return boto.ClientError(response, "PutItem")  # type: ignore[arg-type]  # a response has more keys than the stub knows


@pytest.mark.parametrize(
    ("code", "expected", "retryable"),
    [
        ("ProvisionedThroughputExceededException", dal.CapacityExceeded, True),
        ("ThrottlingException", dal.CapacityExceeded, True),
        ("TooManyRequestsException", dal.CapacityExceeded, True),
        ("RequestTimeTooSkewed", dal.StoreUnavailable, False),
        ("RequestLimitExceeded", dal.CapacityExceeded, True),
        ("LimitExceededException", dal.CapacityExceeded, True),
        ("TransactionConflictException", dal.Conflict, True),
        ("TransactionInProgressException", dal.Conflict, True),
        ("ReplicatedWriteConflictException", dal.Conflict, True),
        ("ResourceNotFoundException", dal.SchemaMismatch, False),
        ("AccessDeniedException", dal.StoreUnavailable, False),
        ("ExpiredTokenException", dal.StoreUnavailable, False),
        ("UnrecognizedClientException", dal.StoreUnavailable, False),
        ("ItemCollectionSizeLimitExceededException", dal.ItemTooLarge, False),
        ("ValidationException", Rejected, False),
        ("SomethingNewException", Rejected, False),
    ],
)
@pytest.mark.parametrize("write", [True, False])
def test_a_code_has_its_error(code: str, expected: type, retryable: bool, write: bool) -> None:
    error = translate(answer(code), write=write)
    assert type(error) is expected
    assert isinstance(error, dal.StoreError)
    assert (error.retryable, error.store, error.request_id) == (retryable, "dynamodb", "R1")
    assert code in error.message


@pytest.mark.parametrize(
    ("code", "status", "finished"),
    [
        ("InternalServerError", 500, True),
        ("ServiceUnavailable", 503, True),
        ("503", 503, False),
        ("GatewayTimeout", 504, False),
        ("RequestTimeout", 408, False),
        ("301", 301, False),
    ],
)
def test_a_server_error_leaves_a_write_unclear_and_a_read_undone(code: str, status: int, finished: bool) -> None:
    error = translate(answer(code, status), write=True)
    assert isinstance(error, Unclear)
    assert isinstance(error, dal.OutcomeUnknown)
    assert error.finished is finished
    read = translate(answer(code, status), write=False)
    assert type(read) is dal.StoreUnavailable
    assert read.retryable


@pytest.mark.parametrize(
    ("code", "status"), [("403", 403), ("404", 404), ("413", 413), ("429", 429), ("302", 302), ("", 400), ("502", 502)]
)
def test_a_status_without_an_aws_code_is_not_dynamodbs_word(code: str, status: int) -> None:
    error = translate(answer(code, status), write=True)
    assert isinstance(error, Unclear)
    assert not error.finished
    assert f"HTTP status {status} and no AWS error code" in error.message
    read = translate(answer(code, status), write=False)
    assert type(read) is dal.StoreUnavailable
    assert read.message == error.message


def test_a_throttled_503_is_throttling() -> None:
    assert type(translate(answer("ThrottlingException", 503), write=True)) is dal.CapacityExceeded


@pytest.mark.parametrize(
    "error",
    [
        boto.EndpointConnectionError(**UNREACHABLE),
        boto.ConnectTimeoutError(**UNREACHABLE),
        boto.ProxyConnectionError(proxy_url="http://x", error="refused"),
        boto.CredentialRetrievalError(provider="role", error_msg="?"),
    ],
)
@pytest.mark.parametrize("write", [True, False])
def test_what_was_never_sent_is_not_made(error: Exception, write: bool) -> None:
    found = translate(error, write=write)
    assert type(found) is dal.StoreUnavailable
    assert found.retryable


@pytest.mark.parametrize(
    "error",
    [
        boto.ReadTimeoutError(**UNREACHABLE),
        boto.ConnectionClosedError(**UNREACHABLE),
        boto.SSLError(**UNREACHABLE),
        boto.HTTPClientError(error="?"),
        ResponseParserError("not JSON"),
    ],
)
def test_a_lost_reply_leaves_a_write_unclear(error: Exception) -> None:
    found = translate(error, write=True)
    assert isinstance(found, Unclear)
    assert not found.finished
    assert type(translate(error, write=False)) is dal.StoreUnavailable


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (boto.NoCredentialsError(), "AWS_PROFILE"),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), "AWS_ACCESS_KEY_ID"),
        (boto.NoRegionError(), "AWS_REGION"),
        (boto.ProfileNotFound(profile="nope"), "nope"),
    ],
)
def test_a_missing_setting_says_where_to_set_it(error: Exception, says: str) -> None:
    found = translate(error, write=True)
    assert type(found) is dal.ConfigurationError
    assert says in str(found)


def test_a_malformed_request_is_told_without_its_values() -> None:
    found = translate(boto.ParamValidationError(report="Invalid type for Item.password, value: secret"), write=True)
    assert type(found) is Rejected
    assert "secret" not in str(found)


def test_a_refused_condition_carries_the_item() -> None:
    item = {"id": {"N": "1"}}
    error = translate(answer("ConditionalCheckFailedException", Item=item), write=True)
    assert isinstance(error, ConditionRefused)
    assert isinstance(error, dal.ConditionFailed)
    assert error.item == item
    bare = translate(answer("ConditionalCheckFailedException"), write=True)
    assert isinstance(bare, ConditionRefused)
    assert bare.item is None


def cancelled(*codes: str, **item: Any) -> Any:
    """The error for a cancelled transaction; `item` goes with each failed condition."""
    reasons = [
        {"Code": code, **({"Item": item} if item and code == "ConditionalCheckFailed" else {})} for code in codes
    ]
    return translate(answer("TransactionCanceledException", CancellationReasons=reasons), write=True)


def test_a_transaction_cancelled_by_a_condition_says_which() -> None:
    error = cancelled("None", "ConditionalCheckFailed", "TransactionConflict", id={"N": "1"})
    assert isinstance(error, Cancelled)
    assert error.reasons == (
        Reason("None"),
        Reason("ConditionalCheckFailed", {"id": {"N": "1"}}),
        Reason("TransactionConflict"),
    )
    assert error.refused == (1,)
    assert not error.retryable


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("None", "TransactionConflict"), dal.Conflict),
        (("TransactionConflict", "ThrottlingError"), dal.Conflict),
        (("ThrottlingError", "None"), dal.CapacityExceeded),
        (("ProvisionedThroughputExceeded",), dal.CapacityExceeded),
        (("ValidationError", "TransactionConflict"), Cancelled),
        (("ItemCollectionSizeLimitExceeded",), Cancelled),
        (("SomethingNew", "TransactionConflict"), Cancelled),
        ((), Cancelled),
    ],
)
def test_a_transaction_cancelled_by_others_may_be_tried_again(codes: tuple[str, ...], expected: type) -> None:
    error = cancelled(*codes)
    assert isinstance(error, dal.StoreError)
    assert type(error) is expected
    assert error.retryable is (expected is not Cancelled)


@pytest.mark.parametrize(("reasons", "found"), [("x", ()), (None, ()), ([None], (Reason("None"),))])
def test_reasons_of_another_shape_are_none(reasons: Any, found: tuple[Reason, ...]) -> None:
    error = translate(answer("TransactionCanceledException", CancellationReasons=reasons), write=True)
    assert isinstance(error, Cancelled)
    assert error.reasons == found


def test_an_undecodable_item_is_a_store_error() -> None:
    error = Undecodable("the attribute a is odd", attribute="a", item_key={"PK": {"S": "x"}}, entity="E")
    assert isinstance(error, dal.StoreError)
    assert str(error) == "E: the attribute a is odd [dynamodb]"
