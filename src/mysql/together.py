"""Writes records in one transaction that may want values of each other: unique values that change hands.

A server checks every row by itself, so that two that swap a value stand in each other's way. Each is written as soon
as its values are free. Where none can be, one row is taken out, without the server's checks: what refers to it is
neither refused nor deleted. It comes back, checked, when the others have moved. So no value has to be made up, nothing
has to be nullable, and no value is there for a moment that a constraint forbids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crossfade.dal.entity import Record
from crossfade.dal.errors import DuplicateUnique, MissingReference, Referenced
from crossfade.dal.key import Key
from crossfade.dal.memory_state import ident
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.mirror import Mirror
from crossfade.mysql.rows import Values
from crossfade.mysql.store import MySQLStore
from crossfade.mysql.transaction import Transaction
from crossfade.mysql.whose import Of


class Taken(DuplicateUnique):
    """Others, which are not written along, have unique values that are wanted; `holders` are those."""

    def __init__(self, holders: frozenset[Of]) -> None:
        self.holders = holders
        super().__init__("another one has one of its unique values", store="mysql")


@dataclass
class Wanted:
    """What is to be there of one entity.

    Attributes:
        mirror: writes it.
        key: its key.
        record: the record; None if there is to be none.
        wrote: whether anything was written.
    """

    mirror: Mirror
    key: Key
    record: Record | None
    wrote: bool = False
    out: Values | None = field(default=None, init=False)


class Together:
    """One writing of some records.

    Attributes:
        along: the entities, others than these, whose rows MySQL deleted or changed with theirs.

    Args:
        store: the database.
        transaction: where.
        wanted: what is to be there; each entity once.
    """

    def __init__(self, store: MySQLStore, transaction: Transaction, wanted: Sequence[Wanted]) -> None:
        self.along: set[Of] = set()
        self._contract = store.contract
        self._sqlite = dialect_name(store.engine) == "sqlite"
        self._transaction, self._wanted = transaction, wanted

    def write(self) -> None:
        """Write them.

        Raises:
            Taken: others have values that are wanted.
            Unfit, MissingReference, Referenced: see `Mirror`.
        """
        for wanted in self._wanted:
            row = wanted.mirror.row(self._transaction, wanted.key)
            if row is not None and wanted.record is None:
                wanted.mirror.delete(self._transaction, row, self.along)
                wanted.wrote = True
        self._settle([wanted for wanted in self._wanted if wanted.record is not None])
        for wanted in self._wanted:
            if wanted.wrote and wanted.record is not None:
                wanted.mirror.check(self._transaction, wanted.record)
        self._check()
        self.along -= {(wanted.mirror.entity, wanted.key) for wanted in self._wanted}

    # -------------------------------------------------------------------- helpers

    def _settle(self, waiting: list[Wanted]) -> None:
        while waiting:
            refused: dict[int, DuplicateUnique | MissingReference] = {}
            for number, wanted in enumerate(waiting):
                try:
                    self._put(wanted)
                except (DuplicateUnique, MissingReference) as error:
                    refused[number] = error
            if len(refused) == len(waiting):
                self._make_room(waiting, list(refused.values()))
            waiting = [waiting[number] for number in refused]

    def _put(self, wanted: Wanted) -> None:
        assert wanted.record is not None  # noqa: S101 - narrows the type; those without were deleted
        if wanted.out is not None:
            wanted.mirror.put_back(self._transaction, wanted.record, wanted.out)
            wanted.out, wanted.wrote = None, True
        row = wanted.mirror.row(self._transaction, wanted.key)
        wanted.wrote |= wanted.mirror.put(self._transaction, wanted.record, row, self.along)

    def _make_room(self, stuck: Sequence[Wanted], errors: Sequence[DuplicateUnique | MissingReference]) -> None:
        """Take out one row that is in the way of another."""
        for error in errors:
            if isinstance(error, MissingReference) and all(wanted.out is None for wanted in stuck):
                raise error
        mine = {self._ident((wanted.mirror.entity, wanted.key)): wanted for wanted in self._wanted}
        holders = {
            self._ident(of): of
            for wanted in stuck
            if wanted.record is not None
            for of in wanted.mirror.holders(self._transaction, wanted.record)
        }
        if holders.keys() - mine.keys():
            raise Taken(frozenset(holders.values()))
        in_the_way = [mine[ident] for ident in sorted(holders, key=str) if mine[ident] in stuck]
        if not any(self._taken_out(wanted) for wanted in in_the_way):
            raise errors[0] if isinstance(errors[0], MissingReference) else Taken(frozenset())

    def _taken_out(self, wanted: Wanted) -> bool:
        row = wanted.mirror.row(self._transaction, wanted.key)
        if row is None or wanted.record is None or len(self._wanted) == 1:
            return False
        if wanted.mirror.take_out(self._transaction, wanted.record, row):
            wanted.out = row
        return wanted.out is not None

    def _ident(self, of: Of) -> tuple[str, Any]:
        """The same for keys that MySQL takes for one."""
        return of[0], ident(self._contract.entities[of[0]], of[1])

    def _check(self) -> None:
        """On SQLite nothing was checked: see `Transaction.unchecked`."""
        if not self._sqlite or len(self._wanted) == 1:
            return
        if self._transaction.connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise Referenced("a row refers to something that does not exist", store="mysql")
