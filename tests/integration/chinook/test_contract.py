"""Chinook's contract fits Chinook: what `crossfade contract` says of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crossfade.cli.main import main
from tests.integration.chinook.conftest import CHINOOK

CONTRACT = CHINOOK / "migrationContract.json"


def run(*arguments: str | Path) -> int | str | None:
    with pytest.raises(SystemExit) as exit_:
        main([str(a) for a in arguments])
    return exit_.value.code


def test_it_is_clean_against_its_rows(chinook: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("contract", "check", CONTRACT, "--mysql-url", chinook) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{CONTRACT}: clean (6 info)"


def unlocked(value: Any) -> Any:
    """A contract as an author writes it, who leaves the types to the database."""
    if isinstance(value, dict):
        kept = {k: unlocked(v) for k, v in value.items() if k not in {"source_type", "source_types", "required"}}
        return {k: v for k, v in kept.items() if k != "nullable" or "join" in value}
    return [unlocked(v) for v in value] if isinstance(value, list) else value


def test_lock_writes_its_types(chinook: str, tmp_path: Path) -> None:
    locked = json.loads(CONTRACT.read_text(encoding="utf-8"))
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(unlocked(locked)), encoding="utf-8")
    # What a template does with a date is told only once the column is known to hold one.
    assert run("contract", "check", file) == 2
    assert run("contract", "check", file, "--mysql-url", chinook) == 0
    assert run("contract", "lock", file, "--mysql-url", chinook) == 0
    assert json.loads(file.read_text(encoding="utf-8")) == locked


def test_the_contracts_own_problems_are_told_where_no_server_answers(tmp_path: Path, capfd: Any) -> None:
    file = tmp_path / "contract.json"
    file.write_text('{"version": "2"}', encoding="utf-8")
    assert run("contract", "lock", file, "--mysql-url", "mysql://nobody@127.0.0.1:1/nothing") == 2
    assert '"tables" is missing' in capfd.readouterr().err
