"""`crossfade backfill`: options that are refused, what a plan names, and an output that nobody reads any more."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import crossfade
from crossfade.cli.main import cli
from examples.shop.shop import CONTRACT
from tests.unit.cli.embedded import SHOP, Run


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--reverse", "--offline"], "with --reverse these mean nothing: --offline"),
        (["--reverse", "--processes", "2"], "with --reverse these mean nothing: --processes"),
        (
            ["--reverse", "--max-write-units", "9", "--chunk-seconds", "1"],
            "with --reverse these mean nothing: --max-write-units, --chunk-seconds",
        ),
        (["--with-triggers"], "without --reverse these mean nothing: --with-triggers"),
    ],
)
def test_options_of_the_other_direction_are_refused(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(cli, ["backfill", *arguments])
    assert result.exit_code == 2
    assert told in result.output


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("option", ["--max-write-units", "--chunk-seconds", "--give-up-after"])
def test_a_number_that_is_none_is_refused(option: str, number: str) -> None:
    result = CliRunner().invoke(cli, ["backfill", option, number])
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.output


def test_a_sample_that_is_no_number_is_refused() -> None:
    assert CliRunner().invoke(cli, ["verify", "--sample", "nan"]).exit_code == 2


def test_an_output_that_nobody_reads_ends_the_run_and_says_so(tmp_path: Path) -> None:
    shop = CONTRACT.parent
    place = ["--contract", str(CONTRACT), "--embedded"]
    settings = os.environ | {"CROSSFADE_MYSQL_SCHEMA": str(shop / "schema.sql")}
    command = [str(Path(sys.executable).with_name("crossfade"))]
    seed = [*command, "seed", *place, "--rows", "50"]
    subprocess.run(seed, cwd=tmp_path, env=settings, check=True, capture_output=True)  # noqa: S603 - our own
    run = subprocess.Popen(  # noqa: S603 - our own
        [*command, "backfill", *place, "--json", "--chunk-rows", "10"],
        cwd=tmp_path, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert run.stdout is not None
    assert run.stderr is not None
    with run:
        assert '"planned"' in run.stdout.readline()
        run.stdout.close()
        told = run.stderr.read()
    assert run.returncode == 130, told
    assert "the output cannot be written (Broken pipe): ending" in told
    assert "the same command goes on where this run ended" in told


def test_a_plan_names_the_first_rows_that_cannot_be_copied(run: Run, tmp_path: Path) -> None:
    with crossfade.open(SHOP, stage="mysql", embedded=True, table_prefix=f"{tmp_path.name}-") as app:
        category = app.repository("CATEGORY").create({"name": "Books"})["id"]
        seller = app.repository("USER").create({"username": "ann", "email": "ann@x.org", "password_hash": "-"})["id"]
        for name in ("Atlas", "Globe", "Map", "Plan", "Pin"):
            given = {"name": name, "price": 1, "category_id": category, "seller_id": seller}
            app.repository("PRODUCT").create(given)
    with closing(sqlite3.connect(tmp_path / ".crossfade" / "mysql.sqlite")) as database, database:
        database.execute("UPDATE products SET description = ? WHERE name <> 'Pin'", ["x" * 500_000])
    code, out = run("backfill", "--dry-run", "--entity", "PRODUCT")
    first, *named, more, total, _ = out.splitlines()
    assert code == 0
    assert first.startswith("PRODUCT: 5 rows in 1 span, items of about ")
    assert first.endswith("; 4 of 5 sampled rows cannot be copied")
    assert [line.split(": ")[0] for line in named] == ["  id=1", "  id=2", "  id=3"]
    assert named[0].endswith(" bytes; DynamoDB holds 409600")
    assert more == "  and 1 more: a run names them all in its dead letters"
    assert total.startswith("5 rows, ")
    (planned,) = json.loads(run("backfill", "--dry-run", "--entity", "PRODUCT", "--json")[1])["entities"]
    assert (planned["dead"], [letter["key"] for letter in planned["letters"]]) == (4, [{"id": n} for n in (1, 2, 3)])
