"""The part of a guide that says what the contract costs on DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from crossfade.contract.cost import ASSUMPTIONS, CostEstimate, estimate
from crossfade.contract.guide_facts import Facts
from crossfade.contract.markdown import table_lines


def cost(facts: Facts) -> Iterator[str]:
    """The lines of the part; `crossfade cost` says the same for other prices, and for measured rows."""
    found = estimate(facts.contract)
    prices = found.prices
    yield from ["## Cost", ""]
    yield f"In {prices.currency}, at the prices of {prices.as_of} in {prices.region}; the peak counted all month."
    yield ""
    yield from table_lines(
        ("a month in the stage", "read units/s", "write units/s", "on demand", "provisioned"), _stages(found)
    )
    yield ""
    yield f"Storage and recovery are {_money(found.stored)} of it, from `dual_write` on. Paid once:"
    yield ""
    yield f"- the backfill, {_money(found.once.backfill)} ({found.once.backfill_write:,.0f} write units)"
    yield f"- a full verification, {_money(found.once.verify)} ({found.once.verify_read:,.0f} read units)"
    dearest = sorted((line for line in found.lines if line.month), key=lambda line: -(line.month or 0))[:5]
    if dearest:
        yield from ["", "What costs most in the last stage, on demand:", ""]
        rows = ((f"{d.request.entity}.{d.request.name}", f"{d.request.rps:,g}", _money(d.month)) for d in dearest)
        yield from table_lines(("call", "peak a second", "a month"), rows)
    if found.unknown:
        yield from ["", "Not known, and counted as nothing or as the least, so that the sums are a lower bound:", ""]
        yield from (f"- {text}" for text in found.unknown)
    yield from ["", "Assumed:", "", *(f"- {text}" for text in ASSUMPTIONS)]


def _stages(found: CostEstimate) -> Iterator[tuple[str, ...]]:
    for stage in found.stages:
        month = found.month(stage)
        units = f"{stage.read:,.1f}", f"{stage.write:,.1f}"
        yield (stage.stage, *units, _money(month.on_demand), _money(month.provisioned))


def _money(amount: Decimal | None) -> str:
    return f"{amount or 0:,.2f}"
