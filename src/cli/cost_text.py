"""How an estimate of costs is told: as tables for a terminal, and as JSON values."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crossfade.contract.cost import ASSUMPTIONS, CostEstimate, Line, StageCost

_WIDTH = 120
"""Columns where the output is no terminal, which could say."""


def as_value(found: CostEstimate, stages: Sequence[StageCost], months: int) -> dict[str, Any]:
    """The estimate as JSON values; money as numbers, in the prices' currency."""
    prices, once = found.prices, found.once
    return {
        "prices": {"region": prices.region, "currency": prices.currency, "as_of": prices.as_of},
        "average": found.average,
        "months": months,
        "calls": [_call(line) for line in found.lines],
        "stages": [_stage(found, stage, months) for stage in stages],
        "storage": [
            {
                "table": s.table,
                "table_bytes": s.table_bytes,
                "index_bytes": s.index_bytes,
                "storage": _number(s.storage),
                "point_in_time_recovery": _number(s.pitr),
            }
            for s in found.storage
        ],
        "once": {
            "backfill": {"write_units": once.backfill_write, "cost": _number(once.backfill)},
            "full_verify": {"read_units": once.verify_read, "cost": _number(once.verify)},
        },
        "unknown": list(found.unknown),
        "assumptions": list(ASSUMPTIONS),
    }


def _call(line: Line) -> dict[str, Any]:
    request = line.request
    return {
        "entity": request.entity,
        "name": request.name,
        "kind": request.kind,
        "rps": request.rps,
        "read_units": line.read,
        "write_units": line.write,
        "while_mysql": {"read_units": line.synced_read, "write_units": line.synced_write},
        "month": None if line.month is None else _number(line.month),
    }


def _stage(found: CostEstimate, stage: StageCost, months: int) -> dict[str, Any]:
    month = found.month(stage)
    return {
        "stage": stage.stage,
        "read_units_per_second": stage.read,
        "write_units_per_second": stage.write,
        "requests": {"on_demand": _number(stage.on_demand), "provisioned": _number(stage.provisioned)},
        "month": {"on_demand": _number(month.on_demand), "provisioned": _number(month.provisioned)},
        "months": {"on_demand": _number(month.on_demand * months), "provisioned": _number(month.provisioned * months)},
    }


def _number(amount: Decimal) -> float:
    return round(float(amount), 6)


def as_text(found: CostEstimate, stages: Sequence[StageCost], months: int) -> None:
    """Print the estimate."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    console.print(_calls(found))
    console.print(_stages(found, stages, months))
    console.print(_data(found))
    once, money = found.once, _money
    console.print(f"Once: the backfill {money(once.backfill)} ({once.backfill_write:,.0f} write units), ", end="")
    console.print(f"a full verification {money(once.verify)} ({once.verify_read:,.0f} read units).")
    if found.unknown:
        console.print("\nNot known, and counted as nothing or as the least: the sums are a lower bound.")
        _list(console, found.unknown)
    console.print("\nAssumed:")
    _list(console, (f"prices: {found.prices.region}, {found.prices.currency}, {found.prices.as_of}", *ASSUMPTIONS))


def _list(console: Console, texts: Iterable[str]) -> None:
    for text in texts:
        console.print(f"  - {text}", markup=False, soft_wrap=True)


def _table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in left:
        table.add_column(name)
    for name in right:
        table.add_column(name, justify="right")
    return table


def _calls(found: CostEstimate) -> Table:
    """The units of every call that is made, or of which nobody said how often."""
    table = _table(
        "Units of one call", ("entity", "call"), ("peak rps", "read", "write", "as MySQL's copy", "month, on demand")
    )
    for line in found.lines:
        request, copy = line.request, f"{line.synced_read:g} + {line.synced_write:g}"
        if request.rps == 0:
            continue
        rps = "not known" if request.rps is None else f"{request.rps:,g}"
        month = "not known" if line.month is None else _money(line.month)
        copied = copy if request.kind == "write" else ""
        table.add_row(escape(request.entity), request.name, rps, f"{line.read:g}", f"{line.write:g}", copied, month)
    return table


def _stages(found: CostEstimate, stages: Sequence[StageCost], months: int) -> Table:
    table = _table(
        f"\nA month in each stage, in {found.prices.currency}, storage of {_money(found.stored)} from dual_write on",
        ("stage",),
        ("read units/s", "write units/s", "on demand", "provisioned"),
    )
    if months > 1:
        table.add_column(f"{months} months, on demand", justify="right")
        table.add_column("provisioned", justify="right")
    for stage in stages:
        month = found.month(stage)
        sums = [month.on_demand, month.provisioned]
        sums += [amount * months for amount in sums] if months > 1 else []
        table.add_row(stage.stage, f"{stage.read:,g}", f"{stage.write:,g}", *(_money(s) for s in sums))
    return table


def _data(found: CostEstimate) -> Table:
    table = _table("\nStorage, a month", ("table",), ("items", "indexes", "storage", "recovery"))
    for s in found.storage:
        table.add_row(s.table, _size(s.table_bytes), _size(s.index_bytes), _money(s.storage), _money(s.pitr))
    table.add_row("together", "", "", _money(found.stored), "", style="bold")
    return table


def _size(count: float) -> str:
    """Bytes in decimal units, as storage is billed."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count:,.0f} B"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"
