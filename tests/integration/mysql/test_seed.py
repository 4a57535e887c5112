"""Made-up rows on MySQL and MariaDB: strict mode takes every one, and gives it back as it was made."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crossfade.contract import Contract, SourceSchema, load, parse_schema
from crossfade.contract.load import resolve
from crossfade.mysql import insert_rows
from crossfade.mysql.insert import count_rows, key_of, present_rows
from crossfade.mysql.schema import reflect
from crossfade.seed import plan_seed
from tests.integration.servers import load_schema

ROOT = Path(__file__).parents[3]
CONTRACTS = {
    "shop": ROOT / "contracts" / "migrationContract.json",
    "library": ROOT / "tests" / "contracts" / "library" / "contract.json",
    "unusual": ROOT / "tests" / "contracts" / "unusual" / "migrationContract.json",
}


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_row_is_taken_and_comes_back_as_it_was(name: str, url: str, engine: sa.Engine) -> None:
    load_schema(url, CONTRACTS[name].with_name("schema.sql"))
    schema = reflect(engine)
    plan = plan_seed(schema, load(CONTRACTS[name], schema=schema), rows=120, seed=7)
    for table in plan.tables:
        assert insert_rows(engine, schema, table, plan.rows(table), statement=50) == plan.counts[table]
    for table, count in plan.counts.items():
        assert count_rows(engine, schema, table) == count
        source = schema.tables[table]
        if not key_of(source):
            continue
        rows = plan.rows(table)
        while part := list(islice(rows, 200)):
            there = present_rows(engine, schema, table, part, list(part[0]))
            assert [dict(there[tuple(row[c] for c in key_of(source))]) for row in part] == part


ODD = """
CREATE TABLE authors (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT, pen_name VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL,
  email VARCHAR(80) COLLATE utf8mb4_unicode_ci NOT NULL, initials CHAR(3) NOT NULL, motto TINYTEXT NULL,
  shout VARCHAR(60) GENERATED ALWAYS AS (UPPER(pen_name)) STORED, rank_ TINYINT UNSIGNED NOT NULL DEFAULT 1,
  changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id), UNIQUE KEY p (pen_name), UNIQUE KEY e (email), UNIQUE KEY i (initials)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE texts (
  author_id INT UNSIGNED NOT NULL, no SMALLINT NOT NULL, body LONGTEXT NOT NULL, place POINT NOT NULL,
  bits BIT(5) NOT NULL, score DOUBLE NOT NULL, PRIMARY KEY (author_id, no),
  FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE CASCADE
);
CREATE TABLE prefixes (slug TEXT NOT NULL, UNIQUE KEY s (slug(20)));
CREATE TABLE tallies (day DATE NOT NULL, number INT NOT NULL, PRIMARY KEY (day));
CREATE TRIGGER louder BEFORE INSERT ON tallies FOR EACH ROW SET NEW.number = NEW.number + 1000;
"""


def test_columns_that_the_server_makes_are_left_to_it(url: str, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for statement in ODD.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement.strip().removesuffix(";"))
    schema, contract = (
        reflect(engine),
        contract_reading("authors", "texts", "prefixes", "tallies", schema=reflect(engine)),
    )
    plan = plan_seed(schema, contract, rows=150)
    for table in plan.tables:
        insert_rows(engine, schema, table, plan.rows(table))
        assert count_rows(engine, schema, table) == plan.counts[table]
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM authors WHERE shout = UPPER(pen_name)").scalar() == 150
        assert connection.exec_driver_sql("SELECT min(number) FROM tallies").scalar_one() >= 1000


def contract_reading(*tables: str, schema: SourceSchema) -> Contract:
    """A contract with an entity for each table."""
    return load(
        {
            "version": "2",
            "tables": [
                {
                    "table": f"T_{name}",
                    "source_table": name,
                    "pk": "PK",
                    "key": list(schema.tables[name].primary_key) or ["slug"],
                    "attributes": [
                        {"name": c, "type": "S", "source_table": name, "source_column": c}
                        for c in schema.tables[name].columns
                    ]
                    + [
                        {
                            "name": "PK",
                            "type": "S",
                            "plumbing": True,
                            "transformation": {"type": "string-format", "format": f"{name}"},
                        }
                    ],
                }
                for name in tables
            ],
        },
        schema=schema,
    )


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_script_and_a_server_give_the_same_rows(name: str, url: str, engine: sa.Engine) -> None:
    script = CONTRACTS[name].with_name("schema.sql")
    load_schema(url, script)
    contract, schemas = load(CONTRACTS[name]), (parse_schema(script.read_text(encoding="utf-8")), reflect(engine))
    one, other = (plan_seed(schema, resolve(contract, schema), rows=60) for schema in schemas)
    assert one.counts == other.counts
    for table in one.tables:
        assert list(one.rows(table)) == list(other.rows(table)), table


class Seeding:
    """`crossfade seed` in a process of its own, on the shop."""

    def __init__(self, url: str) -> None:
        self.command = [
            sys.executable, "-c", "from crossfade.cli.main import main; main()", "seed",
            "--contract", str(CONTRACTS["shop"]), "--mysql-url", url, "--rows", "3000", "--seed", "4", "--batch", "500",
        ]  # fmt: skip

    def stopped(self, signal_: signal.Signals, line: str) -> tuple[int, str]:
        """Run, and send a signal as soon as a line of its progress begins with `line`."""
        pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(self.command, **pipes) as process:  # noqa: S603 - this test's own command
            assert process.stderr is not None
            told = ""
            for said in process.stderr:
                told += said
                if said.startswith(line):
                    process.send_signal(signal_)
                    break
            told += process.stderr.read()
            return process.wait(60), told

    def finished(self) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        command = [*self.command, "--json"]
        return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - this test's own


@pytest.mark.parametrize(("signal_", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_what_was_stopped_goes_on_and_ends_as_if_it_had_not_been(
    url: str, engine: sa.Engine, signal_: signal.Signals, code: int
) -> None:
    load_schema(url, CONTRACTS["shop"].with_name("schema.sql"))
    seeding = Seeding(url)
    ended, told = seeding.stopped(signal_, "orders: 5,000 of")
    assert ended == code, told
    assert "Traceback" not in told
    assert (signal_ is signal.SIGKILL) or "The same command goes on behind the last of them" in told
    schema = reflect(engine)
    assert 0 < count_rows(engine, schema, "orders") < 9000
    done = seeding.finished()
    assert done.returncode == 0, done.stderr
    plan = plan_seed(schema, load(CONTRACTS["shop"]), rows=3000, seed=4)
    answer = {t["table"]: t for t in json.loads(done.stdout)["tables"]}
    assert answer["users"]["present"] == 3000
    assert answer["orders"]["present"] >= 5000
    for table, count in plan.counts.items():
        assert count_rows(engine, schema, table) == count
    rows = list(plan.rows("orders", 4900, 5400))
    there = present_rows(engine, schema, "orders", rows, list(rows[0]))
    assert [dict(there[r["id"],]) for r in rows] == rows


def test_production_is_not_written_to(url: str, engine: sa.Engine) -> None:
    load_schema(url, CONTRACTS["shop"].with_name("schema.sql"))
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO categories (name) VALUES ('Real'), ('Rows')")
    done = Seeding(url).finished()
    assert done.returncode == 2
    assert "categories: 2 rows that are not of this seed" in done.stderr
    assert count_rows(engine, reflect(engine), "users") == 0


def test_what_was_written_before_an_error_is_said(url: str, engine: sa.Engine) -> None:
    load_schema(url, CONTRACTS["shop"].with_name("schema.sql"))
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE order_items ADD CONSTRAINT few CHECK (order_id < 2500)")
    done = Seeding(url).finished()
    assert done.returncode == 2
    assert "rows were written before this. The same command goes on" in done.stderr
    assert 0 < count_rows(engine, reflect(engine), "order_items") < 9000


def test_what_a_check_refuses_is_said(url: str, engine: sa.Engine) -> None:
    load_schema(url, CONTRACTS["shop"].with_name("schema.sql"))
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE products ADD CONSTRAINT dear CHECK (price > 400)")
    done = Seeding(url).finished()
    assert done.returncode == 2
    assert "products: " in done.stderr
    assert "CHECK constraint" in done.stderr
    assert "Traceback" not in done.stderr
