"""What a verification compares, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What to compare, and how.

    Attributes:
        entities: whose rows and items; everybody's where empty.
        workers: chunks looked at at a time.
        sample: the share of keys to look at, from 0 to 1.
        seed: chooses them; the same seed chooses the same ones.
        extras: also scan DynamoDB for items that no row explains.
        reverse: DynamoDB is the source, MySQL the target.
        looks: how often a difference is looked at again before it counts.
        pause: seconds before each of these looks.
        examples: how many differences of each entity and kind are kept with their fields.
        most: how many differences are kept at all.
        chunk: rows a look.
        segments: of the scan of each table.
    """

    entities: tuple[str, ...] = ()
    workers: int = 4
    sample: float = 1.0
    seed: int = 0
    extras: bool = True
    reverse: bool = False
    looks: int = 2
    pause: float = 1.0
    examples: int = 20
    most: int = 100_000
    chunk: int = 1000
    segments: int = 4

    def about(self) -> dict[str, Any]:
        """What a checkpoint is about."""
        return {
            "entities": list(self.entities),
            "sample": self.sample,
            "seed": self.seed,
            "extras": self.extras,
            "reverse": self.reverse,
            "segments": self.segments,
        }
