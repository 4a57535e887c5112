"""`crossfade seed`: made-up rows for the contract's MySQL schema."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crossfade.cli.options import StoreOptions, as_json, store_options
from crossfade.contract.errors import CrossfadeError
from crossfade.contract.plural import several
from crossfade.dal.excerpt import cut

if TYPE_CHECKING:
    from crossfade.mysql import MySQLStore
    from crossfade.seed import SeedPlan
    from crossfade.seed.run import TableState

WRITTEN, INTERRUPTED = 0, 130
SAMPLES = 3


class _Rows(click.ParamType[tuple[str | None, int]]):
    name = "N or TABLE=N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str | None, int]:
        """`N` as (None, N), `TABLE=N` as (TABLE, N)."""
        table, _, number = str(value).rpartition("=")
        try:
            rows = int(number)
        except ValueError:
            rows = -1
        if rows < 0 or (not table and "=" in str(value)):
            self.fail(f"{cut(str(value), 80, repr)} is neither a number of rows nor TABLE=N", param, ctx)
        return table or None, rows


class _Scale(click.ParamType[Decimal]):
    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """A number above 0."""
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            number = Decimal(0)
        if not (number.is_finite() and 0 < number <= 10**9):
            self.fail(f"{value!r} is no number above 0", param, ctx)
        return number


@click.command()
@store_options
@click.option(
    "--rows", type=_Rows(), multiple=True, help="Rows of each table, or of one: --rows 500 --rows orders=9000."
)
@click.option("--scale", type=_Scale(), default="1", help="Multiplies the declared and the default numbers of rows.")
@click.option("--seed", "number", type=int, default=0, show_default=True, help="Another seed gives other rows.")
@click.option("--now", type=click.DateTime(["%Y-%m-%d"]), help="The end of the rows' time; default 2026-01-01.")
@click.option("--batch", type=click.IntRange(1, 5000), default=1000, show_default=True, help="Rows in one statement.")
@click.option("--append", is_flag=True, help="Go on although tables hold other rows: leave them, add what is missing.")
@click.option("--dry-run", is_flag=True, help="Only print how many rows there would be, and some of them.")
@as_json
def seed(
    stores: StoreOptions,
    rows: tuple[tuple[str | None, int], ...],
    scale: Decimal,
    number: int,
    now: datetime | None,
    batch: int,
    append: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Fill the contract's MySQL tables with made-up rows.

    The rows follow types, foreign keys, unique indexes and what the contract declares in "seed". The same options
    make the same rows, on every day and machine; a larger number of rows begins with those of a smaller one.
    A run that was interrupted goes on where it ended when it is started again. Tables that hold other rows are
    refused. Exit code: 0 written, 2 refused or cannot run, 130 interrupted.
    """
    from crossfade.app import open_mysql  # noqa: PLC0415 - help needs no database driver
    from crossfade.seed import NOW, plan_seed  # noqa: PLC0415 - as above

    with _closing(open_mysql(**stores)) as store:
        plan = plan_seed(
            store.schema,
            store.contract,
            rows=next((n for table, n in reversed(rows) if table is None), None),
            tables={table: n for table, n in rows if table is not None},
            scale=scale,
            seed=number,
            now=now.replace(tzinfo=UTC) if now else NOW,
        )
        if dry_run:
            click.echo(_dry_json(plan) if as_json else _dry_text(plan))
            return WRITTEN
        return _write(store, plan, append=append, batch=batch, as_json=as_json)


@contextmanager
def _closing(store: MySQLStore) -> Iterator[MySQLStore]:
    try:
        yield store
    finally:
        store.close()


# --------------------------------------------------------------------------------------------- writing


