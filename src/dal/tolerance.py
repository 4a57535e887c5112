"""Differences that a contract declares beforehand: shadow reads count them apart, and never hide them."""

from __future__ import annotations

from collections.abc import Mapping

from crossfade.contract.model import WHOLE_ANSWER, Contract

KEYS, COUNT = WHOLE_ANSWER
"""What differs that is no field: which records an answer has, and in what order; how many there are."""

SNAPSHOT = "a snapshot, which stays as it was"
"""The reason why a field that the contract calls a snapshot may differ in what it copies from other records."""

Tolerances = Mapping[str, Mapping[str, str]]
"""By entity and field, the reason why the field may differ."""


def tolerances(contract: Contract) -> Tolerances:
    """Those that a contract declares."""
    return {name: entity.tolerate for name, entity in contract.entities.items() if entity.tolerate}
