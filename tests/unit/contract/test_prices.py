"""The file of prices."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.prices import NAMES, load_prices


def test_shipped_prices_say_when_and_where_they_were_read() -> None:
    prices = load_prices()
    assert (prices.region, prices.currency) == ("us-east-1", "USD")
    assert set(prices.by_name) == set(NAMES)
    assert all(p.date.startswith("2026-") and p.source and p.unit for p in prices.by_name.values())
    # $0.125 and $0.625 per million.
    assert prices.cost(1_000_000, "read_request_unit") == Decimal("0.125")
    assert prices.cost(1_000_000, "write_request_unit") == Decimal("0.625")


def test_own_prices(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"region": "eu", "prices": {n: {"amount": "0.5"} for n in NAMES}}), encoding="utf-8")
    assert load_prices(path).cost(3, "pitr_gb_month") == Decimal("1.5")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ([], 'has no object "prices"'),
        ({"prices": {}}, "read_request_unit, write_request_unit"),
        ({"prices": {n: {"amount": "-1"} for n in NAMES}}, "read_request_unit wants an"),
        ({"prices": {n: {"amount": "a"} for n in NAMES}}, "read_request_unit wants an"),
        ({"prices": {n: {"amount": "Infinity"} for n in NAMES}}, "read_request_unit wants an"),
        ({"prices": dict.fromkeys(NAMES, 3)}, "read_request_unit wants an"),
    ],
)
def test_what_is_no_file_of_prices(tmp_path: Path, change: Any, said: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(change), encoding="utf-8")
    with pytest.raises(CrossfadeError, match=said):
        load_prices(path)


def test_what_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_bytes(b"\xff{")
    with pytest.raises(CrossfadeError, match="is not JSON"):
        load_prices(path)
