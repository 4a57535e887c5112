"""The conformance tests on what needs no server: memory, SQLite, and moto in the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.conformance.collecting import collect
from tests.conformance.opening import Memory, Moto, Opener, Sqlite
from tests.unit.imitation import SETTINGS, imitation

Opening = Callable[[str], Opener]

collect(globals(), ["memory", "sqlite", "moto", "moto_tombstones"])


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
def moto() -> Iterator[None]:
    """One imitation for both kinds of store on it."""
    with imitation():
        yield


def moto_opening(kind: str, *, tombstones: bool) -> Iterator[Opening]:
    """Opens DynamoDB stores on an imitation."""
    settings = {"endpoint_url": None, **SETTINGS}
    opener = cache(lambda contract: Moto(kind, contract, f"{kind}_{contract}_", settings, tombstones=tombstones))
    yield opener
    for contract in ("shop", "library"):
        opener(contract).close()


@pytest.fixture(scope="module")
def open_moto(moto: None) -> Iterator[Opening]:
    """Opens DynamoDB stores on an imitation, whose deletes leave nothing."""
    yield from moto_opening("moto", tombstones=False)


@pytest.fixture(scope="module")
def open_moto_tombstones(moto: None) -> Iterator[Opening]:
    """Opens DynamoDB stores on an imitation, whose deletes leave tombstones."""
    yield from moto_opening("moto_tombstones", tombstones=True)
