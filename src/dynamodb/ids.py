"""Numbers for new entities: counter items in the control table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from crossfade.dal.entity import Record
from crossfade.dal.errors import OutcomeUnknown
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.errors import STORE, ConditionRefused, Unclear
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import Item

_VALUE = "value"
_GENERATED = frozenset({"auto_increment", "sequence"})


class Ids:
    """Gives out ids.

    Args:
        layout: where the control table is.
        calls: how requests are made.
    """

    def __init__(self, layout: Layout, calls: Calls) -> None:
        self._layout = layout
        self._calls = calls

    def numbered(self, shelf: Shelf, record: Record) -> Record:
        """The record with the next id, if the store gives it and it has none. A given id moves the counter past it."""
        rule = shelf.entity.id
        if rule is None or rule.strategy not in _GENERATED:
            return record
        given = record[rule.field]
        if given is None:
            return {**record, rule.field: self.block(shelf.entity.name, 1)}
        self.skip(shelf.entity.name, given)
        return record

    def block(self, entity: str, count: int) -> int:
        """The first of `count` consecutive ids, none of which anybody else will get."""
        # Where a reply is lost, the numbers that it gave are lost too: a gap, as after a rollback in MySQL.
        answer = self._write(
            entity,
            UpdateExpression="ADD #v :n",
            ExpressionAttributeNames={"#v": _VALUE},
            ExpressionAttributeValues={":n": {"N": str(count)}},
            ReturnValues="UPDATED_NEW",
        )
        last = int(answer["Attributes"][_VALUE]["N"])
        return last - count + 1

    def last(self, entity: str) -> int | None:
        """The counter as it stands: the last id that was given or skipped; None where there is no counter."""
        key = counter_key(entity)
        found = self._calls.read("GetItem", TableName=self._layout.control_table, Key=key, ConsistentRead=True)
        stored = found.get("Item", {}).get(_VALUE, {}).get("N")
        return None if stored is None else int(stored)

    def skip(self, entity: str, given: Any) -> None:
        """Move the counter to `given`, if it is not there yet."""
        with suppress(ConditionRefused):
            self._write(
                entity,
                UpdateExpression="SET #v = :n",
                ConditionExpression="attribute_not_exists(#v) OR #v < :n",
                ExpressionAttributeNames={"#v": _VALUE},
                ExpressionAttributeValues={":n": {"N": str(given)}},
            )

    def _write(self, entity: str, **request: Any) -> Mapping[str, Any]:
        key = counter_key(entity)
        for _ in self._calls.pacer.tries():
            try:
                return self._calls.write("UpdateItem", TableName=self._layout.control_table, Key=key, **request)
            except Unclear:
                continue
        raise OutcomeUnknown("no id could be had: every reply was lost", store=STORE)


def counter_key(entity: str) -> Item:
    """The item key of an entity's counter, in the control table."""
    return {OWN_KEY: {"S": f"counter|{entity}"}}
