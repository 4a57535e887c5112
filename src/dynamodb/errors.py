"""What botocore raises, as the errors of `dal.errors`: by class and AWS code, never by message text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossfade.dal.errors import ConditionFailed, OutcomeUnknown, StoreError
from crossfade.dynamodb.wire import Item

STORE = "dynamodb"


class ConditionRefused(ConditionFailed):
    """The condition of a single write was false; nothing was written.

    For `dynamodb/` alone, which turns it into DuplicateKey, NotFound, VersionConflict ...

    Attributes:
        item: the item as it is, where the request asked for it (`ReturnValuesOnConditionCheckFailure`) and there is one.
    """

    def __init__(self, message: str, *, item: Item | None = None, **details: Any) -> None:
        self.item = item
        super().__init__(message, **details)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one action of a cancelled transaction failed, in the order of its actions.

    Attributes:
        code: `None` for an action that was fine, `ConditionalCheckFailed`, `TransactionConflict`,
            `ProvisionedThroughputExceeded`, `ThrottlingError`, `ItemCollectionSizeLimitExceeded`, `ValidationError`.
        item: the item as it is, where the action asked for it.
    """

    code: str | None
    item: Item | None = None


class Cancelled(ConditionFailed):
    """A transaction was cancelled because of what it holds; nothing was written. For `dynamodb/` alone."""

    def __init__(self, message: str, *, reasons: Sequence[Reason] = (), **details: Any) -> None:
        self.reasons = tuple(reasons)
        super().__init__(message, **details)

    @property
    def refused(self) -> tuple[int, ...]:
        """The positions of the actions whose condition was false."""
        return tuple(i for i, r in enumerate(self.reasons) if r.code == "ConditionalCheckFailed")


class Unclear(OutcomeUnknown):
    """A write that may have been made. For `dynamodb/` alone, which looks at the item's `_rev`.

    Attributes:
        finished: the server answered (a 5xx), so the write was made or never will be. False where the reply was
            lost: the request may still arrive.
    """

    def __init__(self, message: str, *, finished: bool, **details: Any) -> None:
        self.finished = finished
        super().__init__(message, **details)


class Undecodable(StoreError):
    """An item that does not hold what the contract says.

    Attributes:
        attribute: the attribute's path, dotted.
        item_key: the item's key attributes as they are.
    """

    def __init__(
        self, message: str, *, attribute: str = "", item_key: Mapping[str, Any] | None = None, **details: Any
    ) -> None:
        self.attribute = attribute
        self.item_key = item_key
        super().__init__(message, **details)


def translate(error: Exception, *, write: bool) -> StoreError:
    """The error for what botocore raised.

    Args:
        error: a botocore exception.
        write: whether the request may have changed something: what is unclear then becomes `Unclear`.

    Returns:
        `ConditionRefused`, `Cancelled` or `Unclear` for writes, else one of `dal.errors`; with the request id.
    """
    raise NotImplementedError
