"""Batches: many records in a few statements, and the exact list of what was not written.

A chunk is one transaction. Where the server refuses it, its records are written one by one instead, so that
every refusal is told for its own record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.entity import Record
from crossfade.dal.errors import CapacityExceeded, OutcomeUnknown, StoreError, StoreUnavailable
from crossfade.dal.key import Key, key_of
from crossfade.dal.prepare import Delete
from crossfade.dal.repository import BatchResult
from crossfade.mysql.transaction import Transaction
from crossfade.mysql.write import Writer

T = TypeVar("T")

CHUNK = 200

# What another try of each record would only meet again.
_FINAL = (StoreUnavailable, CapacityExceeded, OutcomeUnknown)

Run = Callable[[Callable[[Transaction], Sequence[Key]]], Sequence[Key]]


class Batch:
    """The batches of one entity.

    Args:
        writer: writes its records.
        run: runs work in a transaction of its own, and commits it.
    """

    def __init__(self, writer: Writer, run: Run) -> None:
        self._writer = writer
        self._run = run

    def put(self, records: Sequence[Record], one: Callable[[Record], Record]) -> BatchResult:
        """Put records; `one` puts a single one."""

        def single(record: Record) -> Key:
            return key_of(self._writer.entity, one(record))

        return self._all(records, lambda r: key_of(self._writer.entity, r), self._put_chunk, single)

    def delete(self, keys: Sequence[Key], one: Callable[[Key], bool]) -> BatchResult:
        """Delete keys; `one` deletes a single one."""

        def single(key: Key) -> Key:
            one(key)
            return key

        return self._all(keys, lambda k: k, self._delete_chunk, single)

    def _all(
        self,
        things: Sequence[T],
        key: Callable[[T], Key],
        chunk: Callable[[Transaction, Sequence[T]], Sequence[Key]],
        single: Callable[[T], Key],
    ) -> BatchResult:
        result = BatchResult()
        failed: CrossfadeError | None = None
        for start in range(0, len(things), CHUNK):
            part = things[start : start + CHUNK]
            if failed is None:
                try:
                    result.written.extend(self._run(lambda t, p=part: chunk(t, p)))  # type: ignore[misc]  # the default binds the loop's part
                    continue
                except _FINAL as error:
                    failed = error
                except CrossfadeError:
                    self._one_by_one(part, key, single, result)
                    continue
            result.failed.extend((key(thing), failed) for thing in part)
            if isinstance(failed, OutcomeUnknown):
                failed = None
        return result

    def _one_by_one(
        self, things: Sequence[T], key: Callable[[T], Key], single: Callable[[T], Key], result: BatchResult
    ) -> None:
        for thing in things:
            try:
                result.written.append(single(thing))
            except CrossfadeError as error:
                if isinstance(error, StoreError):
                    error.entity, error.key = self._writer.entity.name, key(thing)
                result.failed.append((key(thing), error))

    def _put_chunk(self, transaction: Transaction, records: Sequence[Record]) -> Sequence[Key]:
        writer = self._writer
        if writer.owned or transaction.watch is not None:
            return [key_of(writer.entity, writer.put(transaction, record)) for record in records]
        present = writer.present(transaction, [k for r in records if (k := writer.key(r)) is not None])
        written: list[Key] = []
        for kind, alike in groupby(records, key=lambda r: self._kind(r, present)):
            group = list(alike)
            if kind is None:
                written += [key_of(writer.entity, writer.put(transaction, record)) for record in group]
            else:
                transaction.execute(writer.table.insert(), [writer.row(record) for record in group])
                written += [key_of(writer.entity, record) for record in group]
        return written

    def _kind(self, record: Record, present: set[Key]) -> tuple[str, ...] | None:
        """The columns of a record that one statement can insert with others; None for all the rest."""
        key = self._writer.key(record)
        return None if key is None or key in present else tuple(self._writer.row(record))

    def _delete_chunk(self, transaction: Transaction, keys: Sequence[Key]) -> Sequence[Key]:
        statement = self._writer.direct_delete_many(keys) if transaction.watch is None else None
        if statement is None:
            for key in keys:
                self._writer.delete(transaction, Delete(key))
        else:
            transaction.execute(statement)
        return keys
