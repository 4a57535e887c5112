"""MySQL schema scripts: read without a server, the same as reflection would."""

import pytest

from crossfade.contract import SchemaError, parse_schema
from crossfade.contract.source import ForeignKey, SourceColumn, constant_default
from crossfade.contract.types import parse_sql_type

SCRIPT = """
-- a dump; with a semicolon
/*!40101 SET NAMES utf8mb4 */;
CREATE DATABASE shop COLLATE utf8mb4_0900_as_cs;
DROP TABLE IF EXISTS `users`;
CREATE TABLE IF NOT EXISTS `shop`.`users` (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'the; id',
  email VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  name NATIONAL VARCHAR(40),
  active BOOLEAN NOT NULL DEFAULT TRUE,
  state ENUM('a','it''s') NOT NULL DEFAULT 'a',
  price DECIMAL(10,2) UNSIGNED DEFAULT 0.50,
  changed TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  doubled INT GENERATED ALWAYS AS (id * (1 + 1)) STORED,
  flags BIT(8), ratio DOUBLE PRECISION, born YEAR(4), place POINT NOT NULL SRID 4326,
  token CHAR(36) DEFAULT (UUID()), low INT DEFAULT -1, n NUMERIC(8,3), big INTEGER,
  PRIMARY KEY USING BTREE (id), UNIQUE KEY by_email (email), KEY by_name (name(10) DESC), UNIQUE (state),
  FULLTEXT KEY words (name), CHECK (id > 0), CONSTRAINT UNIQUE (n), UNIQUE KEY folded ((lower(name)))
) ENGINE=InnoDB;
CREATE TABLE orders (
  id SERIAL PRIMARY KEY,
  user_id INT UNSIGNED NOT NULL,
  CONSTRAINT of_user FOREIGN KEY (USER_ID) REFERENCES users (id) ON DELETE CASCADE ON UPDATE NO ACTION
);
CREATE TABLE archive LIKE orders;
ALTER TABLE orders ADD COLUMN note TEXT, ADD CONSTRAINT FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE orders MODIFY note VARCHAR(9) NOT NULL, ENGINE = InnoDB;
CREATE UNIQUE INDEX once ON orders (user_id, note);
DELIMITER $$
CREATE DEFINER=`root`@`localhost` TRIGGER touch BEFORE INSERT ON orders FOR EACH ROW
BEGIN SET @a = 1; SET @b = 2; END$$
DELIMITER ;
/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`l`*/ /*!50003 TRIGGER `other`
AFTER DELETE ON `users` FOR EACH ROW SET @x = 1 */;
INSERT INTO users VALUES ('CREATE TABLE x (a int);');
"""


def test_columns() -> None:
    users = parse_schema(SCRIPT).tables["users"]
    assert list(users.columns)[:4] == ["id", "email", "name", "active"]
    binary = parse_sql_type("varchar(255)", collation="utf8mb4_bin")
    assert users.columns["email"] == SourceColumn("email", binary, nullable=False, default="", collation="utf8mb4_bin")
    assert users.columns["id"].auto_increment
    assert not users.columns["id"].nullable
    assert users.columns["name"].collation == "utf8mb4_0900_as_cs"
    assert users.columns["name"].type.source == "varchar(40)"
    assert (users.columns["active"].type.kind, users.columns["active"].default) == ("bool", "1")
    assert users.columns["state"].type.values == ("a", "it's")
    assert users.columns["price"].type.source == "decimal(10,2) unsigned"
    assert users.columns["changed"].on_update
    assert users.columns["changed"].default == "CURRENT_TIMESTAMP(3)"
    assert users.columns["doubled"].generated
    assert users.columns["low"].default == "-1"
    sources = {n: users.columns[n].type.source for n in ("flags", "ratio", "born", "place", "n", "big")}
    assert sources == {
        "flags": "bit(8)", "ratio": "double", "born": "year", "place": "point", "n": "decimal(8,3)", "big": "int",
    }  # fmt: skip


