"""One run: its participants, what is under way, and what has been done; one choice after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.unit.interleavings.actors import Actor, Fate, Point
from tests.unit.interleavings.locks import Locks
from tests.unit.interleavings.world import FIRST_ID, TABLES, Record, Records, World

WAITS = "waits"
_NAMES = re.compile(rf"tok-\w+-\d+|\b{FIRST_ID // 1000}\d{{3}}\b")
Effect = Callable[[dict[tuple[str, int], Record]], None]
"""What an operation changes."""


@dataclass(frozen=True)
class Late:
    """A request whose sender waits no more.

    Attributes:
        label: all of it.
        arrives: sends it.
    """

    label: str
    arrives: Callable[[], None]


@dataclass
class Run:
    """One run.

    Attributes:
        world: the stores.
        truth: what the authority is to hold: what was there before, and what was written since, in its order.
        effects: what the operations of some participants change, by the participant.
        losses, deaths: how many more there may be.
        done: whose operations took effect.
        late: requests under way.
        watched: whether any participant looks at the outbox.
        path: the choices so far.
        elapsed: seconds that have passed for everybody: those that a mover waited for the leases.
        statements, held_at: when each transaction, and the move, made its last statement, in its actor's steps.
    """

    world: World
    truth: dict[tuple[str, int], Record]
    effects: dict[str, Effect]
    losses: int = 0
    deaths: int = 0
    actors: list[Actor] = field(default_factory=list)
    locks: Locks = field(default_factory=Locks)
    done: list[str] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    statements: dict[object, int] = field(default_factory=dict)
    held_at: int = -1
    elapsed: float = 0.0
    watched: bool = True

    def start(self, bodies: Sequence[tuple[str, Callable[[], Any]]]) -> None:
        """Bring every participant to its first step."""
        for name, body in bodies:
            self.actors.append(Actor(name, body))
        for actor in self.actors:
            actor.start()

    def took_effect(self, name: str) -> None:
        """A participant's operation has been made."""
        if name in self.effects:
            self.effects[name](self.truth)
            self.done.append(name)

    def choices(self) -> list[tuple[str, Callable[[], None]]]:
        """What can happen next."""
        found: list[tuple[str, Callable[[], None]]] = []
        for actor in self.actors:
            if actor.at is not None and not actor.dead:
                found += [
                    (f"{actor.name} {fate} on: {actor.at.label}", _step(actor, fate)) for fate in self._fates(actor.at)
                ]
        found += [(f"late: {late.label}", self._arrival(late)) for late in self.late]
        return found

    def _fates(self, at: Point) -> list[Fate]:
        fates: list[Fate] = ["goes"] if at.ready() else []
        if at.losable and self.losses:
            fates.append("loses")
        if self.deaths:
            fates.append("dies")
        return fates

    def take(self, label: str) -> None:
        """Let something happen."""
        act = dict(self.choices())[label]
        self.deaths -= " dies on: " in label
        self.losses -= " loses on: " in label
        self.path.append(label)
        act()

    def _arrival(self, late: Late) -> Callable[[], None]:
        def arrive() -> None:
            self.late.remove(late)
            late.arrives()

        return arrive

    @property
    def lost(self) -> bool:
        """Whether a reply was lost."""
        return any(" loses on: " in label for label in self.path)

    @property
    def moved(self) -> int:
        """How many steps the mover has made."""
        return sum(label.startswith("mover ") for label in self.path)

    @property
    def waiting(self) -> list[Actor]:
        """Those that have not ended."""
        return [actor for actor in self.actors if actor.at is not None and not actor.dead]

    def stuck(self, but: Actor) -> bool:
        """Whether none but one can make a step."""
        others = (a for a in self.waiting if a is not but and a.at is not None and a.at.label != WAITS)
        return not self.late and not any(a.at is not None and a.at.ready() for a in others)

    def state(self) -> str:
        """What is to come depends on this alone; tokens and ids count by where they stand."""
        local = [(a.name, a.local, a.at is not None and a.at.ready()) for a in self.actors]
        late = sorted(late.label for late in self.late)
        stored = self.world.rows(*TABLES, "crossfade_stage", "crossfade_outbox"), self.world.items()
        left = self.losses, self.deaths, self.elapsed
        told = f"{stored} {local} {late} {left} {sorted(self.done)} {sorted(self.truth.items())}"
        names: dict[str, str] = {}
        return _NAMES.sub(lambda match: names.setdefault(match[0], f"name {len(names)}"), told)

    def end(self) -> None:
        """End whatever has not ended."""
        for actor in self.waiting:
            actor.step("dies")


def _step(actor: Actor, fate: Fate) -> Callable[[], None]:
    return lambda: actor.step(fate)


def before(records: Records) -> dict[tuple[str, int], Record]:
    """Records, to be changed."""
    return {key: dict(record) for key, record in records.items()}
