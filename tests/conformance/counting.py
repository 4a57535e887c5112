"""How many of the same tests passed on each implementation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

# The name under which a conformance test says which implementation it ran on.
PROPERTY = "conformance"
Outcome = tuple[str, str, str]
"""What is not run: the implementation, the test, and the reason."""


class ConformanceCount:
    """Collects the outcome of each conformance test, also of those that pytest-xdist's workers ran."""

    def __init__(self) -> None:
        self.passed: dict[str, set[str]] = defaultdict(set)
        self.excused: dict[str, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that passed, or whose failing is a known difference."""
        for name, value in report.user_properties:
            if name != PROPERTY or not isinstance(value, list):
                continue
            kind, test, reason = value
            if reason is not None:
                self.excused[kind][test] = reason
            elif report.when == "call" and report.passed:
                self.passed[kind].add(test)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Note what a worker of pytest-xdist has not run; each has collected the same."""
        self.leave(getattr(node, "workeroutput", {}).get(PROPERTY, ()))

    def leave(self, outcomes: Iterable[Outcome]) -> None:
        """Note tests that are not run, for what is known of an implementation."""
        for kind, test, reason in outcomes:
            self.excused[kind][test] = reason

    def missing(self) -> dict[str, set[str]]:
        """By implementation, the tests that passed on another one but not on it, for no known reason."""
        everything = set().union(*self.passed.values())
        found = {kind: everything - passed - set(self.excused[kind]) for kind, passed in self.passed.items()}
        return {kind: tests for kind, tests in found.items() if tests}
