"""What is wrong with one key of a history, told by what would explain it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crossfade.rehearsal.history import Op, Value
from crossfade.rehearsal.linearize import TooHard, Unexplained, unexplained

Fault = Literal["lost write", "resurrected", "stale read", "impossible read", "stores differ"]

_SUSPECTS = 50
"""How many of the last writes are each left out, to see whether that one was lost."""

_SHOWN = 6


@dataclass(frozen=True)
class Finding:
    """What is wrong with a key.

    Attributes:
        fault: `lost write`: an acknowledged write, or add, without effect; `resurrected`: so for a delete;
            `stale read`: one of what was not there at any time between its begin and its end, but at another;
            `impossible read`: one of what was never there; `stores differ`: in the end.
        key: the key.
        says: a sentence.
        ops: the operations that show it, and those around them.
    """

    fault: Fault
    key: str
    says: str
    ops: tuple[Op, ...] = ()

    def __str__(self) -> str:
        first = self.ops[0].begun if self.ops else 0
        lines = (f"  {_span(op, first)} ms  {op}" for op in self.ops)
        return "\n".join([f"{self.key}: {self.fault}: {self.says}", *lines])


@dataclass(frozen=True)
class Key:
    """A key, its operations, a read of each store in the end, and what it was at first; `limit`: of `unexplained`."""

    name: str
    ops: Sequence[Op]
    finals: Sequence[Op]
    before: Value | None
    limit: int

    def differences(self) -> list[Finding]:
        """Whether the stores differ in the end."""
        if len({final.seen for final in self.finals}) < 2:
            return []
        says = ", ".join(f"{final.client} has {_what(final.seen)}" for final in self.finals)
        return [Finding("stores differ", self.name, says, self._around(*self.finals))]

    def faults(self) -> list[Finding]:
        """What no order of the operations explains, for each value that a store has in the end.

        Raises:
            TooHard: it cannot be decided.
        """
        finals = {final.seen: final for final in reversed(self.finals)}.values()
        return list(dict.fromkeys(fault for final in finals for fault in self._faults(final)))

    def _faults(self, final: Op) -> list[Finding]:
        failed = unexplained([*self.ops, final], self.before, limit=self.limit)
        if not failed or failed[-1].op is not final:
            return [self._on_the_way(failure) for failure in failed]
        *others, last = failed
        culprit = self._culprit([*self.ops, final])
        if culprit is not None:
            return [self._lost(culprit, final)]
        odd = [failure.op for failure in others]
        rest = [op for op in [*self.ops, final] if op not in odd]
        culprit = self._culprit(rest) if odd else None
        in_the_end = self._lost(culprit, final) if culprit is not None else self._unclear(last, rest)
        return [*map(self._on_the_way, others), in_the_end]

    # --------------------------------------------------------------------- kinds of faults

    def _on_the_way(self, failure: Unexplained) -> Finding:
        op = failure.op
        if op.kind == "add" and op.seen is None:
            return Finding("lost write", self.name, f"{op}, where there was nothing to add to", self._around(op))
        fault: Fault = "stale read" if self._was_there(op) else "impossible read"
        return Finding(fault, self.name, f"{op}, where {_any(failure)} was to be seen", self._around(op))

    def _lost(self, culprit: Op, final: Op) -> Finding:
        fault: Fault = "resurrected" if culprit.kind == "delete" else "lost write"
        says = f"{culprit}, and {final.client} has {_what(final.seen)} in the end"
        return Finding(fault, self.name, says, self._around(final, culprit))

    def _unclear(self, failure: Unexplained, ops: Sequence[Op]) -> Finding:
        """No single write explains the end: is it explained if any may have been lost?"""
        final = failure.op
        fault: Fault = "impossible read"
        if self._explained(op if op.kind == "read" else replace(op, outcome="unknown", seen=None) for op in _made(ops)):
            fault = "resurrected" if final.seen is not None and failure.possible == {None} else "lost write"
        says = f"{final.client} has {_what(final.seen)} in the end, where {_any(failure)} was to be"
        return Finding(fault, self.name, says, self._around(final))

    def _was_there(self, read: Op) -> bool:
        if read.seen is None or read.seen == self.before:
            return True
        earlier = [op for op in _made(self.ops) if read.ended is None or op.begun < read.ended]
        return any(op.kind == "add" or (op.kind == "write" and op.value == read.seen) for op in earlier)

    # --------------------------------------------------------------------- explanations

    def _culprit(self, ops: Sequence[Op]) -> Op | None:
        """The last acknowledged write without which everything is explained."""
        made = [op for op in ops if op.outcome == "ok" and op.kind != "read"]
        suspects = sorted(made, key=lambda op: op.begun)[-_SUSPECTS:]
        return next((one for one in reversed(suspects) if self._explained(op for op in ops if op is not one)), None)

    def _explained(self, ops: Iterable[Op]) -> bool:
        try:
            return not unexplained(ops, self.before, limit=self.limit)
        except TooHard:
            return False

    def _around(self, *shown: Op) -> tuple[Op, ...]:
        """The operations, who wrote what they saw, what was under way meanwhile, and the last writes before."""
        end = max(op.ended or op.begun for op in shown)
        begin = min(op.begun for op in shown)
        earlier = [op for op in sorted(self.ops, key=lambda op: op.begun) if op.begun <= end]
        meanwhile = [op for op in earlier if op.ended is None or op.ended >= begin]
        writes = [op for op in earlier if op.kind != "read"]
        values = {op.seen for op in shown}
        sources = [op for op in writes if op.kind == "write" and op.value in values]
        chosen = {*shown, *sources[-1:], *meanwhile[-_SHOWN:], *writes[-_SHOWN:]}
        return tuple(sorted(chosen, key=lambda op: (op.begun, op.number)))


def _made(ops: Iterable[Op]) -> list[Op]:
    return [op for op in ops if op.outcome != "failed"]


def _any(failure: Unexplained) -> str:
    return " or ".join(sorted(map(_what, failure.possible))) or "something else"


def _what(value: Value | None) -> str:
    return "nothing" if value is None else repr(value)


def _span(op: Op, first: int) -> str:
    begun = f"{(op.begun - first) / 1e6:.3f}"
    return f"{begun} to {'?' if op.ended is None else f'{(op.ended - first) / 1e6:.3f}'}"
