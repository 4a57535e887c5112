"""The alarms of a contract's tables, in no tool's terms: throttling, latency, errors. Pure.

Metrics, their dimensions and statistics: Amazon DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crossfade.contract.model import Contract, Table
from crossfade.dynamodb.operations import every_table, used

NAMESPACE = "AWS/DynamoDB"
PERIOD = 60
"""Seconds of one data point; DynamoDB's metrics come once a minute."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name, statistic: as CloudWatch calls them.
        table: the table, without prefix; None for the whole account.
        index, operation: further dimensions.
    """

    name: str
    statistic: str
    table: str | None = None
    index: str | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm.

    Attributes:
        name: unlike any other's; goes behind the tables' prefix.
        says: what is wrong when it goes off.
        metrics: what it watches.
        combine: how several metrics become one.
        above: it goes off above this, or above what the deployment chooses: milliseconds, or errors a minute.
        points, of: it goes off when so many of the last data points are above.
    """

    name: str
    says: str
    metrics: tuple[Metric, ...]
    combine: Literal["SUM", "MAX"] | None = None
    above: Literal[0, "latency", "user_errors"] = 0
    points: int = 2
    of: int = 5


def alarms(contract: Contract) -> Iterator[Alarm]:
    """Every table's alarms, and the account's."""
    operations = used(contract)
    for table in every_table(contract):
        yield from _throttled(table)
        # A batch or a transaction has metrics of its own name, a query on an index that of the table.
        calls = sorted(operations[table.name].calls)
        yield Alarm(
            f"{table.name}-latency",
            f"calls of {table.name} take long",
            tuple(Metric("SuccessfulRequestLatency", "p99", table.name, operation=call) for call in calls),
            "MAX",
            above="latency",
            points=5,
        )
        yield Alarm(
            f"{table.name}-system-errors",
            f"DynamoDB fails calls of {table.name} (HTTP 500)",
            tuple(Metric("SystemErrors", "Sum", table.name, operation=call) for call in calls),
            "SUM",
        )
    yield Alarm(
        "user-errors",
        "DynamoDB refuses calls of this account (HTTP 400): wrong requests, or tables that are not there",
        (Metric("UserErrors", "Sum"),),
        above="user_errors",
        points=3,
    )


def _throttled(table: Table) -> Iterator[Alarm]:
    for index in (None, *(i.name for i in table.indexes)):
        place = table.name if index is None else f"{table.name}-{index}"
        for kind in ("Read", "Write"):
            what = f"{kind.lower()}s of {table.name}" + (f" through {index}" if index else "")
            metric = Metric(f"{kind}ThrottleEvents", "Sum", table.name, index)
            yield Alarm(f"{place}-{kind.lower()}-throttling", f"DynamoDB throttles {what}", (metric,))
