"""`crossfade cost`: the figures themselves are tested in tests/unit/contract/test_cost.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import crossfade
from crossfade.contract.prices import NAMES
from crossfade.mysql import create_sqlite_file
from tests.unit.cli.test_main import ROOT, SHOP, Outcome

LIBRARY = ROOT / "tests" / "contracts" / "library" / "contract.json"


@pytest.fixture
def value(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> Any:
        outcome = Outcome(capsys, "cost", "--json", "--contract", *arguments)
        assert outcome.code == 0, outcome.err
        return json.loads(outcome.out)

    return run


def test_text_has_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome(capsys, "cost", "--contract", SHOP, "--months", "12")
    assert outcome.code == 0
    for part in ("Units of one call", "12 months, on demand", "dual_write", "Once: the backfill", "Assumed:"):
        assert part in outcome.out
    # Nobody says how often users are looked for by email: that is no zero.
    line = next(x for x in outcome.out.splitlines() if " by_email " in x)
    assert line.split() == ["USER", "by_email", "not", "known", "1", "0", "not", "known"]
    assert "how often USER is asked for: by_email" in outcome.out


def test_json_says_what_the_text_says(value: Any) -> None:
    found = value(SHOP, "--months", "3")
    assert found["prices"] == {"region": "us-east-1", "currency": "USD", "as_of": "2026-09-29"}
    assert [s["stage"] for s in found["stages"]] == ["mysql", "dual_write", "shadow", "live", "ramp_down", "dynamodb"]
    last = found["stages"][-1]
    stored = sum(s["storage"] + s["point_in_time_recovery"] for s in found["storage"])
    assert last["month"]["on_demand"] == pytest.approx(last["requests"]["on_demand"] + stored, abs=1e-4)
    assert last["months"]["on_demand"] == pytest.approx(3 * last["month"]["on_demand"], abs=1e-4)
    by_email = next(c for c in found["calls"] if c["name"] == "by_email")
    assert (by_email["rps"], by_email["month"]) == (None, None)
    assert found["stages"][0]["month"] == {"on_demand": 0, "provisioned": 0}


def test_one_stage_at_half_the_load(value: Any) -> None:
    whole, half = value(SHOP, "--stage", "live"), value(SHOP, "--stage", "live", "--average", "0.5")
    assert [s["stage"] for s in half["stages"]] == ["live"]
    wanted = whole["stages"][0]["requests"]["on_demand"] / 2
    assert half["stages"][0]["requests"]["on_demand"] == pytest.approx(wanted)


def test_other_rows_and_other_prices(value: Any, tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"prices": {name: {"amount": "1"} for name in NAMES}}), encoding="utf-8")
    none = [f"--rows={entity}=0" for entity in ("USER", "CART", "ORDER", "PRODUCT", "CATEGORY")]
    found = value(SHOP, *none, "--rows", "CATEGORY=10", "--prices", prices)
    # A category of 1,024 bytes: itself, GSI1, GSI2, and the lookup items of its key and of its name: 5 units.
    assert found["once"]["backfill"] == {"write_units": 50, "cost": 50}


def test_rows_are_counted_and_measured(value: Any, tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite"
    create_sqlite_file(database, SHOP.with_name("schema.sql").read_text(encoding="utf-8"))
    with crossfade.open(SHOP, stage="mysql", mysql_url=f"sqlite:///{database}") as app:
        for name in ("Tea", "Ink", "Pen"):
            app.repository("CATEGORY").create({"name": name})
    measured = value(SHOP, "--mysql-url", f"sqlite:///{database}")
    # As above, three rows, each far smaller than 1 KB.
    assert measured["once"]["backfill"]["write_units"] == 15
    items = next(s for s in measured["storage"] if s["table"] == "Categories")
    assert 3 * (100 + 150) < items["table_bytes"] < 3 * (100 + 300)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rows", "USER"), "is not ENTITY=N"),
        (("--rows", "USER=" + "9" * 400), "is not ENTITY=N"),
        (("--rows", "USR=1"), "there is no entity USR; did you mean 'USER'?"),
        (("--average", "2"), "2.0 is not in the range"),
        (("--stage", "later"), "'later' is not one of"),
    ],
)
def test_bad_arguments_exit_2(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    outcome = Outcome(capsys, "cost", "--contract", SHOP, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_no_contract_exits_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CROSSFADE_CONTRACT", raising=False)
    outcome = Outcome(capsys, "cost")
    assert outcome.code == 2
    assert outcome.err.startswith("crossfade: no contract")


def test_a_contract_without_estimates_says_what_is_missing(value: Any) -> None:
    assert any(text.startswith("how many ") for text in value(LIBRARY)["unknown"])
