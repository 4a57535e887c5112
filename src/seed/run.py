"""Write a plan's rows into a database, and go on where an earlier run ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from crossfade.contract.plural import several
from crossfade.dal.errors import CrossfadeError, DuplicateUnique, InvalidValue, MissingReference, StoreError
from crossfade.mysql import MySQLStore, insert_rows
from crossfade.mysql.insert import count_rows, identity, key_of, present_rows
from crossfade.seed import SeedPlan
from crossfade.seed.errors import SeedError
from crossfade.seed.rows import Row

_COMPARED = 500

Progress = Callable[[str, int], None]
"""Called with a table and how many rows it got, after each commit."""


@dataclass(frozen=True, slots=True)
class TableState:
    """What a table holds before a run.

    Attributes:
        table: the table.
        wanted: the rows of the plan.
        present: its first rows that are there already, without a gap and unchanged.
        others: further rows in the table.
    """

    table: str
    wanted: int
    present: int
    others: int


def inspect(store: MySQLStore, plan: SeedPlan) -> tuple[TableState, ...]:
    """What the tables of a plan hold: which of its first rows are there, compared value by value.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    return tuple(_state(store, plan, table) for table in plan.tables)


def _state(store: MySQLStore, plan: SeedPlan, table: str) -> TableState:
    wanted, total = plan.counts[table], count_rows(store.engine, store.schema, table)
    present = _present(store, plan, table) if total else 0
    return TableState(table, wanted, present, total - present)


def _present(store: MySQLStore, plan: SeedPlan, table: str) -> int:
    source, rows, found = store.schema.tables[table], plan.rows(table), 0
    while key_of(source) and (part := list(islice(rows, _COMPARED))):
        there = present_rows(store.engine, store.schema, table, part, list(part[0]))
        equal = next((k for k, row in enumerate(part) if there.get(identity(source, row)) != row), len(part))
        found += equal
        if equal < len(part):
            break
    return found


def check_states(plan: SeedPlan, states: tuple[TableState, ...]) -> None:
    """Raise SeedError, naming every table that holds rows which are not of this plan, where it would add rows."""
    refused = [s for s in states if s.others and s.present < s.wanted]
    if not refused:
        return
    told = []
    for state in refused:
        known = f", behind {state.present:,} of this seed" if state.present else ""
        source = plan.tables[state.table].source
        why = ""
        if not key_of(source):
            why = "; it has no key by which rows of an earlier run could be told"
        elif source.triggers:
            why = f"; its triggers ({', '.join(source.triggers)}) may have changed rows of an earlier run"
        others = several(state.others, "row that is", "rows that are")
        told.append(f"  {state.table}: {others} not of this seed{known}{why}")
    raise SeedError(
        "tables hold rows that this run did not make, so nothing was written:\n"
        + "\n".join(told)
        + "\nEmpty them, name another database, or pass --append to leave them as they are and add what is missing"
    )


def write(
    store: MySQLStore,
    plan: SeedPlan,
    states: tuple[TableState, ...],
    *,
    append: bool = False,
    statement: int = 1000,
    progress: Progress = lambda table, rows: None,
) -> dict[str, int]:
    """Write the rows that are missing, table by table; what is there stays as it is.

    Args:
        store: the database.
        plan: the rows.
        states: from `inspect`.
        append: go on although tables hold other rows: rows whose key is taken are passed over.
        statement: rows in one statement.
        progress: told after each commit.

    Returns:
        Rows written, by table.

    Raises:
        SeedError: tables hold other rows and `append` is not set, or the database refuses a row.
        StoreUnavailable: the database cannot be reached; what was committed is written.
    """
    if not append:
        check_states(plan, states)
    written = dict.fromkeys(plan.tables, 0)
    for state in states:
        rows = plan.rows(state.table, state.present)
        if state.others:
            rows = _missing(store, state.table, rows)

        def told(count: int, table: str = state.table) -> None:
            written[table] += count
            progress(table, count)

        try:
            insert_rows(store.engine, store.schema, state.table, rows, statement=statement, written=told)
        except (InvalidValue, DuplicateUnique, MissingReference) as error:
            raise SeedError(f"{state.table}: {_reason(error)}") from None
    return written


def _missing(store: MySQLStore, table: str, rows: Iterator[Row]) -> Iterator[Row]:
    source = store.schema.tables[table]
    while part := list(islice(rows, _COMPARED)):
        keyed = key_of(source)
        there = present_rows(store.engine, store.schema, table, part, keyed) if keyed else {}
        yield from (row for row in part if not keyed or identity(source, row) not in there)


def _reason(error: CrossfadeError) -> str:
    text = error.message if isinstance(error, StoreError) else str(error)
    hints = {
        DuplicateUnique: "rows that were there already hold a unique value of a made-up one: seed an empty table, "
        "or choose another --seed",
        MissingReference: "a row that it refers to is not there",
        InvalidValue: "a CHECK constraint or a trigger wants other values: say which ones in the contract's "
        '"seed", "fields"',
    }
    hint = next(h for kind, h in hints.items() if isinstance(error, kind))
    return f"{text} ({hint})"
