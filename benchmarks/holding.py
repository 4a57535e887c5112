"""A server that holds items and says at once what DynamoDB would: so that what is measured is the client alone.

It knows no more than moving data takes, in a process of its own, and keeps nothing that is written.
"""

from __future__ import annotations

import multiprocessing
import socket
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any
from zlib import crc32

import orjson

Item = dict[str, dict[str, Any]]

_PAGE = 250
_NO_TABLE = b'{"__type":"ResourceNotFoundException","message":"there is no such table"}'


class _Held:
    """The tables that were made, and the items of one of them, whose keys are texts."""

    def __init__(self, names: Sequence[str], items: Sequence[Item]) -> None:
        self._names = names
        self._tables: dict[str, Any] = {}
        texts = sorted((tuple(item[name]["S"] for name in names), orjson.dumps(item)) for item in items)
        self._keys, self._texts = [key for key, _ in texts], [text for _, text in texts]
        self._partitions: dict[str, list[bytes]] = defaultdict(list)
        for (partition, *_), text in texts:
            self._partitions[partition].append(text)

    def answer(self, operation: str, body: bytes) -> bytes | None:
        """The reply to a request; None where there is no such table."""
        match operation:
            case "BatchWriteItem":
                return b'{"UnprocessedItems":{}}'
            case "BatchExecuteStatement":
                return b'{"Responses":[' + b",".join([b"{}"] * body.count(b'"Statement":')) + b"]}"
            case "BatchGetItem":
                ((table, asked),) = orjson.loads(body)["RequestItems"].items()
                keys = (tuple(key[name]["S"] for name in self._names) for key in asked["Keys"])
                found = (self._texts[bisect_left(self._keys, key)] for key in keys)
                return b'{"Responses":{"%s":[%s]},"UnprocessedKeys":{}}' % (table.encode(), b",".join(found))
            case "Query":
                (partition,) = orjson.loads(body)["ExpressionAttributeValues"].values()
                return _page(self._partitions[partition["S"]])
            case "Scan":
                return self._scanned(orjson.loads(body))
            case "CreateTable":
                request = orjson.loads(body)
                self._tables[request["TableName"]] = _described(request)
                return b"{}"
            case "DescribeTable":
                table = self._tables.get(orjson.loads(body)["TableName"])
                return None if table is None else orjson.dumps({"Table": table})
            case "DescribeTimeToLive":
                return b'{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}'
            case _:
                return b"{}"

    def _scanned(self, request: Any) -> bytes:
        held = self._tables[request["TableName"]]["KeySchema"]
        if [of["AttributeName"] for of in held] != list(self._names):
            return _page([])
        segment, segments, start = request["Segment"], request["TotalSegments"], request.get("ExclusiveStartKey")
        first, end = (len(self._keys) * n // segments for n in (segment, segment + 1))
        if start is not None:
            first = bisect_left(self._keys, tuple(start[name]["S"] for name in self._names)) + 1
        last = min(first + _PAGE, end)
        names = zip(self._names, self._keys[last - 1] if last else (), strict=False)
        return _page(self._texts[first:last], {n: {"S": t} for n, t in names} if last < end else None)


def _page(texts: Sequence[bytes], last: Item | None = None) -> bytes:
    more = b"" if last is None else b',"LastEvaluatedKey":' + orjson.dumps(last)
    return b'{"Items":[%s],"Count":%d%s}' % (b",".join(texts), len(texts), more)


def _described(request: Any) -> Any:
    indexes = [{**index, "IndexStatus": "ACTIVE"} for index in request.get("GlobalSecondaryIndexes", ())]
    named = {"TableStatus": "ACTIVE", "CreationDateTime": 0, "TableArn": "arn", "ItemCount": 0}
    return {**request, **named, "GlobalSecondaryIndexes": indexes}


class _Handler(StreamRequestHandler):
    held: _Held
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while line := self.rfile.readline():
            operation, length = "", 0
            while line.strip():
                name, _, value = line.decode().partition(":")
                if name.lower() == "x-amz-target":
                    operation = value.strip().rpartition(".")[2]
                elif name.lower() == "content-length":
                    length = int(value)
                line = self.rfile.readline()
            found = self.held.answer(operation, self.rfile.read(length))
            status, body = (b"200 OK", found) if found is not None else (b"400 Bad Request", _NO_TABLE)
            self.request.sendall(
                b"HTTP/1.1 " + status + b"\r\ncontent-type: application/x-amz-json-1.0\r\nx-amzn-RequestId: R\r\n"
                b"x-amz-crc32: %d\r\ncontent-length: %d\r\n\r\n" % (crc32(body), len(body)) + body
            )


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


def _serve(listening: socket.socket, names: Sequence[str], items: Callable[[], Sequence[Item]]) -> None:
    _Handler.held = _Held(names, items())
    with _Server(listening.getsockname(), _Handler, bind_and_activate=False) as server:
        server.socket.close()
        server.socket = listening
        server.serve_forever()


@contextmanager
def holding(names: Sequence[str] = (), items: Callable[[], Sequence[Item]] = tuple) -> Iterator[str]:
    """The server's URL, while it is there.

    Args:
        names: the attributes of the item key of the table that holds items; partition, then sort; both texts.
        items: makes its items, in the server's process.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        server = multiprocessing.get_context("fork").Process(target=_serve, args=(listening, names, items), daemon=True)
        server.start()
        try:
            host, port = listening.getsockname()
            yield f"http://{host}:{port}"
        finally:
            server.terminate()
            server.join()
