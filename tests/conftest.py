"""The order of a run, and what was counted in it: conformance, in CI a condition of its success, and systems."""

from __future__ import annotations

import gc
import os
import signal
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader

from tests.conformance.collecting import part
from tests.conformance.counting import PROPERTY, ConformanceCount
from tests.ordering import long_first
from tests.systems.counting import SystemsCount

_COUNT = pytest.StashKey[ConformanceCount]()
_SYSTEMS = pytest.StashKey[SystemsCount]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count, in the process that prints the summary."""
    # Every session of boto3 reads the descriptions of AWS's services again: two thirds of what opening a store takes.
    JSONFileLoader.load_file = staticmethod(cache(JSONFileLoader().load_file))  # type: ignore[method-assign]  # as above
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts what goes to its background so, and what we start and interrupt would inherit it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.stash[_COUNT] = ConformanceCount()
        config.pluginmanager.register(config.stash[_COUNT])
        config.stash[_SYSTEMS] = SystemsCount()
        config.pluginmanager.register(config.stash[_SYSTEMS])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long tests; leave out what an implementation does otherwise only sometimes, and count it."""
    items[:], left = part(items)
    if hasattr(config, "workerinput"):
        items[:] = long_first(items, config.workerinput["workercount"])
    if not left:
        return
    config.hook.pytest_deselected(items=[item for item, _ in left])
    outcomes = [outcome for _, outcome in left]
    if hasattr(config, "workerinput"):
        config.workeroutput[PROPERTY] = outcomes  # type: ignore[attr-defined]  # pytest-xdist's, for its controller
    else:
        config.stash[_COUNT].leave(outcomes)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: looking through it for garbage took a tenth of the CPU time."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a whole run in which an implementation passed fewer conformance tests than another."""
    count = session.config.stash.get(_COUNT, None)
    if count is not None and count.missing() and os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the counts."""
    systems = config.stash.get(_SYSTEMS, None)
    if systems is not None and systems.tried:
        terminalreporter.section("systems")
        for line in systems.lines():
            terminalreporter.line(line)
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
