"""For the modules that collect the cases: the fixtures `library` and `shop`, and the tests themselves."""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from typing import Any

import pytest

from tests.conformance import CASES
from tests.conformance.backend import CONTRACTS, Backend
from tests.conformance.counting import PROPERTY
from tests.conformance.differences import difference
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
        # pytest escapes the ids of a parametrised test once more in each module that collects it.
        test = re.sub(r"\\+", r"\\", request.node.name.replace(f"[{kind}-", "[").replace(f"[{kind}]", ""))
        reason = difference(kind, test, request.function.__module__)
        request.node.user_properties.append((PROPERTY, [kind, test, reason]))
        if reason is not None:
            pytest.skip(reason)
        opener: Opener = request.getfixturevalue(f"open_{kind}")(contract)
        return opener.fresh()

    return opened
