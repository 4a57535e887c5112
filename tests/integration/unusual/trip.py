"""The way of every row of a contract: from MySQL into DynamoDB's items, and from these into another database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crossfade.app import open_stores
from crossfade.contract.model import Contract
from crossfade.migration.backfill import backfill
from crossfade.migration.checkpoint import open_checkpoint
from crossfade.migration.options import BackfillOptions, BackfillResult
from crossfade.migration.reverse import backfill_reverse
from crossfade.migration.stores import Stores
from crossfade.migration.verify import Verification, VerifyOptions
from tests.integration.servers import DynamoServer

Run = Callable[..., BackfillResult]


@contextmanager
def opened(contract: Contract, url: str, server: DynamoServer, prefix: str) -> Iterator[Stores]:
    """Both stores."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        with open_stores(contract, mysql_url=url, table_prefix=prefix) as stores:
            yield stores


def there(contract: Contract, url: str, server: DynamoServer, prefix: str, folder: Path) -> None:
    """Every row of a database as an item, by a backfill; a verification finds nothing that differs."""
    moved(backfill, contract, url, server, prefix, folder)


def back(contract: Contract, url: str, server: DynamoServer, prefix: str, folder: Path) -> None:
    """Every item as rows of an empty database; a verification finds nothing that differs."""
    moved(backfill_reverse, contract, url, server, prefix, folder)


def moved(run: Run, contract: Contract, url: str, server: DynamoServer, prefix: str, folder: Path) -> None:
    """Everything, either way, and equal afterwards."""
    with opened(contract, url, server, prefix) as stores:
        options = BackfillOptions(checkpoint=str(folder / f"{prefix}{run.__name__}.json"))
        done = run(stores, options, lambda event: None)
        assert (done.status, done.counts.dead) == ("complete", 0), done
        chosen = VerifyOptions(looks=0)
        where = str(folder / f"{prefix}{run.__name__}-verify.json")
        held = open_checkpoint(where, kind="verify", fingerprint="", about=chosen.about(), stores=stores)
        with held:
            report = Verification(stores, chosen, held).run()
    assert report.differences == ()
    assert report.equal
    assert report.total.rows == done.counts.written
