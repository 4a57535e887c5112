"""The way to DynamoDB: it carries bytes, stalls when it is frozen, and takes CONNECT for an endpoint with TLS."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.request import urlopen

import pytest

from crossfade.rehearsal.processes import Way
from crossfade.rehearsal.proxy import serve


class Hello(BaseHTTPRequestHandler):
    """Answers everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Hello) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def get(url: str, timeout: float) -> bytes:
    with urlopen(url, timeout=timeout) as reply:  # noqa: S310 - our own server
        return bytes(reply.read())


def test_it_carries_stalls_and_carries_again(server: str) -> None:
    with Way(server) as way:
        url = way.environment["AWS_ENDPOINT_URL_DYNAMODB"]
        assert way.environment["AWS_ENDPOINT_URL_DYNAMODB_STREAMS"] == url
        assert get(url, 10) == b"hello"
        way.stall(stalled=True)
        with pytest.raises(TimeoutError):
            get(url, 0.3)
        way.stall(stalled=False)
        assert get(url, 10) == b"hello"


def test_an_endpoint_with_tls_is_gone_to_through_a_proxy(server: str) -> None:
    with Way("https://dynamodb.eu-west-1.amazonaws.com") as way:
        (name,) = way.environment
        assert name == "HTTPS_PROXY"
        port = int(way.environment[name].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(f"CONNECT {server.removeprefix('http://')} HTTP/1.1\r\n\r\n".encode())
            assert client.recv(1000) == b"HTTP/1.1 200 Connection established\r\n\r\n"
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            received = b"".join(iter(lambda: client.recv(1000), b""))
        assert received.endswith(b"hello")


def test_what_is_no_connect_is_hung_up_on() -> None:
    async def asked() -> bytes:
        proxy = await serve(None)
        async with proxy:
            reader, writer = await asyncio.open_connection(*proxy.sockets[0].getsockname())
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(asked()) == b""
