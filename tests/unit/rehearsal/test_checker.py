"""The checker: right histories pass, and each kind of fault is found, named and shown."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crossfade.rehearsal.checker import Findings, check
from crossfade.rehearsal.history import Op, Value
from tests.unit.rehearsal.drawing import KEYS, histories, op

LATE = 10_000


def checked(
    ops: list[Op], end: Value | None, *, other: Value | None = None, refresh: int = 0, limit: int = 200_000
) -> Findings:
    """The findings about key "a", where both stores end the same, or one of them otherwise."""
    final = {"mysql": {"a": end}, "dynamodb": {"a": end if other is None else other}}
    return check(ops, final, refresh=refresh, limit=limit)


def faults(findings: Findings) -> list[str]:
    return [finding.fault for finding in findings.found]


CASES = [
    ([op("write", "v", 0, 1)], "v", []),
    ([op("write", "v", 0, 1), op("write", "w", 2, 3)], "v", ["lost write"]),
    ([op("write", "v", 0, 1), op("write", "w", 0, 3)], "v", []),
    ([op("write", "v", 0, 1)], None, ["lost write"]),
    ([op("write", "v", 0, 1), op("delete", None, 2, 3)], None, []),
    ([op("write", "v", 0, 1), op("delete", None, 2, 3)], "v", ["resurrected"]),
    ([op("write", "v", 0, 1), op("delete", None, 2, None, outcome="unknown")], "v", []),
    ([op("write", "v", 0, 1), op("delete", None, 2, None, outcome="unknown")], None, []),
    ([op("write", "v", 0, 1), op("delete", None, 2, 3, outcome="failed")], None, ["lost write"]),
    ([op("write", "v", 0, 1), op("write", "w", 2, 3), op("read", None, 4, 5, seen="v")], "w", ["stale read"]),
    ([op("write", "v", 0, 1), op("read", None, 4, 5)], "v", ["stale read"]),
    ([op("write", "v", 0, 1), op("read", None, 4, 5, seen="x")], "v", ["impossible read"]),
    ([op("write", "v", 0, 1), op("read", None, 4, 5, seen="w"), op("write", "w", 6, 7)], "w", ["impossible read"]),
    ([op("write", "v", 0, 1, outcome="failed")], "v", ["impossible read"]),
    ([], "v", ["impossible read"]),
    ([op("write", 0, 0, 1), op("add", 1, 2, 5), op("add", 1, 3, 6)], 2, []),
    ([op("write", 0, 0, 1), op("add", 1, 2, 5), op("add", 1, 3, 6)], 1, ["lost write"]),
    ([op("write", 0, 0, 1), op("add", 1, 2, 5, seen=1), op("add", 1, 3, 6, seen=1)], 1, ["lost write"]),
    ([op("write", 0, 0, 1), op("add", 1, 2, 5, seen=1), op("add", 1, 3, 6, seen=1)], 2, ["stale read"]),
    ([op("write", 0, 0, 1), *(op("add", 1, n, n + 1) for n in range(2, 9))], 4, ["lost write"]),
    ([op("write", 0, 0, 1), op("add", 1, 2, 5)], 2, ["impossible read"]),
    ([op("add", 1, 2, 5)], None, ["lost write"]),
]


@pytest.mark.parametrize(("ops", "end", "expected"), CASES)
def test_each_kind_of_fault(ops: list[Op], end: Value | None, expected: list[str]) -> None:
    found = checked(ops, end)
    assert (faults(found), found.inconclusive, found.ok) == (expected, (), not expected), str(found)


def test_stores_that_differ_are_a_fault_even_where_each_can_be_explained() -> None:
    ops = [op("write", "v", 0, 1), op("write", "w", 2, None, outcome="unknown")]
    assert faults(checked(ops, "v", other="w")) == ["stores differ"]
    found = checked([op("write", "v", 0, 1), op("write", "w", 2, 3)], "w", other="v")
    assert faults(found) == ["stores differ", "lost write"]
    assert "mysql has 'w', dynamodb has 'v'" in str(found)


def test_a_finding_shows_the_write_that_was_lost_and_what_was_around_it() -> None:
    reads = [op("read", None, n, n + 1, seen="w") for n in range(100, 140, 2)]
    lost = op("write", "x", 1_000_000, 2_500_000)
    (finding,) = checked([op("write", "v", 0, 1), op("write", "w", 2, 3), *reads, lost], "w").found
    assert "c1000000 #1000000 write 'x': ok, and mysql has 'w' in the end" in finding.says
    assert lost in finding.ops
    assert len(finding.ops) < 10
    assert "1.000 to 2.500 ms  c1000000 #1000000 write 'x': ok" in str(finding)


def test_what_was_there_before_counts_and_reads_may_be_a_little_old() -> None:
    assert check([], {"mysql": {"a": 1}}, before={"a": 1}).ok
    assert faults(check([], {"mysql": {}}, before={"a": 1})) == ["impossible read"]
    ops = [op("write", "v", 0, 1), op("write", "w", 10, 11), op("read", None, 15, 16, seen="v")]
    assert checked(ops, "w", refresh=4).ok
    assert not checked(ops, "w", refresh=3).ok


def test_a_key_that_is_too_hard_is_no_success() -> None:
    adds = [op("add", 1 << place, 1, 50) for place in range(12)]
    found = checked([op("write", 0, 0, 0), *adds, op("read", None, 2, 49, seen=-1)], (1 << 12) - 1, limit=1000)
    assert (found.found, found.inconclusive, found.ok) == ((), ("a",), False)
    assert "not decided" in str(found)


# ------------------------------------------------------------------------- histories of a register


@settings(max_examples=300, deadline=None)
@given(histories())
def test_a_right_history_passes(history: tuple[list[Op], dict[str, int]]) -> None:
    ops, end = history
    found = check(ops, {"mysql": end, "dynamodb": end})
    assert found.ok, str(found)


@settings(max_examples=300, deadline=None)
@given(histories(), st.sampled_from(KEYS), st.sampled_from(("write", "delete")), st.booleans())
def test_a_write_that_left_nothing_is_found(
    history: tuple[list[Op], dict[str, int]], key: str, kind: str, both: bool
) -> None:
    ops, end = history
    last = op("write", -1, LATE, LATE + 1, key=key) if kind == "write" else op("delete", None, LATE, LATE + 1, key=key)
    assume(kind == "write" or key in end)
    unsure = {one.value for one in ops if one.key == key and one.outcome == "unknown"}
    adds = any(one.key == key and one.outcome == "unknown" and one.kind == "add" for one in ops)
    assume(end.get(key) not in unsure and not adds)  # else it may have come after the last
    right = {name: value for name, value in (end | {key: -1}).items() if kind == "write" or name != key}
    assert check([*ops, last], {"mysql": right, "dynamodb": right}).ok
    found = check([*ops, last], {"mysql": end if both else right, "dynamodb": end})
    named = {finding.fault for finding in found.found if finding.key == key}
    assert ("lost write" if kind == "write" else "resurrected") in named, str(found)
    assert both or "stores differ" in named


@settings(max_examples=300, deadline=None)
@given(histories(), st.integers(0, 200))
def test_a_read_of_what_nobody_wrote_is_found(history: tuple[list[Op], dict[str, int]], begun: int) -> None:
    ops, end = history
    found = check([*ops, op("read", None, begun, begun + 1, seen=-1)], {"mysql": end, "dynamodb": end})
    assert [finding.key for finding in found.found] == ["a"], str(found)
    assert found.found[0].fault in {"impossible read", "stale read"}
