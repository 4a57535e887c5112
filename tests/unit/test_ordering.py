"""The order of a run: every test once, and each worker's share begins with long ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.ordering import LONG, long_first


def items(*modules: tuple[str, int]) -> list[Any]:
    """So many tests of some modules."""
    return [SimpleNamespace(nodeid=f"{module}::test_{n}") for module, count in modules for n in range(count)]


def test_each_share_begins_with_long_tests() -> None:
    given = items(("tests/a.py", 50), *((f"{LONG[0]}test_{n}.py", n) for n in range(1, 5)), ("tests/z.py", 40))
    found = long_first(given, 4)
    assert sorted(i.nodeid for i in found) == sorted(i.nodeid for i in given)
    assert [found[n].nodeid.startswith(LONG) for n in (0, 25, 50, 75)] == [True] * 4
    assert [i.nodeid for i in found if i.nodeid.startswith("tests/a")] == [i.nodeid for i in given[:50]]


def test_the_tests_of_a_module_stay_together() -> None:
    found = [i.nodeid for i in long_first(items((f"{LONG[0]}test_a.py", 3), (f"{LONG[0]}test_b.py", 5)), 2)]
    assert [n.partition("::")[0][-4] for n in found] == list("bbbbbaaa")


def test_where_none_is_long_nothing_changes() -> None:
    given = items(("tests/a.py", 3), ("tests/b.py", 4))
    assert long_first(given, 3) == given
