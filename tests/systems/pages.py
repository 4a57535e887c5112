"""What is made from the systems' contracts and committed; `python -m tests.systems.pages` makes it anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from crossfade.contract import load
from crossfade.contract.docs import data_model
from crossfade.contract.generate import generate_module
from crossfade.contract.guide import guide
from crossfade.contract.model import Contract
from tests.systems.system import ROOT, SYSTEMS, contract_path


def made(name: str) -> Mapping[Path, Callable[[Contract], str]]:
    """The files of a system, each with what makes it. The shop's classes are written by hand."""
    found = {
        ROOT / "docs" / "systems" / f"{name}.md": guide,
        contract_path(name).with_name("data-model.md"): data_model,
        ROOT / "examples" / name / "entities.py": generate_module,
    }
    return {path: make for path, make in found.items() if name != "shop" or make is not generate_module}


if __name__ == "__main__":
    for system in SYSTEMS:
        for path, make in made(system).items():
            path.write_text(make(load(contract_path(system))), encoding="utf-8")
