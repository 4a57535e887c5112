"""What servers refuse and how connections end, as our errors; and what every connection is set to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url

from crossfade.dal.errors import (
    CapacityExceeded,
    Conflict,
    CrossfadeError,
    InvalidValue,
    MissingReference,
    OutcomeUnknown,
    Referenced,
    SchemaMismatch,
    StoreUnavailable,
)
from crossfade.mysql import Timeouts, create, reflect_url
from crossfade.mysql.engine import SQL_MODE
from crossfade.mysql.errors import Deadlock, DuplicateEntry
from crossfade.mysql.prepared import Prepared
from crossfade.mysql.transaction import Transaction, read, run

SECRET = "s3cret-value"


@pytest.fixture
def tables(engine: sa.Engine) -> sa.Engine:
    """The engine, with two tables of which one refers to the other."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE parent (id INT UNSIGNED PRIMARY KEY, n TINYINT UNSIGNED NOT NULL, name VARCHAR(12) NULL,"
            " UNIQUE KEY uq_name (name))"
        )
        connection.exec_driver_sql(
            "CREATE TABLE child (id INT PRIMARY KEY, parent_id INT UNSIGNED NOT NULL, CONSTRAINT fk FOREIGN KEY"
            " (parent_id) REFERENCES parent (id))"
        )
        connection.exec_driver_sql("INSERT INTO parent VALUES (1, 1, 's3cret-value'), (2, 2, 'two')")
        connection.exec_driver_sql("INSERT INTO child VALUES (1, 1)")
    return engine


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("INSERT INTO parent VALUES (1, 1, 'x')", DuplicateEntry),
        ("INSERT INTO parent VALUES (3, 1, 's3cret-value')", DuplicateEntry),
        ("INSERT INTO child VALUES (2, 9)", MissingReference),
        ("DELETE FROM parent WHERE id = 1", Referenced),
        ("UPDATE parent SET n = 256 WHERE id = 1", InvalidValue),
        ("UPDATE parent SET id = id - 5 WHERE id = 2", InvalidValue),
        ("UPDATE parent SET n = NULL WHERE id = 1", InvalidValue),
        ("UPDATE parent SET n = 's3cret-value' WHERE id = 1", InvalidValue),
        ("UPDATE parent SET name = 'much too long a name' WHERE id = 1", InvalidValue),
        ("SELECT nothing FROM parent", SchemaMismatch),
        ("SELECT 1 FROM nowhere", SchemaMismatch),
        ("INSERT INTO parent (id) VALUES (4)", SchemaMismatch),
    ],
)
def test_refusals(tables: sa.Engine, statement: str, kind: type[CrossfadeError]) -> None:
    with Transaction(tables, writes=True) as transaction, pytest.raises(kind) as caught:
        transaction.execute(sa.text(statement))
    shown = f"{caught.value} {caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"
    assert SECRET not in shown


def test_the_violated_index_is_known_by_its_name(tables: sa.Engine) -> None:
    with Transaction(tables, writes=True) as transaction:
        with pytest.raises(DuplicateEntry) as caught:
            transaction.execute(sa.text("INSERT INTO parent VALUES (3, 1, 'two')"))
        assert caught.value.index == "uq_name"
        with pytest.raises(DuplicateEntry) as caught:
            transaction.execute(sa.text("INSERT INTO parent VALUES (1, 1, 'x')"))
        assert caught.value.index == "PRIMARY"
        assert caught.value.request_id is not None


