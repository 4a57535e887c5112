"""The order of a run: the long tests first, so that no worker of pytest-xdist begins one when the others are done."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

# Folders and modules whose tests take from ten seconds to minutes.
LONG = (
    "tests/integration/migration/",
    "tests/integration/rehearsal/",
    "tests/integration/systems/",
    "tests/integration/chinook/test_walk.py",
    "tests/integration/test_machine.py",
    "tests/unit/interleavings/",
    "tests/unit/models/",
    "tests/unit/shop/",
    "tests/unit/systems/",
    "tests/unit/test_machine.py",
)


def long_first(items: Sequence[pytest.Item], shares: int) -> list[pytest.Item]:
    """Items in an order in which each of some equal shares, one after the other, begins with long tests.

    Args:
        items: what was collected.
        shares: how many; pytest-xdist's `worksteal` gives each worker one to begin with.

    Returns:
        the items; modules are dealt out whole, for what their tests have in common, but those of one folder apart.
    """
    modules: dict[str, list[pytest.Item]] = {}
    rest: list[pytest.Item] = []
    for item in items:
        if item.nodeid.startswith(LONG):
            modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
        else:
            rest.append(item)
    dealt: list[list[pytest.Item]] = [[] for _ in range(shares)]
    for module in sorted(modules.values(), key=len, reverse=True):
        min(dealt, key=len).extend(module)
    found: list[pytest.Item] = []
    for number, share in enumerate(dealt, 1):
        short = len(items) * number // shares - len(found) - len(share)
        found += share + rest[: max(short, 0)]
        del rest[: max(short, 0)]
    return found + rest
