"""The way back with an account that may only read: it ends at once and says why, and goes on when it may write."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from crossfade.cli.main import main
from crossfade.dal.entity import Record
from crossfade.mysql.restore import Restore, Restored
from tests.integration.migration.emptied import emptied
from tests.integration.migration.test_reverse import rows
from tests.integration.migration.test_verify import run
from tests.integration.migration.world import World
from tests.integration.servers import PASSWORD, SqlServer

ONCE = ("backfill", "--reverse", "--workers", "1", "--give-up-after", "5")


@pytest.fixture
def target(copied: World, mysql_server: SqlServer) -> Iterator[World]:
    """The shop's items, and a database with its tables and no rows."""
    with emptied(copied, mysql_server) as world:
        yield world


@pytest.fixture
def reader(target: World, mysql_server: SqlServer) -> Iterator[World]:
    """The same, by an account that may only read."""
    name, url = f"u_{uuid.uuid4().hex[:12]}", make_url(target.url)
    mysql_server.execute(f"CREATE USER {name} IDENTIFIED WITH caching_sha2_password BY %s", PASSWORD)
    mysql_server.execute(f"GRANT SELECT ON {url.database}.* TO {name}")
    try:
        by_name = url.set(username=name, password=PASSWORD).render_as_string(hide_password=False)
        yield World(target.contract, by_name, target.prefix)
    finally:
        mysql_server.execute(f"DROP USER {name}")


def test_it_ends_at_the_first_refusal(
    copied: World,
    target: World,
    reader: World,
    mysql_server: SqlServer,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tries: list[int] = []
    load = Restore.load

    def counted(self: Restore, records: Sequence[Record]) -> list[Restored]:
        tries.append(len(records))
        return load(self, records)

    with monkeypatch.context() as patch:
        patch.setattr(Restore, "load", counted)
        with pytest.raises(SystemExit) as ended:
            main([*ONCE, *reader.arguments])
    assert ended.value.code == 2
    assert "refuses what the account lacks the privilege for (MySQL error 1142)" in capfd.readouterr().err
    assert len(tries) == 1
    assert not Path(".crossfade/reverse.json.dead.jsonl").exists()
    assert not any(rows(target).values())
    url = make_url(reader.url)
    mysql_server.execute(f"GRANT INSERT, UPDATE, DELETE ON {url.database}.* TO {url.username}")
    code, out = run(*ONCE, *reader.arguments)
    assert code == 0, out
    assert rows(target) == rows(copied)
