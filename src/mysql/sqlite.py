"""What SQLite needs to stand in for MySQL: pragmas, transactions, exact numbers, MySQL's functions.

Contract expressions are evaluated by `contract.evaluate`, called back from SQL: the embedded default
calculates as MySQL does.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from crossfade.contract.coerce import collated, to_type
from crossfade.contract.evaluate import evaluate
from crossfade.contract.sql import Column, Expression
from crossfade.contract.types import EXACT, ValueType
from crossfade.mysql.types import DECIMAL_COLLATION, TEXT_COLLATIONS, ColumnType

WRITE = "crossfade_write"
"""The execution option of a connection that will write."""

UNCHECKED = "crossfade_unchecked"
"""The execution option of a connection that checks no references, until it is closed."""

EVALUATE = "crossfade_evaluate"
SUM, AVERAGE = "crossfade_sum", "crossfade_avg"

# MySQL 8.4 Reference Manual, 14.19.1: AVG has div_precision_increment (default 4) digits more.
_AVERAGE_DIGITS = 4


def prepare(engine: sa.Engine, *, busy_timeout: float, durable: bool) -> None:
    """Make every connection of `engine` behave; call it once.

    Args:
        engine: the engine.
        busy_timeout: seconds that a write waits for another one.
        durable: whether a commit outlives a loss of power.
    """

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: Any) -> None:
        del record
        # sqlite3 itself would begin transactions late, after the first SELECT, and never for writing.
        connection.isolation_level = None
        for pragma, value in {
            "foreign_keys": "ON",
            "journal_mode": "WAL",
            "busy_timeout": int(busy_timeout * 1000),
            "synchronous": "FULL" if durable else "OFF",
        }.items():
            connection.execute(f"PRAGMA {pragma} = {value}")
        connection.create_collation(DECIMAL_COLLATION, _compare_numbers)
        for name, collation in TEXT_COLLATIONS.items():
            connection.create_collation(name, partial(_compare_texts, collation))
        connection.create_function(EVALUATE, -1, _evaluate, deterministic=True)
        connection.create_aggregate(SUM, 1, _Sum)
        connection.create_aggregate(AVERAGE, 2, _Average)

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get(UNCHECKED, False):
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # without effect within a transaction
        # A transaction that reads first and writes later could not wait for another writer: it would fail.
        writes = connection.get_execution_options().get(WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _compare_numbers(one: str, other: str) -> int:
    left, right = Decimal(one), Decimal(other)
    return (left > right) - (left < right)


def _compare_texts(collation: str, one: str, other: str) -> int:
    left, right = collated(one, collation), collated(other, collation)
    return (left > right) - (left < right)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    expression: Expression
    columns: tuple[Column, ...]
    types: tuple[ValueType, ...]
    result: ColumnType


_evaluations: list[_Evaluation] = []
_numbers: dict[_Evaluation, int] = {}
_lock = threading.Lock()


def evaluation(expression: Expression, columns: Sequence[Column], types: Sequence[ValueType], result: ValueType) -> int:
    """Register an expression for the SQL function `EVALUATE(number, column, ...)`.

    Args:
        expression: what to evaluate.
        columns: its columns, in the order of the arguments.
        types: their types.
        result: the type of what is returned.

    Returns:
        The number, which stands for the expression in this process.
    """
    made = _Evaluation(expression, tuple(columns), tuple(types), ColumnType(result, "sqlite"))
    with _lock:
        if made not in _numbers:
            _numbers[made] = len(_evaluations)
            _evaluations.append(made)
        return _numbers[made]


def _evaluate(number: int, *stored: Any) -> Any:
    found = _evaluations[number]
    decoders = [ColumnType(t, "sqlite") for t in found.types]
    values = {c: d.decoded(v) for c, d, v in zip(found.columns, decoders, stored, strict=True)}
    types = dict(zip(found.columns, found.types, strict=True))
    value = evaluate(found.expression, values.__getitem__, types.get)
    return found.result.encoded(to_type(value, found.result.value_type, "value"))


class _Sum:
    def __init__(self) -> None:
        self.total: Any = None

    def step(self, value: Any) -> None:
        if value is not None:
            number = Decimal(value) if isinstance(value, str) else value
            if isinstance(number, Decimal) and self.total is not None:
                self.total = EXACT.add(self.total, number)
            else:
                self.total = number if self.total is None else self.total + number

    def finalize(self) -> Any:
        return format(self.total, "f") if isinstance(self.total, Decimal) else self.total


class _Average(_Sum):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.scale = 0

    def step(self, value: Any, scale: int = 0) -> None:
        super().step(value)
        self.count += value is not None
        self.scale = scale

    def finalize(self) -> Any:
        if self.total is None or isinstance(self.total, float):
            return self.total and self.total / self.count
        unit = Decimal(1).scaleb(-self.scale - _AVERAGE_DIGITS)
        average = EXACT.divide(Decimal(self.total), self.count)
        return format(average.quantize(unit, ROUND_HALF_UP, EXACT), "f")
