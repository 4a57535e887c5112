"""Clients from the SDK's settings, and the object that makes requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as boto

from crossfade.dal import errors as dal
from crossfade.dynamodb import client as module
from crossfade.dynamodb.calls import Calls, Requested
from crossfade.dynamodb.client import Clients, Connection, connect, connect_streams, create_client
from crossfade.dynamodb.errors import Cancelled, ConditionRefused, Rejected, Unclear
from crossfade.dynamodb.retry import Pacer, Retry
from tests.unit.dynamodb.fakes import Fake, fake

ITEM = {"pk": {"S": "a"}}
PUT: dict[str, Any] = {"TableName": "T", "Item": ITEM}
GET: dict[str, Any] = {"TableName": "T", "Key": ITEM}
TRANSACTION: dict[str, Any] = {"TransactItems": [{"Put": PUT}, {"Delete": {"TableName": "U", "Key": ITEM}}]}


# --------------------------------------------------------------------- connect


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from this machine reaches a test."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                 "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB",
                 "AWS_ENDPOINT_URL_DYNAMODB_STREAMS",
                 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def given(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    """Set region and credentials, and more, in the environment."""
    settings = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", **more}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def test_the_environment_says_where_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, AWS_DEFAULT_REGION="us-west-1", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    clients = connect()
    assert clients.reads.meta.endpoint_url == "http://127.0.0.1:1"
    assert clients.writes.meta.region_name == "eu-west-1"
    clients.close()


@pytest.mark.parametrize("url", ["garbage", "http://[::1"])
def test_an_endpoint_that_is_no_url_is_told(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    given(monkeypatch, AWS_ENDPOINT_URL=url)
    for make in (connect, connect_streams):
        with pytest.raises(dal.ConfigurationError, match=r"AWS_ENDPOINT_URL_DYNAMODB, .* want a URL"):
            make()


def test_the_region_alone_is_enough_of_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    assert "eu-west-1" in create_client().meta.endpoint_url


def test_given_settings_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    client = create_client(endpoint_url="http://127.0.0.1:2", region_name="us-west-2")
    assert (client.meta.endpoint_url, client.meta.region_name) == ("http://127.0.0.1:2", "us-west-2")


def test_a_profile_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        "[profile p]\nregion = eu-north-1\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "p")
    assert create_client().meta.region_name == "eu-north-1"


def test_only_reads_are_retried_by_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    clients = connect(Connection(connect_timeout=1, read_timeout=3, read_attempts=7, pool=9))
    reads: Any = clients.reads.meta.config
    writes: Any = clients.writes.meta.config
    assert reads.retries == {"mode": "standard", "total_max_attempts": 7}
    assert writes.retries == {"mode": "standard", "total_max_attempts": 1}
    for config in (reads, writes):
        assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (1, 3, 9)
        assert config.tcp_keepalive
        assert "crossfade" in config.user_agent_extra


def test_without_credentials_there_is_no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(dal.ConfigurationError, match="no AWS credentials: set AWS_PROFILE"):
        connect()


def test_a_local_endpoint_needs_credentials_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(dal.ConfigurationError, match="no AWS credentials"):
        connect()


def test_the_older_name_of_the_region_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, AWS_DEFAULT_REGION="eu-west-3")
    monkeypatch.delenv("AWS_REGION")
    assert create_client().meta.region_name == "eu-west-3"


def test_without_a_region_there_is_no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(dal.ConfigurationError, match="no AWS region: set AWS_REGION"):
        connect()


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(dal.ConfigurationError, match="nope"):
        connect(Connection({"profile_name": "nope"}))


def test_half_of_the_credentials_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(dal.ConfigurationError, match="no AWS credentials"):
        connect()


def test_streams_are_elsewhere_unless_a_place_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    client = connect_streams()
    assert client.meta.endpoint_url == "https://streams.dynamodb.eu-west-1.amazonaws.com"
    config: Any = client.meta.config
    assert config.retries["total_max_attempts"] == 1
    assert connect_streams(Connection({"endpoint_url": "http://127.0.0.1:2"})).meta.endpoint_url == "http://127.0.0.1:2"
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "http://127.0.0.1:3")
    assert connect_streams().meta.endpoint_url == "http://127.0.0.1:3"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(dal.ConfigurationError, match="no AWS credentials"):
        connect_streams()


def test_a_secret_is_not_shown() -> None:
    assert "hidden" not in repr(Connection({"aws_secret_access_key": "hidden"}))


# ----------------------------------------------------------------------- reads


def test_a_read_goes_to_the_reader_and_is_told() -> None:
    with fake() as f:
        f.reads.add_response(
            "get_item", {"Item": ITEM, "ResponseMetadata": {"RequestId": "R1", "RetryAttempts": 2}}, GET
        )
        assert f.calls.read("GetItem", **GET)["Item"] == ITEM
    (event,) = f.events
    assert event == Requested("GetItem", ("T",), event.seconds, 1, 2, "R1")


def test_a_read_is_not_repeated_here() -> None:
    with fake() as f:
        f.reads.add_client_error("get_item", "ThrottlingException")
        with pytest.raises(dal.CapacityExceeded):
            f.calls.read("GetItem", **GET)
    assert f.slept == []
    assert f.events[0].error == "ThrottlingException"


def test_reading_in_a_transaction_is_repeated_after_a_conflict() -> None:
    request: dict[str, Any] = {"TransactItems": [{"Get": GET}]}
    with fake() as f:
        conflict(f.reads, "transact_get_items", "TransactionConflict")
        f.reads.add_response("transact_get_items", {"Responses": [{"Item": ITEM}]}, request)
        assert f.calls.read("TransactGetItems", **request)["Responses"] == [{"Item": ITEM}]
    assert [e.attempt for e in f.events] == [1, 2]


def test_consumed_capacity_is_asked_for_and_told() -> None:
    with fake(capacity=True) as f:
        consumed = {"TableName": "T", "CapacityUnits": 1.5}
        f.reads.add_response("get_item", {"ConsumedCapacity": consumed}, {**GET, "ReturnConsumedCapacity": "TOTAL"})
        f.calls.read("GetItem", **GET)
        batch: dict[str, Any] = {"RequestItems": {"T": {"Keys": [ITEM]}, "U": {"Keys": [ITEM]}}}
        more = [{"TableName": "T", "CapacityUnits": 1.0}, {"TableName": "U", "CapacityUnits": 0.5}]
        answer: dict[str, Any] = {"Responses": {}, "UnprocessedKeys": {}, "ConsumedCapacity": more}
        f.reads.add_response("batch_get_item", answer, {**batch, "ReturnConsumedCapacity": "TOTAL"})
        f.calls.read("BatchGetItem", **batch)
    assert [(e.units, e.tables) for e in f.events] == [(1.5, ("T",)), (1.5, ("T", "U"))]


def test_nobody_need_listen() -> None:
    with fake() as f:
        f.reads.add_response("get_item", {"Item": ITEM}, GET)
        assert Calls(f.calls.clients).read("GetItem", **GET) == {"Item": ITEM}


# ---------------------------------------------------------------------- writes


def conflict(stubber: Any, method: str, *codes: str) -> None:
    """Let a transaction be cancelled for these reasons."""
    reasons = [{"Code": code} for code in codes]
    stubber.add_client_error(
        method, "TransactionCanceledException", modeled_fields={"CancellationReasons": reasons, "Message": ""}
    )


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "ProvisionedThroughputExceededException", "TransactionConflictException"],
)
def test_a_write_that_was_not_made_is_made_again(code: str) -> None:
    with fake() as f:
        f.writes.add_client_error("put_item", code)
        f.writes.add_response("put_item", {}, PUT)
        f.calls.write("PutItem", **PUT)
    assert len(f.slept) == 1
    assert [(e.attempt, e.error) for e in f.events] == [(1, code), (2, None)]


def test_retries_end() -> None:
    with fake(attempts=2) as f:
        for _ in range(2):
            f.writes.add_client_error("put_item", "ThrottlingException")
        with pytest.raises(dal.CapacityExceeded):
            f.calls.write("PutItem", **PUT)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("InternalServerError", 500, Unclear),
        ("ConditionalCheckFailedException", 400, ConditionRefused),
        ("ValidationException", 400, Rejected),
        ("AccessDeniedException", 400, dal.StoreUnavailable),
        ("ResourceNotFoundException", 400, dal.SchemaMismatch),
    ],
)
def test_a_write_that_may_have_been_made_or_cannot_be_is_not_repeated(
    code: str, status: int, expected: type[Exception]
) -> None:
    with fake() as f:
        f.writes.add_client_error("put_item", code, http_status_code=status)
        with pytest.raises(expected):
            f.calls.write("PutItem", **PUT)
    assert f.slept == []


class Broken:
    """A client whose methods raise, one after the other, then answer nothing."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.requests: list[dict[str, Any]] = []

    def __getattr__(self, method: str) -> Any:
        def send(**request: Any) -> dict[str, Any]:
            self.requests.append(request)
            if self.failures:
                raise self.failures.pop(0)
            return {}

        return send


