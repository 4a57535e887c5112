"""What a run tells while it goes on; plain values, for progress bars, lines, logs and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Planned:
    """What lies ahead, told once at the beginning.

    Attributes:
        run: the run's id.
        rows: how many rows there are to copy, by entity; of a run that goes on, what earlier ones copied included.
        done: how many of them earlier runs have copied.
        workers: how many chunks are copied at a time.
        resumed: whether an earlier run is gone on with.
        checkpoint: where the checkpoint is.
    """

    run: str
    rows: Mapping[str, int]
    done: Mapping[str, int]
    workers: int
    resumed: bool
    checkpoint: str


@dataclass(frozen=True, slots=True)
class ChunkBegun:
    """A chunk is being copied; `after` and `until` are the ends of its span, as JSON holds them."""

    run: str
    entity: str
    after: list[str] | None
    until: list[str] | None
    limit: int


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """A chunk has been copied, and the checkpoint holds it.

    Attributes:
        rows, written, present, expired, dead: of this chunk: rows read; of them written, there already, expired,
            and left to the dead letters.
        seconds: how long it took.
        units: write units consumed.
        limit: the current limit of write units a second; None for none.
    """

    run: str
    entity: str
    after: list[str] | None
    last: list[str] | None
    rows: int
    written: int
    present: int
    expired: int
    dead: int
    seconds: float
    units: float
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class PageDone:
    """Rows have been made of some items (the way back), and the checkpoint holds it.

    Attributes:
        table: where the items lie, by its full name.
        rows, written, present, expired, dead: of these items: read; of them rows written, there already, expired, and
            left to the dead letters.
        waiting: what they refer to is not there yet; they are tried again.
        seconds: how long it took.
    """

    run: str
    table: str
    rows: int
    written: int
    present: int
    expired: int
    dead: int
    waiting: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Paused:
    """No chunk is begun for now; `reason` is why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Continued:
    """Chunks are begun again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the user should know: a fallback, knobs that changed or are bad, what cannot be measured."""

    message: str


@dataclass(frozen=True, slots=True)
class CounterRaised:
    """The next id of an entity follows `value`."""

    entity: str
    value: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of the run, and the totals of every run since the first.

    Attributes:
        status: `complete`; `interrupted`, by a signal; `stopped`, by an error.
        rows, written, present, expired, dead: see `ChunkDone`.
        units: write units consumed.
        cost: what they cost on demand, in `currency`.
        seconds: how long this run took.
        already: whether earlier runs had come to the end: this one did nothing.
    """

    status: str
    rows: int
    written: int
    present: int
    expired: int
    dead: int
    units: float
    cost: str
    currency: str
    seconds: float
    already: bool = False


Event = Planned | ChunkBegun | ChunkDone | PageDone | Paused | Continued | Told | CounterRaised | Finished


def as_json(event: Event) -> dict[str, Any]:
    """An event as JSON holds it, with its kind under `event`."""
    found = {name: getattr(event, name) for name in event.__dataclass_fields__}
    return {"event": _KINDS[type(event)], **found}


_KINDS: Mapping[type, str] = {
    Planned: "planned",
    ChunkBegun: "chunk_begun",
    ChunkDone: "chunk_done",
    PageDone: "page_done",
    Paused: "paused",
    Continued: "continued",
    Told: "told",
    CounterRaised: "counter_raised",
    Finished: "finished",
}
