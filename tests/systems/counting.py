"""How many patterns of each system were tried, and where: the table at the end of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

PROPERTY = "system"
"""The name under which a test says what it tried: system, where, patterns, reads compared, rows verified."""


class SystemsCount:
    """Collects what passed, also in the processes of pytest-xdist."""

    def __init__(self) -> None:
        self.tried: dict[str, dict[str, tuple[int, int, int]]] = defaultdict(dict)
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test tried."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name != PROPERTY or not isinstance(value, list):
                continue
            system, where, *counts = value
            self.tried[system][where] = (counts[0], counts[1], counts[2])
            if not report.passed:
                self.failed.add(system)

    def lines(self) -> Iterator[str]:
        """The table."""
        yield f"{'system':<14}{'where':<22}{'patterns':>9}{'reads compared':>16}{'rows verified':>15}"
        for system, places in sorted(self.tried.items()):
            for where, counts in places.items():
                patterns, compared, verified = (f"{n:,}" if n else "" for n in counts)
                yield f"{system:<14}{where:<22}{patterns:>9}{compared:>16}{verified:>15}"
            yield f"{system:<14}{'NOT EQUAL ON ALL' if system in self.failed else 'equal on all'}"
