"""The command line on the embedded shop."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from crossfade.cli.main import cli
from tests.unit.cli.embedded import SHOP, Run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the embedded shop, in a folder of its own: its exit code and what it prints."""
    monkeypatch.chdir(tmp_path)

    def act(*arguments: str) -> tuple[int, str]:
        stores = ["--embedded", "--contract", str(SHOP), "--table-prefix", f"{tmp_path.name}-"]
        result = CliRunner().invoke(cli, [*arguments, *stores], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return int(result.return_value or 0), result.stdout

    return act