def test_keys() -> None:
    users = parse_schema(SCRIPT).tables["users"]
    assert users.primary_key == ("id",)
    assert users.uniques == {"by_email": ("email",), "state": ("state",), "n": ("n",), "folded": ("(lower(name))",)}
    assert users.indexes == {"by_name": ("name",), "words": ("name",)}


def test_foreign_keys_and_alterations() -> None:
    schema = parse_schema(SCRIPT)
    orders = schema.tables["orders"]
    assert orders.foreign_keys == (
        ForeignKey("of_user", ("user_id",), "users", ("id",), "cascade"),
        ForeignKey("orders_ibfk_2", ("user_id",), "users", ("id",), "set_null"),
    )
    assert orders.columns["note"].type.source == "varchar(9)"
    assert not orders.columns["note"].nullable
    assert orders.columns["id"].auto_increment
    assert orders.uniques == {"id": ("id",), "once": ("user_id", "note")}
    assert schema.tables["archive"].foreign_keys == ()
    assert schema.tables["archive"].primary_key == ("id",)
    assert [name for name, _ in schema.referring("users")] == ["orders", "orders"]
    assert schema.column("orders", "note") is not None
    assert schema.column("orders", "nope") is None


def test_triggers() -> None:
    schema = parse_schema(SCRIPT)
    assert schema.tables["orders"].triggers == ("touch",)
    assert schema.tables["users"].triggers == ("other",)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("\n\nCREATE TABLE x (a INT", "line 3"),
        ("CREATE TABLE x (a FROB)", "type 'frob'"),
        ("CREATE TABLE x (a INT, PRIMARY KEY (b))", "column b"),
        ("CREATE TABLE x (user_id INT, KEY (userid))", "did you mean user_id"),
        ("CREATE TABLE x (a INT); CREATE TABLE x (a INT)", "created twice"),
        ("CREATE TABLE x (a INT, a INT)", "twice"),
        ("ALTER TABLE x ADD a INT", "not created before"),
        ("CREATE TABLE x (a INT); ALTER TABLE x DROP a", "final schema"),
        ("CREATE TABLE x (a INT, FOREIGN KEY (a) REFERENCES y (b))", "table y"),
        ("CREATE TABLE y (c INT); CREATE TABLE x (a INT, FOREIGN KEY (a) REFERENCES y (b))", "y.b"),
        ("CREATE TABLE x (a INT, b INT, FOREIGN KEY (a, b) REFERENCES x (a))", "2 columns"),
        ("CREATE TABLE x (a VARCHAR(9) DEFAULT 'open)", "not closed"),
        ("CREATE TABLE", "too early"),
        ("CREATE TABLE x ()", "wants a name"),
        ("CREATE TABLE x (a)", "column type"),
    ],
)
def test_errors(script: str, told: str) -> None:
    with pytest.raises(SchemaError, match=told):
        parse_schema(script)


def test_other_statements_are_passed_over() -> None:
    assert parse_schema("SELECT 1; CREATE VIEW v AS SELECT 1; SET x = 1; -- end").tables == {}


@pytest.mark.parametrize(
    ("type_", "default", "expected"),
    [
        ("tinyint(1)", "1", True),
        ("int", "-3", -3),
        ("enum('a','b')", "b", "b"),
        ("varchar(5)", "", ""),
        ("varchar(36)", "(UUID())", None),
        ("datetime", "CURRENT_TIMESTAMP", None),
        ("int", "nonsense", None),
        ("int", None, None),
    ],
)
def test_constant_defaults(type_: str, default: str | None, expected: object) -> None:
    column = SourceColumn("c", parse_sql_type(type_), nullable=False, default=default)
    assert constant_default(column) == expected
    assert constant_default(SourceColumn("c", parse_sql_type(type_), default=default)) is None
