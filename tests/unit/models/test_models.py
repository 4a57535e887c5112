"""Every interleaving of each model ends well, and each rule is needed: taken away, it is shown how a write is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from tests.unit.models import back, flip, moves, percent, sync
from tests.unit.models.explore import Fault, explore

PROTOCOLS: tuple[ModuleType, ...] = (sync, flip, back, moves, percent)


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


MODELS = [
    pytest.param(model, id=f"{_name(module)}: {name}") for module in PROTOCOLS for name, model in module.MODELS.items()
]
RULES = [pytest.param(module, rule, id=f"{_name(module)}: {rule}") for module in PROTOCOLS for rule in module.RULES]


@pytest.mark.parametrize("model", MODELS)
def test_every_interleaving_ends_well(model: Any, record_property: Callable[[str, object], None]) -> None:
    explored = explore(model)
    record_property("states", explored.states)
    assert explored.fault is None, str(explored.fault)
    assert explored.ends > 0
    assert explored.states > 500, "the model has hardly anything to explore"


@pytest.mark.parametrize(("module", "rule"), RULES)
def test_each_rule_is_needed(module: ModuleType, rule: str) -> None:
    fault = _first_fault(module, frozenset({rule}))
    assert fault is not None, f"nothing goes wrong without this rule: {module.RULES[rule]}"
    assert _replayed(module, rule, fault), f"the trace is none:\n{fault}"


def _first_fault(module: ModuleType, without: frozenset[str]) -> Fault[Any] | None:
    faults = (explore(replace(model, without=without)).fault for model in module.MODELS.values())
    return next((fault for fault in faults if fault is not None), None)


def _replayed(module: ModuleType, rule: str, fault: Fault[Any]) -> bool:
    """Whether the trace leads to the state in one of the models."""
    for model in module.MODELS.values():
        broken = replace(model, without=frozenset({rule}))
        reached = {broken.start}
        for label in fault.trace:
            reached = {after for state in reached for name, after in broken.steps(state) if name == label}
        if fault.state in reached:
            return True
    return False
