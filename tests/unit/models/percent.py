"""A share of a group's keys one stage ahead: raised and lowered while processes write, each key under one authority.

A key is ahead if its hash is below the share. Values are versions: each write makes the next one. A sync, or a copy
back, is one step here, under the lock on the stage row; so is a write to DynamoDB under a lease, and a lease ends at
any moment: the models of the flip and of the way back are about what lies in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.unit.models.register import put

RULES = {
    "fenced share": "the share is part of the stage row: changing it waits for the writes in flight, and holds others",
    "epoch": "each change of the share gives the row a new epoch, by which a writer knows that its plan is old",
    "stable hash": "every process gives a key the same hash",
    "drain": "the share is raised when the outbox holds nothing for the keys that move",
    "held": "it is lowered when the stage was marked held, and the leases given before are over",
    "drain back": "and when the changes of the keys that move are in MySQL",
}

KEYS = range(2)
MYSQL, DYNAMODB = 0, 1


class Process(NamedTuple):
    """A process of the application: it has seen the share at an epoch, and may have planned a write of a key.

    `locked`: it holds the stage row, and commits next; `leased`: its lease is not over.
    """

    share: int
    epoch: int
    leased: bool
    key: int | None = None
    locked: bool = False
    wrote: int = 0


class Key(NamedTuple):
    """A key's version in MySQL and in DynamoDB; `behind`: the outbox, or the stream, holds a change to copy."""

    versions: tuple[int, int] = (0, 0)
    behind: bool = False


class State(NamedTuple):
    """Everything. `moves`: how many moves of the share are over. `fault`: what went wrong on the way."""

    keys: tuple[Key, ...]
    share: int
    epoch: int
    processes: tuple[Process, ...]
    held: bool = False
    locked: bool = False
    moves: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Percent:
    """A model: how many processes there are, how often each writes, and the shares that the group goes through.

    Attributes:
        shares: of as many as there are keys; the first is there from the beginning.
    """

    processes: int
    writes: int
    shares: tuple[int, ...]
    without: frozenset[str] = frozenset()

    @property
    def start(self) -> State:
        """The first state: nothing written yet."""
        process = Process(self.shares[0], 0, leased=True)
        return State((Key(),) * len(KEYS), self.shares[0], 0, (process,) * self.processes)

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """What processes, relay and mover can do."""
        for number, process in enumerate(state.processes):
            for label, after, changed in self._process(state, number, process):
                yield f"p{number} {label}", after._replace(processes=put(state.processes, number, changed))
        for number, key in enumerate(state.keys):
            if key.behind and not state.locked:
                newest = key.versions[DYNAMODB if number < state.share else MYSQL]
                yield f"relay copies {number}", state._replace(keys=put(state.keys, number, Key((newest, newest))))
        if state.moves + 1 < len(self.shares):
            yield from self._move(state, self.shares[state.moves + 1])

    def wrong(self, state: State, terminal: bool) -> str | None:
        """No write is made on an old version, and in the end the stores are equal."""
        if terminal and any(key.versions[MYSQL] != key.versions[DYNAMODB] for key in state.keys):
            return f"the stores differ: {state.keys}"
        return state.fault or None

    # --------------------------------------------------------------------- processes

    def _process(self, state: State, number: int, process: Process) -> Iterator[tuple[str, State, Process]]:
        if process.key is None:
            current = (process.share, process.epoch) == (state.share, state.epoch)
            unfinished = process.wrote < self.writes
            if unfinished and not state.held and not (current and process.leased):
                seen = process._replace(share=state.share, epoch=state.epoch, leased=True)
                yield f"sees share {state.share}", state, seen
            if unfinished:
                yield from ((f"plans to write {key}", state, process._replace(key=key)) for key in KEYS)
        elif self._store(number, process) == DYNAMODB:
            done = process._replace(key=None, wrote=process.wrote + process.leased)
            label, after = self._written(state, process.key, DYNAMODB) if process.leased else ("may not write", state)
            yield label, after, done
        elif process.locked:
            label, after = self._written(state, process.key, MYSQL)
            yield label, after, process._replace(key=None, locked=False, wrote=process.wrote + 1)
        elif not state.locked or "fenced share" in self.without:
            planned = process.epoch == state.epoch or "fenced share" in self.without
            locked = process._replace(locked=True) if planned else process._replace(key=None, leased=False)
            yield "locks the stage row" if planned else "finds its plan old", state, locked
        if process.leased:
            yield "is out of its lease", state, process._replace(leased=False)

    def _store(self, number: int, process: Process) -> int:
        salt = number if "stable hash" in self.without else 0
        ahead = process.key is not None and (process.key + salt) % len(KEYS) < process.share
        return DYNAMODB if ahead else MYSQL

    def _written(self, state: State, number: int, store: int) -> tuple[str, State]:
        versions = state.keys[number].versions
        newest = max(versions)
        fault = "" if versions[store] == newest else f"{number} was written where its last write was not seen"
        made = (newest + 1, versions[DYNAMODB]) if store == MYSQL else (versions[MYSQL], newest + 1)
        after = state._replace(keys=put(state.keys, number, Key(made, behind=True)), fault=fault)
        return f"writes {number} in {'DynamoDB' if store else 'MySQL'}", after

    # --------------------------------------------------------------------- mover

    def _move(self, state: State, share: int) -> Iterator[tuple[str, State]]:
        moving = range(min(share, state.share), max(share, state.share))
        lowers = share < state.share
        if lowers and not state.held and "held" not in self.without:
            yield "mover marks the stage held", state._replace(held=True)
        elif not state.locked:
            if self._free(state) and not (lowers and state.held and any(p.leased for p in state.processes)):
                yield "mover locks the stage row", state._replace(locked=True)
        else:
            rule = "drain back" if lowers else "drain"
            if not any(state.keys[number].behind for number in moving) or rule in self.without:
                epoch = state.epoch if "epoch" in self.without else state.epoch + 1
                moved = state._replace(share=share, epoch=epoch, held=False, locked=False, moves=state.moves + 1)
                yield f"mover sets share {share}", moved
            yield "mover lets go", state._replace(locked=False)

    def _free(self, state: State) -> bool:
        return "fenced share" in self.without or not any(process.locked for process in state.processes)


MODELS = {
    "raised and lowered": Percent(2, 2, (0, 2, 1)),
    "up and down again": Percent(2, 2, (0, 1, 0, 1)),
}