def broken(*failures: Exception, attempts: int = 3) -> tuple[Broken, Calls]:
    """Calls on such a client."""
    client: Any = Broken(*failures)
    pacer = Pacer(Retry(attempts=attempts), sleep=lambda seconds: None, clock=lambda: 0.0)
    return client, Calls(Clients(client, client), pacer=pacer)


LOST = boto.ReadTimeoutError(endpoint_url="http://x")
REFUSED = boto.EndpointConnectionError(endpoint_url="http://x")


def test_a_write_that_was_never_sent_is_sent_again() -> None:
    client, calls = broken(REFUSED, REFUSED)
    calls.write("UpdateItem", **GET)
    assert len(client.requests) == 3


def test_a_write_that_was_never_sent_is_unavailable_in_the_end() -> None:
    _, calls = broken(REFUSED, REFUSED, REFUSED)
    with pytest.raises(dal.StoreUnavailable):
        calls.write("UpdateItem", **GET)


def test_a_write_whose_reply_is_lost_is_unclear_at_once() -> None:
    client, calls = broken(LOST)
    with pytest.raises(Unclear) as caught:
        calls.write("UpdateItem", **GET)
    assert not caught.value.finished
    assert caught.value.__cause__ is LOST
    assert len(client.requests) == 1


# ---------------------------------------------------------------- transactions


