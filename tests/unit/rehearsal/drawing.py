"""Histories for tests: of a register that is one, with clients that overlap and crash; and any at all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import permutations, product

from hypothesis import strategies as st

from crossfade.rehearsal.history import Kind, Op, Outcome, Value

KEYS = ("a", "b")
KINDS: tuple[Kind, ...] = ("write", "write", "delete", "read", "read", "add")


def op(
    kind: Kind,
    value: Value | None,
    begun: int,
    ended: int | None,
    *,
    seen: Value | None = None,
    outcome: Outcome = "ok",
    key: str = "a",
) -> Op:
    """An operation, of a client that is named by its begin."""
    return Op(f"c{begun}", begun, kind, key, value, begun, ended, outcome, seen)


def applied(state: Value | None, op: Op) -> Value | None:
    """The value after an operation on it; LookupError where it cannot be."""
    if op.kind in {"write", "delete"}:
        return op.value
    if op.kind == "read":
        total = state
    elif isinstance(state, int) and isinstance(op.value, int):
        total = state + op.value
    else:
        raise LookupError
    if total != op.seen and (op.kind == "read" or op.seen is not None):
        raise LookupError
    return total


# ------------------------------------------------------------------------- a register that is one


@dataclass
class Register:
    """Keys that clients work on, and what they did."""

    values: dict[str, int] = field(default_factory=dict)
    ops: list[Op] = field(default_factory=list)
    under_way: dict[int, Op] = field(default_factory=dict)
    took_effect: set[int] = field(default_factory=set)
    late: list[Op] = field(default_factory=list)
    now: int = 0

    def step(self, client: int, kind: Kind, key: str, chance: int) -> None:
        """A client begins an operation, or the one it has under way takes effect, ends, or is cut off."""
        self.now += 1
        if client not in self.under_way:
            value = {"write": self.now, "add": chance}.get(kind)
            self.under_way[client] = Op(f"c{client}", self.now, kind, key, value, self.now, None, "unknown")
        elif chance == 0:
            self._cut_off(client)
        elif client in self.took_effect:
            self.took_effect.remove(client)
            self.ops.append(replace(self.under_way.pop(client), ended=self.now))
        else:
            self._take_effect(client)
        if chance == 1 and self.late:
            self._effect(self.late.pop(0))

    def end(self) -> tuple[list[Op], dict[str, int]]:
        """The history, and what the register holds in the end."""
        for client in list(self.under_way):
            self._cut_off(client)
        return self.ops, self.values

    def _take_effect(self, client: int) -> None:
        op = self.under_way[client]
        if op.kind == "add" and op.key not in self.values:
            self.ops.append(replace(self.under_way.pop(client), ended=self.now, outcome="failed"))
            return
        self.under_way[client] = replace(op, outcome="ok", seen=self._effect(op))
        self.took_effect.add(client)

    def _effect(self, op: Op) -> int | None:
        """Take effect; what the client will be told."""
        if op.kind == "delete":
            self.values.pop(op.key, None)
        elif isinstance(op.value, int) and (op.kind == "write" or op.key in self.values):
            self.values[op.key] = op.value + (self.values[op.key] if op.kind == "add" else 0)
        told = op.kind == "read" or (op.kind == "add" and op.begun % 2)
        return self.values.get(op.key) if told else None

    def _cut_off(self, client: int) -> None:
        op = replace(self.under_way.pop(client), outcome="unknown", seen=None)
        self.ops.append(op)
        if client not in self.took_effect:
            self.late.append(op)
        self.took_effect.discard(client)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Op], dict[str, int]]:
    """A right history, and what is there in the end."""
    register = Register()
    step = st.tuples(st.integers(0, 4), st.sampled_from(KINDS), st.sampled_from(KEYS), st.integers(0, 9))
    for client, kind, key, chance in draw(st.lists(step, max_size=120)):
        register.step(client, kind, key, chance)
    return register.end()


# ------------------------------------------------------------------------- any history, and every order of it


@st.composite
def any_ops(draw: st.DrawFn) -> list[Op]:
    """A few operations on one key that may be explained, or may not."""
    ops = []
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(KINDS))
        value = draw(st.integers(1, 2)) if kind in {"write", "add"} else None
        seen = draw(st.none() | st.integers(1, 4)) if kind in {"read", "add"} else None
        begun = draw(st.integers(0, 12))
        outcome: Outcome = draw(st.sampled_from(("ok", "ok", "ok", "unknown", "failed")))
        ended = begun + draw(st.integers(0, 6)) if outcome == "ok" else None
        ops.append(op(kind, value, begun, ended, seen=seen if outcome == "ok" else None, outcome=outcome))
    return ops


def explained(ops: list[Op]) -> bool:
    """Whether some order of them is right: all orders are tried, with and without those whose outcome is unknown."""
    sure = [op for op in ops if op.outcome == "ok"]
    unsure = [op for op in ops if op.outcome == "unknown" and op.kind != "read"]
    for took in product((False, True), repeat=len(unsure)):
        chosen = sure + [op for op, did in zip(unsure, took, strict=True) if did]
        if any(_right(order) for order in permutations(chosen)):
            return True
    return False


def _right(order: tuple[Op, ...]) -> bool:
    state: Value | None = None
    for place, one in enumerate(order):
        if any(later.ended is not None and later.ended < one.begun for later in order[place + 1 :]):
            return False
        try:
            state = applied(state, one)
        except LookupError:
            return False
    return True
