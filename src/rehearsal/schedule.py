"""What happens in a rehearsal, and when: the moves and the faults. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from crossfade.dal.stage import Stage

ORDER = tuple(Stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a rehearsal does.

    Attributes:
        writers: clients, each in a thread of its own.
        processes: that these are in.
        pace: operations a second of each client.
        moves: from one stage to the next, or back.
        top: the last stage that is moved to.
        finish: go on to the last stage of all in the end, from which there is no way back.
        seconds: over which the moves are spread; the faults' length comes to it.
        kill_every: seconds after which a process is killed, about; 0 for never.
        stall: seconds for which DynamoDB stalls.
        stall_every: seconds after which it does; 0 for never.
        shared: records of each entity that all clients use.
        seed: decides what is done.
        patience: seconds for which a move is tried that is refused, and the outbox is waited for at the end.
        comparisons: reads that must have been compared before a move to live.
        quiet: seconds for which the streams must bring nothing before MySQL gets its authority again.
        held: seconds for which a move may hold a write; None for as long as it takes.
    """

    writers: int = 8
    processes: int = 2
    pace: float = 10.0
    moves: int = 30
    top: Stage = Stage.LIVE
    finish: bool = False
    seconds: float = 180.0
    kill_every: float = 5.0
    stall: float = 20.0
    stall_every: float = 60.0
    shared: int = 20
    seed: int = 0
    patience: float = 120.0
    comparisons: int = 20
    quiet: float = 2.0
    held: float | None = None


def route(moves: int, top: Stage, *, finish: bool = False) -> tuple[Stage, ...]:
    """The stages that are moved to, one step each: up to the top and down again, as often as fits.

    The first stage is left once and not come back to: what MySQL takes there, nobody carries over. The last stage of
    the route is one in which MySQL decides: `shadow`, or `dual_write` where the number of moves is odd.

    Args:
        moves: how many, 1 at least; with `finish` an odd number, 5 at least.
        top: the highest one; without meaning with `finish`.
        finish: let the route end with `ramp_down` and `dynamodb`.
    """
    if finish:
        return (*_bounced(moves - 1, ORDER.index(Stage.RAMP_DOWN), 4), Stage.DYNAMODB)
    return _bounced(moves, ORDER.index(top), 1 + (moves + 1) % 2)


def _bounced(moves: int, top: int, end: int) -> tuple[Stage, ...]:
    place, step, stages = 0, 1, []
    for left in range(moves - 1, -1, -1):
        if not 1 <= place + step <= top or abs(place + step - end) > left:
            step = -step
        place += step
        stages.append(ORDER[place])
    return tuple(stages)


def kills(options: Options) -> tuple[float, ...]:
    """When a process is killed, in seconds from the beginning; not as regularly as a clock ticks."""
    random = Random(f"kills {options.seed}")  # noqa: S311 - what a rehearsal does is no secret
    return _moments(options.kill_every, options.seconds, random)


def stalls(options: Options) -> tuple[float, ...]:
    """When DynamoDB begins to stall, in seconds from the beginning."""
    return _moments(options.stall_every if options.stall else 0, options.seconds - options.stall, None)


def _moments(every: float, until: float, random: Random | None) -> tuple[float, ...]:
    found, at = [], 0.0
    while every:
        at += every * (random.uniform(0.75, 1.25) if random else 1)
        if at > until:
            break
        found.append(at)
    return tuple(found)
