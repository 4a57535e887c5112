"""Stubbed clients: every request is compared with what the test expects, nothing is sent, nobody sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.stub import Stubber

from crossfade.dynamodb.calls import Calls, Requested
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.retry import Pacer, Retry

_CONFIG = Config(retries={"total_max_attempts": 1})
_SESSION = boto3.session.Session(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


def stubbed() -> tuple[Any, Stubber]:
    """A client and its stubber."""
    client = _SESSION.client("dynamodb", config=_CONFIG)
    return client, Stubber(client)


@dataclass
class Fake:
    """Calls on stubbed clients.

    Attributes:
        reads, writes: what the two clients are to be asked.
        calls: the object under test.
        slept: the delays, in seconds.
        events: what was told.
    """

    reads: Stubber
    writes: Stubber
    calls: Calls
    slept: list[float] = field(default_factory=list)
    events: list[Requested] = field(default_factory=list)


@contextmanager
def fake(attempts: int = 3, **options: Any) -> Iterator[Fake]:
    """Stubbed calls; at the end everything expected must have been asked for."""
    (reader, reads), (writer, writes) = stubbed(), stubbed()
    made = Fake(reads, writes, calls=None)  # type: ignore[arg-type]  # set in the next lines, which need `made`
    pacer = Pacer(Retry(attempts=attempts), sleep=made.slept.append, clock=lambda: 0.0, draw=lambda low, high: low)
    made.calls = Calls(Clients(reader, writer), pacer=pacer, on_event=made.events.append, **options)
    with reads, writes:
        yield made
        reads.assert_no_pending_responses()
        writes.assert_no_pending_responses()
