"""What a caller asked of an entity before its write: version and condition, decided on what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossfade.contract.plan_key import Direct
from crossfade.dal.condition import Condition, holds
from crossfade.dal.errors import ConditionFailed, NotFound, VersionConflict
from crossfade.dal.prepare import Delete, Update
from crossfade.dynamodb.errors import STORE
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.wire import Item


def check(shelf: Shelf, record: Mapping[str, Any], where: Condition | None, version: int | None) -> None:
    """Raise unless a record has the version and fulfils the condition.

    Raises:
        VersionConflict, ConditionFailed: with the record.
    """
    field = shelf.entity.version_field
    if version is not None and field is not None and record[field] != version:
        raise VersionConflict(
            f"it has version {record[field]}, not {version}",
            current=dict(record),
            current_version=record[field],
            store=STORE,
        )
    if where is not None and not holds(where, record):
        raise ConditionFailed("the condition does not hold", current=dict(record), store=STORE)


def explain(shelf: Shelf, item: Item | None, asked: Update | Delete) -> bool:
    """Raise why a live item does not fulfil a single request; else, whether it is certainly absent.

    Raises:
        NotFound: an update of what is certainly absent.
    """
    direct = isinstance(shelf.plan, Direct)
    stored = shelf.stored(item) if item is not None and shelf.owns(item) else None
    if stored is None or stored.state != "live" or shelf.ident(stored.record) != shelf.ident(asked.key):
        if direct and isinstance(asked, Update):
            raise NotFound("there is none with this key", store=STORE)
        return direct
    check(shelf, stored.record, asked.where, asked.version)
    if isinstance(asked, Update):
        shelf.prepare.changed(asked, stored.record)
    return False
