"""Counters: new entities get their ids from them in DynamoDB, so they must not be behind MySQL's."""

from __future__ import annotations

from crossfade.contract.model import Contract
from crossfade.dal.redaction import REDACTED
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.ids import Ids, counter_key
from crossfade.migration.report import Difference, FieldDifference
from crossfade.migration.stores import Stores
from crossfade.mysql.highest import count_on, highest, last_given

_ROOM = 1_000  # ids
_BEHIND = "the counter is behind MySQL's highest id: new entities would get ids that are taken"


class Counters:
    """The counters of a contract's entities. Safe to share between threads.

    Args:
        stores: both stores.
        calls: reads and writes the counters.
    """

    def __init__(self, stores: Stores, calls: Calls) -> None:
        self._stores = stores
        self._table = stores.dynamodb.layout.control_table
        self._ids = Ids(stores.dynamodb.layout, calls)
        self._fields = id_fields(stores.contract)

    def look(self, entity: str) -> Difference | None:
        """What is wrong with an entity's counter; None for an entity that has none.

        Raises:
            StoreError: a store cannot be read.
        """
        # MySQL first: a counter only grows.
        name = self._fields.get(entity)
        wanted = None if name is None else highest(self._stores.mysql, entity, name)
        last = self._ids.last(entity)
        if name is None or wanted is None or wanted <= (last or 0):
            return None
        hidden = name in self._stores.contract.entities[entity].sensitive
        values = (None if v is None else REDACTED if hidden else str(v) for v in (wanted, last))
        field = FieldDifference(name, *values)
        return Difference("mismatch", entity, self._table, counter_key(entity), reason=_BEHIND, fields=(field,))

    def raise_(self, entity: str) -> int | None:
        """Raise an entity's counter to the last id that MySQL gave; it is never lowered.

        Returns:
            That id; None where there is none.

        Raises:
            StoreError: a store cannot be reached.
        """
        value = self.given(entity)
        if value is not None:
            self._ids.skip(entity, value)
        return value

    def give_back(self, entity: str) -> int | None:
        """Let MySQL's own counter go on where the entity's counter stands, if that is further than its rows, or beyond.

        That changes the table's definition, which may take a while. So there is room for the ids that DynamoDB gives in
        the meantime: up to 1,000, or a tenth of what is left of the ids' type.

        Returns:
            The last id that MySQL will not give; None for an entity that has no counter.

        Raises:
            StoreError: a store cannot be reached, or MySQL refuses.
        """
        last = self.last(entity)
        if last is None:
            return None
        most = self._stores.mysql.contract.entities[entity].fields[self._fields[entity]].value_type.maximum
        room = _ROOM if most is None else max(0, min(_ROOM, (most - last) // 10))
        count_on(self._stores.mysql, entity, last + room)
        return last + room

    def last(self, entity: str) -> int | None:
        """The last id that DynamoDB gave, or skipped; None for an entity that has no counter. Raises StoreError."""
        return self._ids.last(entity) if entity in self._fields else None

    def given(self, entity: str) -> int | None:
        """The last id that MySQL gave, of a row that may be gone again; None where it gave none. Raises StoreError."""
        field = self._fields.get(entity)
        return None if field is None else last_given(self._stores.mysql, entity, field)


def id_fields(contract: Contract) -> dict[str, str]:
    """The entities that have a counter, as the store makes their ids, each with the field that holds the id."""
    rules = {name: entity.id for name, entity in contract.entities.items()}
    return {n: r.field for n, r in rules.items() if r is not None and r.strategy in {"auto_increment", "sequence"}}
