"""One repository for all twelve kinds, by item keys. It knows no store: crossfade's repositories answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from crossfade.dal import BatchResult, Condition, Key, Page, Repository
from crossfade.dal.errors import CrossfadeError, InvalidCursor, InvalidPattern, InvalidValue
from crossfade.dal.repository import Order
from examples.coagent.keys import ItemKey, Keys, Slice, coagent_keys
from examples.coagent.retry import Retry

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Backend(Protocol):
    """The part of `crossfade.App` that is used."""

    def repository(self, entity: type[T]) -> Repository[T]:
        """The repository of an entity's class."""


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """An entity with its metadata; the times are milliseconds since 1970."""

    entity_type: str
    key: ItemKey[T]
    data: T
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch did: the keys that were written or deleted, and each key that was not, with the reason."""

    written: list[ItemKey[Any]] = field(default_factory=list)
    failed: dict[ItemKey[Any], CrossfadeError] = field(default_factory=dict)


class GenericRepository:
    """Every operation on every kind. Errors are crossfade's; `errors` has the application's names for them.

    Args:
        backend: an open `crossfade.App`.
        retry: how often what may pass is tried again.
        keys: the item keys; coagent's own by default.
    """

    def __init__(self, backend: Backend, retry: Retry | None = None, keys: Keys | None = None) -> None:
        self._backend = backend
        self._retry = retry or Retry()
        self.keys = keys or coagent_keys()

    # -------------------------------------------------------------------------------------- one item

    def get(self, key: ItemKey[T]) -> T | None:
        """The entity, or None. Sees every write that was acknowledged before."""
        return self._retry(lambda: self._of(key.kind).get(self.keys.fields(key)))

    def get_with_metadata(self, key: ItemKey[T]) -> Stored[T] | None:
        """The entity with its type, keys and times, or None."""
        found = self.get(key)
        return None if found is None else self._stored(found)

    def put(self, entity: T) -> Stored[T]:
        """Create the entity, or replace the one with its key, whose time of creation stays."""
        return self._retry(lambda: self._stored(self._of(type(entity)).put(entity)))

    def create(self, entity: T) -> Stored[T]:
        """Store a new entity; the store sets its times, and its id where it has none.

        Raises:
            DuplicateKey: there is one with this key.
        """
        return self._retry(lambda: self._stored(self._of(type(entity)).create(entity)))

    def update(self, key: ItemKey[T], changes: Mapping[str, Any], *, where: Condition | None = None) -> Stored[T]:
        """Change some fields, and the time of the last change, in one atomic step.

        Args:
            key: the key.
            changes: by field: a value, or one of crossfade's changes (`Add`, `Remove`, `Append` ...).
            where: what must hold before.

        Raises:
            NotFound: there is no such entity.
            ConditionFailed: `where` does not hold; nothing was changed.
        """
        fields = self.keys.fields(key)
        return self._retry(lambda: self._stored(self._of(key.kind).update(fields, changes, where=where)))

    def delete(self, key: ItemKey[Any], *, where: Condition | None = None) -> bool:
        """Delete the entity; False if there is none.

        Raises:
            ConditionFailed: `where` does not hold.
        """
        return self._retry(lambda: self._of(key.kind).delete(self.keys.fields(key), where=where))

    # ---------------------------------------------------------------------------------------- queries

    def find(
        self,
        kind: type[T],
        pattern: str,
        *,
        where: Condition | None = None,
        limit: int | None = None,
        order: Order | None = None,
        cursor: str | None = None,
        **args: Any,
    ) -> Page[Stored[T]]:
        """One page of an access pattern of one kind; arguments as for `crossfade.Repository.find`."""
        ask = self._of(kind).find
        page = self._retry(lambda: ask(pattern, limit=limit, cursor=cursor, order=order, where=where, **args))
        return Page([self._stored(e) for e in page.items], page.cursor, page.consistent)

    def query(
        self,
        partition: str,
        prefix: str = "",
        *,
        where: Condition | None = None,
        limit: int = 100,
        order: Order = "asc",
        cursor: str | None = None,
    ) -> Page[Stored[Any]]:
        """One page of what lies in a partition under sort keys that begin with `prefix`, in the order of the sort keys.

        Args:
            partition: such as `USER#u1`.
            prefix: such as `PROJECT#`; of several kinds where it fits several.
            where: a further condition; of fields that all these kinds have.
            limit: entities at most, from 1, counted after the condition.
            order: the direction.
            cursor: the `Page.cursor` of the page before, of the same query.

        Raises:
            InvalidValue: no kind lies in such a partition, or one has not the fields of `where`.
            InvalidPattern: a limit that is none.
            InvalidCursor: a cursor of another query.
        """
        if type(limit) is not int or limit < 1:
            raise InvalidPattern(f"limit is a whole number from 1, not {limit!r}")
        slices = self.keys.slices(partition, prefix)[:: 1 if order == "asc" else -1]
        left, inner = _rest(slices, cursor)
        found: list[Stored[Any]] = []
        for part in left:
            wanted = limit - len(found)
            page = self.find(
                part.kind, "in_partition", where=where, limit=max(wanted, 1), order=order, cursor=inner, **part.args
            )
            if wanted == 0 and page.items:
                return Page(found, _cursor(part, None))
            found += page.items
            if page.cursor is not None:
                return Page(found, _cursor(part, page.cursor))
            inner = None
        return Page(found, None)

    # ---------------------------------------------------------------------------------------- batches

    def get_many(self, keys: Iterable[ItemKey[Any]]) -> dict[ItemKey[Any], Stored[Any]]:
        """Those that exist, of any kinds and any number, in the order of `keys`; 100 a request on DynamoDB."""
        wanted = list(dict.fromkeys(keys))
        of_kind: dict[type[Any], list[Key]] = defaultdict(list)
        for key in wanted:
            of_kind[key.kind].append(self.keys.fields(key))
        found = {
            self.keys.of(entity): self._stored(entity)
            for kind, known in of_kind.items()
            for entity in self._read_many(kind, known)
        }
        return {key: found[key] for key in wanted if key in found}

    def write_many(self, puts: Iterable[Any] = (), deletes: Iterable[ItemKey[Any]] = ()) -> Written:
        """Put and delete, of any kinds and any number; each by itself, not all or nothing.

        What was refused for load is tried again; what is left then is told, with the reason.

        Args:
            puts: entities with complete keys. An invalid one keeps the others of its kind from being put.
            deletes: keys; one that does not exist counts as deleted.

        Raises:
            InvalidValue: a key is incomplete, or there twice: nothing was written.
        """
        put = [(self.keys.of(entity), entity) for entity in puts]
        gone = [(key, self.keys.fields(key)) for key in deletes]
        _check_once([key for key, _ in (*put, *gone)])
        done = Written()
        for kind, entities in _by_kind(put).items():
            self._batch(self._of(kind).put_many, entities, done)
        for kind, keys in _by_kind(gone).items():
            self._batch(self._of(kind).delete_many, keys, done)
        return done

    # ---------------------------------------------------------------------------------------- helpers

    def _of(self, kind: type[T]) -> Repository[T]:
        return self._backend.repository(kind)

    def _stored(self, entity: T) -> Stored[T]:
        times: Any = entity  # every kind has them
        return Stored(
            type(entity).__name__, self.keys.of(entity), entity, _millis(times.created_at), _millis(times.updated_at)
        )

    def _read_many(self, kind: type[T], keys: list[Key]) -> Iterable[T]:
        return self._retry(lambda: self._of(kind).get_many(keys)).values()

    def _batch(self, write: Callable[[list[Any]], BatchResult], left: dict[ItemKey[Any], Any], done: Written) -> None:
        """Write what is `left`, and again what may pass; `done` tells what came of it."""
        names = {self.keys.fields(key): key for key in left}
        for n in self._retry.tries():
            try:
                failed = {names[key]: error for key, error in write(list(left.values())).failed}
            except CrossfadeError as error:
                failed = dict.fromkeys(left, error)
            again = {key: error for key, error in failed.items() if error.retryable and n < self._retry.attempts}
            done.failed.update((key, error) for key, error in failed.items() if key not in again)
            done.written.extend(key for key in left if key not in failed)
            left = {key: left[key] for key in again}
            if not left:
                return


def _rest(slices: list[Slice], cursor: str | None) -> tuple[list[Slice], str | None]:
    """The slices from the cursor's on, and the cursor within the first of them."""
    if cursor is None:
        return slices, None
    name, _, inner = cursor.partition(":")
    for i, part in enumerate(slices):
        if part.kind.__name__ == name:
            return slices[i:], inner or None
    raise InvalidCursor("this cursor belongs to another query")


def _cursor(part: Slice, inner: str | None) -> str:
    return f"{part.kind.__name__}:{inner or ''}"


def _check_once(keys: list[ItemKey[Any]]) -> None:
    if len(set(keys)) < len(keys):
        raise InvalidValue("key", "is there twice in one batch")


def _by_kind(things: Iterable[tuple[ItemKey[Any], Any]]) -> dict[type[Any], dict[ItemKey[Any], Any]]:
    found: dict[type[Any], dict[ItemKey[Any], Any]] = defaultdict(dict)
    for key, thing in things:
        found[key.kind][key] = thing
    return found


def _millis(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
