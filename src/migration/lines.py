"""A run's events as lines of text. Pure."""

from __future__ import annotations

from decimal import Decimal

from crossfade.contract.plural import several
from crossfade.migration.events import (
    ChunkDone,
    Continued,
    CounterRaised,
    Event,
    Finished,
    PageDone,
    Paused,
    Planned,
    Told,
)


class Lines:
    """Makes the lines of one run."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._done: dict[str, int] = {}

    def told(self, event: Event) -> str | None:
        """The line for an event, or None."""
        match event:
            case Planned():
                self._rows, self._done = dict(event.rows), dict(event.done)
                done = f", {sum(event.done.values()):,} of them copied by earlier runs" if event.resumed else ""
                rows = several(sum(event.rows.values()), "row")
                return (
                    f"run {event.run}: {rows} of {several(len(event.rows), 'entity', 'entities')}{done}; "
                    f"{several(event.workers, 'worker')}; {event.checkpoint}"
                )
            case ChunkDone():
                self._done[event.entity] = self._done.get(event.entity, 0) + event.rows
                rate = event.rows / event.seconds if event.seconds else 0
                dead = f", {several(event.dead, 'dead letter')}" if event.dead else ""
                return (
                    f"{event.entity}: {self._done[event.entity]:,} of {several(self._rows.get(event.entity, 0), 'row')}"
                    f" ({rate:,.0f}/s in this chunk{dead})"
                )
            case PageDone():
                self._done[event.table] = self._done.get(event.table, 0) + event.rows
                dead = f", {several(event.dead, 'dead letter')}" if event.dead else ""
                return (
                    f"{event.table}: {several(self._done[event.table], 'item')} read; "
                    f"of the last {event.rows:,}, {event.written:,} written, {event.waiting:,} waiting{dead}"
                )
            case Paused():
                return f"paused: {event.reason}"
            case Continued():
                return f"going on: {event.reason}"
            case Told():
                return event.message
            case CounterRaised():
                return f"{event.entity}: new ids follow {event.value}"
            case Finished():
                took = f"{event.units:,.0f} write units, {Decimal(event.cost):,.2f} {event.currency}"
                if event.already:
                    return f"complete already, nothing done now; by earlier runs: {took}"
                return f"{event.status}: {took}, {event.seconds:.1f} s"
            case _:
                return None
