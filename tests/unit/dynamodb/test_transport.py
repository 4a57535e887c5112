"""The transport: literal requests and replies, on sockets of this process."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from zlib import crc32

import boto3
import pytest
from botocore import exceptions as boto
from botocore.credentials import Credentials

from crossfade.dal.errors import ConfigurationError
from crossfade.dynamodb.channels import Channel, Channels, NotConnected, Reply
from crossfade.dynamodb.client import Connection, connect, create_client
from crossfade.dynamodb.signing import Scope, Signer
from crossfade.dynamodb.steps import Flight, finished
from crossfade.dynamodb.transport import Transport, _where

URL = "http://db:8000/"
KEY = {"TableName": "t", "Key": {"PK": {"S": "é"}}}
Peer = socket.socket


def reply(body: bytes | dict[str, Any], status: int = 200, *more: str, crc: int | None = None) -> bytes:
    """A reply as DynamoDB makes it."""
    held = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Whatever",
        "x-amzn-RequestId: R1",
        f"x-amz-crc32: {crc32(held) if crc is None else crc}",
        f"Content-Length: {len(held)}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + held


class Net:
    """Connections to a server that says what the test wants: the first one hears the first script, and so on."""

    def __init__(self) -> None:
        self.scripts: list[Callable[[Peer], object] | None] = []
        self.peers: list[Peer] = []
        self.dialled: list[socket.socket] = []

    def dial(self) -> socket.socket:
        """A connection whose other end has spoken already."""
        script = self.scripts[len(self.peers)]
        if script is None:
            raise NotConnected("refused")
        ours, theirs = socket.socketpair()
        ours.settimeout(0.01)
        self.peers.append(theirs)
        self.dialled.append(ours)
        script(theirs)
        return ours


@pytest.fixture
def net() -> Iterator[Net]:
    made = Net()
    yield made
    for one in (*made.peers, *made.dialled):
        one.close()


@pytest.fixture
def transport(net: Net) -> Iterator[Transport]:
    signer = Signer(Credentials("AK", "SK"), Scope("db:8000", "eu-west-1", "dynamodb"), lambda: 0)
    made = Transport(signer, net.dial, URL, kept=2)
    yield made
    made.close()


def says(*replies: bytes) -> Callable[[Peer], object]:
    def say(peer: Peer) -> None:
        for one in replies:
            peer.sendall(one)

    return say


def sent(transport: Transport, operation: str, request: dict[str, Any], **how: Any) -> dict[str, Any]:
    """The answer to a request."""
    return finished(transport.steps(operation, request, **how))


def falls_silent(peer: Peer) -> None:
    peer.shutdown(socket.SHUT_WR)


def test_a_request_and_its_reply(net: Net, transport: Transport) -> None:
    net.scripts = [says(reply({"Item": {"a": {"N": "1"}}}))]
    answer = sent(transport, "GetItem", KEY, again=True)
    assert answer == {
        "Item": {"a": {"N": "1"}},
        "ResponseMetadata": {"RequestId": "R1", "HTTPStatusCode": 200, "RetryAttempts": 0},
    }
    head, body = net.peers[0].recv(9999).split(b"\r\n\r\n")
    assert body == '{"TableName":"t","Key":{"PK":{"S":"é"}}}'.encode()
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first == "POST / HTTP/1.1"
    assert headers.pop("authorization").startswith(
        "AWS4-HMAC-SHA256 Credential=AK/19700101/eu-west-1/dynamodb/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
    )
    assert headers == {
        "content-type": "application/x-amz-json-1.0", "host": "db:8000", "x-amz-date": "19700101T000000Z",
        "x-amz-target": "DynamoDB_20120810.GetItem", "content-length": str(len(body)), "user-agent": "crossfade",
    }  # fmt: skip


def test_a_connection_is_used_again(net: Net, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Channel, "quiet", True)  # the server has said all of it already
    net.scripts = [says(reply({"a": 1}))]
    assert sent(transport, "GetItem", KEY, again=True)["a"] == 1
    net.peers[0].sendall(reply({"a": 2}))
    assert sent(transport, "PutItem", KEY, again=False)["a"] == 2
    assert len(net.peers) == 1


def test_binary_values_travel_as_base64(net: Net, transport: Transport) -> None:
    stored = {"B": {"M": {"x": {"B": "AAE="}, "BS": {"L": [{"BS": ["Ag==", "Aw=="]}, {"S": "B"}]}}}}
    net.scripts = [says(reply({"Item": stored, "Responses": {"B": [{"B": {"S": "text"}}]}}))]
    answer = sent(transport, "PutItem", {"Item": {"x": {"B": b"\0\1"}, "y": {"BS": [bytearray(b"\2")]}}}, again=False)
    assert net.peers[0].recv(9999).endswith(b'{"Item":{"x":{"B":"AAE="},"y":{"BS":["Ag=="]}}}')
    assert answer["Item"] == {"B": {"M": {"x": {"B": b"\0\1"}, "BS": {"L": [{"BS": [b"\2", b"\3"]}, {"S": "B"}]}}}}
    assert answer["Responses"] == {"B": [{"B": {"S": "text"}}]}


def test_what_is_no_value_is_not_sent(net: Net, transport: Transport) -> None:
    with pytest.raises(boto.ParamValidationError):
        sent(transport, "PutItem", {"Item": {"x": {"SS": {"a"}}}}, again=False)
    assert net.peers == []


@pytest.mark.parametrize("named", ["com.amazonaws.dynamodb.v20120810#TransactionCanceledException", None])
def test_an_error_is_botocores(net: Net, transport: Transport, named: str | None) -> None:
    reasons = [{"Code": "ConditionalCheckFailed", "Item": {"a": {"B": "AA=="}}}]
    body = {"Message": "no", "CancellationReasons": reasons} | ({"__type": named} if named else {})
    net.scripts = [says(reply(body, 400, "x-amzn-ErrorType: TransactionCanceledException:http://x"))]
    with pytest.raises(boto.ClientError) as caught:
        sent(transport, "TransactWriteItems", {}, again=False)
    assert caught.value.response == {
        "Error": {"Code": "TransactionCanceledException", "Message": "no"},
        "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": {"a": {"B": b"\0"}}}],
        "ResponseMetadata": {"RequestId": "R1", "HTTPStatusCode": 400, "RetryAttempts": 0},
    }


def test_what_something_in_between_answers(net: Net, transport: Transport) -> None:
    net.scripts = [says(reply(b"<html>", 503, "Connection: close"))]
    with pytest.raises(boto.ClientError) as caught:
        sent(transport, "GetItem", KEY, again=True)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert caught.value.response["Error"]["Code"] == "503"


@pytest.mark.parametrize("body", [b'{"__type": "#"}', b'{"Responses": [null], "UnprocessedItems": "x"}', b'{"B": "x"}'])
def test_an_error_that_names_no_code_has_its_status(net: Net, transport: Transport, body: bytes) -> None:
    net.scripts = [says(reply(body, 413))]
    with pytest.raises(boto.ClientError) as caught:
        sent(transport, "PutItem", KEY, again=False)
    assert caught.value.response == {
        "Error": {"Code": "413", "Message": ""},
        "ResponseMetadata": {"RequestId": "R1", "HTTPStatusCode": 413, "RetryAttempts": 0},
    }


@pytest.mark.parametrize("body", [b"", b"x", b'{"Item":'])
def test_a_damaged_reply_is_none(net: Net, transport: Transport, body: bytes) -> None:
    net.scripts = [says(reply(body, crc=1))]
    with pytest.raises(boto.ChecksumError):
        sent(transport, "PutItem", KEY, again=False)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"1", b'"x"'])
def test_a_reply_that_is_no_object(net: Net, transport: Transport, body: bytes) -> None:
    net.scripts = [says(reply(body)), says(reply(body, 502))]
    with pytest.raises(boto.ConnectionClosedError):
        sent(transport, "PutItem", KEY, again=False)
    transport.close()
    with pytest.raises(boto.ClientError, match="502"):
        sent(transport, "PutItem", KEY, again=False)


def test_a_checksum_that_is_no_number(net: Net, transport: Transport) -> None:
    held = b"HTTP/1.1 200 OK\r\nx-amz-crc32: abc\r\nContent-Length: 2\r\n\r\n{}"
    net.scripts = [says(held)]
    with pytest.raises(boto.ChecksumError):
        sent(transport, "PutItem", KEY, again=False)


def test_an_interim_reply_is_passed_over(net: Net, transport: Transport) -> None:
    """Whoever took it for the reply would give the reply to the next request."""
    net.scripts = [says(b"HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n", reply({"a": 1}))]
    assert sent(transport, "GetItem", KEY, again=True)["a"] == 1
    heard = Reply()
    heard.feed(b"HTTP/1.1 103 Early Hints\r\nx-amz-crc32: 1\r\n\r\n")
    assert not heard.complete
    heard.feed(reply({"a": 1}))
    assert (heard.complete, heard.status, heard.body) == (True, 200, b'{"a": 1}')


@pytest.mark.parametrize("body", [b"{", b'{"Item": {"a": {"B": "x"}}}'])
def test_a_reply_that_is_no_json(net: Net, transport: Transport, body: bytes) -> None:
    net.scripts = [says(reply(body))]
    with pytest.raises(boto.ConnectionClosedError):
        sent(transport, "PutItem", KEY, again=False)


def test_a_reply_in_pieces(net: Net, transport: Transport) -> None:
    held = b'{"a":' + b" " * 100_000 + b"1}"
    head = f"HTTP/1.1 200 OK\r\nx-amz-crc32: {crc32(held)}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    pieces = [held[i : i + 30_000] for i in range(0, len(held), 30_000)]
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b"")]
    net.scripts = [says(head, *chunks)]
    assert sent(transport, "GetItem", KEY, again=True)["a"] == 1


def test_nobody_listens(net: Net, transport: Transport) -> None:
    net.scripts = [None]
    with pytest.raises(boto.EndpointConnectionError, match="http://db:8000/"):
        sent(transport, "PutItem", KEY, again=False)


def test_no_reply_in_time(net: Net, transport: Transport) -> None:
    net.scripts = [says()]
    with pytest.raises(boto.ReadTimeoutError):
        sent(transport, "GetItem", KEY, again=True)


def test_several_in_flight_each_with_its_own_reply(net: Net, transport: Transport) -> None:
    net.scripts = [says(reply({"a": 1})), says(reply({"b": 2})), says(reply({"c": 3}))]
    first, second, third = (Flight(transport.steps("PutItem", KEY, again=False)) for _ in range(3))
    assert len(net.peers) == 3
    assert (third.land()["c"], first.land()["a"], second.land()["b"]) == (3, 1, 2)


def test_what_is_given_up_ends_its_connection(net: Net, transport: Transport) -> None:
    net.scripts = [says(reply({"a": 1})), says(reply({"b": 2}))]
    Flight(transport.steps("PutItem", KEY, again=False)).give_up()
    assert net.dialled[0].fileno() == -1
    assert sent(transport, "PutItem", KEY, again=False)["b"] == 2


def test_the_time_of_a_reply_runs_while_nobody_listens(
    net: Net, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("crossfade.dynamodb.channels.monotonic", lambda: now[0])
    net.scripts = [says(), says(reply({"b": 2}))]
    silent, answered = (Flight(transport.steps("PutItem", KEY, again=False)) for _ in range(2))
    for ours in net.dialled:
        ours.settimeout(3600)
    now[0] = 7200.0
    with pytest.raises(boto.ReadTimeoutError):
        silent.land()
    assert answered.land()["b"] == 2
    assert net.dialled[1].gettimeout() == 0.01  # as it was when the connection was made


@pytest.mark.parametrize("again", [True, False])
def test_a_new_connection_that_breaks_is_not_tried_again(net: Net, transport: Transport, again: bool) -> None:
    net.scripts = [falls_silent]
    with pytest.raises(boto.ConnectionClosedError):
        sent(transport, "PutItem", KEY, again=again)


def test_half_a_reply_is_none(net: Net, transport: Transport) -> None:
    def script(peer: Peer) -> None:
        peer.sendall(reply({})[:20])
        falls_silent(peer)

    net.scripts = [script]
    with pytest.raises(boto.ConnectionClosedError):
        sent(transport, "GetItem", KEY, again=True)


def test_what_is_no_http(net: Net, transport: Transport) -> None:
    net.scripts = [says(b"SSH-2.0-x\r\n")]
    with pytest.raises(boto.ConnectionClosedError):
        sent(transport, "GetItem", KEY, again=True)


def test_an_old_connection_that_was_closed_is_not_used(net: Net, transport: Transport) -> None:
    net.scripts = [says(reply({})), says(reply({"b": 2}))]
    sent(transport, "GetItem", KEY, again=True)
    falls_silent(net.peers[0])
    assert sent(transport, "PutItem", KEY, again=False)["b"] == 2


def test_an_old_connection_breaks_under_a_request(
    net: Net, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.scripts = [says(reply({})), says(reply({"b": 2})), says(reply({"c": 3}))]
    monkeypatch.setattr(Channel, "quiet", True)  # its end is on the way
    sent(transport, "GetItem", KEY, again=True)
    falls_silent(net.peers[0])
    assert sent(transport, "GetItem", KEY, again=True)["b"] == 2
    falls_silent(net.peers[1])
    with pytest.raises(boto.ConnectionClosedError):  # a write may have been made
        sent(transport, "PutItem", KEY, again=False)


def test_a_server_that_closes_is_believed(net: Net, transport: Transport) -> None:
    net.scripts = [says(reply({}, 200, "Connection: close")), says(reply({"b": 2}))]
    sent(transport, "GetItem", KEY, again=True)
    assert sent(transport, "GetItem", KEY, again=True)["b"] == 2


def test_what_is_in_use_at_the_close_ends_with_its_use(net: Net) -> None:
    net.scripts = [says()]
    channels = Channels(net.dial, kept=2)
    used = channels.take()
    channels.close()
    channels.give(used)
    assert net.dialled[0].fileno() == -1


def test_a_fork_has_connections_of_its_own(net: Net, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    net.scripts = [says(reply({})), says(reply({"b": 2}))]
    sent(transport, "GetItem", KEY, again=True)
    monkeypatch.setattr("crossfade.dynamodb.channels.os.getpid", lambda: -1)
    assert sent(transport, "GetItem", KEY, again=True)["b"] == 2


# ---------------------------------------------------------------------------------------------- where it goes

SETTINGS: Any = {"aws_access_key_id": "AK", "aws_secret_access_key": "SK"}


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com/"),
        ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
    ],
)
def test_requests_go_where_botocores_do(region: str, url: str) -> None:
    client = boto3.session.Session(region_name=region, **SETTINGS).client("dynamodb")
    assert _where(client) == (url, region, "dynamodb")


def test_an_account_has_an_endpoint_of_its_own() -> None:
    session = boto3.session.Session(region_name="eu-west-1", aws_account_id="123456789012", **SETTINGS)
    assert _where(session.client("dynamodb"))[0] == "https://123456789012.ddb.eu-west-1.amazonaws.com/"


def test_proxies_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    given: Any = {"region_name": "eu-west-1", **SETTINGS}
    with pytest.raises(ConfigurationError, match=r"proxy .*CROSSFADE_TRANSPORT=boto3"):
        connect(Connection(given))
    connect(Connection(given, transport="boto3")).close()
    create_client(**given).close()  # work on tables goes through boto3, which takes proxies
    monkeypatch.setenv("NO_PROXY", "amazonaws.com")
    connect(Connection(given)).close()


def test_an_endpoint_with_a_path_is_left_to_boto3() -> None:
    given: Any = {"region_name": "eu-west-1", "endpoint_url": "http://127.0.0.1:1/db", **SETTINGS}
    with pytest.raises(ConfigurationError, match=r"127.0.0.1:1/db has a path"):
        connect(Connection(given))


def test_an_unknown_transport_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="direct or boto3, not 'http'"):
        Connection(transport="http")