def _write(store: MySQLStore, plan: SeedPlan, *, append: bool, batch: int, as_json: bool) -> int:
    from crossfade.seed.run import check_states, inspect, write  # noqa: PLC0415 - loads SQLAlchemy

    began = time.monotonic()
    written = dict.fromkeys(plan.tables, 0)
    states: tuple[TableState, ...] = ()
    interrupted = False
    try:
        states = inspect(store, plan)
        if not append:
            check_states(plan, states)
        with _progress(states, quiet=as_json) as advance:

            def told(table: str, count: int) -> None:
                written[table] += count
                advance(table, count)

            write(store, plan, states, append=append, statement=batch, progress=told)
    except KeyboardInterrupt:
        interrupted = True
    except CrossfadeError:
        if total := sum(written.values()):
            before = several(total, "row was written", "rows were written")
            click.echo(f"{before} before this. The same command goes on behind that.", err=True)
        raise
    seconds = time.monotonic() - began
    click.echo(_answer_json(plan, states, written, seconds, interrupted) if as_json
               else _answer_text(plan, states, written, seconds))  # fmt: skip
    if interrupted:
        total, wanted = sum(written.values()), sum(s.wanted - s.present for s in states)
        click.echo(
            f"interrupted: {total:,} of {wanted:,} rows are written. The same command goes on behind the last of them.",
            err=True,
        )
    return INTERRUPTED if interrupted else WRITTEN


@contextmanager
def _progress(states: tuple[TableState, ...], *, quiet: bool) -> Iterator[Callable[[str, int], None]]:
    """What to call after each commit: a bar on a terminal, a line for each table elsewhere."""
    console = Console(stderr=True)
    wanted = {s.table: max(0, s.wanted - s.present) for s in states}
    if quiet:
        yield lambda table, count: None
    elif not console.is_terminal:
        done = dict.fromkeys(wanted, 0)

        def line(table: str, count: int) -> None:
            done[table] += count
            click.echo(f"{table}: {done[table]:,} of {several(wanted[table], 'row')}", err=True)

        yield line
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            tasks = {table: bar.add_task(table, total=total) for table, total in wanted.items() if total}
            yield lambda table, count: bar.advance(tasks[table], count)


def _answer_text(plan: SeedPlan, states: tuple[TableState, ...], written: dict[str, int], seconds: float) -> str:
    lines = []
    for state in states:
        known = f", {state.present:,} were there" if state.present else ""
        others = f", {state.others:,} others" if state.others else ""
        lines.append(f"{state.table}: {several(written[state.table], 'row')} written{known}{others}")
    total = sum(written.values())
    rows, tables = several(total, "row"), several(len(states), "table")
    return "\n".join([*lines, f"{rows} of seed {plan.seed} in {tables}, {seconds:.1f} s"])


def _answer_json(
    plan: SeedPlan, states: tuple[TableState, ...], written: dict[str, int], seconds: float, interrupted: bool
) -> str:
    tables = [
        {"table": s.table, "wanted": s.wanted, "present": s.present, "others": s.others, "written": written[s.table]}
        for s in states
    ]
    answer = {"seed": plan.seed, "tables": tables, "written": sum(written.values()), "seconds": round(seconds, 3)}
    return json.dumps({**answer, "interrupted": interrupted}, indent=2)


# --------------------------------------------------------------------------------------------- dry run


def _dry_text(plan: SeedPlan) -> str:
    lines = []
    for name, table in plan.tables.items():
        notes = "".join(f"; {note}" for note in table.notes)
        lines.append(f"{name}: {several(table.size.rows, 'row')}{notes}")
        lines += [f"  {json.dumps(_shown(row), ensure_ascii=False)}" for row in plan.rows(name, 0, _few(plan, name))]
    rows, tables = several(sum(plan.counts.values()), "row"), several(len(plan.tables), "table")
    return "\n".join([*lines, f"{rows} in {tables}; nothing was written"])


def _dry_json(plan: SeedPlan) -> str:
    tables = [
        {"table": n, "rows": t.size.rows, "notes": list(t.notes),
         "samples": [_shown(row) for row in plan.rows(n, 0, _few(plan, n))]}
        for n, t in plan.tables.items()
    ]  # fmt: skip
    return json.dumps({"seed": plan.seed, "tables": tables}, indent=2, ensure_ascii=False)


def _few(plan: SeedPlan, table: str) -> int:
    return min(SAMPLES, plan.counts[table])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _json_value(value) for name, value in row.items()}


def _json_value(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex()
        case Decimal() | timedelta():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case _:
            return value
