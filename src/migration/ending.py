"""What a backfill does once every row is copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crossfade.dynamodb.calls import Calls
from crossfade.migration.counters import Counters
from crossfade.migration.events import CounterRaised
from crossfade.migration.stores import Stores


def raise_counters(stores: Stores, entities: Iterable[str]) -> Iterator[CounterRaised]:
    """Let new entities get ids behind those of the source. A counter is never lowered.

    Raises:
        StoreError: a store cannot be reached.
    """
    counters = Counters(stores, Calls(stores.dynamodb.clients))
    for name in entities:
        value = counters.raise_(name)
        if value is not None:
            yield CounterRaised(name, value)
