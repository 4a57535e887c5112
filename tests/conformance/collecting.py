"""For the modules that collect the cases: the fixtures `library` and `shop`, and the tests themselves."""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from typing import Any

import pytest

from tests.conformance import CASES
from tests.conformance.backend import CONTRACTS, Backend
from tests.conformance.counting import PROPERTY, Outcome
from tests.conformance.differences import SOMETIMES, difference
from tests.conformance.opening import Opener


def collect(namespace: dict[str, Any], kinds: Sequence[str]) -> None:
    """Put every case, and the fixtures that they take, into a test module.

    Args:
        namespace: the module's `globals()`.
        kinds: the implementations; for each there is a fixture `open_<kind>` that gives an `Opener` for a
            contract's name.
    """
    for case in CASES:
        module = importlib.import_module(f"tests.conformance.cases_{case}")
        for name, value in vars(module).items():
            if name.startswith("test_") and value.__module__ == module.__name__:
                assert name not in namespace, f"two cases are called {name}"
                namespace[name] = value
    for contract in CONTRACTS:
        namespace[contract] = _fixture(contract, kinds)


def _fixture(contract: str, kinds: Sequence[str]) -> Any:
    @pytest.fixture(name=contract, params=kinds)
    def opened(request: pytest.FixtureRequest) -> Backend:
        kind: str = request.param
        test = _name(request.node, kind)
        reason = difference(kind, test, request.function.__module__)
        request.node.user_properties.append((PROPERTY, [kind, test, reason]))
        opener: Opener = request.getfixturevalue(f"open_{kind}")(contract)
        return opener.fresh()

    return opened


def _name(item: pytest.Function, kind: str) -> str:
    """A test's name without the implementation."""
    # pytest escapes the ids of a parametrised test once more in each module that collects it.
    return re.sub(r"\\+", r"\\", item.name.replace(f"[{kind}-", "[").replace(f"[{kind}]", ""))


def part(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[tuple[pytest.Item, Outcome]]]:
    """Part what an implementation is known to do otherwise only sometimes from what is to run.

    What it always does otherwise runs, and has to fail.

    Args:
        items: what was collected.

    Returns:
        what is to run, and what is not, with what to count of it.
    """
    kept: list[pytest.Item] = []
    left: list[tuple[pytest.Item, Outcome]] = []
    for item in items:
        kind = _kind(item)
        if kind is None or not isinstance(item, pytest.Function):
            kept.append(item)
            continue
        test = _name(item, kind)
        reason = difference(kind, test, item.function.__module__)
        if reason in SOMETIMES:
            left.append((item, (kind, test, reason)))
            continue
        if reason is not None:
            item.add_marker(pytest.mark.xfail(strict=True, reason=reason))
        kept.append(item)
    return kept, left


def _kind(item: pytest.Item) -> str | None:
    """The implementation that a conformance test runs on; None for any other test."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or "tests.conformance" not in getattr(item, "function", part).__module__:
        return None
    return next((str(callspec.params[name]) for name in CONTRACTS if name in callspec.params), None)
