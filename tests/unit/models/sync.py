"""The forward sync of one key: writers, the relay and a backfill, with crashes and requests that arrive late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.unit.models.register import GONE, Item, Request, put, rev_of, value_of

RULES = {
    "condition": "an item is written only if it is still the one that was read",
    "write equal": "it is written also where nothing changes",
    "read first": "the item is read before the row is",
    "tombstone": "a row that is gone leaves a tombstone",
    "absent only": "the backfill writes only what is not there",
    "own rows": "the relay deletes only the outbox rows that it took before it read",
    "outbox": "a commit leaves an outbox row",
}

Entry = tuple[int, int]


class Actor(NamedTuple):
    """A writer, or the relay.

    `done`: how many of its writes it made. `at`: idle, then look, project and put; or dead. `entry`: the outbox row
    that it syncs for; `seen` and `value`: what it saw of the item, and of the row.
    """

    done: int = 0
    at: str = "idle"
    entry: Entry | None = None
    seen: int | None = None
    value: int = GONE


class State(NamedTuple):
    """Everything. `late`: the requests under way whose sender no longer waits; `losses`: how many more may be lost."""

    row: int
    item: Item | None
    outbox: frozenset[Entry]
    actors: tuple[Actor, ...]
    backfill: str
    chunk: int
    late: tuple[Request, ...]
    losses: int
    token: int


@dataclass(frozen=True)
class Sync:
    """A model: what each writer writes, in order; and what was there before, for a backfill to copy.

    Attributes:
        programs: for each writer its values; `GONE` deletes.
        before: the row at first.
        backfill: whether there is a backfill.
        losses: how many requests may arrive late.
        without: the rules that are taken away.
    """

    programs: tuple[tuple[int, ...], ...]
    before: int = GONE
    backfill: bool = False
    losses: int = 0
    without: frozenset[str] = frozenset()

    @property
    def start(self) -> State:
        """The first state: the writers idle, and the relay after them."""
        actors = (Actor(),) * (len(self.programs) + 1)
        return State(
            self.before, None, frozenset(), actors, "read" if self.backfill else "done", GONE, (), self.losses, 0
        )

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """What any of them can do."""
        for number in range(len(self.programs)):
            yield from self._write(state, number)
        yield from self._take(state)
        for number in range(len(state.actors)):
            yield from self._sync(state, number)
        yield from self._backfill(state)
        for number, request in enumerate(state.late):
            rest = state.late[:number] + state.late[number + 1 :]
            yield f"late put of {request.value} arrives", self._put(state, request)._replace(late=rest)

    def wrong(self, state: State, terminal: bool) -> str | None:
        """In the end the item is what the row is."""
        if terminal and value_of(state.item) != state.row:
            return f"the row is {state.row}, and the item is {state.item}"
        return None

    # --------------------------------------------------------------------- writers and relay

    def _write(self, state: State, number: int) -> Iterator[tuple[str, State]]:
        actor, program = state.actors[number], self.programs[number]
        if actor.at == "idle" and actor.done < len(program):
            entry, value = (number, actor.done), program[actor.done]
            outbox = state.outbox if "outbox" in self.without else state.outbox | {entry}
            after = state._replace(row=value, outbox=outbox)
            yield f"w{number} commits {value}", _with(after, number, actor._replace(at=self._first, entry=entry))

    def _take(self, state: State) -> Iterator[tuple[str, State]]:
        number = len(self.programs)
        if state.actors[number].at == "idle":
            for entry in sorted(state.outbox):
                yield f"relay takes {entry}", _with(state, number, Actor(at=self._first, entry=entry))

    @property
    def _first(self) -> str:
        return "project" if "read first" in self.without else "look"

    def _sync(self, state: State, number: int) -> Iterator[tuple[str, State]]:
        actor, who = state.actors[number], self._name(number)
        after = {"look": "project", "project": "put"}
        if self._first == "project":
            after = {"project": "look", "look": "put"}
        if actor.at == "look":
            looked = actor._replace(at=after["look"], seen=rev_of(state.item))
            yield f"{who} reads item {state.item}", _with(state, number, looked)
        elif actor.at == "project":
            projected = actor._replace(at=after["project"], value=state.row)
            yield f"{who} reads row {state.row}", _with(state, number, projected)
        elif actor.at == "put":
            yield from self._puts(state, number)
        if actor.at in after or actor.at == "put":
            relay = number == len(self.programs)
            yield f"{who} dies", _with(state, number, Actor(at="idle" if relay else "dead"))

    def _puts(self, state: State, number: int) -> Iterator[tuple[str, State]]:
        actor, who = state.actors[number], self._name(number)
        request = Request(actor.value, actor.seen, always="condition" in self.without)
        again = actor._replace(at=self._first, seen=None, value=GONE)
        if "write equal" in self.without and state.item is not None and state.item.value == actor.value:
            yield f"{who} skips {actor.value}", self._settled(state, number)
            return
        if request.holds(state.item):
            yield f"{who} puts {actor.value}", self._settled(self._put(state, request), number)
        else:
            yield f"{who} is refused", _with(state, number, again)
        if state.losses:
            late = tuple(sorted((*state.late, request), key=repr))
            lost = state._replace(late=late, losses=state.losses - 1)
            yield f"{who}'s put of {actor.value} is held up", _with(lost, number, again)

    def _settled(self, state: State, number: int) -> State:
        actor = state.actors[number]
        relay = number == len(self.programs)
        done = Actor() if relay else Actor(actor.done + 1)
        gone = state.outbox if relay and "own rows" in self.without else {actor.entry}
        return _with(state, number, done)._replace(outbox=state.outbox - gone)

    def _name(self, number: int) -> str:
        return "relay" if number == len(self.programs) else f"w{number}"

    # --------------------------------------------------------------------- backfill and requests

    def _backfill(self, state: State) -> Iterator[tuple[str, State]]:
        if state.backfill == "read":
            following = "done" if state.row == GONE else "put"
            yield f"backfill reads {state.row}", state._replace(backfill=following, chunk=state.row)
        elif state.backfill == "put":
            request = Request(state.chunk, None, always="absent only" in self.without)
            yield f"backfill inserts {state.chunk}", self._put(state, request)._replace(backfill="done", chunk=GONE)

    def _put(self, state: State, request: Request) -> State:
        item = request.lands(state.item, state.token + 1, tombstones="tombstone" not in self.without)
        return state if item == state.item else state._replace(item=item, token=state.token + 1)


def _with(state: State, number: int, actor: Actor) -> State:
    return state._replace(actors=put(state.actors, number, actor))


MODELS = {
    "two writers": Sync(((1, GONE), (2,))),
    "there and back": Sync(((1,), (2, 2)), before=2),
    "backfill": Sync(((GONE, 1),), before=2, backfill=True),
    "late requests": Sync(((1,), (GONE,)), before=2, losses=1),
    "late requests and a backfill": Sync(((GONE,), (1,)), before=2, backfill=True, losses=1),
}
