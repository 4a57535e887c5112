"""Options of `crossfade backfill` that are refused, and an output that nobody reads any more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from crossfade.cli.main import cli
from examples.shop.shop import CONTRACT


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
