"""Made-up rows for a contract's MySQL schema: realistic, and the same for the same seed.

`plan_seed` says which rows there will be, and makes them; `crossfade.mysql.insert_rows` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

from crossfade.contract.model import Contract
from crossfade.contract.source import SourceSchema
from crossfade.seed.errors import SeedError
from crossfade.seed.plan import Request, TablePlan, plan_tables
from crossfade.seed.rows import Row, Run
from crossfade.seed.values import Span

__all__ = ["NOW", "Row", "SeedError", "SeedPlan", "TablePlan", "plan_seed", "seed_rows"]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""The end of the time in which rows are made, unless another is given: fixed, so that rows do not go by today."""

_YEARS = 3


@dataclass(frozen=True)
class SeedPlan:
    """The rows of a run.

    Attributes:
        tables: the tables, in the order in which they can be filled.
        seed: the run's seed.
    """

    tables: Mapping[str, TablePlan]
    seed: int
    _run: Run

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each table gets."""
        return {name: plan.size.rows for name, plan in self.tables.items()}

    def rows(self, table: str, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The rows of a table, each made when it is asked for: canonical values by column.

        Row i is the same whatever `start` is, and in every plan with the same schema, contract, seed and now,
        as long as the tables that it refers to have as many rows, or have grown in proportion.

        Args:
            table: one of `tables`.
            start: the first row's number, from 0.
            stop: the number before which to end; None for all.
        """
        return self._run.rows(table, start, stop)


def plan_seed(
    schema: SourceSchema,
    contract: Contract,
    *,
    rows: int | None = None,
    tables: Mapping[str, int] | None = None,
    scale: Decimal | float = 1,
    seed: int = 0,
    now: datetime = NOW,
) -> SeedPlan:
    """Plan the rows of a contract's tables, and of those that they need.

    Args:
        schema: the database's tables.
        contract: which of them matter, and what its `seed` keys declare.
        rows: rows of every table that nothing else counts; see `crossfade.seed.plan`.
        tables: rows of single tables.
        scale: multiplies the declared and the default numbers.
        seed: another seed gives other rows.
        now: the end of the time that the rows' dates lie in; their beginning is three years before.

    Raises:
        ConfigurationError: the extra `crossfade[seed]` is not installed.
        SeedError: no such rows can be made; says what to change.
    """
    request = Request(rows, dict(tables or {}), Fraction(str(scale)), seed)
    plans = plan_tables(schema, contract, request)
    span = Span(now.replace(year=now.year - _YEARS, day=min(now.day, 28)), now)
    return SeedPlan(plans, seed, Run(plans, contract, request, span))


def seed_rows(
    schema: SourceSchema, contract: Contract, counts: Mapping[str, int], seed: int = 0
) -> Iterator[tuple[str, Iterator[Row]]]:
    """Every table with its rows, in an order in which they can be inserted.

    Args:
        schema, contract: as for `plan_seed`.
        counts: rows by table; tables that are left out get what the contract declares, or the default.
        seed: another seed gives other rows.

    Raises:
        SeedError: as `plan_seed`.
    """
    plan = plan_seed(schema, contract, tables=counts, seed=seed)
    return ((table, plan.rows(table)) for table in plan.tables)
