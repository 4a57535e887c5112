"""Moving data: whole backfills and verifications, from MySQL in a container, against what one would write instead."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contest import Cheaper, Contest, Contestant, repeated

if TYPE_CHECKING:
    from crossfade.migration.stores import Stores

ROWS, PEER_ROWS = 100_000, 4_000
_MODE = "14 columns of MySQL in a container, {}; whole runs of {:,} rows with 4 workers; constant server"
_WRITER, _ORM = "PyMySQL + batch_writer", "ORM + Table.query"


def contests() -> list[Contest]:
    """Backfill and verify."""
    fast = _MODE.format("read by mysqlclient if not said otherwise", ROWS)
    return [
        Contest("backfill", "backfill", fast, _backfills, goals=(Cheaper(_WRITER, 20.0),), unit="row"),
        Contest("verify", "verify", fast, _verifications, goals=(Cheaper(_ORM, 10.0),), unit="row"),
    ]


def drivers(url: str) -> tuple[str, str]:
    """A database's URL for PyMySQL and for mysqlclient."""
    plain = url.split("?", maxsplit=1)[0]
    return f"{plain}?charset=utf8mb4", plain.replace("+pymysql", "+mysqldb")


@contextmanager
def opened(url: str) -> Iterator[Stores]:
    """The stores of the sales, on the DynamoDB that the environment says."""
    from benchmarks.sales import contract  # noqa: PLC0415 - naming the contests loads nothing
    from crossfade.app import open_stores  # noqa: PLC0415 - as above

    with open_stores(contract(), mysql_url=url) as stores:
        yield stores


