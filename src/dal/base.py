"""What every repository does before and after its store: checks, bindings, pages, error details.

A store implements the hooks below, on records and checked arguments; `Repository` follows from them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.model import Entity
from crossfade.dal.checks import checked_condition
from crossfade.dal.condition import Comparison, Condition, StartsWith
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import ConditionFailed, InvalidPattern, StoreError
from crossfade.dal.key import Key, key_of
from crossfade.dal.prepare import Delete, Preparer, Update
from crossfade.dal.query import DEFAULT_LIMIT, Query, Range
from crossfade.dal.repository import BatchResult, Order, Page

if TYPE_CHECKING:
    from crossfade.contract.plan import QueryPlan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a repository needs besides its store.

    Attributes:
        prepare: checks and defaults.
        plans: the plan of each access pattern of the entity.
        signer: for cursors.
    """

    prepare: Preparer
    plans: Mapping[str, QueryPlan]
    signer: CursorSigner


class BaseRepository(ABC, Generic[T]):
    """A `Repository` over the hooks of one store."""

    store: ClassVar[str]

    def __init__(self, binding: Binding[T], tools: Tools) -> None:
        self.binding = binding
        self.entity: Entity = binding.entity
        self.tools = tools
        self.prepare = tools.prepare

    # ------------------------------------------------------------------ hooks

    @abstractmethod
    def _get_many(self, keys: Sequence[Key]) -> Mapping[Key, Record]:
        """The records of distinct keys, expired ones left out."""

    @abstractmethod
    def _find(self, query: Query) -> Sequence[Record]:
        """The first `query.limit + 1` records in order, fewer if there are no more."""

    @abstractmethod
    def _count(self, query: Query) -> int:
        """How many records the query finds; limit and cursor do not count."""

    @abstractmethod
    def _create(self, record: Record) -> Record: ...

    @abstractmethod
    def _put(self, record: Record) -> Record: ...

    @abstractmethod
    def _update(self, update: Update) -> Record: ...

    @abstractmethod
    def _delete(self, delete: Delete) -> bool: ...

    def _put_many(self, records: Sequence[Record]) -> BatchResult:
        return self._each(records, lambda r: key_of(self.entity, r), self._put)

    def _delete_many(self, keys: Sequence[Key]) -> BatchResult:
        return self._each(keys, lambda k: k, lambda k: self._delete(Delete(k)))

    def _consistent(self, plan: QueryPlan) -> bool:
        """Whether this store answers the plan from current data."""
        return True

    # ------------------------------------------------------------- operations

    def get(self, key: Any) -> T | None:
        """See `Repository.get`."""
        wanted = self.prepare.key(key)
        with self._details("get", wanted):
            record = self._get_many((wanted,)).get(wanted)
        return None if record is None else self.binding.from_record(record)

    def get_many(self, keys: Iterable[Any]) -> dict[Key, T]:
        """See `Repository.get_many`."""
        wanted = tuple(dict.fromkeys(map(self.prepare.key, keys)))
        if not wanted:
            return {}
        with self._details("get_many"):
            found = self._get_many(wanted)
        return {k: self.binding.from_record(found[k]) for k in wanted if k in found}

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
        """See `Repository.find`."""
        query = self.query(pattern, args, limit=limit, cursor=cursor, order=order, where=where)
        with self._details("find"):
            records = self._find(query)
        page = records[: query.limit]
        more = len(records) > query.limit
        return Page(
            items=[self.binding.from_record(r) for r in page],
            cursor=self.tools.signer.write(query, page[-1]) if more else None,
            consistent=self._consistent(query.plan),
        )

    def count(self, pattern: str, *, where: Condition | None = None, **args: Any) -> int:
        """See `Repository.count`."""
        query = self.query(pattern, args, where=where)
        with self._details("count"):
            return self._count(query)

    def create(self, entity: T) -> T:
        """See `Repository.create`."""
        record = self.prepare.new(self.binding.to_record(entity))
        with self._details("create", self._own_key(record)):
            return self.binding.from_record(self._create(record))

    def put(self, entity: T) -> T:
        """See `Repository.put`."""
        record = self.prepare.new(self.binding.to_record(entity))
        with self._details("put", self._own_key(record)):
            return self.binding.from_record(self._put(record))

    def update(
        self,
        key: Any,
        changes: Mapping[str, Any],
        *,
        where: Condition | None = None,
        version: int | None = None,
    ) -> T:
        """See `Repository.update`."""
        update = self.prepare.update(key, changes, where, version)
        with self._details("update", update.key):
            return self.binding.from_record(self._update(update))

    def delete(self, key: Any, *, where: Condition | None = None, version: int | None = None) -> bool:
        """See `Repository.delete`."""
        delete = self.prepare.delete(key, where, version)
        with self._details("delete", delete.key):
            return self._delete(delete)

    def put_many(self, entities: Iterable[T]) -> BatchResult:
        """See `Repository.put_many`."""
        prepared = [self.prepare.new(self.binding.to_record(e)) for e in entities]
        keyed = {self._own_key(r) or ("new", i): r for i, r in enumerate(prepared)}
        with self._details("put_many"):
            return self._put_many(tuple(keyed.values())) if keyed else BatchResult()

    def delete_many(self, keys: Iterable[Any]) -> BatchResult:
        """See `Repository.delete_many`."""
        wanted = tuple(dict.fromkeys(map(self.prepare.key, keys)))
        with self._details("delete_many"):
            return self._delete_many(wanted) if wanted else BatchResult()

    # ---------------------------------------------------------------- helpers

    def query(
        self,
        pattern: str,
        args: Mapping[str, Any],
        *,
        limit: int | None = None,
        cursor: str | None = None,
        order: Order | None = None,
        where: Condition | None = None,
    ) -> Query:
        """The bound query for a call of `find`.

        Raises:
            InvalidPattern, InvalidCursor, InvalidValue: as `Repository.find` says.
        """
        plan = self.tools.plans.get(pattern)
        if plan is None:
            known = ", ".join(self.tools.plans) or "none"
            raise InvalidPattern(f"{self.entity.name} has no access pattern {pattern!r}; it has {known}")
        query = Query(
            entity=self.entity,
            plan=plan,
            by=self._equalities(plan, args),
            range=self._range(plan, args),
            where=self._filters(plan, args, where),
            descending=self._descending(plan, order),
            limit=self._limit(limit),
        )
        self._check_span(query)
        if cursor is None:
            return query
        return replace(query, after=self.tools.signer.read(query, cursor))

    def _equalities(self, plan: QueryPlan, args: Mapping[str, Any]) -> dict[str, Any]:
        pattern = plan.pattern
        allowed = {*pattern.by, *pattern.filter, *([pattern.range] if pattern.range else [])}
        unknown, missing = sorted(set(args) - allowed), [f for f in pattern.by if f not in args]
        if unknown or missing:
            says = [f"does not take {', '.join(unknown)}"] if unknown else []
            says += [f"needs {', '.join(missing)}"] if missing else []
            raise InvalidPattern(
                f"{self.entity.name}.{pattern.name} {' and '.join(says)}; it takes {', '.join(sorted(allowed))}"
            )
        by = {f: self.prepare.argument(f, args[f]) for f in pattern.by}
        try:
            plan.check_arguments(by)
        except ValueError as error:
            raise InvalidPattern(f"{self.entity.name}.{pattern.name}: {error}") from None
        return by

    def _range(self, plan: QueryPlan, args: Mapping[str, Any]) -> Range | None:
        field = plan.pattern.range
        if field is None or args.get(field) is None:
            return self._checked_range(plan, None)
        given = args[field]
        if not isinstance(given, Range):
            given = Range(ge=given, le=given)
        if given.prefix is not None:
            self.prepare.condition(StartsWith(field, given.prefix))
        return self._checked_range(plan, given.map(lambda v: self.prepare.argument(field, v)))

    def _checked_range(self, plan: QueryPlan, given: Range | None) -> Range | None:
        if plan.enumerated is not None:
            low, high = (None, None) if given is None else (given.ge or given.gt, given.le or given.lt)
            if low is None or high is None:
                raise InvalidPattern(
                    f"{self.entity.name}.{plan.pattern.name} needs both ends of {plan.pattern.range}: "
                    "its partitions are made of them"
                )
        return given

    def _check_span(self, query: Query) -> None:
        """Refuse, on every store, a range over more partitions than DynamoDB is asked to read."""
        if query.plan.enumerated is None or query.plan.resolve:
            return
        try:
            query.plan.partitions(query.by, query.range)
        except ValueError as error:
            raise InvalidPattern(f"{self.entity.name}.{query.plan.pattern.name}: {error}") from None

    def _filters(self, plan: QueryPlan, args: Mapping[str, Any], where: Condition | None) -> Condition | None:
        found = self.prepare.condition(where)
        for field in plan.pattern.filter:
            if args.get(field) is None or field == plan.pattern.range:
                continue
            given = args[field]
            asked = given.condition(field) if isinstance(given, Range) else Comparison(field, "=", given)
            made = checked_condition(self.entity, asked)
            found = made if found is None else found & made
        return found

    def _descending(self, plan: QueryPlan, order: Order | None) -> bool:
        chosen: str = plan.pattern.order if order is None else order
        if chosen not in {"asc", "desc"}:
            raise InvalidPattern(f"order is 'asc' or 'desc', not {order!r}")
        return chosen == "desc"

    def _limit(self, limit: int | None) -> int:
        if limit is None:
            return DEFAULT_LIMIT
        if type(limit) is not int or limit < 1:
            raise InvalidPattern(f"limit is a whole number from 1, not {limit!r}")
        return limit

    def _own_key(self, record: Record) -> Key | None:
        return None if any(record[f] is None for f in self.entity.key) else key_of(self.entity, record)

    def _each(self, things: Iterable[Any], key: Any, act: Any) -> BatchResult:
        result = BatchResult()
        for thing in things:
            try:
                stored = act(thing)
            except CrossfadeError as error:
                result.failed.append((key(thing), error))
            else:
                result.written.append(key(stored) if isinstance(stored, dict) else key(thing))
        return result

    @contextmanager
    def _details(self, operation: str, key: Mapping[str, Any] | None = None) -> Iterator[None]:
        """Complete a store's errors with what only the caller's side knows."""
        try:
            yield
        except StoreError as error:
            error.entity = error.entity or self.entity.name
            error.key = error.key or key
            error.store = error.store or self.store
            error.operation = error.operation or operation
            if isinstance(error, ConditionFailed) and isinstance(error.current, dict):
                error.current = self.binding.from_record(error.current)
            raise