def test_every_connection_is_set_up(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        row = connection.exec_driver_sql(
            "SELECT @@time_zone, @@sql_mode, @@innodb_lock_wait_timeout, @@character_set_client, @@autocommit"
        ).one()
        assert row[0] == "+00:00"
        assert set(SQL_MODE.split(",")) <= set(row[1].split(","))
        assert row[2:] == (1, "utf8mb4", 1)  # transactions are begun, by name
        name = "tx_isolation" if getattr(engine.dialect, "is_mariadb", False) else "transaction_isolation"
        assert connection.exec_driver_sql(f"SELECT @@{name}").scalar_one() == "REPEATABLE-READ"


def test_an_update_to_equal_values_counts_its_row(tables: sa.Engine) -> None:
    with Transaction(tables, writes=True) as transaction:
        assert transaction.execute(sa.text("UPDATE parent SET name = 'two' WHERE id = 2")).rowcount == 1


def _kill(engine: sa.Engine, connection: sa.Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    with engine.connect() as other:
        other.exec_driver_sql(f"KILL {driver.thread_id()}")


def _count(engine: sa.Engine) -> int:
    with engine.begin() as connection:
        return int(connection.exec_driver_sql("SELECT COUNT(*) FROM parent").scalar_one())


def test_a_connection_lost_before_the_commit_wrote_nothing(tables: sa.Engine) -> None:
    with Transaction(tables, writes=True) as transaction:
        transaction.execute(sa.text("INSERT INTO parent VALUES (7, 1, 'seven')"))
        _kill(tables, transaction.connection)
        with pytest.raises(StoreUnavailable):
            transaction.execute(sa.text("INSERT INTO parent VALUES (8, 1, 'eight')"))
    assert _count(tables) == 2


def test_a_connection_lost_in_the_commit_is_told_as_unknown(tables: sa.Engine) -> None:
    with Transaction(tables, writes=True) as transaction:
        transaction.execute(sa.text("INSERT INTO parent VALUES (7, 1, 'seven')"))
        _kill(tables, transaction.connection)
        with pytest.raises(OutcomeUnknown):
            transaction.commit()
    assert _count(tables) == 2
    run(tables, lambda t: t.execute(sa.text("INSERT INTO parent VALUES (9, 1, 'nine')")))
    assert _count(tables) == 3


def test_a_lock_that_is_not_given_is_a_conflict(tables: sa.Engine) -> None:
    with Transaction(tables, writes=True) as first, Transaction(tables, writes=True) as second:
        first.execute(sa.text("UPDATE parent SET n = 5 WHERE id = 1"))
        with pytest.raises(Conflict) as caught:
            second.execute(sa.text("UPDATE parent SET n = 6 WHERE id = 1"))
    assert caught.value.retryable


_RAISE = sa.text("UPDATE parent SET n = n + 1 WHERE id = :id")


def _crossing(barrier: threading.Barrier, ids: tuple[int, int]) -> Callable[[Transaction], None]:
    tries = iter([True, False, False, False, False])

    def work(transaction: Transaction) -> None:
        transaction.execute(_RAISE.bindparams(id=ids[0]))
        if next(tries):
            barrier.wait(10)
        transaction.execute(_RAISE.bindparams(id=ids[1]))

    return work


def test_a_deadlock_s_victim_is_made_again(tables: sa.Engine) -> None:
    barrier, failed = threading.Barrier(2), []

    def go(ids: tuple[int, int]) -> None:
        try:
            run(tables, _crossing(barrier, ids))
        except CrossfadeError as error:
            failed.append(error)

    threads = [threading.Thread(target=go, args=(ids,)) for ids in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == []
    with tables.connect() as connection:
        assert connection.exec_driver_sql("SELECT n FROM parent ORDER BY id").scalars().all() == [3, 4]


def test_a_deadlock_is_a_conflict(tables: sa.Engine) -> None:
    barrier, failed = threading.Barrier(2), []

    def go(ids: tuple[int, int]) -> None:
        try:
            with Transaction(tables, writes=True) as transaction:
                _crossing(barrier, ids)(transaction)
                transaction.commit()
        except CrossfadeError as error:
            failed.append(error)

    threads = [threading.Thread(target=go, args=(ids,)) for ids in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [type(e) for e in failed] == [Deadlock]
    assert isinstance(failed[0], Conflict)


def test_wrong_credentials_and_places(url: str) -> None:
    target = make_url(url)
    with pytest.raises(StoreUnavailable, match="refuses the account"):
        reflect_url(target.set(password=SECRET).render_as_string(hide_password=False))
    with pytest.raises(StoreUnavailable, match="no such database"):
        reflect_url(target.set(database="nowhere").render_as_string(hide_password=False))
    with pytest.raises(StoreUnavailable, match="cannot be reached") as caught:
        reflect_url(target.set(port=1).render_as_string(hide_password=False))
    assert str(target.password) not in str(caught.value).replace(str(target.database), "")


def test_a_pool_without_connections_is_a_capacity(url: str) -> None:
    engine = create(url, pool_size=1, max_overflow=0, timeouts=Timeouts(pool=0.05))
    with Transaction(engine, writes=False), pytest.raises(CapacityExceeded):
        Transaction(engine, writes=False).begin()
    engine.dispose()


def test_connections_of_an_earlier_server_are_replaced(tables: sa.Engine) -> None:
    with tables.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        number = driver.thread_id()
    with sa.create_engine(tables.url).connect() as other:
        other.exec_driver_sql(f"KILL {number}")
        other.engine.dispose()
    assert _count(tables) == 2


@pytest.mark.parametrize("single", [True, False])
def test_connections_that_were_lost_a_moment_ago_are_replaced(tables: sa.Engine, single: bool) -> None:
    with ExitStack() as stack:
        kept = [stack.enter_context(tables.connect()) for _ in range(3)]
        numbers = [connection.connection.dbapi_connection.thread_id() for connection in kept]  # type: ignore[union-attr]  # the driver's own
    with sa.create_engine(tables.url).connect() as other:
        for number in numbers:
            other.exec_driver_sql(f"KILL {number}")
        other.engine.dispose()
    count = Prepared(sa.select(sa.func.count()).select_from(sa.table("parent")))
    assert read(tables, lambda t: t.fetch(count), single=single)[0][0] == 2
    run(tables, lambda t: t.execute(sa.text("INSERT INTO parent VALUES (9, 1, 'nine')")))
    assert _count(tables) == 3


@pytest.mark.parametrize(("single", "each"), [(True, 1), (False, 3)])
def test_a_read_by_itself_is_one_statement(tables: sa.Engine, single: bool, each: int) -> None:
    questions = Prepared(sa.text("SHOW SESSION STATUS LIKE 'Questions'"))
    count = Prepared(sa.select(sa.func.count()).select_from(sa.table("parent")))

    def asked() -> int:
        return int(read(tables, lambda t: t.fetch(questions), single=True)[0][1])

    before = asked()
    for _ in range(5):
        read(tables, lambda t: t.fetch(count), single=single)
    assert asked() - before == 5 * each + 1


def test_a_snapshot_is_begun_and_ended(tables: sa.Engine) -> None:
    count = Prepared(sa.select(sa.func.count()).select_from(sa.table("parent")))
    with Transaction(tables, writes=False) as transaction:
        assert transaction.fetch(count)[0][0] == 2
        run(tables, lambda t: t.execute(sa.text("INSERT INTO parent VALUES (9, 1, 'nine')")))
        assert transaction.fetch(count)[0][0] == 2
    assert read(tables, lambda t: t.fetch(count))[0][0] == 3


def test_no_statement_and_no_value_is_logged(tables: sa.Engine, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    event.listen(tables, "handle_error", lambda context: seen.append(str(context.sqlalchemy_exception)))
    with (
        caplog.at_level("DEBUG", "crossfade"),
        Transaction(tables, writes=True) as transaction,
        pytest.raises(CrossfadeError),
    ):
        transaction.execute(sa.text("INSERT INTO nowhere VALUES (:v)").bindparams(v=SECRET))
    assert SECRET not in caplog.text
    assert SECRET not in "".join(seen)
    assert str(tables.url.password) not in repr(tables).replace("test_", "").split("@")[0]
