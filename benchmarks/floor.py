"""What no client can undercut: a request made beforehand, a reply that nobody reads."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import orjson

from benchmarks.articles import SHOP, TABLE, article, item
from benchmarks.contest import Contestant, repeated

_BATCH = 25
_MOST = 1 << 20  # bytes taken at once


@contextmanager
def floor(url: str, operation: str) -> Iterator[Contestant]:
    """A contestant that sends the same bytes again and again, and waits until as many have come as at first."""
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port)) as connected:
        message = _message(operation)
        connected.sendall(message)
        length = reply_length(connected.recv)

        def call() -> None:
            connected.sendall(message)
            left = length
            while left:
                left -= len(connected.recv(left))

        yield Contestant("constant request", repeated(call))


def _message(operation: str) -> bytes:
    first = article(0)
    key = {"shop": {"S": SHOP}, "id": {"N": str(first.id)}}
    puts = [{"PutRequest": {"Item": item(article(number))}} for number in range(_BATCH)]
    name, more = {
        "get": ("GetItem", {"TableName": TABLE, "Key": key}),
        "put": ("PutItem", {"TableName": TABLE, "Item": item(first)}),
        "query": ("Query", {"TableName": TABLE, "ExpressionAttributeValues": {":v0": key["shop"]}}),
        "batch": ("BatchWriteItem", {"RequestItems": {TABLE: puts}}),
    }[operation]
    body = orjson.dumps(more)
    head = (
        f"POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: DynamoDB_20120810.{name}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def reply_length(receive: Callable[[int], bytes]) -> int:
    """How many bytes a reply has; takes all of it."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += receive(_MOST)
    head, _, body = found.partition(b"\r\n\r\n")
    [length] = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while len(body) < length:
        body += receive(_MOST)
    return len(head) + 4 + length
