"""Units of work that meet others, and writes whose connection ends, through the store's own interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from crossfade.dal.errors import Conflict, OutcomeUnknown, StoreUnavailable
from crossfade.dal.unit_of_work import WorkClosed
from crossfade.mysql import MySQLStore, Timeouts, create
from crossfade.mysql.transaction import Transaction
from tests.conformance.backend import Backend, Clock, load_contract, schema_of
from tests.conformance.samples import Shop, user
from tests.integration.servers import load_schema


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """An engine on the shop's tables."""
    load_schema(url, Path(schema_of("shop")))
    made = create(url, timeouts=Timeouts(lock=1))
    yield made
    made.dispose()


@pytest.fixture
def backend(engine: sa.Engine) -> Backend:
    """The shop's store, empty."""
    clock = Clock()
    return Backend("mysql", MySQLStore(load_contract("shop"), engine, clock=clock), clock)


def _kill(engine: sa.Engine, connection: sa.Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    with sa.create_engine(engine.url).connect() as other:
        other.exec_driver_sql(f"KILL {driver.thread_id()}")
        other.engine.dispose()


def _kill_at_commit(engine: sa.Engine) -> None:
    """End the connection of the next commit before it is sent."""
    event.listen(engine, "commit", lambda connection: _kill(engine, connection), once=True)


def test_a_read_that_is_refused_ends_the_unit(backend: Backend) -> None:
    shop = Shop(backend)
    with backend.work() as first, backend.work() as second:
        first.repository("USER").update(shop.buyer["id"], {"first_name": "A"})
        second.repository("USER").create(user(7))
        with pytest.raises(Conflict):
            second.repository("USER").get(shop.buyer["id"])
        with pytest.raises(WorkClosed):
            second.commit()
    assert backend.of("USER").find("by_username", username="user7").items == []


def test_what_was_read_is_held(backend: Backend) -> None:
    shop = Shop(backend)
    with backend.work() as work:
        assert work.repository("PRODUCT").get(shop.product["id"]) is not None
        with pytest.raises(Conflict):
            backend.of("PRODUCT").update(shop.product["id"], {"name": "x"})
        # What it is joined with is not.
        assert backend.of("USER").get(shop.seller["id"]) is not None


def test_an_absent_key_stays_absent(backend: Backend) -> None:
    shop = Shop(backend)
    line = {"user_id": shop.buyer["id"], "product_id": shop.product["id"], "quantity": 1}
    with backend.work() as work:
        key = {"user_id": shop.buyer["id"], "product_id": shop.product["id"]}
        assert work.repository("CART").get(key) is None
        with pytest.raises(Conflict):
            backend.of("CART").create(line)
        work.repository("CART").create(line)
        work.commit()
    assert backend.of("CART").count("for_user", user_id=shop.buyer["id"]) == 1


def test_a_create_whose_commit_is_lost(engine: sa.Engine, backend: Backend) -> None:
    assert backend.of("USER").get(1) is None
    _kill_at_commit(engine)
    with pytest.raises(OutcomeUnknown) as caught:
        backend.of("USER").create(user(1))
    assert (caught.value.entity, caught.value.operation, caught.value.store) == ("USER", "create", "mysql")
    assert backend.of("USER").create(user(1))["username"] == "user1"


def test_a_create_whose_connection_is_lost_before(
    engine: sa.Engine, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backend.of("USER").get(1) is None
    write = Transaction.write

    def killing(transaction: Transaction, *statement: Any) -> Any:
        monkeypatch.undo()
        _kill(engine, transaction.connection)
        return write(transaction, *statement)

    monkeypatch.setattr(Transaction, "write", killing)
    with pytest.raises(StoreUnavailable):
        backend.of("USER").create(user(1))
    assert backend.of("USER").create(user(1))["username"] == "user1"


def test_a_batch_whose_commit_is_lost_tells_every_key(engine: sa.Engine, backend: Backend) -> None:
    made = [backend.of("USER").create(user(n)) for n in (1, 2)]
    _kill_at_commit(engine)
    result = backend.of("USER").put_many([{**entity, "first_name": "x"} for entity in made])
    assert result.written == []
    assert [type(error) for _, error in result.failed] == [OutcomeUnknown, OutcomeUnknown]
