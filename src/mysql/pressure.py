"""How busy the source is: what is asked of the server, and what to conclude."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crossfade.dal.errors import StoreError
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.transaction import Transaction, read


@dataclass(frozen=True, slots=True)
class Pressure:
    """How busy a server is.

    Attributes:
        threads_running: statements being run at this moment; None where it cannot be told.
        replica_lag: seconds behind its own source, where the server is a replica; None where it is none, or cannot
            be told.
        notes: what cannot be told, and why.
    """

    threads_running: int | None = None
    replica_lag: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server bears; None for anything."""

    threads_running: int | None = None
    replica_lag: float | None = None


def too_much(pressure: Pressure, limits: Limits) -> str | None:
    """Why a server should be left in peace, or None. Pure."""
    found = []
    threads, lag = pressure.threads_running, pressure.replica_lag
    if threads is not None and limits.threads_running is not None and threads > limits.threads_running:
        found.append(f"the source runs {threads} statements at a time, over {limits.threads_running}")
    if lag is not None and limits.replica_lag is not None and lag > limits.replica_lag:
        found.append(f"the source is {lag:g} s behind its own source, over {limits.replica_lag:g} s")
    return "; ".join(found) or None


def measure(engine: sa.Engine) -> Pressure:
    """Ask a server how busy it is.

    Raises:
        StoreError: it cannot be reached.
    """
    if dialect_name(engine) == "sqlite":
        return Pressure()
    return read(engine, _measured)


def _measured(transaction: Transaction) -> Pressure:
    status = transaction.execute(sa.text("SHOW GLOBAL STATUS LIKE 'Threads_running'")).mappings().first()
    threads = None if status is None else int(status["Value"])
    try:
        # MySQL has this statement since 8.0.22, MariaDB since 10.5.
        replica = transaction.execute(sa.text("SHOW REPLICA STATUS")).mappings().first()
    except StoreError as error:
        if error.retryable:
            raise
        return Pressure(threads, None, (f"replica lag cannot be asked for: {error.message}",))
    lag, notes = _lag(None if replica is None else {str(name): value for name, value in replica.items()})
    return Pressure(threads, lag, notes)


def _lag(status: Mapping[str, Any] | None) -> tuple[float | None, tuple[str, ...]]:
    if status is None:
        return None, ()
    lag = status.get("Seconds_Behind_Source", status.get("Seconds_Behind_Master"))
    if lag is None:
        return None, ("the source is a replica whose replication does not run: its rows may be old",)
    return float(lag), ()
