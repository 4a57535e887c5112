"""What a write found in its way and may remove at its next try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crossfade.dynamodb.shelf import Shelf, Stored
from crossfade.dynamodb.wire import KeyId

Place = tuple[str, tuple[Any, ...]]


@dataclass(slots=True)
class Obstacles:
    """What is in the way.

    Attributes:
        gone: leftovers (expired items, tombstones) by the entity that they hinder.
        vacant: lookup items that lead nowhere, with their tokens.
        astray: lookup items of what goes that belong to somebody else by now.
        noted: how often something was noted.
    """

    gone: dict[Place, dict[KeyId, Stored]] = field(default_factory=dict)
    vacant: dict[str, str | None] = field(default_factory=dict)
    astray: set[str] = field(default_factory=set)
    noted: int = 0

    def add(self, shelf: Shelf, key: Mapping[str, Any], leftover: Stored) -> None:
        """Note a leftover that hinders the entity with this key."""
        self.gone.setdefault((shelf.entity.name, shelf.ident(key)), {})[leftover.id] = leftover
        self.noted += 1

    def vacate(self, text: str, token: str | None) -> None:
        """Note a lookup item that leads nowhere."""
        self.vacant[text] = token
        self.noted += 1

    def stray(self, text: str) -> None:
        """Note a lookup item that belongs to somebody else."""
        self.astray.add(text)
        self.noted += 1

    def of(self, shelf: Shelf, key: Mapping[str, Any]) -> tuple[Stored, ...]:
        """The leftovers that hinder the entity with this key."""
        return tuple(self.gone.get((shelf.entity.name, shelf.ident(key)), {}).values())

    def forget(self, at: KeyId) -> None:
        """Forget the leftover at an item key: it is not what it was."""
        for leftovers in self.gone.values():
            leftovers.pop(at, None)
