"""The item that says where a group stands, for as long as DynamoDB is its authority, or that of a share of its keys.

It follows MySQL's row, never leads it: written after the row's commit, on the condition that it is behind it. So a
process that finds the row ahead of the item may write the item itself, whoever died before doing so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from crossfade.dal.errors import OutcomeUnknown
from crossfade.dal.stage import Standing, parse_stage
from crossfade.dynamodb.calls import Calls, WriteOperation
from crossfade.dynamodb.errors import STORE, ConditionRefused, Unclear
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import Item

_STAGE, _EPOCH, _AHEAD = "stage", "epoch", "ahead"
_ANNOUNCED, _HELD = "announced", "held"


@dataclass(frozen=True, slots=True)
class StageView:
    """What the item says.

    Attributes:
        standing: where the group stands.
        held: the token of the move back that is under way, and nobody writes; None for none.
        announced: the token of the move back that will hold soon; None for none.
    """

    standing: Standing
    held: str | None = None
    announced: str | None = None


class StageItems:
    """The stage items of a contract's groups. Safe to share between threads.

    Args:
        layout: where the control table is.
        calls: how requests are made.
    """

    def __init__(self, layout: Layout, calls: Calls) -> None:
        self._table, self._calls = layout.control_table, calls

    def look(self, group: str) -> StageView | None:
        """What the item says, strongly consistent; None where there is none. Raises StoreError."""
        found = self._calls.read("GetItem", TableName=self._table, Key=_key(group), ConsistentRead=True).get("Item")
        if found is None:
            return None
        standing = Standing(parse_stage(found[_STAGE]["S"]), int(found[_EPOCH]["N"]), int(found[_AHEAD]["N"]))
        return StageView(standing, found.get(_HELD, {}).get("S"), found.get(_ANNOUNCED, {}).get("S"))

    def follow(self, group: str, standing: Standing) -> bool:
        """Let the item say what MySQL's row says, unless it is that far already, or further; whether it was behind.

        Raises:
            StoreError: DynamoDB cannot be reached; whether it was written does not matter.
        """
        return self._put(_item(group, standing), "attribute_not_exists(#k) OR #e < :e", standing.epoch, {"#k": OWN_KEY})

    def announce(self, group: str, standing: Standing) -> str | None:
        """Let everybody know that writes will be held soon; they go on.

        Returns:
            A token, for `hold`; None where the group stands elsewhere.

        Raises:
            StoreError: as `follow`; it may be announced.
        """
        token = uuid4().hex
        # Only this: what another move holds stays held.
        request = {
            "UpdateExpression": "SET #t = :t",
            "ConditionExpression": "#e = :e",
            "ExpressionAttributeNames": {"#e": _EPOCH, "#t": _ANNOUNCED},
            "ExpressionAttributeValues": {":e": {"N": str(standing.epoch)}, ":t": {"S": token}},
        }
        return token if self._made("UpdateItem", {"Key": _key(group), **request}) else None

    def hold(self, group: str, standing: Standing, token: str) -> bool:
        """Let nobody write any more.

        Returns:
            Whether it is held: for as long as the item says so, nobody has written since. Not where another move was
            announced since this one was, or it was released.

        Raises:
            StoreError: as `follow`; it may be held.
        """
        item = {**_item(group, standing), _ANNOUNCED: {"S": token}, _HELD: {"S": token}}
        return self._put(item, "#e = :e AND #t = :t", standing.epoch, {"#t": _ANNOUNCED}, {":t": {"S": token}})

    def release(self, group: str, standing: Standing, token: str) -> bool:
        """Undo what a move did with its token; False where the item has it no more. Raises as `follow`."""
        names, values = {"#t": _ANNOUNCED}, {":t": {"S": token}}
        return self._put(_item(group, standing), "#e = :e AND #t = :t", standing.epoch, names, values)

    def _put(self, item: Item, condition: str, epoch: int, names: dict[str, str], values: Item | None = None) -> bool:
        request = {
            "Item": item,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#e": _EPOCH, **names},
            "ExpressionAttributeValues": {":e": {"N": str(epoch)}, **(values or {})},
        }
        return self._made("PutItem", request)

    def _made(self, operation: WriteOperation, request: Mapping[str, Any]) -> bool:
        for _ in self._calls.pacer.tries():
            try:
                self._calls.write(operation, TableName=self._table, **request)
            except ConditionRefused:
                return False
            except Unclear:
                continue  # made or not, the same again does no harm
            return True
        raise OutcomeUnknown("every reply was lost", store=STORE)


def _item(group: str, standing: Standing) -> Item:
    numbers = {_EPOCH: standing.epoch, _AHEAD: standing.ahead}
    return {**_key(group), _STAGE: {"S": standing.stage.value}, **{n: {"N": str(v)} for n, v in numbers.items()}}


def _key(group: str) -> Item:
    return {OWN_KEY: {"S": f"stage|{group}"}}
