"""A report on the terminal: its numbers, and values that only lie there."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from crossfade.cli.report_text import print_report
from crossfade.migration.report import Counts, Difference, Direction, FieldDifference, Report

HOSTILE = "[red]\x1b[31m\u202e[/nothing]"


def printed(report: Report) -> str:
    out = StringIO()
    print_report(report, Console(file=out, width=300, force_terminal=False), examples=2)
    return out.getvalue()


def report(*differences: Difference, direction: Direction = "forward", **counts: int) -> Report:
    moment = "2026-01-02T03:04:05+00:00"
    return Report(
        "f", "c.json", "", moment, moment, 1.0, True, {HOSTILE: Counts(**counts)}, differences, notes=(HOSTILE,),
        direction=direction,
    )  # fmt: skip


def test_markup_and_control_characters_do_nothing() -> None:
    fields = (FieldDifference(HOSTILE, HOSTILE, None),)
    text = printed(report(Difference("mismatch", HOSTILE, "t", {}, {HOSTILE: HOSTILE}, fields=fields), mismatch=1))
    assert "\x1b" not in text
    assert "\u202e" not in text
    escaped = r"[red]\x1b[31m\u202e[/nothing]"
    assert f"    {escaped}: {escaped} → absent" in text
    assert text.count(escaped) == 7


def test_the_first_examples_of_each_kind_and_the_verdict() -> None:
    differences = [Difference("extra", "E", "t", {}, {"id": str(i)}) for i in range(5)]
    text = printed(report(*differences, rows=1_234, extra=5))
    assert "extra E id=1" in text
    assert "id=2" not in text
    assert text.endswith("different: 1,234 rows; 5 extra\n")


@pytest.mark.parametrize(("direction", "sides"), [("forward", "MySQL → DynamoDB"), ("reverse", "DynamoDB → MySQL")])
def test_the_sides_are_named(direction: Direction, sides: str) -> None:
    fields = (FieldDifference("x", "1", "2"),)
    text = printed(report(Difference("mismatch", "E", "t", {}, fields=fields), direction=direction, mismatch=1))
    assert f"field: {sides}\n" in text


def test_equal() -> None:
    assert printed(report(rows=3, equal=3)).endswith("equal: 3 rows, no difference\n")
