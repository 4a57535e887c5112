"""`crossfade seed` on the embedded database."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crossfade.cli.main import main
from crossfade.mysql import insert_rows

ROOT = Path(__file__).parents[3]
SHOP = ROOT / "contracts" / "migrationContract.json"
TOTAL = {"users": 100, "categories": 100, "products": 300, "orders": 300}


class Outcome:
    """What one run of the command left behind."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> None:
        with pytest.raises(SystemExit) as exit_:
            main(["seed", "--contract", str(SHOP), "--embedded", *map(str, arguments)])
        captured = capsys.readouterr()
        self.code, self.out, self.err = exit_.value.code, captured.out, captured.err


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: Outcome(capsys, *arguments)


def sql(statement: str) -> list[Any]:
    """Rows of the embedded database."""
    connection = sqlite3.connect(".crossfade/mysql.sqlite")
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()


def count(table: str) -> int:
    return int(sql(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 - a name of this test's own


def test_a_dry_run_shows_counts_and_rows_and_writes_nothing(run: Run) -> None:
    outcome = run("--dry-run")
    assert outcome.code == 0
    assert "users: 100 rows" in outcome.out
    assert "order_items: " in outcome.out
    assert "1 to 5 for each of orders" in outcome.out
    assert "nothing was written" in outcome.out
    assert count("users") == 0
    answer = json.loads(run("--dry-run", "--json").out)
    shown = {t["table"]: t for t in answer["tables"]}
    assert {t: shown[t]["rows"] for t in TOTAL} == TOTAL
    assert [s["id"] for s in shown["users"]["samples"]] == [1, 2, 3]


def test_rows_are_written_once(run: Run) -> None:
    first = run("--rows", "20", "--rows", "categories=5", "--json")
    assert first.code == 0
    answer = json.loads(first.out)
    written = {t["table"]: t["written"] for t in answer["tables"]}
    assert written["users"] == count("users") == 20
    assert written["categories"] == count("categories") == 5
    assert written["orders"] == 60
    assert answer["written"] == sum(written.values())
    again = json.loads(run("--rows", "20", "--rows", "categories=5", "--json").out)
    assert again["written"] == 0
    assert {t["table"]: t["present"] for t in again["tables"]} == written


def test_a_larger_run_goes_on_behind_the_rows_that_are_there(run: Run) -> None:
    run("--rows", "20")
    outcome = run("--rows", "50")
    assert outcome.code == 0
    assert "users: 30 rows written, 20 were there" in outcome.out
    assert count("users") == 50


def test_progress_is_a_line_for_each_commit_where_there_is_no_terminal(run: Run) -> None:
    assert "users: 20 of 20 rows" in run("--rows", "20").err


def test_other_rows_are_refused_by_name_and_number(run: Run) -> None:
    run("--rows", "10")
    outcome = run("--rows", "10", "--seed", "9")
    assert outcome.code == 2
    assert "users: 10 rows that are not of this seed" in outcome.err
    assert "--append" in outcome.err
    assert "Traceback" not in outcome.err
    assert count("users") == 10


def test_a_changed_row_is_another_one(run: Run) -> None:
    run("--rows", "10")
    sql("UPDATE users SET first_name = 'Somebody else' WHERE id = 4")
    assert run("--rows", "10").code == 2
    assert "users: 7 rows that are not of this seed, behind 3" in run("--rows", "20").err


def test_append_leaves_what_is_there(run: Run) -> None:
    run("--rows", "10")
    sql("UPDATE users SET first_name = 'Somebody else' WHERE id = 4")
    outcome = run("--rows", "12", "--append")
    assert outcome.code == 0, outcome.err
    assert count("users") == 12
    assert sql("SELECT first_name FROM users WHERE id = 4") == [("Somebody else",)]


def outcome_left() -> int:
    """Rows of the tables that an interruption at the products leaves empty."""
    return sum(count(table) for table in ("products", "order_items", "shopping_carts"))


def test_an_interrupted_run_says_so_and_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(engine: Any, schema: Any, table: str, rows: Any, **options: Any) -> int:
        if table == "products":
            raise KeyboardInterrupt
        return insert_rows(engine, schema, table, rows, **options)

    monkeypatch.setattr("crossfade.seed.run.insert_rows", interrupted)
    outcome = run("--rows", "10")
    assert outcome.code == 130
    assert "The same command goes on" in outcome.err
    assert count("users") == 10
    assert count("products") == 0
    monkeypatch.setattr("crossfade.seed.run.insert_rows", insert_rows)
    assert json.loads(run("--rows", "10", "--json").out)["written"] == outcome_left()


def test_what_was_interrupted_is_completed(run: Run) -> None:
    run("--rows", "30")
    sql("DELETE FROM order_items WHERE id > 7")
    sql("DELETE FROM shopping_carts")
    outcome = json.loads(run("--rows", "30", "--json").out)
    states = {t["table"]: t for t in outcome["tables"]}
    assert states["order_items"]["present"] == 7
    assert states["order_items"]["written"] == states["order_items"]["wanted"] - 7
    assert states["users"]["written"] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--rows", "many"), "neither a number of rows nor TABLE=N"),
        (("--rows", "=5"), "neither a number"),
        (("--rows", "-5"), "neither a number"),
        (("--rows", "5__0"), "neither a number"),
        (("--rows", "9" * 5000), "… (4,920 more characters) is neither a number"),
        (("--rows", "order=5"), "did you mean 'orders'"),
        (("--scale", "0"), "no number above 0"),
        (("--scale", "x"), "no number above 0"),
        (("--now", "soon"), "soon"),
    ],
)
def test_bad_input_exits_2(run: Run, arguments: tuple[str, ...], says: str) -> None:
    outcome = run(*arguments)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err


def test_without_faker_the_extra_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from crossfade.seed.pools import pool  # noqa: PLC0415 - its cache hides what is missing

    pool.cache_clear()
    monkeypatch.setitem(sys.modules, "faker", None)
    outcome = run("--dry-run")
    assert outcome.code == 2
    assert "crossfade[seed]" in outcome.err


def test_another_now_moves_the_rows(run: Run) -> None:
    answer = json.loads(run("--now", "2031-05-05", "--dry-run", "--json").out)
    users = next(t for t in answer["tables"] if t["table"] == "users")
    assert all("2028-05" <= s["created_at"] < "2031-05-05" for s in users["samples"])


def test_help(run: Run) -> None:
    outcome = run("--help")
    assert outcome.code == 0
    for option in ("--rows", "--scale", "--seed", "--append", "--dry-run", "--json", "--mysql-url"):
        assert option in outcome.out
