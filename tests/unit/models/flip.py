"""The flip of one key to DynamoDB: writers that sync, a mover that may die, and the application's writes afterwards.

Who holds which lock on the stage row follows from where each stands, so locks are no part of the state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.unit.models.register import GONE, Item, Request, put, rev_of, value_of

RULES = {
    "fence": "a write to MySQL holds a shared lock on the stage row from its look at the stage to its commit",
    "sync fence": "so does a sync, from its look at the row to its put, and stops if the stage has moved",
    "drain": "the mover syncs what is in the outbox before it hands over",
    "row first": "the stage row changes before the stage item does",
    "condition": "an item is written only if it is still the one that was read",
    "token": "the application's own writes give the item a new token",
    "tombstone": "what the application deletes leaves a tombstone",
}

Entry = tuple[int, int]


class Actor(NamedTuple):
    """A writer, or the mover: how many writes it made, where it stands, and what it saw of the item and the row.

    A writer plans, commits, looks, projects and puts, or has stopped. The mover is idle, drains, projects and puts,
    then changes row and item, and is done.
    """

    at: str
    done: int = 0
    entry: Entry | None = None
    seen: int | None = None
    value: int = GONE


class State(NamedTuple):
    """Everything. `flipped` and `told`: whether the stage row, and the item, say DynamoDB. `truth`: the last write."""

    row: int
    item: Item | None
    outbox: frozenset[Entry]
    writers: tuple[Actor, ...]
    mover: Actor
    flipped: bool
    told: bool
    wrote: int
    late: tuple[Request, ...]
    losses: int
    token: int
    truth: int


@dataclass(frozen=True)
class Flip:
    """A model: what each writer writes to MySQL, and what the application writes to DynamoDB after the flip.

    Attributes:
        programs: for each writer its values; `GONE` deletes.
        afterwards: the application's values.
        losses: how many requests may arrive late.
        without: the rules that are taken away.
    """

    programs: tuple[tuple[int, ...], ...]
    afterwards: tuple[int, ...] = ()
    losses: int = 0
    without: frozenset[str] = frozenset()

    @property
    def start(self) -> State:
        """The first state."""
        writers = (Actor("plan"),) * len(self.programs)
        return State(
            GONE, None, frozenset(), writers, Actor("idle"), flipped=False, told=False, wrote=0,
            late=(), losses=self.losses, token=0, truth=GONE,
        )  # fmt: skip

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """What any of them can do."""
        for number, writer in enumerate(state.writers):
            for label, after, actor in self._writes(state, number, writer):
                yield f"w{number} {label}", after._replace(writers=put(state.writers, number, actor))
        for label, after, actor in self._moves(state):
            yield f"mover {label}", after._replace(mover=actor)
        if state.told and state.wrote < len(self.afterwards):
            value = self.afterwards[state.wrote]
            yield f"application puts {value}", self._application(state, value)
        for number, request in enumerate(state.late):
            rest = state.late[:number] + state.late[number + 1 :]
            yield f"late put of {request.value} arrives", self._put(state, request)._replace(late=rest)

    def wrong(self, state: State, terminal: bool) -> str | None:
        """In the end, DynamoDB has the authority and the last write."""
        if terminal and not (state.flipped and state.told):
            return "the flip does not end"
        if terminal and value_of(state.item) != state.truth:
            return f"the last write was {state.truth}, and the item is {state.item}"
        return None

    # --------------------------------------------------------------------- writers

    def _writes(self, state: State, number: int, writer: Actor) -> Iterator[tuple[str, State, Actor]]:
        program = self.programs[number]
        if writer.at == "plan" and writer.done < len(program) and self._may_share(state, "fence"):
            at = "stopped" if state.flipped else "commit"
            yield "finds the stage moved" if state.flipped else "plans", state, writer._replace(at=at)
        elif writer.at == "commit":
            entry, value = (number, writer.done), program[writer.done]
            after = state._replace(row=value, truth=value, outbox=state.outbox | {entry})
            yield f"commits {value}", after, writer._replace(at="look", entry=entry)
        elif writer.at == "look":
            yield f"reads item {state.item}", state, writer._replace(at="project", seen=rev_of(state.item))
        elif writer.at == "project" and self._may_share(state, "sync fence"):
            if state.flipped and "sync fence" not in self.without:
                yield "finds the stage moved", state, Actor("stopped")
            else:
                yield f"reads row {state.row}", state, writer._replace(at="put", value=state.row)
        elif writer.at == "put":
            again = Actor("look", writer.done, writer.entry)
            yield from self._puts(state, writer, Actor("plan", writer.done + 1), again)
        if writer.at not in {"plan", "stopped"}:
            yield "dies", state, Actor("stopped")

    def _may_share(self, state: State, rule: str) -> bool:
        return rule in self.without or state.flipped or state.mover.at == "idle"

    def _shared(self, state: State) -> bool:
        holding = {"commit": "fence", "put": "sync fence"}
        return any(holding.get(writer.at, "") in RULES.keys() - self.without for writer in state.writers)

    def _puts(self, state: State, actor: Actor, done: Actor, again: Actor) -> Iterator[tuple[str, State, Actor]]:
        request = Request(actor.value, actor.seen, always="condition" in self.without)
        if request.holds(state.item):
            settled = self._put(state, request)._replace(outbox=state.outbox - {actor.entry})
            yield f"puts {actor.value}", settled, done
        else:
            yield "is refused", state, again
        if state.losses:
            late = tuple(sorted((*state.late, request), key=repr))
            yield f"put of {actor.value} is held up", state._replace(late=late, losses=state.losses - 1), again

    # --------------------------------------------------------------------- mover and application

    def _moves(self, state: State) -> Iterator[tuple[str, State, Actor]]:
        mover = state.mover
        if mover.at == "idle" and state.flipped:
            yield "goes on", state, Actor("item")
        elif mover.at == "idle" and not self._shared(state):
            yield "locks the stage row", state, Actor("drain")
        elif mover.at == "drain":
            yield from self._drains(state)
        elif mover.at == "project":
            yield f"reads row {state.row}", state, mover._replace(at="put", value=state.row)
        elif mover.at == "put":
            yield from self._puts(state, mover, Actor("drain"), Actor("drain"))
        elif mover.at in {"row", "item"}:
            changed = state._replace(flipped=True) if mover.at == "row" else state._replace(told=True)
            order = ["item", "row", "done"] if "row first" in self.without else ["row", "item", "done"]
            yield f"changes the stage {mover.at}", changed, Actor(order[order.index(mover.at) + 1])
        if mover.at not in {"idle", "done"}:
            yield "dies", state, Actor("idle")

    def _drains(self, state: State) -> Iterator[tuple[str, State, Actor]]:
        if not state.outbox or "drain" in self.without:
            yield "finds the outbox empty", state, Actor("item" if "row first" in self.without else "row")
            return
        for entry in sorted(state.outbox):
            yield f"takes {entry}, reads item {state.item}", state, Actor("project", 0, entry, rev_of(state.item))

    def _application(self, state: State, value: int) -> State:
        token = state.token + 1
        item: Item | None = Item(value, token)
        if "token" in self.without and state.item is not None:
            item = Item(value, state.item.rev)
        if "tombstone" in self.without and value == GONE:
            item = None
        return state._replace(item=item, token=token, truth=value, wrote=state.wrote + 1)

    def _put(self, state: State, request: Request) -> State:
        item = request.lands(state.item, state.token + 1)
        return state if item == state.item else state._replace(item=item, token=state.token + 1)


MODELS = {
    "two writers": Flip(((1, GONE), (2,)), (3,)),
    "nothing afterwards": Flip(((1,), (2,))),
    "late requests": Flip(((1,), (2,)), (3, 4), losses=1),
    "a late copy of what was deleted": Flip(((1,), (2,)), (3, GONE), losses=2),
}