def test_a_transaction_carries_one_token_through_all_tries() -> None:
    client, calls = broken(LOST, LOST)
    calls.write("TransactWriteItems", **TRANSACTION)
    tokens = {request["ClientRequestToken"] for request in client.requests}
    assert len(client.requests) == 3
    assert len(tokens) == 1
    calls.write("TransactWriteItems", **TRANSACTION)
    assert client.requests[-1]["ClientRequestToken"] not in tokens


def test_a_callers_token_is_kept() -> None:
    client, calls = broken()
    calls.write("TransactWriteItems", **TRANSACTION, ClientRequestToken="mine")
    assert client.requests[0]["ClientRequestToken"] == "mine"


def test_a_transaction_that_stays_unclear_is_unclear() -> None:
    _, calls = broken(LOST, LOST, LOST)
    with pytest.raises(Unclear):
        calls.write("TransactWriteItems", **TRANSACTION)


@pytest.mark.parametrize("last", [REFUSED, boto.NoCredentialsError()])
def test_a_transaction_is_unclear_whatever_ends_its_retries(last: Exception) -> None:
    _, calls = broken(LOST, last, last)
    with pytest.raises(Unclear):
        calls.write("TransactWriteItems", **TRANSACTION)


def transact(f: Fake) -> dict[str, Any]:
    """Send the transaction."""
    return f.calls.write("TransactWriteItems", **TRANSACTION, ClientRequestToken="t")


def test_a_transaction_in_progress_is_waited_for() -> None:
    with fake() as f:
        f.writes.add_client_error("transact_write_items", "InternalServerError", http_status_code=500)
        f.writes.add_client_error("transact_write_items", "TransactionInProgressException")
        f.writes.add_response("transact_write_items", {}, {**TRANSACTION, "ClientRequestToken": "t"})
        transact(f)
    assert f.events[0].tables == ("T", "U")


def test_a_transaction_answers_for_an_unclear_try_of_its_own() -> None:
    with fake() as f:
        f.writes.add_client_error("transact_write_items", "InternalServerError", http_status_code=500)
        conflict(f.writes, "transact_write_items", "ConditionalCheckFailed", "None")
        with pytest.raises(Cancelled) as caught:
            transact(f)
    assert caught.value.refused == (0,)


def test_a_transaction_is_repeated_after_a_conflict() -> None:
    with fake() as f:
        conflict(f.writes, "transact_write_items", "TransactionConflict", "None")
        f.writes.add_response("transact_write_items", {})
        transact(f)
    assert len(f.slept) == 1


def test_a_transaction_that_keeps_conflicting_is_a_conflict() -> None:
    with fake(attempts=2) as f:
        for _ in range(2):
            conflict(f.writes, "transact_write_items", "TransactionConflict", "None")
        with pytest.raises(dal.Conflict):
            transact(f)


def test_every_operation_has_its_method() -> None:
    client = create_client(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    methods = {client.meta.method_to_api_mapping[method]: method for method in module._METHODS.values()}
    assert methods == module._METHODS
