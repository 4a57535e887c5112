"""The conformance count: how many of the same tests passed on each implementation."""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

from tests.conformance.collecting import PROPERTY

_COUNT = pytest.StashKey["ConformanceCount"]()


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

    def missing(self) -> dict[str, set[str]]:
        """By implementation, the tests that passed on another one but not on it, for no known reason."""
        everything = set().union(*self.passed.values())
        found = {kind: everything - passed - set(self.excused[kind]) for kind, passed in self.passed.items()}
        return {kind: tests for kind, tests in found.items() if tests}


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count, in the process that prints the summary."""
    if not hasattr(config, "workerinput"):
        config.stash[_COUNT] = ConformanceCount()
        config.pluginmanager.register(config.stash[_COUNT])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a whole run in which an implementation passed fewer conformance tests than another."""
    count = session.config.stash.get(_COUNT, None)
    if count is not None and count.missing() and os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the count."""
    count = config.stash.get(_COUNT, None)
    if count is None or not count.passed:
        return
    terminalreporter.section("conformance")
    missing = count.missing()
    for kind, passed in sorted(count.passed.items()):
        excused = f", {len(count.excused[kind])} known differences" if count.excused[kind] else ""
        less = f", {len(missing[kind])} that passed elsewhere did not pass here" if kind in missing else ""
        terminalreporter.line(f"{kind:<10}{len(passed):>6} passed{excused}{less}")
        for test in sorted(missing.get(kind, ()))[:20]:
            terminalreporter.line(f"{'':<12}{test}")
