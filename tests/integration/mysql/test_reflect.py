"""What servers say of their tables."""

from __future__ import annotations

import sqlalchemy as sa

from crossfade.contract import parse_schema
from crossfade.contract.source import SourceSchema, SourceTable
from crossfade.mysql.schema import reflect
from tests.conformance.backend import CONTRACTS, schema_of
from tests.integration.servers import load_schema

DDL = """
CREATE TABLE t (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  word VARCHAR(20) NOT NULL DEFAULT 'it''s',
  number DECIMAL(6,2) NOT NULL DEFAULT 1.50,
  flag TINYINT(1) NOT NULL DEFAULT 0,
  changed DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  made VARCHAR(36) NOT NULL DEFAULT (UUID()),
  free VARCHAR(5) NULL DEFAULT NULL,
  doubled INT GENERATED ALWAYS AS (flag * 2) STORED,
  document JSON NULL,
  place POINT NULL,
  KEY ix (flag, word)
) CHARSET=utf8mb4 COLLATE=utf8mb4_bin
"""


def _table(engine: sa.Engine, *statements: str) -> SourceTable:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    return reflect(engine).tables["t"]


def test_columns(engine: sa.Engine) -> None:
    table = _table(engine, DDL, "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.word = NEW.word")
    found = table.columns
    assert {name: column.type.kind for name, column in found.items()} == {
        "id": "int", "word": "str", "number": "decimal", "flag": "bool", "changed": "datetime", "made": "str",
        "free": "str", "doubled": "int", "document": "json", "place": "bytes",
    }  # fmt: skip
    assert found["id"].type.source == "bigint unsigned"
    assert [name for name, column in found.items() if column.auto_increment] == ["id"]
    assert [name for name, column in found.items() if column.generated] == ["doubled"]
    assert [name for name, column in found.items() if column.on_update] == ["changed"]
    assert [name for name, column in found.items() if column.nullable] == ["free", "doubled", "document", "place"]
    defaults = {name: column.default for name, column in found.items() if column.default is not None}
    made = defaults.pop("made")
    assert made.lower() == "(uuid())"
    assert defaults == {"word": "it's", "number": "1.50", "flag": "0", "changed": "CURRENT_TIMESTAMP"}
    assert found["word"].collation == found["word"].type.collation == "utf8mb4_bin"
    assert table.primary_key == ("id",)
    assert table.indexes == {"ix": ("flag", "word")}
    assert table.triggers == ("tr",)


def test_a_spatial_reference_system_is_kept(engine: sa.Engine) -> None:
    if "mariadb" in _version(engine).lower():  # enforces none
        return
    table = _table(engine, "CREATE TABLE t (id INT PRIMARY KEY, place POINT NOT NULL SRID 4326)")
    assert table.columns["place"].srid == 4326


def _version(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT VERSION()").scalar_one())


def test_a_server_says_what_the_script_said(engine: sa.Engine) -> None:
    for name in CONTRACTS:
        script = schema_of(name)
        load_schema(engine.url.render_as_string(hide_password=False), script)
        assert _shape(reflect(engine)) == _shape(parse_schema(script.read_text(encoding="utf-8")))
        with engine.begin() as connection:
            connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 0")
            for table in reflect(engine).tables:
                connection.exec_driver_sql(f"DROP TABLE `{table}`")
            connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 1")


def _shape(schema: SourceSchema) -> dict[str, object]:
    """Everything but collations (MariaDB has others) and the names of what the script does not name."""
    return {
        name: (
            [
                (c.name, c.type.kind, c.type.scale, c.type.fsp, c.nullable, c.auto_increment)
                for c in table.columns.values()
            ],
            table.primary_key,
            dict(table.uniques),
            sorted((k.columns, k.table, k.references, k.on_delete) for k in table.foreign_keys),
        )
        for name, table in schema.tables.items()
    }
