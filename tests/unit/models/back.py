"""The way back: one key under DynamoDB's authority, with leases, and a mover that gives the authority to MySQL again.

Time passes in ticks. A request lands within `LONGEST` of the look at the lease, unless its process stands still in
between, or the network holds it up: then it may land at any time, and is called late. A write in MySQL and its sync
are one step here: the model of the sync is about what lies between them. Somebody may release, once, what the mover
announced or holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.unit.models.register import GONE, Item, Request, put, rev_of, value_of

RULES = {
    "check before": "a process looks at its lease before it writes",
    "check after": "when the reply is there, the lease over and a move begun, it does not say that it wrote",
    "from the asking": "a lease counts from when the stage was asked for, not from when the answer came",
    "condition": "the application writes an item only if it is still the one that it read",
    "tombstone": "what the application deletes leaves a tombstone",
    "short": "who hears that the move is announced goes on with a short lease",
    "announced": "the mover announces it for as long as a lease, before it waits for short ones alone",
    "kept": "it marks the stage held only if what it announced stands",
    "held": "the mover marks the stage held, so that no lease is given any more, before it waits",
    "wait": "it waits for the leases that were given",
    "longest request": "and for the longest request",
    "still held": "it hands over only what it still holds",
    "drain": "it hands over when the changes up to then are in MySQL",
    "stage lock": "copying back holds the stage row, and stops if MySQL has the authority",
    "key lock": "it holds the key's row, from its look at the item to its commit",
    "read inside": "it reads the item when it holds that row",
    "checkpoint": "the relay's checkpoint moves on after the commit",
    "name": "the relay names the keys of changes that came too late",
}

LEASE, SHORT, LONGEST = 2, 1, 1


class Process(NamedTuple):
    """A process of the application: idle, asks, knows, sent, landed, done.

    `since`: when its lease began; `lease`: how long it is; `seen`: the token it read; `sent`: when it looked at its
    lease; `late`: see above; `token`: that of the item it wrote.
    """

    at: str = "idle"
    since: int = 0
    lease: int = LEASE
    seen: int | None = None
    sent: int = 0
    late: bool = False
    token: int = 0


class Copier(NamedTuple):
    """The relay, or a process that copies its own write back: idle, then locks, reads and commits.

    `upto`: the change up to which it copies.
    """

    at: str = "idle"
    upto: int = 0
    seen: Item | None = None


class State(NamedTuple):
    """Everything.

    `changes`, `checkpoint`: how many changes are in the stream, and how many the relay is past. `released`: nobody
    releases it any more. `back`: MySQL has the authority. `done`: the newest write that the application was told of.
    `fault`: what went wrong on the way.
    """

    now: int
    item: Item | None
    row: Item
    token: int
    changes: int
    checkpoint: int
    processes: tuple[Process, ...]
    copiers: tuple[Copier, ...]
    mover: str
    marked: int
    announced: bool
    held: bool
    released: bool
    back: bool
    afterwards: bool
    named: bool
    done: int
    fault: str


@dataclass(frozen=True)
class Back:
    """A model: the value that each process writes; `GONE` deletes.

    Attributes:
        values: one for each process.
        afterwards: whether there is a write in MySQL afterwards.
        inline: whether each process copies its own write back at once.
        announcing: whether it begins before the announcement; else when the long leases are over.
        ticks: how much time there is.
        without: the rules that are taken away.
    """

    values: tuple[int, ...]
    afterwards: bool = False
    inline: bool = False
    announcing: bool = False
    ticks: int = 3
    without: frozenset[str] = frozenset()

    @property
    def start(self) -> State:
        """The first state: an item and its row, equal."""
        item, some, announced = Item(9, 1), len(self.values), not self.announcing
        return State(
            0, item, item, 1, 0, 0, (Process(),) * some, (Copier(),) * (some + 1),
            "announced" if announced else "idle", 0, announced, held=False, released=announced, back=False,
            afterwards=False, named=False, done=0, fault="",
        )  # fmt: skip

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """What any of them can do."""
        if state.now < self.ticks and not any(_due(state.now, process) for process in state.processes):
            yield "time passes", state._replace(now=state.now + 1)
        for number, process in enumerate(state.processes):
            for label, after, changed in self._process(state, number, process):
                yield f"p{number} {label}", after._replace(processes=put(after.processes, number, changed))
        for number, copier in enumerate(state.copiers):
            who = "relay" if number == len(self.values) else f"p{number}"
            for label, after, copying in self._copy(state, number, copier):
                yield f"{who} {label}", after._replace(copiers=put(after.copiers, number, copying))
        yield from self._move(state)
        if self.afterwards and state.back and not state.afterwards:
            row, item = Item(5, state.token + 1), Item(5, state.token + 2)
            after = state._replace(row=row, item=item, token=item.rev, done=row.rev, afterwards=True)
            yield "w writes 5 in MySQL, and syncs", after

    def wrong(self, state: State, terminal: bool) -> str | None:
        """In the end MySQL has every write that was acknowledged, and the stores are equal, or the key is named."""
        if state.fault or not terminal:
            return state.fault or None
        if state.row.rev < state.done:
            return f"write {state.done} was acknowledged, and the row is {state.row}"
        if state.row.value != value_of(state.item) and not state.named:
            return f"the row is {state.row}, the item {state.item}, and nothing names the key"
        return None

    # --------------------------------------------------------------------- processes

    def _process(self, state: State, number: int, process: Process) -> Iterator[tuple[str, State, Process]]:
        if process.at == "idle":
            refused = state.held or state.back
            lease = SHORT if state.announced and "short" not in self.without else LEASE
            yield "asks for the stage", state, Process("done") if refused else Process("asks", state.now, lease)
        elif process.at == "asks":
            since = state.now if "from the asking" in self.without else process.since
            yield "has the answer", state, process._replace(at="knows", since=since)
        elif process.at == "knows":
            if "check before" in self.without or state.now - process.since < process.lease:
                sent = process._replace(at="sent", seen=rev_of(state.item), sent=state.now)
                yield f"reads {state.item}, sends", state, sent
            else:
                yield "finds its lease over", state, Process("done")
        elif process.at == "sent":
            if not process.late:
                yield "is late", state, process._replace(late=True)
            yield self._lands(state, number, process)
        elif process.at == "landed":
            yield "hears nothing", state, Process("done")
            yield self._hears(state, number, process)

    def _lands(self, state: State, number: int, process: Process) -> tuple[str, State, Process]:
        request = Request(self.values[number], process.seen, always="condition" in self.without)
        if not request.holds(state.item):
            return "is refused", state, Process("done")
        fault, token = state.fault, state.token + 1
        if state.back and not process.late:
            fault = "a process that was never late wrote after the hand-over"
        elif rev_of(state.item) != process.seen and (rev_of(state.item) or 0) <= state.done:
            fault = "an acknowledged write was overwritten by one that did not see it"
        item = request.lands(state.item, token, tombstones="tombstone" not in self.without)
        after = state._replace(item=item, token=token, changes=state.changes + 1, fault=fault)
        return f"writes {request.value}", after, process._replace(at="landed", token=token)

    def _hears(self, state: State, number: int, process: Process) -> tuple[str, State, Process]:
        copiers = put(state.copiers, number, Copier(self._first)) if self.inline else state.copiers
        after = state._replace(copiers=copiers)
        # When it is over, the stage is asked for again: no move has begun, or one has.
        moving = state.held or state.back
        over = state.now - process.since >= process.lease + LONGEST  # what is there by then, the mover waits for
        if "check after" not in self.without and over and moving:
            return "has the reply too late", after, Process("done")
        return "acknowledges", after._replace(done=max(state.done, process.token)), Process("done")

    # --------------------------------------------------------------------- relay and mover

    @property
    def _first(self) -> str:
        return "read" if "read inside" in self.without else "lock"

    def _copy(self, state: State, number: int, copier: Copier) -> Iterator[tuple[str, State, Copier]]:
        relay = number == len(self.values)
        if relay and copier.at == "idle" and state.checkpoint < state.changes:
            taken = state._replace(checkpoint=state.changes) if "checkpoint" in self.without else state
            yield f"takes change {state.changes}", taken, Copier(self._first, state.changes)
        elif copier.at == "lock" and self._too_late(state):
            named = state._replace(named="name" not in self.without, checkpoint=max(copier.upto, state.checkpoint))
            yield "finds MySQL in authority", named if relay else state, Copier()
        elif copier.at == "lock" and ("key lock" in self.without or not self._locked(state)):
            yield "locks", state, copier._replace(at="commit" if "read inside" in self.without else "read")
        elif copier.at == "read":
            inside = "read inside" not in self.without
            yield f"reads {state.item}", state, copier._replace(at="commit" if inside else "lock", seen=state.item)
        elif copier.at == "commit":
            row, checkpoint = copier.seen or state.row, max(copier.upto, state.checkpoint)
            yield f"commits {row}", state._replace(row=row, checkpoint=checkpoint), Copier()
        if copier.at != "idle":
            yield "dies", state, Copier()

    def _too_late(self, state: State) -> bool:
        return state.back and "stage lock" not in self.without

    def _locked(self, state: State) -> bool:
        inside = {"commit"} if "read inside" in self.without else {"read", "commit"}
        return any(copier.at in inside for copier in state.copiers)

    def _move(self, state: State) -> Iterator[tuple[str, State]]:
        waits = {"wait": SHORT, "longest request": LONGEST}
        least = 0 if "wait" in self.without else sum(waits[rule] for rule in waits.keys() - self.without)
        long = LEASE if self.announcing and "announced" not in self.without else 0
        if state.mover == "idle":
            yield "mover announces", state._replace(mover="announced", marked=state.now, announced=True)
        elif state.mover == "announced" and state.now - state.marked >= long and self._stands(state, "kept"):
            held = state._replace(mover="waits", marked=state.now, announced=True, held="held" not in self.without)
            yield "mover marks the stage held", held
        elif state.mover == "waits" and state.now - state.marked >= least:
            yield "mover has waited", state._replace(mover="drains")
        elif state.mover == "drains" and (state.checkpoint == state.changes or "drain" in self.without):
            yield "mover finds no more changes", state._replace(mover="hands over")
        elif state.mover == "hands over" and self._stands(state, "still held") and self._free(state):
            yield "mover hands over", state._replace(mover="done", back=True)
        if state.mover not in {"idle", "done"}:
            yield "mover gives up", state._replace(mover="done", announced=False, held=False)
            if not state.released:
                yield "somebody releases", state._replace(announced=False, held=False, released=True)

    def _free(self, state: State) -> bool:
        return "stage lock" in self.without or not self._locked(state)

    def _stands(self, state: State, rule: str) -> bool:
        """Whether nobody has released it."""
        return rule in self.without or state.announced


def _due(now: int, process: Process) -> bool:
    return process.at == "sent" and not process.late and now - process.sent >= LONGEST


MODELS = {
    "two processes": Back((1, 2), afterwards=True),
    "a delete": Back((GONE, 2)),
    "one copies back at once": Back((1,), inline=True),
    "two copy back at once": Back((1, 2), inline=True, ticks=0),
    "announced": Back((1,), announcing=True, ticks=5),
}
