"""A stream's checkpoint in an item of the control table, which one reader has at a time.

The holder writes the item every second or so, each time with a fresh token. Whoever finds it held waits: if the token
has not changed for the length of the lease, by the waiting process's own clock, the holder has died. No two machines'
clocks are compared. A holder that was only frozen is told so by its next write, which demands that it still is one.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from crossfade.dal.errors import OutcomeUnknown, StoreError
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.errors import STORE, ConditionRefused, Unclear
from crossfade.dynamodb.shelf import OWNER
from crossfade.dynamodb.stream_checkpoint import Checkpoint, parse_checkpoint
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import AttributeValue, Item

LEASE = 30.0
"""Seconds without a sign of life after which the item is free."""

_HOLDER, _TEXT = "holder", "checkpoint"


class StreamBusy(StoreError):
    """Another reader has the stream; it may die, or let go."""

    retryable = True


class StreamTaken(StoreError):
    """Another reader has taken the stream, because this one gave no sign of life."""


def checkpoint_of(calls: Calls, control: str, table: str) -> Checkpoint | None:
    """How far a table's stream has been read, by whoever reads it; None where nobody ever did.

    Args:
        calls: how requests are made.
        control: the control table's full name.
        table: the full name of the table whose stream it is.

    Raises:
        StoreError: DynamoDB cannot be asked.
    """
    read = calls.read("GetItem", TableName=control, Key=_key(table), ConsistentRead=True)
    text = read.get("Item", {}).get(_TEXT)
    return None if text is None else parse_checkpoint(text["S"])


class StreamItem:
    """A `Keeper` on the item `stream|<table>`. Not to be shared between threads.

    Args:
        calls: how requests are made.
        control: the control table's full name.
        table: the full name of the table whose stream it is.
        seize: take it from whoever has it, who finds out at his next sign of life. Both may deal with the same changes
            then, once.
        lease: in seconds.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        calls: Calls,
        control: str,
        table: str,
        *,
        seize: bool = False,
        lease: float = LEASE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls, self._control, self._table = calls, control, table
        self._seize, self._lease, self._clock = seize, lease, clock
        self._key = _key(table)
        self._me: AttributeValue = {"S": uuid4().hex}
        self._holder: AttributeValue = {"S": f"{socket.gethostname()}, process {os.getpid()}"}
        self._seen: tuple[AttributeValue | None, float] | None = None

    def load(self) -> Checkpoint | None:
        """See `Keeper.load`. Call again later where it was busy: the same object knows how long it has waited."""
        read = self._calls.read("GetItem", TableName=self._control, Key=self._key, ConsistentRead=True)
        found: Item = read.get("Item", {})
        if OWNER in found and found[OWNER] != self._me and not self._seize and not self._dead(found):
            raise self._busy(found)
        text = found.get(_TEXT)
        kept = {_TEXT: text} if text is not None else {}
        if not self._put(kept, *_unchanged(found)):
            raise self._busy({})
        return parse_checkpoint(text["S"]) if text is not None else None

    def save(self, checkpoint: Checkpoint) -> None:
        """See `Keeper.save`."""
        self._held({_TEXT: {"S": checkpoint.text()}})

    def release(self) -> None:
        """See `Keeper.release`. What another has taken is left alone."""
        request = {
            "UpdateExpression": "REMOVE #o, #h",
            "ConditionExpression": "#o = :me",
            "ExpressionAttributeNames": {"#o": OWNER, "#h": _HOLDER},
            "ExpressionAttributeValues": {":me": self._me},
        }
        try:
            self._calls.write("UpdateItem", TableName=self._control, Key=self._key, **request)
        except StoreError:
            return  # the lease runs out by itself

    # --------------------------------------------------------------------------------------- helpers

    def _dead(self, found: Item) -> bool:
        token, now = found.get(REV), self._clock()
        if self._seen is None or self._seen[0] != token:
            self._seen = (token, now)
        return now - self._seen[1] >= self._lease

    def _busy(self, found: Item) -> StreamBusy:
        holder = found.get(_HOLDER, {}).get("S", "another reader")
        return StreamBusy(f"the stream of {self._table} is being read by {holder}", store=STORE)

    def _held(self, content: Item) -> None:
        if not self._put(content, "#o = :me", {"#o": OWNER}, {":me": self._me}):
            raise StreamTaken(f"another reader has taken the stream of {self._table}", store=STORE)

    def _put(self, content: Item, condition: str, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
        """Write the item as this reader's; sent again after a lost reply: its token tells that it was made."""
        token = {"S": uuid4().hex}
        item = {**self._key, OWNER: self._me, _HOLDER: self._holder, REV: token, **content}
        request: dict[str, Any] = {
            "ConditionExpression": f"{condition} OR #r = :new",
            "ExpressionAttributeNames": {"#r": REV, **names},
            "ExpressionAttributeValues": {":new": token, **values},
        }
        for _ in self._calls.pacer.tries():
            try:
                self._calls.write("PutItem", TableName=self._control, Item=item, **request)
            except ConditionRefused:
                return False
            except Unclear:
                continue
            return True
        raise OutcomeUnknown("every reply was lost", store=STORE)


def _key(table: str) -> Item:
    return {OWN_KEY: {"S": f"stream|{table}"}}


def _unchanged(found: Item) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The condition that the item is still what was found."""
    if REV in found:
        return "#r = :old", {}, {":old": found[REV]}
    return "attribute_not_exists(#k)", {"#k": OWN_KEY}, {}
