"""Single calls on DynamoDB: whole calls of a repository, entity in and entity out, against other clients."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from benchmarks.articles import answers, item, stored
from benchmarks.contest import Cheaper, Contest, Contestant
from benchmarks.floor import floor
from benchmarks.sink import sink

_MODE = "14 attributes, 543 bytes on the wire; defaults of every client; constant server"
_PRODUCT_MODE = "the shop's PRODUCT: 16 attributes, 599 bytes on the wire; defaults of every client; constant server"
_WRITES_MODE = "the shop's PRODUCT; boto3 checks and joins nothing; defaults of both; DynamoDB Local in a container"
_TITLES = {"get": "get", "put": "put", "query": "query of 100 entities", "batch": "batch write of 25"}
_GOALS = {"get": (6.0, 1.5), "put": (6.0, 1.5), "query": (10.0, 2.0), "batch": (15.0, 2.5)}


def contests() -> list[Contest]:
    """One for each operation, and two of the shop's PRODUCT."""
    plain = [
        Contest(
            operation,
            title,
            _MODE,
            partial(_entered, operation),
            goals=(Cheaper("boto3 Table", _GOALS[operation][0]), Cheaper("aiodynamo", _GOALS[operation][1])),
        )
        for operation, title in _TITLES.items()
    ]
    product = [
        Contest(f"product_{operation}", f"{_TITLES[operation]}, PRODUCT", _PRODUCT_MODE, partial(_product, operation))
        for operation in ("get", "query")
    ]
    writes = [
        Contest(f"product_{operation}", title, _WRITES_MODE, partial(_product_write, operation))
        for operation, title in (("put", "put, PRODUCT"), ("update", "update of one field, PRODUCT"))
    ]
    return [*plain, *product, *writes]


@contextmanager
def _entered(operation: str) -> Iterator[Sequence[Contestant]]:
    from benchmarks.clients import clients, environment  # noqa: PLC0415 - naming the contests loads no client

    # Each client finds what it would have written itself.
    with sink(answers(stored)) as ours, sink(answers(item)) as theirs:
        os.environ.update(environment(ours))
        with clients(theirs) as all_of_them, floor(theirs, operation) as least:
            yield [*(one.contestant(operation) for one in all_of_them), least]


@contextmanager
def _product(operation: str) -> Iterator[Sequence[Contestant]]:
    from benchmarks.products import contestants  # noqa: PLC0415 - as above

    with contestants(operation) as reading:
        yield reading


@contextmanager
def _product_write(operation: str) -> Iterator[Sequence[Contestant]]:
    from benchmarks.product_writes import contestants  # noqa: PLC0415 - as above

    with contestants(operation) as writing:
        yield writing
