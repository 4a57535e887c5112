"""The repository over DynamoDB: the hooks of `BaseRepository`, each by the part that does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.query_plan import QueryPlan
from crossfade.dal.base import BaseRepository, Tools
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import OutcomeUnknown
from crossfade.dal.key import Key, key_of
from crossfade.dal.prepare import Delete, Update
from crossfade.dal.query import Query
from crossfade.dal.repository import BatchResult
from crossfade.dynamodb.batch import NotWritten, Write, batch_write
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.errors import STORE, Unclear
from crossfade.dynamodb.execute import new_token
from crossfade.dynamodb.limits import check_item
from crossfade.dynamodb.wire import key_id
from crossfade.dynamodb.writer import Writer

T = TypeVar("T")


class DynamoDBRepository(BaseRepository[T]):
    """The entities of one kind in DynamoDB."""

    store: ClassVar[str] = STORE

    def __init__(self, writer: Writer, binding: Binding[T], tools: Tools) -> None:
        super().__init__(binding, tools)
        self._writer = writer
        self._shelf = writer.layout.of(binding.entity.name)

    def _get_many(self, keys: Sequence[Key]) -> Mapping[Key, Record]:
        found = self._writer.reader.look(self.entity.name, keys)
        return {key: stored.record for key, stored in found.items() if stored.state == "live"}

    def _find(self, query: Query) -> Sequence[Record]:
        return self._writer.finder.find(query)

    def _count(self, query: Query) -> int:
        return self._writer.finder.count(query)

    def _create(self, record: Record) -> Record:
        return self._settled(self._writer.create(self._shelf, record))

    def _put(self, record: Record) -> Record:
        return self._settled(self._writer.put(self._shelf, record))

    def _update(self, update: Update) -> Record:
        return self._settled(self._writer.update(self._shelf, update))

    def _delete(self, delete: Delete) -> bool:
        return self._writer.removal.delete(self._shelf, delete)

    def _consistent(self, plan: QueryPlan) -> bool:
        return plan.consistent

    def _settled(self, record: Record) -> Record:
        """The record as it is stored: what may refer to itself is counted and copied after its own write."""
        if all(reference.entity != self.entity.name for reference in self.entity.references):
            return record
        key = key_of(self.entity, record)
        return self._get_many((key,)).get(key, record)

    # --------------------------------------------------------------------------------------- batches

    def _put_many(self, records: Sequence[Record]) -> BatchResult:
        numbered = self._numbered(records)
        if self._shelf.plain:
            return self._put_batch(numbered)
        keys = [key_of(self.entity, r) for r in numbered]
        found = self._writer.reader.look(self.entity.name, tuple(dict.fromkeys(keys)))
        return self._each(
            zip(keys, numbered, strict=True),
            lambda pair: pair[0] if isinstance(pair, tuple) else key_of(self.entity, pair),
            lambda pair: self._writer.put(self._shelf, pair[1], found.get(pair[0])),
        )

    def _numbered(self, records: Sequence[Record]) -> list[Record]:
        """The records with ids of one block for those that have none."""
        rule = self.entity.id
        lacking = [r for r in records if rule is not None and rule.field in self.entity.key and r[rule.field] is None]
        if rule is None or not lacking:
            return list(records)
        first = self._writer.ids.block(self.entity.name, len(lacking))
        ids = iter(range(first, first + len(lacking)))
        return [{**r, rule.field: next(ids)} if r[rule.field] is None else r for r in records]

    def _put_batch(self, records: Iterable[Record]) -> BatchResult:
        result, token = BatchResult(), new_token()
        keys: list[Key] = []
        writes: list[Write] = []
        for record in records:
            key = key_of(self.entity, record)
            try:
                complete = self._writer.weaver.step(self.entity.name, record).new or record
                item = check_item({**self._shelf.codec.encode(complete), REV: {"S": token}})
            except CrossfadeError as error:
                result.failed.append((key, error))
                continue
            keys.append(key)
            writes.append(Write(self._shelf.table, self._shelf.key_in(item), item))
        return self._batched(result, keys, writes, token)

    def _delete_many(self, keys: Sequence[Key]) -> BatchResult:
        if not self._shelf.plain:
            return super()._delete_many(keys)
        places = self._writer.reader.locate(self.entity.name, keys)
        writes = [Write(self._shelf.table, place.key) for place in places.values()]
        result = self._batched(BatchResult(), list(places), writes, None)
        result.written.extend(key for key in keys if key not in places)
        return result

    def _batched(
        self, result: BatchResult, keys: Sequence[Key], writes: Sequence[Write], token: str | None
    ) -> BatchResult:
        missed = {left.index: left for left in batch_write(self._writer.calls, writes)}
        unclear = {i for i, left in missed.items() if isinstance(left.error, Unclear)}
        made = self._made([writes[i] for i in unclear], token) if unclear else {}
        for i, (key, write) in enumerate(zip(keys, writes, strict=True)):
            if i not in missed or made.get(key_id(write.key)):
                result.written.append(key)
            else:
                result.failed.append((key, self._error(missed[i])))
        return result

    def _made(self, writes: Sequence[Write], token: str | None) -> dict[Any, bool]:
        """Which writes whose reply was lost were made, by the token that they would have left."""
        try:
            found = self._writer.reader.items(self._shelf.table, [write.key for write in writes])
        except CrossfadeError:
            return {}
        rev = None if token is None else {"S": token}
        return {
            key_id(w.key): (
                found.get(key_id(w.key)) is None if rev is None else found.get(key_id(w.key), {}).get(REV) == rev
            )
            for w in writes
        }

    def _error(self, left: NotWritten) -> CrossfadeError:
        if isinstance(left.error, Unclear):
            return OutcomeUnknown("the reply to the batch was lost, and nothing tells whether it was made", store=STORE)
        return left.error
