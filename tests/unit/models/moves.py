"""Copying back an entity whose item key changes: it moves between places, goes, comes back, and others take its places.

The changes of one place come in order, those of two places do not. Copying holds the key's row, so there is one copy
at a time; what the application does meanwhile stands between its reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.unit.models.register import GONE

RULES = {
    "name": "the tombstone of what moved names the place where it is now",
    "follow": "who copies back follows the names",
    "place": "a row is deleted only by a tombstone at, or a way from, the place that the row was copied from",
    "owner": "an item of another entity means that this one is not there, not that it is to be left alone",
}

PLACES = range(3)


class Held(NamedTuple):
    """What is at a place: the entity's item, its tombstone (no value), which may name another place, or another's."""

    value: int = GONE
    to: int | None = None
    foreign: bool = False


class Row(NamedTuple):
    """The row, and the place it was copied from."""

    value: int
    place: int


class Copy(NamedTuple):
    """A copy back under way: for a change at `of`, reading `place` next, having come by `way`; then what it found.

    `kept`: the entity was not deleted since it was found; `foreign`: another's item was.
    """

    of: int
    place: int
    way: frozenset[int] = frozenset()
    ready: bool = False
    found: Row | None = None
    kept: bool = False
    foreign: bool = False


class State(NamedTuple):
    """Everything.

    `at`: where the entity is; `changed`: the places with changes in the stream; `kept`: it was not deleted since the
    row was copied; `fault`: what went wrong on the way.
    """

    places: tuple[Held | None, ...]
    at: int | None
    row: Row | None
    changed: frozenset[int]
    copy: Copy | None
    writes: int = 0
    kept: bool = True
    fault: str = ""


@dataclass(frozen=True)
class Moves:
    """A model: an entity that is there at first, and any `writes` writes of it and of others."""

    writes: int
    without: frozenset[str] = frozenset()

    @property
    def start(self) -> State:
        """The first state: the entity at the first place, and its row equal."""
        places = (Held(1), *(None for _ in PLACES[1:]))
        return State(places, 0, Row(1, 0), frozenset(), None)

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """What the application and the relay can do."""
        if state.writes < self.writes:
            yield from self._write(state._replace(writes=state.writes + 1))
        if state.copy is None:
            for place in sorted(state.changed):
                taken = state._replace(changed=state.changed - {place}, copy=Copy(place, place))
                yield f"relay takes the change at {place}", taken
        else:
            yield self._read(state, state.copy) if not state.copy.ready else self._commit(state, state.copy)
            again = state.changed | {state.copy.of}
            yield "relay dies", state._replace(copy=None, changed=again)

    def wrong(self, state: State, terminal: bool) -> str | None:
        """In the end the row is what the item is, and on the way a move was not taken for a delete."""
        held = None if state.at is None else state.places[state.at]
        value, row = held.value if held else GONE, state.row.value if state.row else GONE
        differs = f"the item is {value}, and the row is {row}" if terminal and value != row else None
        return state.fault or differs

    # --------------------------------------------------------------------- the application

    def _write(self, state: State) -> Iterator[tuple[str, State]]:
        at, value = state.at, state.writes + 1
        for place in PLACES:
            held = state.places[place]
            if held is not None and held.value == GONE and not held.foreign:
                yield f"another takes {place}", self._set(state, {place: Held(foreign=True)})
            if held is not None and held.foreign:
                continue
            if at is None or place == at:
                done = self._set(state, {place: Held(value)})._replace(at=place)
                yield f"application writes {value} at {place}", done
            else:
                left = Held(to=None if "name" in self.without else place)
                moved = self._set(state, {at: left, place: Held(value)})._replace(at=place)
                yield f"application moves it to {place}, as {value}", moved
        if at is not None:
            copy = state.copy and state.copy._replace(kept=False)
            gone = self._set(state, {at: Held()})._replace(at=None, kept=False, copy=copy)
            yield f"application deletes it at {at}", gone

    def _set(self, state: State, held: dict[int, Held]) -> State:
        places = tuple(held.get(place, state.places[place]) for place in PLACES)
        return state._replace(places=places, changed=state.changed.union(held))

    # --------------------------------------------------------------------- the relay

    def _read(self, state: State, copy: Copy) -> tuple[str, State]:
        held, way = state.places[copy.place], copy.way | {copy.place}
        label = f"relay reads {held}"
        if held is None or (held.foreign and "owner" in self.without):
            return label, state._replace(copy=None)
        if held.to is not None:
            following = copy._replace(place=held.to, way=way) if "follow" not in self.without else None
            return label, state._replace(copy=following)
        found = Row(held.value, copy.place) if held.value != GONE else None
        ready = Copy(copy.of, copy.place, way, ready=True, found=found, kept=found is not None, foreign=held.foreign)
        return label, state._replace(copy=ready)

    def _commit(self, state: State, copy: Copy) -> tuple[str, State]:
        if copy.found is not None:
            copied = state._replace(row=copy.found, kept=copy.kept, copy=None)
            return f"relay commits {copy.found}", copied
        if state.row is None or (state.row.place not in copy.way and "place" not in self.without):
            return "relay leaves the row", state._replace(copy=None)
        fault = "a move was taken for a delete" if state.kept and not copy.foreign else ""
        return "relay deletes the row", state._replace(row=None, kept=False, copy=None, fault=fault)


MODELS = {"three places": Moves(4)}
