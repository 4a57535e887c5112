"""What a contract declares of made-up rows, kept within what chance allows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossfade.contract import ContractError, load
from crossfade.seed import SeedError, SeedPlan, plan_seed
from tests.unit.seed.checking import contract_of, rows_of

DDL = """
CREATE TABLE users (id INT NOT NULL AUTO_INCREMENT, name VARCHAR(60) NOT NULL, PRIMARY KEY (id));
CREATE TABLE events (
  id INT NOT NULL AUTO_INCREMENT,
  user_id INT NOT NULL,
  parent_id INT NULL,
  title VARCHAR(80) NOT NULL,
  status ENUM('active','ended','lost') NOT NULL DEFAULT 'active',
  kind VARCHAR(10) NOT NULL,
  price DECIMAL(8,2) NOT NULL,
  ratio DOUBLE NOT NULL,
  size INT NOT NULL,
  level TINYINT NOT NULL,
  starts DATETIME(3) NOT NULL,
  ends DATETIME(3) NOT NULL,
  day DATE NULL,
  made BIGINT NOT NULL,
  ended_at DATETIME NULL,
  note VARCHAR(200) NULL,
  tags SET('a','b','c') NOT NULL DEFAULT '',
  span TIME NOT NULL,
  settings JSON NOT NULL,
  PRIMARY KEY (id),
  FOREIGN KEY (user_id) REFERENCES users (id),
  FOREIGN KEY (parent_id) REFERENCES events (id)
);"""


def plan_of(fields: dict[str, Any] | None = None, *, rows: int = 2000, users: int = 100, **more: Any) -> SeedPlan:
    seeds = {"users": {"rows": users}, "events": {"rows": rows, "fields": fields or {}, **more}}
    return plan_seed(*contract_of(DDL, seeds=seeds))


def column(name: str, declared: dict[str, Any], **others: Any) -> list[Any]:
    """The values of a column of which `declared` is declared."""
    return [row[name] for row in rows_of(plan_of({name: declared, **others}))["events"]]


def test_values_come_by_weight() -> None:
    found = Counter(column("status", {"values": {"active": 8, "ended": 2}}))
    assert set(found) == {"active", "ended"}
    assert 0.75 < found["active"] / 2000 < 0.85


def test_values_of_a_list_come_alike() -> None:
    found = Counter(column("kind", {"values": ["x", "y"]}))
    assert set(found) == {"x", "y"}
    assert 900 < found["x"] < 1100


def test_values_of_numbers_are_read_as_the_column_has_them() -> None:
    assert set(column("level", {"values": {"1": 1, "5": 1}})) == {1, 5}
    assert set(column("price", {"values": ["9.99", 10]})) == {Decimal("9.99"), Decimal("10.00")}


def test_numbers_keep_their_range_and_step() -> None:
    prices = column("price", {"min": "1.00", "max": "5.00", "step": "0.25"})
    assert min(prices) == 1
    assert max(prices) == 5
    assert all(p % Decimal("0.25") == 0 for p in prices)
    assert {s % 5 for s in column("size", {"min": 10, "max": 100, "step": 5})} == {0}
    ratios = column("ratio", {"min": 0.5, "max": 0.75})
    assert min(ratios) >= 0.5
    assert max(ratios) <= 0.75


def test_skew_prefers_the_low_end() -> None:
    even, skewed = column("size", {"min": 0, "max": 99}), column("size", {"min": 0, "max": 99, "skew": 1})
    assert 45 < sum(even) / 2000 < 54
    assert sum(skewed) / 2000 < 30


def test_times_lie_between() -> None:
    starts = column("starts", {"from": "2024-01-01", "to": "2024-02-01T12:00:00Z", "step": 900})
    assert min(starts) >= datetime(2024, 1, 1, tzinfo=UTC)
    assert max(starts) < datetime(2024, 2, 1, 12, tzinfo=UTC)
    assert {s.minute for s in starts} == {0, 15, 30, 45}
    days = column("day", {"from": "2020-02-01", "to": "2020-03-01", "null": 0})
    assert (min(days), max(days)) == (date(2020, 2, 1), date(2020, 2, 29))
    made = column("made", {"from": "2024-01-01", "to": "2025-01-01", "epoch": "ms"})
    assert all(1_704_067_200_000 <= m < 1_735_689_600_000 for m in made)


def test_after_lies_behind() -> None:
    plan = plan_of({"ends": {"after": "starts", "min": 900, "max": 7200}, "made": {"after": "starts", "epoch": "s"}})
    for row in rows_of(plan)["events"]:
        assert timedelta(seconds=900) <= row["ends"] - row["starts"] <= timedelta(seconds=7200)
        assert 0 <= row["made"] - row["starts"].timestamp() + 1 <= 86_401


def test_nulls_come_by_their_share() -> None:
    assert 0.25 < column("note", {"null": 0.3}).count(None) / 2000 < 0.35
    assert None not in column("note", {"null": 0})
    assert set(column("note", {"null": 1})) == {None}
    assert 0.6 < column("parent_id", {"null": 0.65}).count(None) / 2000 < 0.7


def test_when_makes_a_value_depend_on_others() -> None:
    plan = plan_of(
        {"ended_at": {"after": "starts", "when": {"status": ["ended", "lost"]}}, "kind": {"when": {"level": [3]}}}
    )
    for row in rows_of(plan)["events"]:
        assert (row["ended_at"] is None) == (row["status"] == "active")
        assert (row["kind"] == "") == (row["level"] != 3)


def test_when_makes_a_reference_depend_on_others() -> None:
    plan = plan_of({"parent_id": {"when": {"status": ["ended"]}, "null": 0.1}})
    rows = rows_of(plan)["events"]
    assert {r["status"] for r in rows if r["parent_id"] is not None} == {"ended"}


def test_providers_and_lengths() -> None:
    titles = column("title", {"provider": "color_name"})
    assert len(set(titles)) > 20
    assert {len(n) for n in column("note", {"min": 50, "max": 60, "null": 0})} <= set(range(50, 61))
    assert set(column("size", {"provider": "random_digit"})) <= set(range(10))


def test_sets_take_their_members() -> None:
    tags = column("tags", {"values": ["a", "b"], "min": 1, "max": 2})
    assert set(tags) == {frozenset("a"), frozenset("b"), frozenset("ab")}


def test_durations() -> None:
    spans = column("span", {"min": 60, "max": 120})
    assert timedelta(seconds=60) <= min(spans) <= max(spans) <= timedelta(seconds=120)


def test_objects_and_lists() -> None:
    declared = {
        "object": {
            "theme": {"values": ["light", "dark"]},
            "size": {"min": 8, "max": 24},
            "since": {"from": "2024-01-01", "to": "2025-01-01"},
            "words": {"list": {"provider": "word"}, "min": 1, "max": 4},
            "nick": {"null": 1},
        }
    }
    for settings in column("settings", declared):
        assert settings["theme"] in {"light", "dark"}
        assert 8 <= settings["size"] <= 24
        assert settings["since"].startswith("2024-")
        assert 1 <= len(settings["words"]) <= 4
        assert settings["nick"] is None


def test_rows_for_each_parent() -> None:
    plan = plan_seed(
        *contract_of(DDL, seeds={"users": {"rows": 60}, "events": {"per": {"field": "user_id", "min": 2, "max": 9}}})
    )
    found = Counter(row["user_id"] for row in rows_of(plan)["events"])
    assert len(found) == 60
    assert (min(found.values()), max(found.values())) == (2, 9)
    with pytest.raises(SeedError, match="users has 60 with room for"):
        plan_seed(
            *contract_of(DDL, seeds={"users": {"rows": 60}, "events": {"per": {"field": "user_id", "max": 9}}}),
            tables={"events": 9999},
        )


def test_unique_columns_begin_where_it_is_declared() -> None:
    ddl = """CREATE TABLE parts (no INT NOT NULL, sku VARCHAR(40) NOT NULL, day DATE NULL, PRIMARY KEY (no),
      UNIQUE KEY s (sku), UNIQUE KEY d (day));"""
    fields: dict[str, Any] = {
        "no": {"min": 1000},
        "sku": {"provider": "color_name"},
        "day": {"from": "2030-01-01", "null": 0.2},
    }
    rows = rows_of(plan_seed(*contract_of(ddl, seeds={"parts": {"fields": fields}}), rows=50))["parts"]
    assert [r["no"] for r in rows] == list(range(1000, 1050))
    assert rows[4]["sku"].endswith(" 5")
    assert {r["day"] for r in rows} - {None} <= {date(2030, 1, 1) + timedelta(days=k) for k in range(50)}
    for name, declared in {"no": {"values": [1]}, "sku": {"when": {"no": [1]}, "provider": "word"}}.items():
        with pytest.raises(SeedError, match="a unique index keeps its values different"):
            plan_seed(*contract_of(ddl, seeds={"parts": {"fields": {name: declared}}}))


def test_skew_of_a_reference() -> None:
    even = Counter(column("user_id", {"skew": 0}))
    steep = Counter(column("user_id", {"skew": 1.2}))
    assert steep.most_common(1)[0][1] > 2 * even.most_common(1)[0][1]


def test_tables_without_an_entity_of_their_own() -> None:
    schema, contract = contract_of(DDL)
    definition = dict(contract.definition)
    definition["tables"] = [
        {**t, "seed": {"tables": {"events": {"per": {"field": "user_id", "min": 1, "max": 1}}}}}
        if t["table"] == "T_users"
        else t
        for t in definition["tables"]
    ]
    assert plan_seed(schema, load(definition, schema=schema), rows=30).counts == {"users": 30, "events": 30}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"status": {"values": ["gone"]}}, "events.status does not fit"),
        ({"size": {"min": 5, "max": 1}}, "no range"),
        ({"level": {"min": 0, "max": 300}}, "no range between -128 and 127"),
        ({"starts": {"min": 1}}, "from and to"),
        ({"starts": {"from": "yesterday"}}, "no date"),
        ({"starts": {"from": "2025-01-01", "to": "2024-01-01"}}, "is not before"),
        ({"size": {"from": "2025-01-01"}}, "epoch"),
        ({"title": {"provider": "no_such_thing"}}, "no provider"),
        ({"title": {"provider": "date"}}, "today"),
        ({"title": {"provider": "seed_instance"}}, "no provider"),
        ({"size": {"provider": "name"}}, "no number"),
        ({"size": {"values": ["1", "two"]}}, "no number"),
        ({"size": {"values": [1, None]}}, "must not be null"),
        ({"starts": {"values": ["soon"]}}, "does not fit"),
        ({"tags": {"values": ["z"]}}, "its members are a, b, c"),
        ({"title": {"null": 0.5}}, "must not be null"),
        ({"user_id": {"null": 0.5}}, "must not be null"),
        ({"user_id": {"values": [1, 2]}}, "refers to users: only null, skew and when"),
        ({"user_id": {"when": {"kind": ["x"]}}}, "cannot depend on others"),
        ({"note": {"object": {"a": {"min": 1}}}}, "for JSON"),
        ({"starts": {"after": "ends"}, "ends": {"after": "starts"}}, "wait for each other"),
        ({"size": {"min": "x"}}, "no number"),
        ({"size": {"step": 0, "min": 1, "max": 5}}, "more than 0"),
    ],
)
def test_what_does_not_fit_the_column_is_said(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(SeedError, match=says):
        plan_of(fields)


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        ({"rows": -1}, "too small"),
        ({"rows": 5, "per": {"field": "user_id", "max": 2}}, 'rows" and "per" both'),
        ({"per": {"field": "user_id", "min": 3, "max": 2}}, "more than the max"),
        ({"per": {"field": "usr_id", "max": 2}}, "did you mean 'user_id'"),
        ({"fields": {"tilte": {"null": 0}}}, "did you mean 'title'"),
        ({"fields": {"title": {"null": 2}}}, "no share"),
        ({"fields": {"title": {"nul": 0.2}}}, "unknown key"),
        ({"fields": {"title": {"values": {}}}}, "1 at least"),
        ({"fields": {"title": {"values": {"a": 0}}}}, "every weight is 0"),
        ({"fields": {"title": {"values": ["a"], "provider": "name"}}}, "each say the value"),
        ({"fields": {"ends": {"after": "start"}}}, "did you mean 'starts'"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_a_problem_of_the_contract(seed: dict[str, Any], says: str) -> None:
    with pytest.raises(ContractError, match=says):
        contract_of(DDL, seeds={"events": seed})


def test_unknown_columns_of_other_tables_are_said() -> None:
    seeds = {"users": {"tables": {"events": {"fields": {"titel": {"null": 0}}}}}}
    with pytest.raises(SeedError, match="did you mean 'title'"):
        plan_seed(*contract_of(DDL, seeds=seeds))
    with pytest.raises(SeedError, match="no table 'evnts'"):
        plan_seed(*contract_of(DDL, seeds={"users": {"tables": {"evnts": {"rows": 3}}}}))
