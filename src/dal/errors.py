"""The errors of repositories: one tree, the same on every store, with fields instead of only text.

Drivers' errors become these in `mysql/errors.py` and `dynamodb/errors.py`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crossfade.contract.errors import ContractError, CrossfadeError, InvalidKey, InvalidValue

__all__ = [
    "CapacityExceeded",
    "ConditionFailed",
    "ConfigurationError",
    "Conflict",
    "ContractError",
    "CrossfadeError",
    "DuplicateKey",
    "DuplicateUnique",
    "InvalidCursor",
    "InvalidKey",
    "InvalidPattern",
    "InvalidValue",
    "ItemTooLarge",
    "MissingReference",
    "NotFound",
    "OutcomeUnknown",
    "Referenced",
    "SchemaMismatch",
    "StoreError",
    "StoreUnavailable",
    "TransactionTooLarge",
    "VersionConflict",
]


class ConfigurationError(CrossfadeError):
    """A setting that is missing or makes no sense; the message says where it can be set."""


class InvalidPattern(CrossfadeError, ValueError):
    """A call that does not fit its access pattern: an unknown one, a missing or an unknown argument."""


class InvalidCursor(CrossfadeError, ValueError):
    """A cursor that was tampered with, or that belongs to another query."""


class StoreError(CrossfadeError):
    """The base of what a store answers.

    Attributes:
        message: what went wrong, without the fields below.
        entity: the entity's name, where the error concerns one.
        key: the key, in field terms.
        store: `mysql`, `dynamodb` or `memory`.
        operation: the repository's operation, such as `update`.
        request_id: DynamoDB's request id, or MySQL's connection id, where there is one.
    """

    def __init__(
        self,
        message: str,
        *,
        entity: str | None = None,
        key: Mapping[str, Any] | None = None,
        store: str | None = None,
        operation: str | None = None,
        request_id: str | None = None,
    ) -> None:
        self.message = message
        self.entity = entity
        self.key = key
        self.store = store
        self.operation = operation
        self.request_id = request_id
        super().__init__(message)

    def __str__(self) -> str:
        subject = " ".join(str(x) for x in (self.operation, self.entity, dict(self.key) if self.key else None) if x)
        where = f" [{self.store}]" if self.store else ""
        return f"{subject + ': ' if subject else ''}{self.message}{where}"


class NotFound(StoreError):
    """There is no entity with this key."""


class DuplicateKey(StoreError):
    """There is an entity with this key already."""


class DuplicateUnique(StoreError):
    """Another entity holds the value of a unique list of fields; `fields` names them."""

    def __init__(self, message: str, *, fields: Sequence[str] = (), **details: Any) -> None:
        self.fields = tuple(fields)
        super().__init__(message, **details)


class ConditionFailed(StoreError):
    """`where` does not hold; `current` is the entity as it is, where the store tells it."""

    def __init__(self, message: str, *, current: Any = None, **details: Any) -> None:
        self.current = current
        super().__init__(message, **details)


class VersionConflict(ConditionFailed):
    """The entity has another version than the caller's; `current_version` is the one it has."""

    def __init__(self, message: str, *, current_version: int | None = None, **details: Any) -> None:
        self.current_version = current_version
        super().__init__(message, **details)


class MissingReference(StoreError):
    """A field refers to an entity that does not exist; `fields` and `target` say which."""

    def __init__(self, message: str, *, fields: Sequence[str] = (), target: str | None = None, **details: Any) -> None:
        self.fields = tuple(fields)
        self.target = target
        super().__init__(message, **details)


class Referenced(StoreError):
    """The entity cannot be deleted while others refer to it; `by` names their entity where known."""

    def __init__(self, message: str, *, by: str | None = None, **details: Any) -> None:
        self.by = by
        super().__init__(message, **details)


class Conflict(StoreError):
    """Others changed the same entities at the same time (deadlock, lock wait, transaction conflict)."""

    retryable = True


class CapacityExceeded(StoreError):
    """The store refused for load (throttling, too many connections)."""

    retryable = True


class StoreUnavailable(StoreError):
    """The store cannot be reached, or refuses the credentials. Nothing was written.

    Not `retryable` where the store has answered that it refuses: without a grant, it will again.
    """

    retryable = True


class OutcomeUnknown(StoreError):
    """The reply to a write was lost and nothing can tell any more whether it was made. Read before trying again."""


class ItemTooLarge(StoreError):
    """The item is over DynamoDB's 400 KB; `size` is its size in bytes as AWS computes it."""

    def __init__(self, message: str, *, size: int = 0, **details: Any) -> None:
        self.size = size
        super().__init__(message, **details)


class TransactionTooLarge(StoreError):
    """The unit of work is over DynamoDB's limits of 100 actions or 4 MB; `actions` counts them."""

    def __init__(self, message: str, *, actions: int = 0, **details: Any) -> None:
        self.actions = actions
        super().__init__(message, **details)


class SchemaMismatch(StoreError):
    """The store's tables are not what the contract says: a table, column or index is missing or differs."""
