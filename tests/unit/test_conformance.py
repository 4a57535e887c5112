"""The conformance tests on what needs no server: memory, SQLite, and moto in the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from moto import mock_aws

from tests.conformance.collecting import collect
from tests.conformance.opening import Memory, Moto, Opener, Sqlite

Opening = Callable[[str], Opener]

collect(globals(), ["memory", "sqlite", "moto"])


@pytest.fixture(scope="module")
def open_memory() -> Opening:
    """Opens memory stores."""
    return cache(Memory)


@pytest.fixture(scope="module")
def open_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opening]:
    """Opens SQLite stores."""
    opened: dict[str, Sqlite] = {}

    def opener(contract: str) -> Sqlite:
        if contract not in opened:
            opened[contract] = Sqlite(contract, tmp_path_factory.mktemp("sqlite"))
        return opened[contract]

    yield opener
    for one in opened.values():
        one.close()


@pytest.fixture(scope="module")
def open_moto() -> Iterator[Opening]:
    """Opens DynamoDB stores on an imitation."""
    settings = {
        "endpoint_url": None,
        "region_name": "us-east-1",
        "aws_access_key_id": "moto",
        "aws_secret_access_key": "moto",
    }
    with mock_aws():
        opener = cache(lambda contract: Moto("moto", contract, f"{contract}_", settings))
        yield opener
        for contract in ("shop", "library"):
            opener(contract).close()
