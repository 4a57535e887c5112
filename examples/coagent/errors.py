"""The names that the application knows errors by, each for what crossfade raises on either store.

`except ConditionalCheckFailedError` and the like work as they are. Which errors may pass is `error.retryable`.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossfade.dal.errors import (
    CapacityExceeded,
    ConditionFailed,
    Conflict,
    CrossfadeError,
    DuplicateKey,
    InvalidCursor,
    InvalidPattern,
    InvalidValue,
    ItemTooLarge,
    NotFound,
    StoreUnavailable,
)

DynamoDBError = CrossfadeError
ItemNotFoundError = NotFound
ConditionalCheckFailedError = (ConditionFailed, DuplicateKey)
ThroughputExceededError = (CapacityExceeded, StoreUnavailable, Conflict)
ValidationError = (InvalidValue, InvalidPattern, InvalidCursor, ItemTooLarge)

_NAMES: Mapping[str, type[CrossfadeError] | tuple[type[CrossfadeError], ...]] = {
    "ItemNotFoundError": ItemNotFoundError,
    "ConditionalCheckFailedError": ConditionalCheckFailedError,
    "ThroughputExceededError": ThroughputExceededError,
    "ValidationError": ValidationError,
}


def error_name(error: CrossfadeError) -> str:
    """The application's name of an error; `DynamoDBError` where it has no closer one."""
    return next((name for name, types in _NAMES.items() if isinstance(error, types)), "DynamoDBError")
