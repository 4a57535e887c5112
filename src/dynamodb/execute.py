"""Sends the actions of one write, exactly once: alone where one suffices, as a transaction otherwise.

A reply can be lost after the write was made. What demands the state before it (a token, or nothing at the key) can
be sent again: it cannot be made twice, and the item's token tells whether it was refused by its own first try. What
demands no such state is never sent again; the token alone says whether it was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import urandom
from typing import Any

from crossfade.dal.errors import OutcomeUnknown, StoreError
from crossfade.dynamodb import expressions
from crossfade.dynamodb.actions import (
    Action,
    CheckItem,
    DeleteItem,
    PutItem,
    Refusal,
    Refused,
    UpdateItem,
)
from crossfade.dynamodb.calls import Calls, WriteOperation
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.errors import STORE, Cancelled, ConditionRefused, Rejected, Unclear
from crossfade.dynamodb.expressions import Names
from crossfade.dynamodb.guards import Is, Lacks, compile_guard, passes
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.limits import check_item, check_transaction
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.wire import Item

_SINGLE: Mapping[type, WriteOperation] = {PutItem: "PutItem", UpdateItem: "UpdateItem", DeleteItem: "DeleteItem"}
_IN_TRANSACTION = {PutItem: "Put", UpdateItem: "Update", DeleteItem: "Delete", CheckItem: "ConditionCheck"}


def new_token() -> str:
    """A token for one try of a write: its items' `_rev`, and its transaction's client token."""
    return urandom(16).hex()


def compile_action(layout: Layout, action: Action) -> dict[str, Any]:
    """The parameters of an action, as a request of its own takes them and a transaction too.

    Raises:
        NotExpressible: DynamoDB has no expression for a change or condition.
    """
    names = Names()
    request: dict[str, Any] = {"TableName": action.table}
    texts = [compile_guard(names, layout, tuple(t for d in action.demands for t in d.guard))]
    if isinstance(action, PutItem):
        request["Item"] = action.item
    else:
        request["Key"] = action.key
    if isinstance(action, UpdateItem):
        made = expressions.update(names, layout.of(action.entity).codec, action.changes, action.attributes)
        request["UpdateExpression"] = made.text
        texts.append(made.guard)
    condition = expressions.all_of(*texts)
    if condition is not None:
        request["ConditionExpression"] = condition
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request | names.request()


class Executor:
    """Sends actions.

    Args:
        layout: where entities lie.
        calls: how requests are made.
    """

    def __init__(self, layout: Layout, calls: Calls) -> None:
        self._layout = layout
        self._calls = calls

    def run(self, actions: Sequence[Action], token: str) -> Item | None:
        """Make the write, whole or not at all.

        Args:
            actions: one for each item.
            token: the fresh token that every written item carries as its `_rev`; no other write has used it.

        Returns:
            The item after an update that is alone, else None.

        Raises:
            Refused: some demands are not met; nothing was written.
            NotExpressible: DynamoDB has no expression for it; nothing was sent.
            OutcomeUnknown: the reply was lost, and nothing tells whether the write was made.
            ItemTooLarge, TransactionTooLarge: nothing was sent.
            CapacityExceeded, Conflict, StoreUnavailable, Rejected: nothing was written.
        """
        sent = [_buried(action) for action in actions]
        if len(sent) == 1 and not isinstance(sent[0], CheckItem):
            return self._single(sent[0], token)
        if sent:
            self._transaction(sent, token)
        return None

    def over(self, shelf: Shelf, item: Item, token: str) -> bool:
        """Leave an item, whatever was there; what the contract does not know of that stays.

        Args:
            shelf: how its entity is stored.
            item: the item.
            token: its fresh `_rev`.

        Returns:
            Whether it was written: not where another entity's item lies.

        Raises:
            OutcomeUnknown, CapacityExceeded, Conflict, StoreUnavailable, Rejected: as for `run`.
        """
        try:
            self._calls.write("UpdateItem", **shelf.upsert(item))
        except ConditionRefused:
            return False
        except Unclear:
            self._landed(shelf.table, shelf.key_in(item), token)
        return True

    def check(self, actions: Sequence[Action]) -> None:
        """Raise TransactionTooLarge or ItemTooLarge where DynamoDB would not take the actions together."""
        check_transaction(self._compiled([_buried(action) for action in actions]))

    def _compiled(self, actions: Sequence[Action]) -> list[dict[str, dict[str, Any]]]:
        return [{_IN_TRANSACTION[type(a)]: compile_action(self._layout, a)} for a in actions]

    # ---------------------------------------------------------------------------------- one action

    def _single(self, action: Action, token: str) -> Item | None:
        request = compile_action(self._layout, action)
        if isinstance(action, PutItem):
            check_item(action.item)
        if isinstance(action, UpdateItem):
            request["ReturnValues"] = "ALL_NEW"
        try:
            return self._sent(action, request)
        except ConditionRefused as refused:
            raise Refused((diagnose(self._layout, action, refused.item), refused.item)) from refused
        except Unclear as unclear:
            if repeatable(action):
                return self._again(action, request, token, unclear)
            return self._landed(action.table, action.key, token)

    def _again(self, action: Action, request: Mapping[str, Any], token: str, unclear: Unclear) -> Item | None:
        """Send an action that may have been made once more, and tell from what it meets whether it was."""
        tries = self._calls.pacer.tries()
        next(tries)
        for _ in tries:
            try:
                return self._sent(action, request)
            except ConditionRefused as refused:
                if _is_of(token, refused.item):
                    return refused.item
                if isinstance(action, DeleteItem) and refused.item is None:
                    return None
                # Somebody else wrote since: in place of the first try, or over it.
                raise _unknown() from unclear
            except Unclear:
                continue
            except StoreError as error:
                raise _unknown() from error
        raise _unknown() from unclear

    def _sent(self, action: Action, request: Mapping[str, Any]) -> Item | None:
        found: Item | None = self._calls.write(_SINGLE[type(action)], **request).get("Attributes")
        return found

    # --------------------------------------------------------------------------------- transactions

    def _transaction(self, actions: Sequence[Action], token: str) -> None:
        items = self._compiled(actions)
        check_transaction(items)
        try:
            self._calls.write("TransactWriteItems", TransactItems=items, ClientRequestToken=token)
        except Cancelled as cancelled:
            self._explain(actions, token, cancelled)
        except Unclear as error:
            written = next((a for a in actions if isinstance(a, (PutItem, UpdateItem))), None)
            if written is None:
                raise _unknown() from error
            self._landed(written.table, written.key, token)

    def _explain(self, actions: Sequence[Action], token: str, cancelled: Cancelled) -> None:
        refused = [(actions[i], cancelled.reasons[i].item) for i in cancelled.refused]
        # Only an endpoint that forgets client tokens lets a transaction meet its own first try.
        if any(_is_of(token, item) for _, item in refused):
            return
        if not refused:
            raise Rejected(cancelled.message, store=STORE, request_id=cancelled.request_id) from cancelled
        raise Refused(*((diagnose(self._layout, a, item), item) for a, item in refused)) from cancelled

    # ------------------------------------------------------------------------------------- outcomes

    def _landed(self, table: str, key: Item, token: str) -> Item:
        """The item, if it carries the token of the unclear write."""
        try:
            answer = self._calls.read("GetItem", TableName=table, Key=key, ConsistentRead=True)
        except StoreError as error:
            raise _unknown() from error
        item: Item | None = answer.get("Item")
        if item is None or not _is_of(token, item):
            raise _unknown()
        return item


def _buried(action: Action) -> Action:
    """The action as it is sent: a delete that leaves a tombstone is a put of that."""
    if isinstance(action, DeleteItem) and action.tombstone is not None:
        return PutItem(action.table, action.key, action.tombstone, action.demands)
    return action


def repeatable(action: Action) -> bool:
    """Whether an action can be sent again although it may have been made: it can then not be made twice."""
    if isinstance(action, DeleteItem):
        return True
    tests = [t for d in action.demands for t in d.guard]
    return any(
        (isinstance(t, Is) and t.attribute == REV) or (isinstance(t, Lacks) and t.attribute in action.key)
        for t in tests
    )


def diagnose(layout: Layout, action: Action, item: Item | None) -> Refusal:
    """Which demand of a refused action the item does not meet.

    Where all are met, the bounds that an update's results must keep were not: the last demand stands for them.
    """
    failed = (d.otherwise for d in action.demands if not passes(layout, d.guard, item))
    return next(failed, action.demands[-1].otherwise)


def _is_of(token: str, item: Item | None) -> bool:
    return item is not None and item.get(REV) == {"S": token}


def _unknown() -> OutcomeUnknown:
    return OutcomeUnknown("the reply to the write was lost, and nothing tells whether it was made", store=STORE)
