"""Engines, and SQLite's transactions."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa

from crossfade.dal.errors import (
    ConfigurationError,
    Conflict,
    InvalidValue,
    MissingReference,
    SchemaMismatch,
    StoreUnavailable,
)
from crossfade.mysql import Timeouts, Tls, create, create_sqlite, create_sqlite_file, reflect_url
from crossfade.mysql.errors import DuplicateEntry
from crossfade.mysql.transaction import Transaction, read, run

DDL = """
CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9) NOT NULL, UNIQUE KEY uq (name))
  COLLATE utf8mb4_bin;
CREATE TABLE child (id INT PRIMARY KEY, parent_id INT NOT NULL REFERENCES parent (id),
  FOREIGN KEY (parent_id) REFERENCES parent (id));
"""


@pytest.mark.parametrize(
    "url", ["nothing", "postgresql://x@y/z", "mysql://root@localhost", "mysql+oursql://root@localhost/x"]
)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        create(url)


@pytest.mark.parametrize(
    "url", ["mysql://root:pw@S3cret@localhost/x", "mysql://root:p@S3cret:w0rd@localhost/x", "mysql://h:S3cret/x"]
)
def test_a_url_that_cannot_be_read_is_not_told(url: str) -> None:
    with pytest.raises(ConfigurationError, match="write @ as %40") as caught:
        create(url)
    assert "S3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("option", ["bogus", "use_unicode", "autocommi", "password"])
@pytest.mark.parametrize("driver", ["pymysql", "mysqldb"])
def test_what_a_url_cannot_say_is_refused(driver: str, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "MySQLdb", ModuleType("MySQLdb"))
    with pytest.raises(ConfigurationError, match=rf"leave out {option}\. There are .*, ssl_ca, ") as caught:
        create(f"mysql+{driver}://root@localhost/x?{option}=S3cret")
    assert "S3cret" not in str(caught.value)


def test_what_a_url_may_say() -> None:
    engine = create("mysql://root@localhost/x?charset=latin1&connect_timeout=1&ssl_ca=ca.pem&unix_socket=/s")
    assert dict(engine.url.query) == {"ssl_ca": "ca.pem", "unix_socket": "/s"}


def test_a_password_is_never_shown() -> None:
    engine = create("mysql://root@localhost:3306/x", password="s3cret")
    assert "s3cret" not in f"{engine!r} {engine.url} {engine.pool!r}"
    assert engine.url.password == "s3cret"
    assert engine.hide_parameters
    assert engine.url.drivername == "mysql+pymysql"


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    with pytest.raises(ConfigurationError, match=r"crossfade\[fast\]"):
        create("mysql+mysqldb://root@localhost/x")


def test_tls_files_that_are_not_there() -> None:
    with pytest.raises(ConfigurationError, match="TLS"):
        create("mysql://root@localhost/x", tls=Tls(ca="/no/such/file"))
    assert create("mysql://root@localhost/x", tls=Tls(verify=False)) is not None


def test_sqlite_enforces_what_mysql_does(engine: sa.Engine) -> None:
    create_sqlite(engine, DDL)
    run(engine, lambda t: t.execute(sa.text("INSERT INTO parent (name) VALUES ('a'), ('b')")))
    with Transaction(engine, writes=True) as transaction:
        with pytest.raises(DuplicateEntry) as caught:
            transaction.execute(sa.text("INSERT INTO parent (name) VALUES ('a')"))
        assert caught.value.columns == ("parent.name",)
        with pytest.raises(MissingReference):
            transaction.execute(sa.text("INSERT INTO child VALUES (1, 9)"))
        with pytest.raises(InvalidValue):
            transaction.execute(sa.text("INSERT INTO parent (name) VALUES (NULL)"))
        with pytest.raises(SchemaMismatch):
            transaction.execute(sa.text("SELECT 1 FROM nowhere"))
        transaction.execute(sa.text("INSERT INTO parent (name) VALUES ('c')"))
        transaction.commit()
    assert read(engine, lambda t: t.execute(sa.text("SELECT COUNT(*) FROM parent")).scalar_one()) == 3


def test_sqlite_s_ids_are_never_given_twice(engine: sa.Engine) -> None:
    create_sqlite(engine, DDL)
    insert, remove = sa.text("INSERT INTO parent (name) VALUES ('a')"), sa.text("DELETE FROM parent")
    assert run(engine, lambda t: t.execute(insert).lastrowid) == 1
    run(engine, lambda t: t.execute(remove))
    assert run(engine, lambda t: t.execute(insert).lastrowid) == 2


def test_a_second_writer_waits_and_gives_up(tmp_path: Path) -> None:
    create_sqlite_file(tmp_path / "x.sqlite", DDL)
    engine = create(f"sqlite:///{tmp_path / 'x.sqlite'}", timeouts=Timeouts(lock=0.05))
    with Transaction(engine, writes=True) as first:
        first.execute(sa.text("INSERT INTO parent (name) VALUES ('a')"))
        with pytest.raises(Conflict):
            Transaction(engine, writes=True).begin()
        # A reader sees what was committed, and does not wait.
        assert read(engine, lambda t: t.execute(sa.text("SELECT COUNT(*) FROM parent")).scalar_one()) == 0
    engine.dispose()


def test_a_reader_sees_one_snapshot(tmp_path: Path) -> None:
    create_sqlite_file(tmp_path / "x.sqlite", DDL)
    engine = create(f"sqlite:///{tmp_path / 'x.sqlite'}")
    count = sa.text("SELECT COUNT(*) FROM parent")
    with Transaction(engine, writes=False) as reader:
        assert reader.execute(count).scalar_one() == 0
        run(engine, lambda t: t.execute(sa.text("INSERT INTO parent (name) VALUES ('a')")))
        assert reader.execute(count).scalar_one() == 0
    assert read(engine, lambda t: t.execute(count).scalar_one()) == 1
    engine.dispose()


def test_what_is_not_committed_is_undone(engine: sa.Engine) -> None:
    create_sqlite(engine, DDL)
    with Transaction(engine, writes=True) as transaction:
        transaction.execute(sa.text("INSERT INTO parent (name) VALUES ('a')"))
    assert read(engine, lambda t: t.execute(sa.text("SELECT COUNT(*) FROM parent")).scalar_one()) == 0


def test_a_database_of_one_s_own_goes_with_its_engine() -> None:
    engine = create("sqlite://")
    create_sqlite(engine, DDL)
    file = Path(engine.url.database or "")
    assert file.exists()
    engine.dispose()
    assert not file.parent.exists()


def test_a_sqlite_file_of_somebody_else(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    file.touch()
    with pytest.raises(SchemaMismatch, match="create_sqlite"):
        reflect_url(f"sqlite:///{file}")
    with pytest.raises(StoreUnavailable):
        reflect_url(f"sqlite:///{tmp_path}/no/such/folder/x.sqlite")


def test_a_schema_is_read_as_it_was_written(tmp_path: Path) -> None:
    create_sqlite_file(tmp_path / "x.sqlite", DDL)
    found = reflect_url(f"sqlite:///{tmp_path / 'x.sqlite'}")
    assert found.tables["parent"].uniques == {"uq": ("name",)}
    assert found.tables["child"].columns["parent_id"].type.source == "int"
