"""What a rehearsal was, and what it found: values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any, Literal

from crossfade.contract.plural import several
from crossfade.dal.stage import ROUTES, Stage
from crossfade.migration.report import Report
from crossfade.migration.shown import verdict as verify_verdict
from crossfade.rehearsal.checker import Findings
from crossfade.rehearsal.history import Op
from crossfade.rehearsal.schedule import Options
from crossfade.rehearsal.series import SECOND, Point, Window, longest_held, points

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Move:
    """A move that was made.

    Attributes:
        origin, to: the stages.
        window: when it was tried, that time that it was made.
        tries: how often it was tried.
        holds: when it held writes; one for each time that it began to, those included that came to nothing.
    """

    origin: Stage
    to: Stage
    window: Window
    tries: int
    holds: tuple[Window, ...]

    @property
    def crossed(self) -> bool:
        """Whether the authority went from one store to the other."""
        return ROUTES[self.origin].authority != ROUTES[self.to].authority

    @property
    def held(self) -> float:
        """For how many seconds it held writes, the longest time."""
        return max(((hold.ended - hold.begun) / SECOND for hold in self.holds), default=0.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was done to the rehearsal.

    Attributes:
        kind: a process was killed, or DynamoDB stalled.
        window: when.
    """

    kind: Literal["kill", "stall"]
    window: Window


@dataclass(frozen=True, slots=True)
class Depth:
    """How much the outbox held at a moment, in nanoseconds."""

    at: int
    rows: int


@dataclass(frozen=True)
class Outcome:
    """What a rehearsal found.

    Attributes:
        options: what was asked for.
        window: from the first write to the last look.
        moves, faults, depths: what happened.
        history: every operation.
        findings: what the checker says; None where it could not look.
        verify: the last verification; None where it could not be made.
        problems: what else went wrong.
        copied: how many backfills and verifications ran beside the writes.
        interrupted: whether somebody ended it early.
    """

    options: Options
    window: Window
    moves: tuple[Move, ...]
    faults: tuple[Fault, ...]
    depths: tuple[Depth, ...]
    history: tuple[Op, ...] = field(repr=False)
    findings: Findings | None
    verify: Report | None
    problems: tuple[str, ...] = ()
    copied: Mapping[str, int] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing was lost or came back, the stores are equal, and all was done that was to be done."""
        found, verified = self.findings, self.verify
        return found is not None and found.ok and verified is not None and verified.equal and not self.against

    @property
    def against(self) -> tuple[str, ...]:
        """What went wrong, beside what the checker and the verification found."""
        says = list(self.problems)
        if not self.interrupted and len(self.moves) < self.options.moves:
            says.append(f"{len(self.moves)} of {self.options.moves} moves were made")
        if self.options.held is not None and self.longest > self.options.held:
            says.append(f"a move held a write for {self.longest * 1000:.0f} ms, over {self.options.held * 1000:.0f} ms")
        return tuple(says)

    @cached_property
    def held(self) -> tuple[float, ...]:
        """For each move, for how many seconds it held a write, at most."""
        return tuple(longest_held(self.history, move.holds) for move in self.moves)

    @property
    def longest(self) -> float:
        """For how many seconds any move held a write, at most."""
        return max(self.held, default=0.0)

    @cached_property
    def points(self) -> list[Point]:
        """Throughput and latency, second by second."""
        return points(self.history, self.window.begun, self.window.ended)

    @cached_property
    def outcomes(self) -> Counter[str]:
        """How many operations ended how."""
        return Counter(op.outcome for op in self.history)

    @cached_property
    def faults_found(self) -> Counter[str]:
        """How many findings there are of each kind."""
        return Counter(found.fault for found in self.findings.found) if self.findings else Counter()

    def seconds(self, at: int) -> float:
        """A moment, in seconds from the beginning."""
        return (at - self.window.begun) / SECOND


def verdict(outcome: Outcome) -> list[str]:
    """The result, in lines; the first one says all."""
    counts, killed = outcome.outcomes, sum(fault.kind == "kill" for fault in outcome.faults)
    stalled = [fault.window for fault in outcome.faults if fault.kind == "stall"]
    lines = [
        "passed" if outcome.ok else "FAILED",
        f"{several(len(outcome.history), 'operation')}: {counts['ok']:,} done, {counts['failed']:,} refused, "
        f"{counts['unknown']:,} unknown",
        f"{several(len(outcome.moves), 'move')}, {several(killed, 'process', 'processes')} killed, "
        f"{several(len(stalled), 'stall')} of "
        f"{sum(w.ended - w.begun for w in stalled) / SECOND:.0f} s in all, "
        + ", ".join(several(count, what.removesuffix("s"), what) for what, count in outcome.copied.items()),
        _checked(outcome),
        "verify: " + ("not made" if outcome.verify is None else verify_verdict(outcome.verify)),
        f"longest time that a move held a write: {outcome.longest * 1000:.0f} ms at most" + _medians(outcome),
    ]
    return [*lines, *outcome.against]


def _medians(outcome: Outcome) -> str:
    """The middle of what the moves held, of those apart that change which store decides."""
    kinds = {False: "where the same store decides", True: "where the other one does then"}
    held = {kind: [h for h, m in zip(outcome.held, outcome.moves, strict=True) if m.crossed is kind] for kind in kinds}
    said = [f"{median(of) * 1000:.0f} ms {kinds[kind]}" for kind, of in held.items() if of]
    return f"; median {', '.join(said)}" if said else ""


def _checked(outcome: Outcome) -> str:
    found, kinds = outcome.findings, outcome.faults_found
    if found is None:
        return "history: not checked"
    others = sum(kinds.values()) - kinds["lost write"] - kinds["resurrected"]
    return (
        f"history: {several(found.keys, 'key')}, {kinds['lost write']} lost, {kinds['resurrected']} resurrected, "
        f"{several(others, 'other fault')}, {len(found.inconclusive)} not decided"
    )


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON has it; times in seconds, from the beginning."""
    at = outcome.seconds
    return {
        "ok": outcome.ok,
        "interrupted": outcome.interrupted,
        "seconds": round(at(outcome.window.ended), 3),
        "operations": len(outcome.history),
        "outcomes": dict(outcome.outcomes),
        "moves": [
            {"from": m.origin, "to": m.to, "at": round(at(m.window.begun), 3),
             "seconds": round((m.window.ended - m.window.begun) / SECOND, 3), "tries": m.tries,
             "hold_seconds": round(m.held, 3), "held_seconds": round(held, 3)}
            for m, held in zip(outcome.moves, outcome.held, strict=True)
        ],
        "longest_held_seconds": round(outcome.longest, 3),
        "faults": [
            {"kind": f.kind, "at": round(at(f.window.begun), 3), "until": round(at(f.window.ended), 3)}
            for f in outcome.faults
        ],
        "copied": dict(outcome.copied),
        "deepest_outbox": max((depth.rows for depth in outcome.depths), default=0),
        "lost": outcome.faults_found["lost write"],
        "resurrected": outcome.faults_found["resurrected"],
        "findings": [str(found) for found in outcome.findings.found[:_SHOWN]] if outcome.findings else None,
        "not_decided": list(outcome.findings.inconclusive) if outcome.findings else None,
        "verify": None if outcome.verify is None else {
            "equal": outcome.verify.equal, "says": verify_verdict(outcome.verify),
        },
        "problems": list(outcome.against),
    }  # fmt: skip
