"""What the stores hold, as a rehearsal's history has it: by name, the mark of every record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import crossfade
from crossfade.dal.key import Key, key_of
from crossfade.migration.stores import Stores
from crossfade.mysql.scan import Scan, Span
from crossfade.rehearsal.checker import Contents, Findings, check
from crossfade.rehearsal.history import Op, Value
from crossfade.rehearsal.subjects import Subject, name_of

_ROWS = 1000

Records = Mapping[str, Mapping[Key, Mapping[str, Any]]]
"""Of each entity, the records by key."""


def in_mysql(stores: Stores, subjects: Mapping[str, Subject]) -> Records:
    """Every record in MySQL. Raises StoreError."""
    return {name: dict(_walked(stores, subject)) for name, subject in subjects.items()}


def _walked(stores: Stores, subject: Subject) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    scan, span, more = Scan(stores.mysql, subject.entity.name), Span(), True
    while more:
        rows = scan.read(span, _ROWS)
        yield from ((key_of(subject.entity, record), record) for record in rows.records)
        span, more = Span(rows.last), rows.more


class Names:
    """What the history calls the records that the stores hold in the end.

    Args:
        subjects: the entities.
        before: what the stores held at first.
        history: all operations.
    """

    def __init__(self, subjects: Mapping[str, Subject], before: Contents, history: Iterable[Op]) -> None:
        self._subjects = subjects
        self._known: set[str] = set(before)
        self._made_by: dict[tuple[str, Value], str] = {}
        for op in history:
            self._known.add(op.key)
            if op.kind == "write" and op.value is not None:
                self._made_by[op.key.split(" ")[0], op.value] = op.key

    def contents(self, records: Records) -> dict[str, Value | None]:
        """The marks of records, by name.

        One whose key the authority made goes by the write that its mark is of; where that is nobody's, by its key.
        """
        return {
            self._name(subject, key, mark): mark
            for entity, subject in self._subjects.items()
            for key, record in records[entity].items()
            if (mark := subject.seen(record)) is not None
        }

    def _name(self, subject: Subject, key: Key, mark: Value) -> str:
        name = name_of(subject.entity, key)
        return name if name in self._known else self._made_by.get((subject.entity.name, mark), name)


def marks(subjects: Mapping[str, Subject], records: Records) -> dict[str, Value | None]:
    """The marks of records, by the names that their keys give them."""
    return Names(subjects, {}, ()).contents(records)


def judged(
    stores: Stores, subjects: Mapping[str, Subject], before: Records, history: Sequence[Op], *, refresh: int
) -> Findings:
    """Whether a history explains what both stores hold now.

    Args:
        stores: both stores.
        subjects: the entities.
        before: what MySQL held at first.
        history: all operations.
        refresh: see `check`.

    Raises:
        StoreError: a store cannot be read.
    """
    first, last = marks(subjects, before), in_mysql(stores, subjects)
    names = Names(subjects, first, history)
    keys = {name: list(dict.fromkeys([*before[name], *last[name]])) for name in subjects}
    final = {"MySQL": names.contents(last), "DynamoDB": names.contents(_in_dynamodb(stores, keys))}
    return check(history, final, before=first, refresh=refresh)


def _in_dynamodb(stores: Stores, keys: Mapping[str, Collection[Key]]) -> Records:
    """What DynamoDB holds at some keys; what lies at others, a verification finds."""
    with crossfade.open(stores.contract, stage="dynamodb", table_prefix=stores.dynamodb.prefix) as app:
        return {name: dict(app.repository(name).get_many(of)) for name, of in keys.items()}
