"""Generated modules: they are typed Python, and they work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.contract.generate import class_name, generate_module
from crossfade.dal.entity import bind

ROOT = Path(__file__).parents[3]
CONTRACTS = [ROOT / "contracts" / "migrationContract.json"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ORDER", "Order"), ("ORDER_ITEM", "OrderItem"), ("order-item", "OrderItem"), ("UsageDaily", "UsageDaily")],
)
def test_class_names(name: str, expected: str) -> None:
    assert class_name(name) == expected


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda p: p.parent.name)
def test_the_classes_bind_to_their_entities(path: Path) -> None:
    contract = load(path)
    module: Any = ModuleType("generated")
    sys.modules["generated"] = module  # dataclasses look their module up
    try:
        exec(generate_module(contract), module.__dict__)  # noqa: S102 - running it is the test
        for name in contract.entities:
            cls = getattr(module, class_name(name))
            assert bind(contract, cls).cls is cls
            for pattern in contract.entities[name].access_patterns:
                assert callable(getattr(getattr(module, class_name(name) + "Repository"), pattern))
    finally:
        del sys.modules["generated"]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda p: p.parent.name)
def test_a_strict_type_checker_and_the_linter_accept_it(path: Path, tmp_path: Path) -> None:
    module = tmp_path / "generated.py"
    module.write_text(generate_module(load(path)), encoding="utf-8")
    for command in (
        ["mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), str(module)],
        ["ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--ignore", "INP001,A002", str(module)],
        ["ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml"), str(module)],
    ):
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S603 - fixed commands
        assert done.returncode == 0, done.stdout + done.stderr
