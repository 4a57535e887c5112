"""Whether a rehearsal lost a write: its history, checked key by key.

Each key is a register of its own, and its operations must be linearizable: as if each had taken effect at one moment
between its begin and its end, or, where its outcome is unknown, at any moment since, or never. What the stores hold in
the end counts as read after everything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from crossfade.contract.plural import several
from crossfade.rehearsal.history import Op, Value
from crossfade.rehearsal.judge import Finding, Key
from crossfade.rehearsal.linearize import TooHard

Contents = Mapping[str, Value | None]
"""What a store holds, by key; what it does not hold is left out, or None."""


@dataclass(frozen=True)
class Findings:
    """What a history shows.

    Attributes:
        found: what is wrong.
        inconclusive: the keys that could not be decided; they may be right or wrong.
        keys, operations: how much was looked at.
    """

    found: tuple[Finding, ...]
    inconclusive: tuple[str, ...]
    keys: int
    operations: int

    @property
    def ok(self) -> bool:
        """Whether every key was decided, and nothing is wrong."""
        return not self.found and not self.inconclusive

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{several(self.operations, 'operation')} on {several(self.keys, 'key')}: "
                f"{several(len(self.found), 'fault')}, "
                f"{several(len(self.inconclusive), 'key')} not decided",
                *map(str, self.found),
                *(f"{key}: not decided: too many orders are possible" for key in self.inconclusive),
            ]
        )


def check(
    history: Iterable[Op],
    final: Mapping[str, Contents],
    *,
    before: Contents | None = None,
    refresh: int = 0,
    limit: int = 200_000,
) -> Findings:
    """Check a history.

    Args:
        history: all operations.
        final: what each store, by its name, holds in the end.
        before: what the stores held at first.
        refresh: for how many nanoseconds reads may be answered by what was there before.
        limit: how many states of a key are looked at before it is left undecided.
    """
    of: defaultdict[str, list[Op]] = defaultdict(list)
    operations, end = 0, 0
    for op in history:
        of[op.key].append(replace(op, begun=op.begun - refresh) if refresh and op.kind == "read" else op)
        operations, end = operations + 1, max(end, op.begun, op.ended or 0)
    before = before or {}
    names = sorted({*of, *before, *(name for contents in final.values() for name in contents)})
    found: list[Finding] = []
    undecided = []
    for name in names:
        finals = [
            Op(store, 0, "read", name, None, end + 1, end + 2, "ok", held.get(name)) for store, held in final.items()
        ]
        key = Key(name, of[name], finals, before.get(name), limit)
        found += key.differences()
        try:
            found += key.faults()
        except TooHard:
            undecided.append(name)
    return Findings(tuple(found), tuple(undecided), len(names), operations)
