"""Prices, from one dated file: every figure with its unit, its day and where it was read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path
from typing import Any

from crossfade.contract.errors import CrossfadeError

NAMES = (
    "read_request_unit", "write_request_unit", "read_capacity_unit_hour", "write_capacity_unit_hour",
    "storage_gb_month", "pitr_gb_month",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """One price: `amount` per `unit`, with the day it was read and where, in words."""

    amount: Decimal
    unit: str
    date: str
    source: str


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region, by the names in `NAMES`."""

    region: str
    currency: str
    as_of: str
    note: str
    by_name: Mapping[str, Price]

    def cost(self, units: float, name: str) -> Decimal:
        """What `units` of something cost."""
        return Decimal(repr(float(units))) * self.by_name[name].amount


def load_prices(path: str | Path | None = None) -> Prices:
    """Read a file of prices; without one, those that crossfade ships.

    Raises:
        CrossfadeError: it is no such file; says what is wrong.
        OSError: it cannot be read.
    """
    name = str(path or "prices.json")
    shipped = files("crossfade.contract").joinpath("prices.json")
    try:
        text = Path(path).read_text(encoding="utf-8") if path is not None else shipped.read_text(encoding="utf-8")
        raw = json.loads(text)
    except ValueError as error:
        raise CrossfadeError(f"{name} is not JSON: {error}") from None
    return _prices(raw, name)


def _prices(raw: Any, name: str) -> Prices:
    given = raw.get("prices") if isinstance(raw, dict) else None
    if not isinstance(given, dict):
        raise CrossfadeError(f'{name} is no file of prices: it has no object "prices"')
    if missing := [n for n in NAMES if n not in given]:
        raise CrossfadeError(f"{name} is no file of prices: {', '.join(missing)} is missing")
    about = {k: str(raw.get(k, "")) for k in ("region", "currency", "as_of", "note")}
    return Prices(**about, by_name={n: _price(given[n], f"{name}: {n}") for n in NAMES})


def _price(raw: Any, where: str) -> Price:
    given = raw if isinstance(raw, dict) else {}
    try:
        amount = Decimal(str(given.get("amount")))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise CrossfadeError(f'{where} wants an "amount", a number from 0, and has {raw!r}')
    return Price(amount, *(str(given.get(k, "")) for k in ("unit", "date", "source")))
