"""`crossfade contract check` and `lock` against a live MySQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import make_url

from crossfade.cli.main import main
from tests.integration.servers import load_schema

ROOT = Path(__file__).parents[3]
SHOP, SCHEMA = ROOT / "contracts" / "migrationContract.json", ROOT / "contracts" / "schema.sql"
WRITTEN_BY_LOCK = ("source_type", "nullable", "default", "source_types", "required")


def run(*arguments: str | Path) -> int | str | None:
    with pytest.raises(SystemExit) as exit_:
        main([str(a) for a in arguments])
    return exit_.value.code


def execute(url: str, statement: str) -> None:
    at = make_url(url)
    with pymysql.connect(
        host=at.host, port=at.port or 3306, user=at.username, password=str(at.password), database=at.database
    ) as connection:
        connection.cursor().execute(statement)
        connection.commit()


@pytest.fixture
def shop(mysql_database: str) -> str:
    load_schema(mysql_database, SCHEMA)
    return mysql_database


def findings(shop: str, capsys: pytest.CaptureFixture[str]) -> tuple[int | str | None, dict[str, str]]:
    capsys.readouterr()
    code = run("contract", "check", SHOP, "--mysql-url", shop, "--json")
    answer = json.loads(capsys.readouterr().out)
    return code, {f["code"]: f["message"] for f in answer["findings"] if f["severity"] != "info"}


def test_the_shop_fits_its_database(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(shop, capsys) == (0, {})


def test_the_password_may_come_from_the_environment(
    shop: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = make_url(shop)
    monkeypatch.setenv("CROSSFADE_MYSQL_PASSWORD", str(known.password))
    bare = known._replace(password=None).render_as_string()
    assert findings(bare, capsys) == (0, {})
    assert run("contract", "lock", SHOP, "--mysql-url", bare, "--dry-run") == 0


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE products DROP COLUMN image_url", "CF502"),
        ("ALTER TABLE users MODIFY username VARCHAR(50) COLLATE utf8mb4_0900_ai_ci NOT NULL", "CF504"),
        ("ALTER TABLE products ADD UNIQUE KEY uq_products_name (name)", "CF506"),
        ("CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW SET NEW.total_amount = 1", "CF509"),
        ("ALTER TABLE users DROP COLUMN last_name, ADD COLUMN last_name VARCHAR(100) AS (first_name)", "CF510"),
        ("ALTER TABLE categories MODIFY created_at DATETIME(6) NOT NULL DEFAULT NOW(6) ON UPDATE NOW(6)", "CF511"),
    ],
)
def test_what_does_not_fit_is_named(shop: str, capsys: pytest.CaptureFixture[str], statement: str, rule: str) -> None:
    execute(shop, statement)
    code, found = findings(shop, capsys)
    assert code == 1
    assert rule in found


def without_lock(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_lock(v) for k, v in value.items() if k not in WRITTEN_BY_LOCK}
    return [without_lock(v) for v in value] if isinstance(value, list) else value


def test_lock_writes_what_the_database_says(shop: str, tmp_path: Path) -> None:
    locked = json.loads(SHOP.read_text(encoding="utf-8"))
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(without_lock(locked)), encoding="utf-8")
    assert run("contract", "lock", file, "--mysql-url", shop) == 0
    attributes = {
        (t["table"], e["entity_type"], a["name"]): a
        for t in locked["tables"]
        for e in t["entities"]
        for a in e["attributes"]
    }
    written = json.loads(file.read_text(encoding="utf-8"))
    for table in written["tables"]:
        for entity in table["entities"]:
            for attribute in entity["attributes"]:
                expected = attributes[table["table"], entity["entity_type"], attribute["name"]]
                assert attribute.get("source_type") == expected.get("source_type"), attribute["name"]


def test_lock_leaves_the_file_alone_where_the_server_is_out_of_reach(tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_bytes(SHOP.read_bytes())
    assert run("contract", "lock", file, "--mysql-url", "mysql+pymysql://app:x@127.0.0.1:1/shop") == 2
    assert file.read_bytes() == SHOP.read_bytes()
