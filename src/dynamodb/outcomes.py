"""What became of items that were to be written, and how fast to write. Values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item.

    Attributes:
        status: written; present: something (a tombstone, too) was there and was left; refused: it cannot be written.
        reason: why it was refused.
    """

    status: Literal["written", "present", "refused"]
    reason: str = ""


WRITTEN, PRESENT = Outcome("written"), Outcome("present")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of each item, in order, and the write units consumed."""

    outcomes: tuple[Outcome, ...]
    units: float


class Pace(Protocol):
    """How fast to write."""

    def take(self, units: float) -> float:
        """Take so many write units; the seconds to wait before they may be consumed."""

    def consumed(self, taken: float, units: float) -> None:
        """Tell how many the request that took `taken` consumed."""

    def throttled(self) -> None:
        """Tell that DynamoDB refused for load."""
