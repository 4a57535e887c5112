"""A checkpoint in an item of the control table, for runs on machines without a disk of their own."""

from __future__ import annotations

import os
import socket
from typing import Any
from uuid import uuid4

from crossfade.dal.errors import OutcomeUnknown, StoreError
from crossfade.dynamodb import DynamoDBStore
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.errors import ConditionRefused, Unclear
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.migration.errors import CheckpointBusy, CheckpointUnsaved

_OWNER, _HOLDER, _TEXT = "owner", "holder", "checkpoint"


class ItemPlace:
    """An item that one run holds by a token of its own: every write asks for that token.

    Args:
        store: whose control table holds it.
        name: the checkpoint's name.
        take_over: take it from whoever holds it.

    Raises:
        CheckpointBusy: another run holds it.
        StoreError: the control table cannot be reached, or is missing.
    """

    def __init__(self, store: DynamoDBStore, name: str, *, take_over: bool = False) -> None:
        self.where = f"the checkpoint dynamodb:{name}"
        self._calls = Calls(store.clients)
        self._table = store.layout.control_table
        self._key = {OWN_KEY: {"S": f"checkpoint|{name}"}}
        self._token = uuid4().hex
        self._held = False
        # A reply that was lost may have been to the write that took it: then the token is ours.
        condition = "attribute_exists(#k) OR attribute_not_exists(#k)" if take_over else "attribute_not_exists(#o)"
        names = {"#k": OWN_KEY} if take_over else {}
        try:
            self._update(
                "SET #o = :me, #h = :holder",
                f"{condition} OR #o = :me",
                {"#o": _OWNER, "#h": _HOLDER, **names},
                {":me": {"S": self._token}, ":holder": {"S": f"{socket.gethostname()}, process {os.getpid()}"}},
            )
        except ConditionRefused as error:
            holder = (error.item or {}).get(_HOLDER, {}).get("S", "another run")
            raise CheckpointBusy(
                f"{self.where} is held by {holder}: wait for it; or, if that run has died, take it with --take-over"
            ) from None
        self._held = True

    def read(self) -> str | None:
        """See `Place.read`."""
        item = self._calls.read("GetItem", TableName=self._table, Key=self._key, ConsistentRead=True).get("Item", {})
        return str(item[_TEXT].get("S", "")) if _TEXT in item else None

    def write(self, text: str) -> None:
        """See `Place.write`."""
        try:
            self._mine("SET #t = :t", {"#t": _TEXT}, {":t": {"S": text}})
        except ConditionRefused:
            self._held = False
            raise CheckpointBusy(f"{self.where} was taken over by another run") from None
        except StoreError as error:
            raise CheckpointUnsaved(f"{self.where} cannot be saved: {error}") from error

    def release(self) -> None:
        """See `Place.release`."""
        if not self._held:
            return
        self._held = False
        try:
            self._mine("REMOVE #o, #h", {"#h": _HOLDER}, {})
        except StoreError:
            # Nothing is lost: the next run is told that this one holds it, and to take it over.
            return

    def _mine(self, update: str, names: dict[str, str], values: dict[str, Any]) -> None:
        self._update(update, "#o = :me", {"#o": _OWNER, **names}, {":me": {"S": self._token}, **values})

    def _update(self, update: str, condition: str, names: dict[str, str], values: dict[str, Any]) -> None:
        """Update the item; sent again after a lost reply: the token makes it one and the same."""
        for _ in self._calls.pacer.tries():
            try:
                self._calls.write(
                    "UpdateItem",
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
                return
            except Unclear:
                continue
        raise OutcomeUnknown("every reply was lost", store="dynamodb")
