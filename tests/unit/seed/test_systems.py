"""Distributions that real systems ask for: calendars, import jobs, shared calendars."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from crossfade.seed import plan_seed
from tests.unit.seed.checking import Rows, contract_of, rows_of

DDL = """
CREATE TABLE users (id CHAR(26) NOT NULL, email VARCHAR(100) NOT NULL, provider VARCHAR(20) NULL,
  subject VARCHAR(40) NULL, PRIMARY KEY (id), UNIQUE KEY e (email), UNIQUE KEY p (provider, subject));
CREATE TABLE calendars (id CHAR(36) NOT NULL, name VARCHAR(80) NOT NULL, color CHAR(7) NOT NULL, PRIMARY KEY (id));
CREATE TABLE memberships (calendar_id CHAR(36) NOT NULL, user_id CHAR(26) NOT NULL,
  role ENUM('owner','writer','reader') NOT NULL, PRIMARY KEY (calendar_id, user_id),
  FOREIGN KEY (calendar_id) REFERENCES calendars (id), FOREIGN KEY (user_id) REFERENCES users (id));
CREATE TABLE entries (id CHAR(36) NOT NULL, calendar_id CHAR(36) NOT NULL, title VARCHAR(200) NOT NULL,
  kind ENUM('MultiDay','AllDay','Timed','Task') NOT NULL, day DATE NOT NULL, last_day DATE NULL,
  starts DATETIME NULL, ends DATETIME NULL, completed TINYINT(1) NULL, reminders JSON NOT NULL,
  rrule VARCHAR(100) NULL, PRIMARY KEY (id), FOREIGN KEY (calendar_id) REFERENCES calendars (id));
CREATE TABLE shops (domain VARCHAR(100) NOT NULL, plan ENUM('FREE','SMALL','MEDIUM','LARGE') NOT NULL,
  installedAt BIGINT NOT NULL, uninstalledAt BIGINT NULL, settings JSON NOT NULL, PRIMARY KEY (domain));
CREATE TABLE jobs (id CHAR(26) NOT NULL, shop VARCHAR(100) NOT NULL, status VARCHAR(12) NOT NULL, total INT NOT NULL,
  errorSummary JSON NULL, createdAt BIGINT NOT NULL, expiresAt BIGINT NOT NULL, PRIMARY KEY (id),
  FOREIGN KEY (shop) REFERENCES shops (domain));
CREATE TABLE usage_daily (shop VARCHAR(100) NOT NULL, day DATE NOT NULL, imports INT NOT NULL, PRIMARY KEY (shop, day),
  FOREIGN KEY (shop) REFERENCES shops (domain));
