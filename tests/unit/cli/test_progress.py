"""A bar on a terminal, lines now and then elsewhere."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from crossfade.cli.progress import Bar, span


class Clock:
    """A clock that stands."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_without_a_terminal_a_line_every_few_seconds() -> None:
    out, clock = StringIO(), Clock()
    with Bar(1_000, console=Console(file=out, force_terminal=False, width=20), clock=clock) as bar:
        for second in range(12):
            clock.now = float(second)
            bar.update(second * 50, "[red]2 different")
    assert out.getvalue().splitlines() == [
        "250 of 1,000 rows, 50/s, 0:15 left, [red]2 different",
        "500 of 1,000 rows, 50/s, 0:10 left, [red]2 different",
    ]


def test_what_earlier_runs_did_is_not_this_ones_rate() -> None:
    out, clock = StringIO(), Clock()
    with Bar(1_000, unit="items", console=Console(file=out, force_terminal=False), clock=clock) as bar:
        bar.update(900)
        clock.now = 10.0
        bar.update(910)
        clock.now = 20.0
        bar.update(1_010)
    assert out.getvalue().splitlines() == ["910 of 1,000 items, 1/s, 1:30 left", "1,010 of 1,010 items"]


def test_on_a_terminal_a_bar_that_leaves_nothing() -> None:
    out = StringIO()
    with Bar(10, console=Console(file=out, force_terminal=True, width=120)) as bar:
        bar.update(5, "[red]half")
        bar.update(12, "more than there was")
    assert "12/12" in out.getvalue()
    assert "more than there was" in out.getvalue()


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (65, "1:05"), (3_600, "1:00:00"), (90_061, "25:01:01")])
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert span(seconds) == text
