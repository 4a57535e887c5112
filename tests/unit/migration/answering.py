"""Reads of items, answered at once: by JSON, as DynamoDB does, or by what boto3 makes of it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import orjson

from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.wire import Item, binary_text, decode_binary


@dataclass
class Answering:
    """Answers BatchGetItem about one table, the last item first.

    Attributes:
        table: its full name.
        items: what is there.
        json: whether answers are JSON.
        unread: how many requests leave their last key unread.
        requests: the keys of each request so far.
    """

    table: str
    items: Sequence[Item]
    json: bool = True
    unread: int = 0
    requests: list[list[Item]] = field(default_factory=list)

    @property
    def calls(self) -> Calls:
        """What asks."""
        return cast(Calls, SimpleNamespace(pacer=SimpleNamespace(tries=lambda: range(1, 9)), read=self._read))

    def _read(self, operation: str, reader: Any, *, RequestItems: Any) -> Any:  # noqa: N803 - DynamoDB's name
        assert operation == "BatchGetItem"
        keys = RequestItems[self.table]["Keys"]
        self.requests.append(keys)
        last = len(keys) - (len(self.requests) <= self.unread)
        there = [item for item in self.items if any(key.items() <= item.items() for key in keys[:last])]
        left = {self.table: {"Keys": keys[last:], "ConsistentRead": True}} if keys[last:] else {}
        found = {"Responses": {self.table: copy.deepcopy(there[::-1])}, "UnprocessedKeys": left}
        if not self.json:
            return found
        body = orjson.dumps(found, default=binary_text)
        read = reader(body)
        return decode_binary(orjson.loads(body)) if read is None else read
