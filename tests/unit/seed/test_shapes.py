"""Schemas with every kind of key: unique indexes hold, references lead somewhere, trees have no circles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crossfade.contract.types import ValueType
from crossfade.mysql import create, insert_rows
from crossfade.mysql.schema import create_sqlite
from crossfade.seed import SeedError, plan_seed
from tests.unit.seed.checking import contract_of, rows_of

PEOPLE = """
CREATE TABLE people (
  id INT NOT NULL AUTO_INCREMENT, email VARCHAR(60) COLLATE utf8mb4_general_ci NOT NULL,
  nick VARCHAR(18) COLLATE utf8mb4_0900_ai_ci NULL, pass_code CHAR(4) NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY u1 (email), UNIQUE KEY u2 (nick), UNIQUE KEY u3 (pass_code));
"""
SCHEMAS: dict[str, str] = {
    "case-insensitive uniques": PEOPLE,
    "join table": PEOPLE
    + """CREATE TABLE tags (id SMALLINT UNSIGNED NOT NULL, name VARCHAR(30) NOT NULL, PRIMARY KEY (id),
      UNIQUE KEY n (name));
    CREATE TABLE people_tags (person_id INT NOT NULL, tag_id SMALLINT UNSIGNED NOT NULL, since DATE NULL,
      PRIMARY KEY (person_id, tag_id),
      FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE, FOREIGN KEY (tag_id) REFERENCES tags (id));""",
    "one to one by a shared key": PEOPLE
    + """CREATE TABLE profiles (person_id INT NOT NULL, bio TEXT, PRIMARY KEY (person_id),
      FOREIGN KEY (person_id) REFERENCES people (id));""",
    "one to one twice": PEOPLE
    + """CREATE TABLE cards (number BIGINT UNSIGNED NOT NULL, PRIMARY KEY (number));
    CREATE TABLE holders (id INT NOT NULL AUTO_INCREMENT, person_id INT NOT NULL, card BIGINT UNSIGNED NULL,
      PRIMARY KEY (id), UNIQUE KEY p (person_id), UNIQUE KEY c (card),
      FOREIGN KEY (person_id) REFERENCES people (id), FOREIGN KEY (card) REFERENCES cards (number));""",
    "numbered lines": PEOPLE
    + """CREATE TABLE notes (person_id INT NOT NULL, line_no TINYINT UNSIGNED NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (person_id, line_no), FOREIGN KEY (person_id) REFERENCES people (id));
    CREATE TABLE marks (person_id INT NOT NULL, line_no TINYINT UNSIGNED NOT NULL, id BIGINT AUTO_INCREMENT NOT NULL,
      colour VARCHAR(10), PRIMARY KEY (id), FOREIGN KEY (person_id, line_no) REFERENCES notes (person_id, line_no));""",
    "one of each kind for each": PEOPLE
    + """CREATE TABLE addresses (id INT NOT NULL AUTO_INCREMENT, person_id INT NOT NULL,
      kind ENUM('home','work') NOT NULL, active TINYINT(1) NOT NULL, PRIMARY KEY (id), UNIQUE KEY k (person_id, kind),
      FOREIGN KEY (person_id) REFERENCES people (id));""",
    "three references in a key": PEOPLE
    + """CREATE TABLE rooms (code CHAR(3) NOT NULL, PRIMARY KEY (code));
    CREATE TABLE courses (id CHAR(36) NOT NULL, title VARCHAR(80) NOT NULL, PRIMARY KEY (id));
    CREATE TABLE lessons (person_id INT NOT NULL, room_code CHAR(3) NOT NULL, course_id CHAR(36) NOT NULL,
      starts DATETIME NOT NULL, ends DATETIME NOT NULL, PRIMARY KEY (person_id, room_code, course_id, starts),
      FOREIGN KEY (person_id) REFERENCES people (id), FOREIGN KEY (room_code) REFERENCES rooms (code),
      FOREIGN KEY (course_id) REFERENCES courses (id));""",
    "slug for each parent": PEOPLE
    + """CREATE TABLE posts (id INT NOT NULL AUTO_INCREMENT, person_id INT NOT NULL, slug VARCHAR(40) NOT NULL,
      PRIMARY KEY (id), UNIQUE KEY s (person_id, slug), FOREIGN KEY (person_id) REFERENCES people (id));""",
    "trees": """CREATE TABLE nodes (id INT NOT NULL AUTO_INCREMENT, parent_id INT NULL, name VARCHAR(40) NOT NULL,
      PRIMARY KEY (id), UNIQUE KEY n (parent_id, name),
      FOREIGN KEY (parent_id) REFERENCES nodes (id) ON DELETE SET NULL);
    CREATE TABLE bosses (code VARCHAR(12) NOT NULL, boss VARCHAR(12) NOT NULL, PRIMARY KEY (code),
      FOREIGN KEY (boss) REFERENCES bosses (code));""",
    "circle that may be null": """CREATE TABLE teams (id INT NOT NULL, lead_id INT NULL, PRIMARY KEY (id),
      FOREIGN KEY (lead_id) REFERENCES workers (id));
    CREATE TABLE workers (id INT NOT NULL, team_id INT NOT NULL, PRIMARY KEY (id),
      FOREIGN KEY (team_id) REFERENCES teams (id));""",
    "reference to a unique column": """CREATE TABLE shops (id INT NOT NULL, domain VARCHAR(80) NULL, PRIMARY KEY (id),
      UNIQUE KEY d (domain));
    CREATE TABLE jobs (id CHAR(26) NOT NULL, shop_domain VARCHAR(80) NOT NULL, PRIMARY KEY (id),
      FOREIGN KEY (shop_domain) REFERENCES shops (domain));""",
    "few different keys": """CREATE TABLE flags (on_ TINYINT(1) NOT NULL, kind ENUM('a','b','c') NOT NULL, n INT,
      PRIMARY KEY (on_, kind));
    CREATE TABLE letters (l CHAR(1) NOT NULL, PRIMARY KEY (l));
    CREATE TABLE days (d DATE NOT NULL, y YEAR NOT NULL, PRIMARY KEY (d), UNIQUE KEY y (y));""",
    "generated and defaults": """CREATE TABLE sums (id INT NOT NULL AUTO_INCREMENT, a INT NOT NULL DEFAULT 3,
      b INT NOT NULL,
      c INT GENERATED ALWAYS AS (a + b) STORED,
      d CHAR(16) GENERATED ALWAYS AS (CONCAT('n', id)) VIRTUAL, UNIQUE KEY d (d),
      token BINARY(16) NOT NULL, PRIMARY KEY (id), UNIQUE KEY t (token));""",
    "no key at all": """CREATE TABLE logs (at DATETIME(6) NOT NULL, line TEXT NOT NULL, level TINYINT NOT NULL);""",
}


@pytest.mark.parametrize("rows", [1, 7, 90])
@pytest.mark.parametrize("name", SCHEMAS)
def test_rows_fit(name: str, rows: int) -> None:
    schema, contract = contract_of(SCHEMAS[name])
    made = rows_of(plan_seed(schema, contract, rows=rows, seed=rows))
    assert all(made.values())
    engine = create("sqlite://")
    try:
        if "circle" not in name:  # SQLite's tables are made in an order that circles do not have
            create_sqlite(engine, SCHEMAS[name])
            for table, some in made.items():
                insert_rows(engine, schema, table, iter(some))
    finally:
        engine.dispose()


@pytest.mark.parametrize("name", SCHEMAS)
def test_larger_runs_begin_alike(name: str) -> None:
    schema, contract = contract_of(SCHEMAS[name])
    few, many = plan_seed(schema, contract, rows=23), plan_seed(schema, contract, rows=61)
    for table, count in few.counts.items():
        common = min(count, many.counts[table])
        assert list(few.rows(table, 0, common)) == list(many.rows(table, 0, common))


def plan_of(ddl: str, seeds: dict[str, Any] | None = None, **arguments: Any) -> Any:
    return plan_seed(*contract_of(ddl, seeds=seeds), **arguments)


def test_tables_are_no_larger_than_their_keys_allow() -> None:
    plan = plan_of(SCHEMAS["few different keys"])
    assert plan.counts == {"flags": 6, "letters": 36, "days": 100}
    assert plan.tables["flags"].notes == ("cut to 6 rows, which is all that its keys have room for",)
    with pytest.raises(SeedError, match="flags has room for 6 rows"):
        plan_of(SCHEMAS["few different keys"], tables={"flags": 7})


def test_a_circle_that_must_not_be_null_is_refused() -> None:
    ddl = SCHEMAS["circle that may be null"].replace("lead_id INT NULL", "lead_id INT NOT NULL")
    with pytest.raises(SeedError, match="teams, workers refer to each other in a circle"):
        plan_of(ddl)


TENANTS = """CREATE TABLE tenants (id INT NOT NULL, PRIMARY KEY (id));
    CREATE TABLE projects (tenant_id INT NOT NULL, id INT NOT NULL, name VARCHAR(40), PRIMARY KEY (tenant_id, id),
      FOREIGN KEY (tenant_id) REFERENCES tenants (id));
    CREATE TABLE staff (tenant_id INT NOT NULL, no INT NOT NULL, PRIMARY KEY (tenant_id, no),
      FOREIGN KEY (tenant_id) REFERENCES tenants (id));
    CREATE TABLE tasks (id INT NOT NULL AUTO_INCREMENT, tenant_id INT NOT NULL, project_id INT NOT NULL,
      staff_no INT NULL,
      PRIMARY KEY (id), FOREIGN KEY (tenant_id) REFERENCES tenants (id),
      FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
      FOREIGN KEY (tenant_id, staff_no) REFERENCES staff (tenant_id, no));"""


def test_references_that_share_a_column_are_kept_where_they_can_be() -> None:
    plan = plan_of(TENANTS, rows=40)
    made = rows_of(plan)
    projects = {(p["tenant_id"], p["id"]) for p in made["projects"]}
    assert len({t for t, _ in projects}) == 40
    assert {(t["tenant_id"], t["project_id"]) for t in made["tasks"]} <= projects
    assert {t["staff_no"] for t in made["tasks"]} == {None}
    assert plan.tables["tasks"].notes == ("staff_no stays null",)


def test_references_that_share_a_column_are_refused() -> None:
    ddl = """CREATE TABLE a (t INT NOT NULL, i INT NOT NULL, PRIMARY KEY (t, i));
    CREATE TABLE b (id INT NOT NULL, t INT NOT NULL, i INT NOT NULL, j INT NOT NULL, PRIMARY KEY (id),
      FOREIGN KEY (t, i) REFERENCES a (t, i), FOREIGN KEY (t, j) REFERENCES a (t, i));"""
    with pytest.raises(SeedError, match=r"b refers to a and to a by columns that they share \(t\)"):
        plan_of(ddl)


def test_unknown_types_stay_empty_or_are_refused() -> None:
    schema, contract = contract_of("CREATE TABLE v (id INT NOT NULL, w INT NULL, PRIMARY KEY (id));")
    column = replace(schema.tables["v"].columns["w"], type=ValueType("any", source="vector(3)"))
    columns = {**schema.tables["v"].columns, "w": column}
    odd = type(schema)({"v": replace(schema.tables["v"], columns=columns)})
    assert list(plan_seed(odd, contract, rows=2).rows("v")) == [{"id": 1}, {"id": 2}]
    columns["w"] = replace(column, nullable=False)
    odd = type(schema)({"v": replace(schema.tables["v"], columns=columns)})
    with pytest.raises(SeedError, match=r"v\.w: no values can be made for vector\(3\)"):
        plan_seed(odd, contract, rows=2)


TYPES = (
    "TINYINT", "TINYINT UNSIGNED", "TINYINT(1)", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "BIGINT UNSIGNED", "BIT(1)",
    "BIT(9)", "DECIMAL(3,1)", "DECIMAL(20,6)", "DECIMAL(5,2) UNSIGNED", "FLOAT", "DOUBLE", "FLOAT(7,2)", "CHAR(1)",
    "CHAR(8)", "VARCHAR(5)", "VARCHAR(15)", "VARCHAR(16)", "VARCHAR(40)", "CHAR(26)", "CHAR(36)", "VARCHAR(255)",
    "ENUM('a','b','it''s')", "SET('x','y','z')", "DATE", "DATETIME", "DATETIME(6)", "TIMESTAMP", "TIMESTAMP(3)",
    "TIME", "TIME(2)", "YEAR", "BINARY(3)", "BINARY(16)", "VARBINARY(2)", "VARBINARY(40)",
)  # fmt: skip
UNKEYED = ("TEXT", "TINYTEXT", "LONGTEXT", "BLOB", "LONGBLOB", "JSON", "POINT", "POLYGON", "MULTILINESTRING",
           "GEOMETRYCOLLECTION")  # fmt: skip


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_can_be_a_key_and_be_referred_to(type_: str) -> None:
    ddl = f"""CREATE TABLE a (k {type_} NOT NULL, v {type_} NULL, w {type_} NOT NULL, PRIMARY KEY (k));
    CREATE TABLE b (id INT NOT NULL AUTO_INCREMENT, k {type_} NULL, u {type_} NULL, PRIMARY KEY (id), UNIQUE KEY u (u),
      FOREIGN KEY (k) REFERENCES a (k));"""
    made = rows_of(plan_of(ddl, rows=200))
    assert made["a"]
    assert {row["k"] for row in made["b"]} - {None}


@pytest.mark.parametrize("type_", [*TYPES, *UNKEYED])
@pytest.mark.parametrize(
    "name", ["x", "email", "url", "phone", "status", "name", "title", "created_at", "price", "end_at"]
)
def test_every_type_under_every_name(type_: str, name: str) -> None:
    ddl = f"CREATE TABLE t (id INT NOT NULL, {name} {type_} NOT NULL, y {type_} NULL, PRIMARY KEY (id));"
    assert len(rows_of(plan_of(ddl, rows=40))["t"]) == 40
