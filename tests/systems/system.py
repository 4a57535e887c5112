"""A system: a contract, rows to begin with, and everything that its application asks of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ("shop", "productivity", "shuttle", "calendsync", "coagent")
"""Every system: `tests.systems.NAME` has it as `SYSTEM`."""


@dataclass(frozen=True)
class System:
    """What is tried of a system.

    Attributes:
        name: of the system.
        contract: its contract; `schema.sql` lies beside it.
        patterns: an operation or an access pattern by its number or name, and what tries it: it is given an opened
            `crossfade.App` that holds the seed, makes what it needs under keys of its own, so that it can be tried at
            one stage after another, and asserts the answers exactly. What several have in common is tried once.
        seed: writes the rows to begin with, some hundred, through an opened `crossfade.App`.
    """

    name: str
    contract: Path
    patterns: Mapping[str, Callable[[Any], None]]
    seed: Callable[[Any], object]

    def tried(self, app: Any) -> None:
        """Try every pattern.

        Raises:
            ExceptionGroup: what went wrong, each with the pattern's name.
        """
        failed: list[Exception] = []
        for attempt in dict.fromkeys(self.patterns.values()):
            try:
                attempt(app)
            except Exception as error:  # noqa: BLE001 - the other patterns are to be tried, too
                error.add_note(f"{self.name}: {', '.join(n for n, a in self.patterns.items() if a is attempt)}")
                failed.append(error)
        if failed:
            raise ExceptionGroup(f"{self.name}: see the notes for the patterns", failed)


def contract_path(name: str) -> Path:
    """The contract of a system."""
    contracts = ROOT / "contracts"
    folder = contracts if name == "shop" else contracts / "examples" / name
    return folder / "migrationContract.json"


def system(name: str) -> System:
    """A system by its name."""
    found = importlib.import_module(f"tests.systems.{name}").SYSTEM
    assert isinstance(found, System)
    return found
