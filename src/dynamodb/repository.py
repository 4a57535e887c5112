"""The repository over DynamoDB: the hooks of `BaseRepository`, each by the part that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.plan_key import Direct
from crossfade.contract.query_plan import QueryPlan
from crossfade.dal.base import BaseRepository, Tools
from crossfade.dal.entity import Binding, Record
from crossfade.dal.errors import OutcomeUnknown
from crossfade.dal.key import Key, key_of
from crossfade.dal.prepare import Delete, Update
from crossfade.dal.query import Query
from crossfade.dal.repository import BatchResult
from crossfade.dynamodb.batch import NotWritten, TextPuts, Write, batch_write
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.compiled import IRREGULAR
from crossfade.dynamodb.errors import STORE, Unclear
from crossfade.dynamodb.execute import new_token
from crossfade.dynamodb.item_text import put_texter
from crossfade.dynamodb.ready import item_text
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

    def put_many(self, entities: Iterable[T]) -> BatchResult:
        """See `Repository.put_many`."""
        make = self._put_text
        if make is None:
            return super().put_many(entities)
        made: dict[tuple[Any, ...], tuple[Key, str | Record]] = {}
        for entity in entities:
            try:
                values, put = make(entity)
            except IRREGULAR:
                record = self.prepare.new(self.binding.to_record(entity))  # which says what is wrong, if anything is
                key = key_of(self.entity, record)
                made[tuple(key.values())] = key, record
            else:
                made[values] = put
        with self._details("put_many"):
            return self._put_batch(made.values())

    @cached_property
    def _put_text(self) -> Callable[[T], tuple[tuple[Any, ...], tuple[Key, str]]] | None:
        """See `put_texter`; None too where more is to be done than that."""
        shelf = self._shelf
        if not (self._writer.calls.takes_json and shelf.plain) or shelf.derived or self.prepare.generates:
            return None
        made = put_texter(shelf.codec, self.binding)
        return None if made is None else made.function()

    def _put_many(self, records: Sequence[Record]) -> BatchResult:
        numbered = self._numbered(records)
        if self._shelf.plain:
            return self._put_batch([(key_of(self.entity, record), record) for record in numbered])
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

    def _put_batch(self, made: Iterable[tuple[Key, str | Record]]) -> BatchResult:
        """Put plain entities: records, or the JSON of items, but for `_rev`."""
        result, token, shelf = BatchResult(), new_token(), self._shelf
        keys, items = list[Key](), list[Any]()
        texts = self._writer.calls.takes_json
        make = self._text if texts else self._write
        for key, one in made:
            try:
                items.append(one if isinstance(one, str) else make(one, token))
            except CrossfadeError as error:
                result.failed.append((key, error))
            else:
                keys.append(key)
        writes = TextPuts(shelf.table, shelf.codec.keys.names, items, token) if texts else items
        return self._batched(result, keys, writes, token)

    def _text(self, record: Record, token: str) -> str:
        """The JSON of a record's item, but for `_rev`. Raises as `Writer.whole`."""
        complete, make = self._writer.completed(self._shelf, record), self._shelf.text
        if make is not None:
            with suppress(*IRREGULAR):
                return make(complete)
        item = self._writer.whole(self._shelf, complete, token)  # which says what is wrong, if anything is
        del item[REV]
        return item_text(item)

    def _write(self, record: Record, token: str) -> Write:
        """One put of a batch. Raises as `Writer.whole`."""
        item = self._writer.whole(self._shelf, self._writer.completed(self._shelf, record), token)
        return Write(self._shelf.table, self._shelf.key_in(item), item)

    def _delete_many(self, keys: Sequence[Key]) -> BatchResult:
        if not (self._shelf.single and isinstance(self._shelf.plan, Direct)):
            return super()._delete_many(keys)
        places, token = self._writer.reader.locate(self.entity.name, keys), new_token()
        tombstones = self._writer.layout.tombstones(token)
        writes = [
            Write(self._shelf.table, place.key, tombstones and tombstones.item(self._shelf, place.key, key))
            for key, place in places.items()
        ]
        result = self._batched(BatchResult(), list(places), writes, token)
        result.written.extend(key for key in keys if key not in places)
        return result

    def _batched(self, result: BatchResult, keys: Sequence[Key], writes: Sequence[Write], token: str) -> BatchResult:
        missed = {left.index: left for left in batch_write(self._writer.calls, writes)}
        if not missed:
            result.written.extend(keys)
            return result
        unclear = {i for i, left in missed.items() if isinstance(left.error, Unclear)}
        made = self._made([writes[i] for i in unclear], token) if unclear else {}
        for i, (key, write) in enumerate(zip(keys, writes, strict=True)):
            if i not in missed or made.get(key_id(write.key)):
                result.written.append(key)
            else:
                result.failed.append((key, self._error(missed[i])))
        return result

    def _made(self, writes: Sequence[Write], token: str) -> dict[Any, bool]:
        """Which writes whose reply was lost were made, by the token or the absence that they would have left."""
        try:
            found = self._writer.reader.items(self._shelf.table, [write.key for write in writes])
        except CrossfadeError:
            return {}
        return {
            key_id(w.key): (
                key_id(w.key) not in found if w.deletes else found.get(key_id(w.key), {}).get(REV) == {"S": token}
            )
            for w in writes
        }

    def _error(self, left: NotWritten) -> CrossfadeError:
        if isinstance(left.error, Unclear):
            return OutcomeUnknown("the reply to the batch was lost, and nothing tells whether it was made", store=STORE)
        return left.error
