"""The interface that applications type against. Which store answers, they never learn.

The docstrings here are the specification: every implementation passes the one conformance module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.condition import Condition
from crossfade.dal.key import Key

T = TypeVar("T")
Order = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a pattern's answer.

    Attributes:
        items: the entities, at most `limit`.
        cursor: where the next page begins, or None if there is nothing behind this one.
        consistent: False where an index answered that may lag behind the last writes.
    """

    items: list[T]
    cursor: str | None
    consistent: bool = True


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch did: the keys that were written, and each key that was not, with the reason."""

    written: list[Key] = field(default_factory=list)
    failed: list[tuple[Key, CrossfadeError]] = field(default_factory=list)


class Repository(Protocol[T]):
    """The entities of one kind.

    Keys are mappings of the key fields; the bare value does for a key of one field. Reads by key see
    every write that was acknowledged before them. An entity whose time to live has passed is absent.
    Every method may raise `StoreUnavailable`, `CapacityExceeded` or `Conflict` (all retryable, but for a
    `StoreUnavailable` that says what the store refuses).
    """

    def get(self, key: Any) -> T | None:
        """The entity, or None.

        Raises:
            InvalidValue: the key does not fit the entity.
        """

    def get_many(self, keys: Iterable[Any]) -> dict[Key, T]:
        """The entities that exist, by key, in the order of `keys`; a repeated key is read once."""

    def find(
        self,
        pattern: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        order: Order | None = None,
        where: Condition | None = None,
        **args: Any,
    ) -> Page[T]:
        """One page of an access pattern, ordered by its range field (if it has one) and then by key.

        Args:
            pattern: the pattern's name.
            limit: entities at most, counted after filters; 100 by default.
            cursor: the `Page.cursor` of the page before, from any store.
            order: the direction, for sort and key alike; the pattern's own by default.
            where: a further condition.
            **args: every field of `by`; the range field and the `filter` fields as a value or a `Range`.

        Raises:
            InvalidPattern: an unknown pattern or argument, or one that is missing.
            InvalidCursor: a cursor of another query, or one that was altered.
            InvalidValue: an argument that its field cannot hold.
        """

    def count(self, pattern: str, *, where: Condition | None = None, **args: Any) -> int:
        """How many entities the pattern finds; arguments and errors as for `find`."""

    def create(self, entity: T) -> T:
        """Store a new entity and return it as stored, with its id, times, version and derived fields.

        Raises:
            DuplicateKey: there is one with this key.
            DuplicateUnique: another one holds the value of a unique list of fields.
            MissingReference: a field refers to an entity that does not exist.
            InvalidValue, ItemTooLarge: it cannot be stored on both stores.
        """

    def put(self, entity: T) -> T:
        """Create the entity or replace the one with its key; returns it as stored. Errors as for `create`."""

    def update(
        self,
        key: Any,
        changes: Mapping[str, Any],
        *,
        where: Condition | None = None,
        version: int | None = None,
    ) -> T:
        """Change some fields in one atomic step and return the entity as it is then.

        Args:
            key: the key.
            changes: by field: a value, or `Add`, `Remove`, `Append`, `Union`, `Difference`. Rows are dictionaries, or
                instances as `create` takes them.
            where: what must hold before the change.
            version: the version it must have.

        Raises:
            NotFound: there is no such entity.
            ConditionFailed, VersionConflict: with the entity as it is.
            DuplicateUnique, MissingReference, InvalidValue, ItemTooLarge: as for `create`.
        """

    def delete(self, key: Any, *, where: Condition | None = None, version: int | None = None) -> bool:
        """Delete the entity and what its references cascade to. False if there is none.

        Raises:
            ConditionFailed, VersionConflict: with the entity as it is.
            Referenced: another entity refers to it and restricts its deletion.
        """

    def put_many(self, entities: Iterable[T]) -> BatchResult:
        """Put each entity; not atomic. Of several with the same key the last one is put."""

    def delete_many(self, keys: Iterable[Any]) -> BatchResult:
        """Delete each key; not atomic. A key that does not exist counts as written."""


class WorkRepository(Protocol[T]):
    """The entities of one kind inside a unit of work.

    A write that cannot be made raises at the call or at `commit`, depending on the store; the errors are
    those of `Repository`. What was read by `get` is unchanged at commit, else the commit raises `Conflict`.
    MySQL judges each write as it is made, DynamoDB what all of them leave: write what is referred to first, and give
    a unique value up before another entity takes it, and both say the same.
    """

    def get(self, key: Any) -> T | None:
        """The entity, with this unit's own writes to it, or None."""

    def create(self, entity: T) -> T:
        """Create at commit; returns it with its id. Derived fields may be unset until it is read again."""

    def put(self, entity: T) -> None:
        """Create or replace at commit."""

    def update(
        self,
        key: Any,
        changes: Mapping[str, Any],
        *,
        where: Condition | None = None,
        version: int | None = None,
    ) -> None:
        """Change at commit, or fail the whole unit."""

    def delete(self, key: Any, *, where: Condition | None = None, version: int | None = None) -> None:
        """Delete at commit; an absent entity is no error."""


class UnitOfWork(Protocol):
    """All or nothing. Leaving the block without `commit()` rolls back.

    At most 100 write actions and 4 MB, on every store (Amazon DynamoDB Developer Guide, TransactWriteItems).
    """

    def repository(self, entity: Any) -> WorkRepository[Any]:
        """The repository of a bound class, or by entity name for dictionaries, inside this unit."""

    def commit(self) -> None:
        """Make every write, or none.

        Raises:
            TransactionTooLarge: too many writes for one transaction.
            Conflict: others changed what this unit read or writes; try the whole unit again.
            OutcomeUnknown: the reply was lost and nothing tells whether it was made.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
