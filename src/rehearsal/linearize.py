"""Whether the operations on one key can have happened one after the other, each at a moment between begin and end.

The search goes through the history's begins and ends in order, and keeps every state that the key can be in, with what
has taken effect in it (Wing and Gong 1993; Lowe 2017, just in time). An operation has to take effect when it ends, not
before; where none is under way, hardly more than the value is left of a state. Three things keep the states few:

- a read takes effect as soon as the value is the one it saw: nothing is gained by waiting;
- a write takes effect before another only if somebody sees it. Once another has overwritten it, it may also have been
  just before that one: it is *covered*, and may still take effect, but need not;
- of operations that do the same, the one that ends first takes effect first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from crossfade.rehearsal.history import Op, Value

Ids = frozenset[int]
_NONE: Ids = frozenset()
_COMPARED = 200


class TooHard(Exception):
    """There are more states than the limit."""


class Unexplained(NamedTuple):
    """An operation that no order explains. The rest goes on without it, or without what it was told, if it adds.

    `possible`: the values that the key can have had when it ended.
    """

    op: Op
    possible: frozenset[Value | None]


class _State(NamedTuple):
    """A value, and what has taken effect of what is under way; `covered`: what may have, unseen."""

    value: Value | None
    done: Ids
    covered: Ids


def unexplained(ops: Iterable[Op], before: Value | None = None, *, limit: int = 200_000) -> list[Unexplained]:
    """The operations on one key that cannot have happened as they were told; none if all of them can.

    Args:
        ops: all operations on the key, in any order.
        before: the key's value at first.
        limit: how many states are looked at before the search gives up.

    Raises:
        TooHard: it gave up.
    """
    return list(_Search(_that_matter(ops), before, limit).run())


def _that_matter(ops: Iterable[Op]) -> list[Op]:
    """Without what failed, and without what may have had an effect that nobody saw."""
    known = [op for op in ops if op.outcome == "ok" or (op.outcome == "unknown" and op.kind != "read")]
    if any(op.kind == "add" for op in known):
        return known
    seen = {op.seen for op in known if op.kind == "read"}
    return [op for op in known if op.outcome == "ok" or op.value in seen]


class _Search:
    def __init__(self, ops: Sequence[Op], before: Value | None, limit: int) -> None:
        self._ops = ops
        self._open: dict[int, Op] = {}
        self._must: Ids = _NONE
        self._states = {_State(before, _NONE, _NONE)}
        self._left = limit

    def run(self) -> Iterator[Unexplained]:
        """Go through the history."""
        begins = [(op.begun, 0, number) for number, op in enumerate(self._ops)]
        ends = [(op.ended or 0, 1, number) for number, op in enumerate(self._ops) if op.outcome == "ok"]
        for _, end, number in sorted(begins + ends):
            if not end:
                self._begin(number)
            elif (failed := self._end(number)) is not None:
                yield failed

    def _begin(self, number: int) -> None:
        op = self._open[number] = self._ops[number]
        if op.kind in {"write", "delete"} and op.outcome == "ok":
            self._must |= {number}
        if op.kind == "read":
            self._states = {self._noticed(state) for state in self._states}

    def _end(self, number: int) -> Unexplained | None:
        op, failed = self._ops[number], None
        after = self._reached(number)
        if not after:
            failed = Unexplained(op, frozenset(state.value for state in self._reached(None)))
            self._open[number] = replace(op, seen=None)
            after = (self._reached(number) if op.kind == "add" else None) or self._states
        del self._open[number]
        self._must -= {number}
        self._states = self._best({_State(s.value, s.done - {number}, s.covered - {number}) for s in after})
        return failed

    def _best(self, states: set[_State]) -> set[_State]:
        """Without those that another can do all of: nothing sets them apart but writes that need not have been."""
        if len(states) == 1:
            return states
        of: defaultdict[Value | None, list[_State]] = defaultdict(list)
        for state in sorted(states, key=lambda state: len(state.done)):
            rivals = of[state.value]
            if len(rivals) > _COMPARED or not any(self._beats(rival, state) for rival in rivals):
                rivals.append(state)
        return {state for rivals in of.values() for state in rivals}

    def _beats(self, one: _State, other: _State) -> bool:
        if not (one.done <= other.done and other.covered <= one.covered):
            return False
        spent = other.done - one.done
        return all(n in one.covered or self._open[n].outcome == "unknown" for n in spent)

    # --------------------------------------------------------------------- single states

    def _reached(self, target: int | None) -> set[_State]:
        """The states in which the target has taken effect; without a target, all that can be reached."""
        return {reached for state in self._states for reached in self._reach(state, target)}

    def _reach(self, start: _State, target: int | None) -> Iterator[_State]:
        waiting, known = [(start, False)], {(start, False)}
        while waiting:
            self._left -= 1
            if self._left < 0:
                raise TooHard
            state, idle = waiting.pop()
            if target is None or target in state.done:
                yield state
                if target is not None:
                    continue
            elif target in state.covered and not idle:
                yield state
            for following in self._following(state, idle):
                if following not in known:
                    known.add(following)
                    waiting.append(following)

    def _following(self, state: _State, idle: bool) -> Iterator[tuple[_State, bool]]:
        """What can take effect next; idle: the last write did so in vain, if another follows it at once."""
        tried = set()
        for number, op in sorted(self._open.items(), key=_ends):
            if op.kind == "read" or number in state.done:
                continue
            same = (op.kind, op.value, op.seen, number in state.covered)
            if same in tried or (idle and op.kind != "add"):
                continue
            tried.add(same)
            if (after := self._applied(state, number, op)) is not None:
                noticed = self._noticed(after)
                vain = noticed.done == after.done and (op.kind != "add" or op.outcome == "unknown")
                yield noticed, vain and op.seen is None

    def _applied(self, state: _State, number: int, op: Op) -> _State | None:
        done = state.done | {number}
        if op.kind != "add":
            return _State(op.value, done, self._must - done)
        if not isinstance(state.value, int) or not isinstance(op.value, int):
            return None
        total = state.value + op.value
        return _State(total, done, state.covered) if op.seen in {None, total} else None

    def _noticed(self, state: _State) -> _State:
        """With the reads under way that saw this value."""
        reads = (n for n, op in self._open.items() if op.kind == "read" and op.seen == state.value)
        return state._replace(done=state.done.union(reads))


def _ends(entry: tuple[int, Op]) -> tuple[float, int]:
    number, op = entry
    return (float("inf") if op.outcome != "ok" or op.ended is None else op.ended), number