"""

DAY = 86_400
SEEDS: dict[str, Any] = {
    "users": {"rows": 50, "fields": {"provider": {"values": ["google", "github"], "null": 0.5}}},
    "calendars": {"rows": 20},
    "memberships": {
        "per": {"field": "calendar_id", "min": 1, "max": 6},
        "fields": {"role": {"values": {"owner": 1, "writer": 2, "reader": 5}}},
    },
    "entries": {
        # Ten weeks with 3 to 9 entries each.
        "per": {"field": "calendar_id", "min": 30, "max": 90},
        "fields": {
            "kind": {"values": {"MultiDay": 15, "AllDay": 20, "Timed": 45, "Task": 20}},
            "day": {"from": "2025-03-03", "to": "2025-05-12"},
            "last_day": {"after": "day", "min": DAY, "max": 5 * DAY, "when": {"kind": ["MultiDay"]}},
            "starts": {"from": "2025-03-03", "to": "2025-05-12", "step": 900, "when": {"kind": ["Timed"]}},
            "ends": {"after": "starts", "min": 900, "max": 7200, "when": {"kind": ["Timed"]}},
            "completed": {"values": {"true": 1, "false": 2}, "when": {"kind": ["Task"]}},
            "reminders": {"list": {"values": [5, 15, 60]}, "max": 2},
            "rrule": {"values": ["FREQ=WEEKLY;BYDAY=MO", "FREQ=DAILY"], "null": 0.9},
        },
    },
    "shops": {
        "rows": 30,
        "fields": {
            "plan": {"values": {"FREE": 60, "SMALL": 25, "MEDIUM": 10, "LARGE": 5}},
            "uninstalledAt": {"after": "installedAt", "max": 100 * DAY, "null": 0.9},
            "settings": {"object": {"locale": {"values": ["en", "de"]}, "limits": {"object": {"rows": {"min": 100}}}}},
        },
    },
    "usage_daily": {
        "per": {"field": "shop", "min": 20, "max": 40},
        "fields": {"day": {"from": "2025-11-01"}, "imports": {"min": 1, "max": 900, "skew": 1}},
    },
    "jobs": {
        "rows": 600,
        "fields": {
            "status": {"values": {"COMPLETED": 85, "FAILED": 8, "QUEUED": 3, "PROCESSING": 2, "CANCELLED": 2}},
            "errorSummary": {"object": {"code": {"values": ["E1", "E2"]}}, "when": {"status": ["FAILED"]}},
            "shop": {"skew": 1},
            "expiresAt": {"after": "createdAt", "min": 90 * DAY, "max": 90 * DAY, "epoch": "s"},
        },
    },
}


def made() -> Rows:
    return rows_of(plan_seed(*contract_of(DDL, seeds=SEEDS), seed=1))


def test_calendars() -> None:
    rows = made()
    entries = rows["entries"]
    kinds = Counter(e["kind"] for e in entries)
    assert 600 <= len(entries) <= 1800
    for kind, share in {"MultiDay": 0.15, "AllDay": 0.2, "Timed": 0.45, "Task": 0.2}.items():
        assert abs(kinds[kind] / len(entries) - share) < 0.05
    for entry in entries:
        kind = entry["kind"]
        assert (entry["last_day"] is not None) == (kind == "MultiDay")
        assert (entry["completed"] is not None) == (kind == "Task")
        assert (entry["starts"] is None) == (entry["ends"] is None) == (kind != "Timed")
        if kind == "Timed":
            assert timedelta(minutes=15) <= entry["ends"] - entry["starts"] <= timedelta(hours=2)
        if kind == "MultiDay":
            assert entry["day"] < entry["last_day"] <= entry["day"] + timedelta(days=5)
        assert set(entry["reminders"]) <= {5, 15, 60}
    weeks = Counter((e["calendar_id"], e["day"].isocalendar().week) for e in entries)
    assert len({w for _, w in weeks}) == 10
    roles = Counter(m["role"] for m in rows["memberships"])
    assert roles["reader"] > roles["owner"]


def test_import_jobs() -> None:
    rows = made()
    assert min(u["day"] for u in rows["usage_daily"]) == date(2025, 11, 1)
    assert max(u["day"] for u in rows["usage_daily"]) == date(2025, 12, 10)
    plans = Counter(s["plan"] for s in rows["shops"])
    assert plans["FREE"] > plans["LARGE"]
    installed = {s["domain"]: s["installedAt"] for s in rows["shops"]}
    begin = datetime(2023, 1, 1, tzinfo=UTC).timestamp() * 1000
    for job in rows["jobs"]:
        assert (job["errorSummary"] is None) == (job["status"] != "FAILED")
        assert job["createdAt"] >= installed[job["shop"]] >= begin
        assert abs(job["expiresAt"] - job["createdAt"] // 1000 - 90 * DAY) <= 1
    assert 0.8 < Counter(j["status"] for j in rows["jobs"])["COMPLETED"] / 600 < 0.9
    jobs = Counter(j["shop"] for j in rows["jobs"]).most_common()
    assert jobs[0][1] > 3 * jobs[len(jobs) // 2][1]
    assert all(s["settings"]["limits"]["rows"] >= 100 for s in rows["shops"])
