"""The data plane's own way to DynamoDB: the requests, endpoint, credentials and errors of botocore, made directly.

botocore walks each request and each reply along its model of the service; that is most of what a request costs. Here
what the codec makes is written as JSON and signed, and what comes back is read as JSON. The control plane stays on
boto3, which also says where requests go and for whom they are signed.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import orjson
from botocore import exceptions as boto
from botocore.utils import get_environ_proxies

from crossfade.dal.errors import ConfigurationError
from crossfade.dynamodb.channels import Channels, Dropped, NotConnected, Reply, Server
from crossfade.dynamodb.signing import Scope, Signer
from crossfade.dynamodb.steps import Steps
from crossfade.dynamodb.wire import binary_text, decode_binary, holds_binary

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_dynamodb import DynamoDBClient

Answer = dict[str, Any]
PageReader = Callable[[bytes], Answer | None]


class Transport:
    """Sends data requests. Safe to share between threads, and across a fork.

    Args:
        signer: signs them.
        dial: makes a connection to where they go; raises NotConnected.
        url: the endpoint, for messages.
        kept: connections kept open at most while nobody uses them.
    """

    def __init__(self, signer: Signer, dial: Callable[[], socket.socket], url: str, kept: int) -> None:
        self._signer, self._url = signer, url
        self._channels = Channels(dial, kept)

    @classmethod
    def of(
        cls,
        client: DynamoDBClient,
        credentials: Credentials,
        *,
        connect: float,
        read: float,
        kept: int,
        ca: str | None = None,
    ) -> Self:
        """One that goes where a client's requests go.

        Args:
            client: botocore's, which is asked for one request and sends nothing.
            credentials: those of its session.
            connect, read: how long a connection, and a reply, may take, in seconds.
            kept: see the class.
            ca: the file of the certificates that are trusted, where it is not the SDK's own (AWS_CA_BUNDLE).

        Raises:
            ConfigurationError: requests would go through a proxy, or to a path.
        """
        url, region, service = _where(client)
        if get_environ_proxies(url):
            raise ConfigurationError(
                "a proxy is set (HTTPS_PROXY, HTTP_PROXY) for DynamoDB: crossfade's own transport uses none. "
                'Pass transport="boto3" (CROSSFADE_TRANSPORT=boto3), or put the host in NO_PROXY'
            )
        parts = urlsplit(url)
        if parts.path != "/":
            raise ConfigurationError(f'{url} has a path: pass transport="boto3" (CROSSFADE_TRANSPORT=boto3) for it')
        secure = parts.scheme == "https"
        default = 443 if secure else 80
        server = Server(parts.hostname or "", parts.port or default, _tls(ca) if secure else None, connect, read)
        host = parts.netloc.removesuffix(f":{default}")
        return cls(Signer(credentials, Scope(host, region, service)), server.dial, url, kept)

    def steps(
        self, operation: str, request: Mapping[str, Any], *, again: bool, reader: PageReader | None = None
    ) -> Steps[Answer]:
        """Send one request; pauses once it is on its way.

        Args:
            operation: DynamoDB's name of it.
            request: as boto3's low-level client takes it.
            again: whether it may be sent twice, where an old connection broke before a reply.
            reader: reads the reply's body; gives None for one that it does not read.

        Returns:
            The reply, as that client gives it, or as `reader` does.

        Raises:
            botocore.exceptions.ClientError: DynamoDB's own error.
            botocore.exceptions.BotoCoreError: there is no reply, or a damaged one.
        """
        try:
            body = orjson.dumps(request, default=binary_text)
        except orjson.JSONEncodeError as error:
            raise boto.ParamValidationError(report="a value has a type that DynamoDB has not") from error
        reply = yield from self._exchange(self._message(operation, body), again)
        answer = self._read(reply, reader if reply.status == 200 else None)
        if reply.status != 200:
            raise boto.ClientError(_refusal(reply, answer), operation)  # type: ignore[arg-type]  # its type wants every key
        answer["ResponseMetadata"] = _metadata(reply)
        return answer

    def close(self) -> None:
        """End the connections that nobody uses."""
        self._channels.close()

    # --------------------------------------------------------------------- helpers

    def _message(self, operation: str, body: bytes) -> bytes:
        lines = [f"{name}: {value}\r\n" for name, value in self._signer.headers(operation, body)]
        return f"POST / HTTP/1.1\r\n{''.join(lines)}content-length: {len(body)}\r\n{_AGENT}\r\n\r\n".encode() + body

    def _exchange(self, message: bytes, again: bool) -> Steps[Reply]:
        while True:
            try:
                channel = self._channels.take()
            except NotConnected as error:
                raise boto.EndpointConnectionError(endpoint_url=self._url, error=error) from error
            kept = False
            try:
                channel.send(message)
                yield
                reply = channel.receive()
                kept = reply.lasting
                return reply
            except TimeoutError as error:
                raise boto.ReadTimeoutError(endpoint_url=self._url, error=error) from error
            except Dropped as error:
                if not (again and error.stale):
                    raise boto.ConnectionClosedError(endpoint_url=self._url, error=error) from error
            finally:
                if kept:
                    self._channels.give(channel)
                else:
                    channel.close()

    def _read(self, reply: Reply, reader: PageReader | None) -> Answer:
        expected = reply.headers.get(b"x-amz-crc32")
        if expected is not None and expected.strip() != str(crc32(reply.body)).encode():
            raise boto.ChecksumError(
                checksum_type="crc32",
                expected_checksum=expected.decode("latin-1"),
                actual_checksum=str(crc32(reply.body)),
            )
        if reader is not None and (page := reader(reply.body)) is not None:
            return page
        try:
            found: Any = orjson.loads(reply.body)
            if holds_binary(reply.body):
                decode_binary(found)
        except ValueError as error:
            if reply.status != 200:
                return {}  # something in between answered: what it says is no JSON
            raise boto.ConnectionClosedError(endpoint_url=self._url, error=error) from error
        if not isinstance(found, dict):
            if reply.status != 200:
                return {}
            raise boto.ConnectionClosedError(endpoint_url=self._url, error=ValueError("the reply is no object"))
        return found


_AGENT = "user-agent: crossfade"


def _metadata(reply: Reply) -> Answer:
    return {
        "RequestId": reply.header(b"x-amzn-requestid"),
        "HTTPStatusCode": reply.status,
        "RetryAttempts": 0,
    }


def _refusal(reply: Reply, answer: Answer) -> Answer:
    """An error as botocore's parser makes it of a reply."""
    named = answer.get("__type") or reply.header(b"x-amzn-errortype") or ""
    code = str(named).split("#")[-1].split(":")[0] or str(reply.status)
    said = [answer.get(name) for name in ("message", "Message")]
    error = {"Code": code, "Message": str(next((text for text in said if text), ""))}
    told: Answer = {name: answer[name] for name in ("CancellationReasons", "Item") if name in answer}
    return {**told, "Error": error, "ResponseMetadata": _metadata(reply)}


def _where(client: DynamoDBClient) -> tuple[str, str, str]:
    """The endpoint, region and service that botocore would sign a request for; its rules, not ours."""
    url = client.generate_presigned_url("get_item", Params={"TableName": "none", "Key": {"none": {"S": "none"}}})
    parts = urlsplit(url)
    _, _, region, service, _ = parse_qs(parts.query)["X-Amz-Credential"][0].rsplit("/", 4)
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}", region, service


def _tls(ca: str | None) -> ssl.SSLContext:
    """Certificates are checked against what botocore checks them against."""
    from botocore.httpsession import get_cert_path  # noqa: PLC0415 - loads urllib3

    return ssl.create_default_context(cafile=ca or get_cert_path(True))