@contextmanager
def _entered(items: bool) -> Iterator[tuple[str, str, Stores, Stores, Path]]:
    """The databases' URL and DynamoDB's, the stores by driver, and a folder."""
    from benchmarks.holding import holding  # noqa: PLC0415 - as above
    from benchmarks.sales import CREDENTIALS, KEY, sales, server  # noqa: PLC0415 - as above
    from crossfade.dynamodb import create_client, create_tables  # noqa: PLC0415 - as above

    os.environ.update(CREDENTIALS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(sales(stack.enter_context(server()), ROWS))
        plain, fast = drivers(url)
        os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"  # nothing is asked of it
        # Nothing of them stays here, where the garbage collector would look through them again and again.
        os.environ["AWS_ENDPOINT_URL"] = endpoint = stack.enter_context(
            holding(KEY, partial(_items, plain) if items else tuple)
        )
        both = [stack.enter_context(opened(one)) for one in (plain, fast)]
        create_tables(create_client(), both[0].contract, "")
        yield url, endpoint, both[0], both[1], folder


def _items(url: str) -> list[Any]:
    """Every item, as it is to be."""
    from crossfade.dynamodb.expected import expected_items  # noqa: PLC0415 - as above
    from crossfade.mysql.scan import Scan, Span  # noqa: PLC0415 - as above

    with opened(url) as stores:
        layout = stores.dynamodb.layout
        records = Scan(stores.mysql, "SALE").read(Span(), ROWS).records
        return [item.stamped("0" * 32) for record in records for item in expected_items(layout, "SALE", record)]


# ---------------------------------------------------------------------------------------------------- backfill


@contextmanager
def _backfills() -> Iterator[Sequence[Contestant]]:
    with _entered(items=False) as (url, endpoint, plain, fast, folder):
        names = count()

        def copies(name: str, stores: Stores, *, offline: bool) -> Contestant:
            return Contestant(name, repeated(partial(copy, stores, folder, names, offline=offline)), ROWS)

        yield [
            copies("crossfade", fast, offline=True),
            copies("crossfade, absent only", fast, offline=False),
            copies("crossfade on PyMySQL", plain, offline=True),
            copies("crossfade on PyMySQL, absent only", plain, offline=False),
            Contestant(_WRITER, repeated(partial(_written, url, endpoint)), PEER_ROWS),
        ]


def copy(stores: Stores, folder: Path, names: Iterator[int], *, offline: bool) -> None:
    """A backfill, from the first row to the last."""
    from crossfade.migration.backfill import backfill  # noqa: PLC0415 - as above
    from crossfade.migration.options import BackfillOptions  # noqa: PLC0415 - as above

    options = BackfillOptions(offline=offline, checkpoint=str(folder / f"backfill-{next(names)}"))
    result = backfill(stores, options, lambda event: None)
    if (result.status, result.counts.written) != ("complete", ROWS):
        raise RuntimeError(f"not every row was copied: {result}")


def _written(url: str, endpoint: str) -> None:
    """What one writes without crossfade."""
    import boto3  # noqa: PLC0415 - as above
    import pymysql  # noqa: PLC0415 - as above
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - as above

    of = make_url(url)
    table = boto3.resource("dynamodb", endpoint_url=endpoint, region_name="eu-central-1").Table("Sales")
    connection = pymysql.connect(
        host=of.host, port=of.port or 3306, user=of.username, password=of.password or "", database=of.database,
        charset="utf8mb4", cursorclass=pymysql.cursors.SSDictCursor,
    )  # fmt: skip
    with connection, connection.cursor() as cursor, table.batch_writer() as batch:
        cursor.execute("SELECT * FROM sales ORDER BY id LIMIT %s", [PEER_ROWS])
        for row in cursor:
            batch.put_item(Item=_item(row))


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's item, as `batch_writer` takes it."""
    plain = {name: _text(value) for name, value in row.items()}
    keys = {"PK": f"SHOP#{row['shop']}", "SK": f"SALE#{row['id']:012d}", "GSI1PK": f"STATUS#{row['status']}"}
    return {**plain, "gift": bool(row["gift"]), "_type": "SALE", **keys}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds") + "Z"
    return value.isoformat() if isinstance(value, date) else value


# ------------------------------------------------------------------------------------------------------ verify


@contextmanager
def _verifications() -> Iterator[Sequence[Contestant]]:
    with _entered(items=True) as (url, endpoint, plain, fast, folder):
        names = count()

        def verifies(name: str, stores: Stores, *, extras: bool = False) -> Contestant:
            return Contestant(name, repeated(partial(verify, stores, folder, names, extras=extras)), ROWS)

        yield [
            verifies("crossfade", fast),
            verifies("crossfade, and every item against its row", fast, extras=True),
            verifies("crossfade on PyMySQL", plain),
            Contestant(_ORM, repeated(_compared(url, endpoint)), PEER_ROWS),
        ]


def verify(stores: Stores, folder: Path, names: Iterator[int], *, extras: bool) -> None:
    """A verification of every row, and of every item where `extras` says so."""
    from crossfade.migration.checkpoint import open_checkpoint  # noqa: PLC0415 - as above
    from crossfade.migration.verify import Verification, VerifyOptions  # noqa: PLC0415 - as above

    checkpoint = open_checkpoint(
        str(folder / f"verify-{next(names)}"), kind="verify", fingerprint="benchmark", about={}, stores=stores
    )
    with checkpoint:
        total = Verification(stores, VerifyOptions(extras=extras), checkpoint).run().total
    if (total.equal, total.different) != (ROWS, 0):
        raise RuntimeError(f"the stores are not equal: {total}")


def _compared(url: str, endpoint: str) -> Callable[[], None]:
    """What one writes without crossfade: a shop's rows and its items, field by field."""
    import boto3  # noqa: PLC0415 - as above
    from boto3.dynamodb.conditions import Key  # noqa: PLC0415 - as above
    from sqlalchemy import create_engine, select  # noqa: PLC0415 - as above
    from sqlalchemy.ext.automap import automap_base  # noqa: PLC0415 - as above
    from sqlalchemy.orm import Session  # noqa: PLC0415 - as above

    table = boto3.resource("dynamodb", endpoint_url=endpoint, region_name="eu-central-1").Table("Sales")
    engine = create_engine(url)
    base = automap_base()
    base.prepare(autoload_with=engine)
    sale = base.classes.sales
    names = [column.name for column in sale.__table__.columns]

    def run() -> None:
        with Session(engine) as session:
            for shop in range(PEER_ROWS // 100):
                found = session.scalars(select(sale).where(sale.shop == f"S{shop}").order_by(sale.id)).all()
                page = table.query(KeyConditionExpression=Key("PK").eq(f"SHOP#S{shop}"), ConsistentRead=True)
                items = {item["SK"]: item for item in page["Items"]}
                for row in found:
                    wanted = _item({name: getattr(row, name) for name in names})
                    there = items[wanted["SK"]]
                    differing = [name for name, value in wanted.items() if there[name] != value]
                    if differing:
                        raise RuntimeError(f"{wanted['SK']} differs: {differing}")
                session.expunge_all()

    return run
