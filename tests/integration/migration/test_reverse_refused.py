"""What MySQL cannot hold is told with its reason, on either server, strict or not; everything else comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossfade.contract.errors import CrossfadeError
from tests.integration.migration.emptied import emptied, letters, unusual
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import SqlServer
from tests.integration.unusual.tables import Content, content

ALTERED = {
    "ALTER TABLE numbers MODIFY normal SMALLINT": "normal: is out of range: from -32768 to 32767",
    "ALTER TABLE numbers MODIFY flag TINYINT(1) NOT NULL DEFAULT 1": "flag: wants a value, and has none",
    "ALTER TABLE texts MODIFY short VARCHAR(8) COLLATE utf8mb4_bin": "short: is 10 characters long, 8 fit",
    "ALTER TABLE texts MODIFY kind ENUM('', 'a', 'it''s', 'ä,ö', '日本')": "kind: wants one of",
    "ALTER TABLE texts MODIFY tiny VARCHAR(255) CHARACTER SET utf8mb3": "tiny: holds a character of four bytes",
    "ALTER TABLE moments MODIFY at3 TIMESTAMP(3) NULL": "at3: is out of range: a TIMESTAMP lies between",
    "ALTER TABLE bytes_and_shapes MODIFY varied VARBINARY(50)": "varied: is 100 bytes long, 50 fit",
    "ALTER TABLE samples MODIFY raw VARBINARY(1)": "samples[0].raw: is 2 bytes long, 1 fit",
    "ALTER TABLE settings ADD UNIQUE (scope)": "another one has this scope",
    "ALTER TABLE nodes ADD CHECK (label <> 'grandchild')": "the row holds a value that the database refuses",
}
PARENTS = (
    "CREATE TABLE parents (id INT PRIMARY KEY)",
    "INSERT INTO parents VALUES (1)",
    "ALTER TABLE `Straße & Haus-Nr.` ADD FOREIGN KEY (`key`) REFERENCES parents (id)",
)
TABLES = {
    "NUMBER": "numbers", "TEXT": "texts", "MOMENT": "moments", "SHAPE": "bytes_and_shapes", "SETTING": "settings",
    "MEASUREMENT": "measurements", "NODE": "nodes", "ORDER": "order", "HOUSE": "Straße & Haus-Nr.",
}  # fmt: skip


@pytest.fixture
def copied(
    sql_server: SqlServer, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The unusual database, copied."""
    del dynamodb_endpoint
    monkeypatch.chdir(tmp_path)
    with unusual(sql_server, table_prefix) as world:
        yield world


@pytest.mark.parametrize("mode", ["strict", ""])
def test_every_reason(copied: World, sql_server: SqlServer, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not mode:
        monkeypatch.setattr("crossfade.mysql.engine.SQL_MODE", "")
    with emptied(copied, sql_server, *ALTERED, *PARENTS) as target:
        code, out = run("backfill", "--reverse", *target.arguments)
        assert code == 3, out
        before, after = content(copied.url), content(target.url)
    dead = defaultdict(list)
    for letter in letters():
        dead[TABLES[letter["entity"]]].append(letter)
    told = " | ".join(letter["reason"] for found in dead.values() for letter in found)
    assert [reason for reason in ALTERED.values() if reason not in told] == []
    assert [letter["reason"] for letter in dead["Straße & Haus-Nr."]] == [
        "a field refers to something that does not exist (MySQL error 1452)"
    ] * 2
    for table in TABLES.values():
        assert len(before[table]) - len(after[table]) == len(dead[table]), table
        assert after[table].items() <= before[table].items(), table
    assert owned(after) <= owned(before)
    assert len(owned(before)) - len(owned(after)) == len(lost(before, after))


def owned(found: Content) -> set[str]:
    """The child rows, whole."""
    return {repr(row) for row in found["samples"].values()}


def lost(before: Content, after: Content) -> list[str]:
    """The child rows whose parents are not there."""
    there = {(r["site"], r["day"], r["probe"]) for r in after["measurements"].values()}
    return [repr(r) for r in before["samples"].values() if (r["site"], r["day"], r["probe"]) not in there]


def test_a_table_that_can_undo_nothing_is_refused(copied: World, sql_server: SqlServer) -> None:
    """There a value that was cut would be left, and taken for one that was there."""
    with emptied(copied, sql_server, "ALTER TABLE settings ENGINE = MyISAM") as target:
        with pytest.raises(CrossfadeError, match="could not be undone in settings"):
            run("backfill", "--reverse", *target.arguments)
        assert content(target.url)["settings"] == {}
