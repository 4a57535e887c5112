"""Facts about a source's rows that its types alone do not tell, for lint: sizes, skew, ranges of floats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from crossfade.contract.errors import InvalidValue
from crossfade.contract.measured import Partition, Statistics
from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.source import SourceSchema
from crossfade.contract.template import Template
from crossfade.dal.entity import Record
from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.prepare import Preparer
from crossfade.mysql.engine import dialect_name
from crossfade.mysql.expressions import Sql, call
from crossfade.mysql.records import Records
from crossfade.mysql.tables import Tables
from crossfade.mysql.to_many import among
from crossfade.mysql.transaction import Transaction, read

# The rows that are largest in the database are projected and measured as items.
_CANDIDATES = 3
# Every stored item carries crossfade's own attributes: its type and its revision.
_OVERHEAD = 100


def measure(engine: sa.Engine, schema: SourceSchema, contract: Contract) -> Statistics:
    """Measure the rows behind a contract. Reads every source table some times: mind a busy server.

    An entity whose table or columns the database lacks is left out.

    Args:
        engine: from `engine.create`.
        schema: its tables, from `reflect`.
        contract: the contract, its types resolved.

    Raises:
        StoreUnavailable: it cannot be reached.
    """
    tables = Tables(schema, dialect_name(engine), contract)
    largest: dict[str, int] = {}
    partitions: list[Partition] = []
    magnitudes: dict[str, tuple[float, float]] = {}
    unheld: dict[str, str] = {}
    for name, entity in contract.entities.items():
        try:
            records = Records(tables, entity, Preparer(entity, lambda: datetime.now(UTC)))
        except SchemaMismatch:
            continue  # lint names the missing table or column; there is nothing to measure until it is there
        measured = _Measured(contract, entity, records)

        def work(transaction: Transaction, measured: _Measured = measured, name: str = name) -> None:
            size = measured.largest(transaction)
            if size is not None:
                largest[name] = size
            partitions.extend(measured.partitions(transaction))
            magnitudes.update(measured.magnitudes(transaction))
            unheld.update(measured.unheld(transaction))

        read(engine, work)
    return Statistics(largest, tuple(partitions), magnitudes, unheld)


class _Measured:
    def __init__(self, contract: Contract, entity: Entity, records: Records) -> None:
        self._contract = contract
        self._entity = entity
        self._records = records
        self._projection = records.projection

    def largest(self, transaction: Transaction) -> int | None:
        """The size of the largest item, in bytes, as far as the rows tell."""
        found: list[tuple[Any, ...]] = []
        for statement in self._heaviest():
            found += [tuple(row) for row in transaction.rows(statement)]
        sizes = [self._size(record) for row in dict.fromkeys(found) for record in self._readable(transaction, row)]
        return max(sizes, default=None)

    def _readable(self, transaction: Transaction, row: tuple[Any, ...]) -> list[Record]:
        where = among(self._projection.identity, [row])
        try:
            return self._records.fetch(transaction, self._projection.select.where(where))
        except InvalidValue:
            return []  # it becomes no item, of whatever size

    def _heaviest(self) -> Iterator[sa.Select[Any]]:
        """SELECTs of the identities of the heaviest root rows, by themselves and by their child rows."""
        root = self._projection.root
        labelled = [c.label(f"p{i}") for i, c in enumerate(self._projection.identity)]
        weight = _weight(root)
        yield sa.select(*labelled).order_by(weight.desc()).limit(_CANDIDATES)
        for many in self._projection.to_many.values():
            total = sa.func.sum(_weight(many.rows)).desc()
            by_parent = sa.select(*labelled).select_from(many.source).group_by(*self._projection.identity)
            yield by_parent.order_by(total).limit(_CANDIDATES)

    def _size(self, record: Mapping[str, Any]) -> int:
        names = {attribute.field: attribute.name for attribute in self._entity.attributes if not attribute.plumbing}
        own = sum(_bytes(names[f]) + value_size(v) for f, v in record.items() if v is not None)
        keys = [(name, _key_text(template, record)) for name, template in self._entity.keys.items()]
        return _OVERHEAD + own + sum(_bytes(name) + _bytes(text) for name, text in keys if text is not None)

    def partitions(self, transaction: Transaction) -> Iterator[Partition]:
        """The fullest partition under each key whose parts SQL can group by."""
        table = self._contract.tables[self._entity.table]
        named = [(None, table.pk), *((index.name, index.pk) for index in table.indexes)]
        total = transaction.execute(sa.select(sa.func.count()).select_from(self._projection.root)).scalar_one()
        for index, attribute in named:
            template = self._entity.keys.get(attribute)
            if template is None or not template.slots or not total:
                continue
            fullest = self._fullest(transaction, template)
            if fullest is not None:
                value, rows = fullest
                yield Partition(self._entity.name, index, value, rows, rows / total)

    def _fullest(self, transaction: Transaction, template: Template) -> tuple[str, int] | None:
        operands = [self._projection.operand(field) for field in template.fields]
        # A spec such as %Y makes one partition of many values; those are not told apart here.
        if None in operands or any("%" in slot.spec for slot in template.slots):
            return None
        grouped = [o.expression for o in operands if o is not None]
        count = sa.func.count().label("n")
        labelled = [expression.label(f"c{i}") for i, expression in enumerate(grouped)]
        source = self._projection.tree.source
        statement = sa.select(*labelled, count).select_from(source).group_by(*grouped).order_by(count.desc()).limit(1)
        for row in transaction.rows(statement):
            text = template.build(dict(zip(template.fields, row[:-1], strict=True)))
            return None if text is None else (text, int(row[-1]))
        return None

    def magnitudes(self, transaction: Transaction) -> dict[str, tuple[float, float]]:
        """The least and the greatest absolute value of each FLOAT and DOUBLE field."""
        found: dict[str, tuple[float, float]] = {}
        for name, attribute in self._entity.fields.items():
            operand = self._projection.operand(name)
            if attribute.value_type.kind != "float" or operand is None or operand.column is None:
                continue
            size: Sql = sa.func.abs(sa.type_coerce(operand.expression, sa.types.NullType()))
            least = sa.func.min(sa.func.nullif(size, sa.literal_column("0")))
            low, high = tuple(transaction.rows(sa.select(least, sa.func.max(size)))[0])
            if high is not None:
                found[f"{self._entity.name}.{name}"] = (float(low or 0), float(high))
        return found

    def unheld(self, transaction: Transaction) -> dict[str, str]:
        """A value of each field that its column holds and an item cannot."""
        found: dict[str, str] = {}
        for name, attribute in self._entity.fields.items():
            if attribute.column is None or self._projection.tables.dialect != "mysql":
                continue
            raw = sa.type_coerce(self._projection.root.c[attribute.column], sa.types.NullType())
            loose = _loose(attribute, raw)
            if loose is not None:
                rows = transaction.rows(sa.select(raw).where(loose).limit(1))
                found |= {f"{self._entity.name}.{name}": _in_words(value) for (value,) in map(tuple, rows)}
        return found


def _loose(attribute: Attribute, raw: Sql) -> Sql | None:
    """The condition for values of a column that no item can hold; None where it has none such."""
    match attribute.value_type.kind:
        case "bool" if attribute.value_type.source.lower().startswith("tinyint"):
            return raw.not_in([sa.literal_column("0"), sa.literal_column("1")])
        case "set" if attribute.value_type.members and attribute.nullable:
            return call("JSON_LENGTH", raw).op("=", is_comparison=True)(sa.literal_column("0"))
        case "set" if attribute.nullable:
            return raw.op("=", is_comparison=True)(sa.literal_column("''"))
        case "json":
            return call("JSON_TYPE", raw).op("=", is_comparison=True)(sa.literal_column("'NULL'"))
        case _:
            return None


def _in_words(value: Any) -> str:
    match value:
        case "":
            return "the empty set"
        case "null":
            return "JSON null"
        case _:
            return str(value)


def _weight(rows: sa.FromClause) -> Sql:
    """About how many bytes a row has."""
    sizes: list[Sql] = [
        sa.func.coalesce(call("LENGTH", sa.type_coerce(column, sa.types.NullType())), sa.literal_column("0"))
        for column in rows.columns
    ]
    total = sizes[0]
    for size in sizes[1:]:
        total = total.op("+")(size)
    return total


def _key_text(template: Template, record: Mapping[str, Any]) -> str | None:
    return template.build(record) if all(field in record for field in template.fields) else None


def _bytes(text: str) -> int:
    return len(text.encode())


def value_size(value: Any) -> int:
    """About how many bytes DynamoDB counts for a canonical value.

    Amazon DynamoDB Developer Guide, "Item sizes and formats": text in UTF-8; raw bytes; 1 for null and bool; for a
    number 1 for two digits, and 1; for a list or map 3, and 1 more per element.
    """
    match value:
        case None | bool():
            return 1
        case str():
            return _bytes(value)
        case bytes():
            return len(value)
        case int() | float() | Decimal():
            digits = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
            return len(digits.as_tuple().digits) // 2 + 2
        case datetime():
            return len("2000-01-01T00:00:00.000000Z")
        case date() | timedelta():
            return len("2000-01-01")
        case dict():
            return 3 + sum(1 + _bytes(k) + value_size(v) for k, v in value.items())
        case list():
            return 3 + sum(1 + value_size(v) for v in value)
        case _:
            return sum(value_size(member) for member in value)
