"""The conformance count: printed at the end of every run, and in CI a condition of its success."""

from __future__ import annotations

import os

import pytest

from tests.conformance.counting import ConformanceCount

_COUNT = pytest.StashKey[ConformanceCount]()


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
