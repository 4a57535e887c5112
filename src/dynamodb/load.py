"""Writing many items that must not replace any: exact about each, and as safe to repeat as not."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crossfade.dal.errors import CapacityExceeded, StoreError
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.limits import MAX_BATCH_WRITE, chunks
from crossfade.dynamodb.load_ways import Answered, Outcomes, Ways, passing
from crossfade.dynamodb.outcomes import Loaded, Pace
from crossfade.dynamodb.partiql import MAX_STATEMENTS
from crossfade.dynamodb.ready import Ready
from crossfade.dynamodb.retry import Pacer
from crossfade.dynamodb.steps import Flight, Steps

Mode = Literal["insert", "put", "replace"]
"""How items are written: by INSERT statements; by PutItem on the condition that there is none; by BatchWriteItem, which
replaces what is there."""

_IN_FLIGHT = 4  # requests of one worker at a time, where the transport can have several


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch in flight: its items, their places, the units taken for them, and what becomes of them."""

    batch: Sequence[Ready]
    places: Sequence[int]
    taken: float
    flight: Flight[Answered | StoreError]


@dataclass(slots=True)
class _Found:
    """What is known so far.

    Attributes:
        outcomes: of each item.
        units: write units consumed.
        error: why a request of the last round was made in vain.
        behind: whether something of the last round is to be sent again.
    """

    outcomes: Outcomes
    units: float = 0.0
    error: StoreError | None = None
    behind: bool = False


class Loader:
    """Writes items. Safe to share between threads.

    Several requests are in flight at a time, each on a connection of its own: the next is made while DynamoDB works on
    those before it. Whenever somebody has to wait, or to send something again, all of them are answered first.

    A request whose reply was lost is sent again: what it had written then counts as present.

    Args:
        clients: what to send with; the one for writes must not retry by itself.
        mode: how.
        pace: how fast.
        pacer: when to try again what DynamoDB refused for load, or did not answer; its time begins anew with every
            item that is written.
    """

    def __init__(self, clients: Clients, *, mode: Mode, pace: Pace, pacer: Pacer) -> None:
        self._pace, self._pacer = pace, pacer
        ways = Ways(Calls(clients, capacity=True), pace)
        self._size, self._way = {
            "insert": (MAX_STATEMENTS, ways.insert),
            "put": (1, ways.put),
            "replace": (MAX_BATCH_WRITE, ways.replace),
        }[mode]

    def load(self, items: Sequence[Ready]) -> Loaded:
        """Write items, no two of them under one key.

        Raises:
            CapacityExceeded, StoreUnavailable, Unclear: DynamoDB took none for as long as the pacer tries; some may
                have been written. Safe to repeat.
            SchemaMismatch: a table is gone.
            ConfigurationError: the credentials are gone.
        """
        found = _Found([None] * len(items))
        left: Sequence[int] = range(len(items))
        while left:
            for number in self._pacer.tries():
                if number == 1 and found.error is not None:
                    continue  # what was made in vain is not made again at once
                self._round(items, left, found)
                before, left = len(left), [i for i in left if found.outcomes[i] is None]
                if len(left) < before:
                    break
            else:
                raise found.error or CapacityExceeded("DynamoDB left it unwritten", store=STORE)
        return Loaded(tuple([o for o in found.outcomes if o is not None]), found.units)

    def _round(self, items: Sequence[Ready], left: Sequence[int], found: _Found) -> None:
        """Send what is left, up to where something of it is to be sent again."""
        found.error, found.behind = None, False
        flying: deque[_Sent] = deque()
        try:
            for places in chunks(left, self._size):
                self._land(flying, _IN_FLIGHT - 1, found)
                if found.behind:
                    break
                batch = [items[i] for i in places]
                taken = _units(batch)
                if wait := self._pace.take(taken):
                    self._land(flying, 0, found)
                    self._pacer.sleep(wait)
                flying.append(_Sent(batch, places, taken, Flight(self._asked(batch))))
                if flying[-1].flight.landed:
                    self._land(flying, 0, found)
            self._land(flying, 0, found)
        finally:
            for sent in flying:
                sent.flight.give_up()

    def _asked(self, batch: Sequence[Ready]) -> Steps[Answered | StoreError]:
        """What became of a batch, or why nothing did."""
        try:
            return (yield from self._way(batch))
        except StoreError as error:
            return error

    def _land(self, flying: deque[_Sent], most: int, found: _Found) -> None:
        """Wait for the oldest requests until so many are in flight at most, and note what became of them."""
        while len(flying) > most:
            sent = flying.popleft()
            answered = sent.flight.land()
            if isinstance(answered, StoreError):
                self._pace.consumed(sent.taken, 0)
                if not passing(answered):
                    raise answered
                if isinstance(answered, CapacityExceeded):
                    self._pace.throttled()
                found.error, found.behind = answered, True
                continue
            outcomes, told = answered
            whole = all(outcomes)
            units = sent.taken if whole else _units([i for i, o in zip(sent.batch, outcomes, strict=True) if o])
            units = units if told is None else told
            self._pace.consumed(sent.taken, units)
            found.units += units
            found.behind = found.behind or not whole
            for place, outcome in zip(sent.places, outcomes, strict=True):
                found.outcomes[place] = outcome


def _units(items: Sequence[Ready]) -> float:
    return float(sum([item.units for item in items]))
