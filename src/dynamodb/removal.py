"""Deletes: of an item alone, or with what its references take along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crossfade.dal.errors import TransactionTooLarge
from crossfade.dal.prepare import Delete
from crossfade.dynamodb.actions import Changed, Refused
from crossfade.dynamodb.asked import check, explain
from crossfade.dynamodb.cascade import Fall
from crossfade.dynamodb.execute import new_token
from crossfade.dynamodb.expressions import NotExpressible
from crossfade.dynamodb.fast import fast_delete
from crossfade.dynamodb.obstacles import Obstacles
from crossfade.dynamodb.shelf import Shelf, Stored
from crossfade.dynamodb.writes import Step, plan

if TYPE_CHECKING:
    from crossfade.dynamodb.writer import Writer


class Removal:
    """Deletes entities.

    Args:
        writer: makes the writes.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def delete(self, shelf: Shelf, delete: Delete) -> bool:
        """See `Repository.delete`."""
        at_once = self._at_once(shelf, delete)
        return self._whole(shelf, delete) if at_once is None else at_once

    def _at_once(self, shelf: Shelf, delete: Delete) -> bool | None:
        """Whether a single request deleted it, or None where it takes more."""
        action = fast_delete(shelf, delete)
        place = self._writer.place(shelf, delete.key) if action is not None else None
        if action is None or place is None:
            return None
        token = new_token()
        tombstones = self._writer.layout.tombstones(token)
        left = tombstones and tombstones.item(shelf, place, delete.key)
        try:
            self._writer.executor.run((replace(action, key=place, tombstone=left),), token)
        except NotExpressible:
            return None
        except Refused as refused:
            return False if explain(shelf, refused.found[0][1], delete) else None
        return True

    def _whole(self, shelf: Shelf, delete: Delete) -> bool:
        found = False

        def make(obstacles: Obstacles) -> Sequence[Step]:
            nonlocal found
            old = self._writer.reader.get(shelf.entity.name, delete.key)
            found = old is not None
            if old is None:
                self._writer.followers.finish_earlier(shelf.entity.name, delete.key)
                return []
            check(shelf, old.record, delete.where, delete.version)
            return self.removing(old, obstacles)

        self._writer.attempt(make)
        return found

    def removing(self, root: Stored, obstacles: Obstacles) -> Sequence[Step]:
        """The steps that delete an item and what its references say.

        What is too much for one transaction goes first, each by itself: children before their parents.

        Raises:
            Referenced: something restricts it.
        """
        fall = self._writer.cascade.fall(root, self._writer.finder)
        steps = self._falling(fall, obstacles)
        try:
            self._writer.executor.check(plan(self._writer.layout, steps, new_token()))
        except TransactionTooLarge:
            if len(steps) == 1:
                raise
            self._thin(fall)
            raise Refused((Changed(root.entity, root.key), None)) from None
        return steps

    def _falling(self, fall: Fall, obstacles: Obstacles) -> Sequence[Step]:
        steps = []
        for stored in fall.doomed.values():
            pending = self._writer.followers.of_delete(self._writer.layout.of(stored.entity), stored.record)
            steps.append(self._writer.weaver.step(stored.entity, None, stored, obstacles=obstacles, pending=pending))
        return [*steps, *(self._releasing(s, fields, obstacles) for s, fields in fall.released.values())]

    def _thin(self, fall: Fall) -> None:
        for stored, fields in fall.released.values():
            self.release(stored, fields)
        for stored in reversed(tuple(fall.doomed.values())[1:]):
            self.remove(stored)

    def remove(self, stored: Stored) -> None:
        """Delete an item, with what its references say, if it is still there."""

        def make(obstacles: Obstacles) -> Sequence[Step]:
            current = self._writer.still(stored)
            return [] if current is None else self.removing(current, obstacles)

        self._writer.attempt(make)

    def release(self, stored: Stored, fields: frozenset[str]) -> None:
        """Make the referring fields of an item null, if it is still there."""

        def make(obstacles: Obstacles) -> Sequence[Step]:
            current = self._writer.still(stored)
            return [] if current is None else [self._releasing(current, fields, obstacles)]

        self._writer.attempt(make)

    def _releasing(self, stored: Stored, fields: frozenset[str], obstacles: Obstacles) -> Step:
        shelf = self._writer.layout.of(stored.entity)
        new = {**stored.record, **dict.fromkeys(fields)}
        pending = self._writer.followers.of_change(shelf, stored.record, new, fields)
        return self._writer.step(shelf, new, stored, obstacles, changed=fields, pending=pending)
