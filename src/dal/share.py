"""Shares: which keys of a group stand one stage ahead of it. Pure.

Every key has a slot from 0 to 99, by a hash that is the same in every process and release. Those below the share are
ahead: raising the share only adds keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from crossfade.contract.lookup import Lookup
from crossfade.contract.model import Entity
from crossfade.contract.plan_key import lookup_slots
from crossfade.dal.stage import Route, Standing


def slot(entity: Entity, key: Mapping[str, Any]) -> int:
    """The slot of a key: the first eight bytes of the SHA-256 of the entity's name and the key as text, modulo 100.

    Keys that MySQL takes for one, by the contract's `fold`, have one slot.

    Args:
        entity: the entity.
        key: its key, canonical.
    """
    text = str(Lookup("key", lookup_slots(entity, entity.key)).text(entity.name, key))
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") % 100


def route_of(standing: Standing, entity: Entity, key: Mapping[str, Any]) -> Route:
    """What a group that stands there does with a key."""
    if not standing.ahead:
        return standing.route
    return standing.routes[-1] if slot(entity, key) < standing.ahead else standing.route
