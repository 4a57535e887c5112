"""What the way back would read and write, and what keeps it from beginning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from crossfade.contract.errors import CrossfadeError
from crossfade.contract.prices import load_prices
from crossfade.dal.errors import SchemaMismatch
from crossfade.dynamodb.extent import extent
from crossfade.migration.checks import check, chosen
from crossfade.migration.errors import Refused
from crossfade.migration.options import BackfillOptions
from crossfade.migration.stores import Stores
from crossfade.mysql.insert import count_rows
from crossfade.mysql.restore import Restore

_UNIT = 4096  # bytes that one read unit reads, strongly consistent


@dataclass(frozen=True, slots=True)
class TableRead:
    """A table that is scanned.

    Attributes:
        table: its full name.
        items: how many it holds, of other entities too; DynamoDB counts every six hours or so.
        read_units: what a scan consumes.
    """

    table: str
    items: int
    read_units: int


@dataclass(frozen=True, slots=True)
class EntityRows:
    """An entity whose rows are made.

    Attributes:
        entity: its name.
        table: where its items are, by the table's full name.
        rows: how many rows there are, by MySQL table; they will be left.
        triggers: which new rows may fire.
        unwritten: the columns that no field has.
    """

    entity: str
    table: str
    rows: Mapping[str, int]
    triggers: tuple[str, ...]
    unwritten: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReversePlan:
    """What the way back takes; prices are for capacity on demand.

    Attributes:
        tables, entities: what is read, and what is made of it.
        obstacles: why it may not begin; empty where it may.
        workers: pages at a time.
        read_units: of all tables.
        cost, currency, region, as_of: what they cost, where, and by prices of which day.
    """

    tables: tuple[TableRead, ...]
    entities: tuple[EntityRows, ...]
    obstacles: tuple[str, ...]
    workers: int
    read_units: int
    cost: Decimal
    currency: str
    region: str
    as_of: str


def plan_reverse(stores: Stores, options: BackfillOptions, *, with_triggers: bool) -> ReversePlan:
    """Plan the way back; writes nothing. Arguments as for `backfill_reverse`.

    Raises:
        Refused: the contract has no such entity or group.
        SchemaMismatch, StoreUnavailable: a store is not what the contract says, or cannot be reached.
    """
    names = chosen(stores.contract, options)
    check(stores)
    restores, layout = restores_of(stores, names), stores.dynamodb.layout
    tables = tuple(_read(stores, table) for table in dict.fromkeys(layout.of(name).table for name in names))
    entities = tuple(
        EntityRows(name, layout.of(name).table, _rows(stores, restore), restore.triggers, restore.unwritten)
        for name, restore in restores.items()
    )
    found = tuple(str(obstacle) for obstacle in obstacles(stores, restores, with_triggers=with_triggers))
    units, prices = sum(t.read_units for t in tables), load_prices()
    cost = prices.cost(units, "read_request_unit")
    return ReversePlan(
        tables, entities, found, options.workers, units, cost, prices.currency, prices.region, prices.as_of
    )


def restores_of(stores: Stores, entities: tuple[str, ...]) -> dict[str, Restore]:
    """What puts back the records of each entity. Raises SchemaMismatch where one cannot be written."""
    return {name: Restore(stores.mysql, name) for name in entities}


def obstacles(stores: Stores, restores: Mapping[str, Restore], *, with_triggers: bool) -> Iterator[CrossfadeError]:
    """Why rows may not be made."""
    for name, restore in restores.items():
        table = stores.contract.entities[name].source_table
        if restore.impossible:
            yield SchemaMismatch(
                f"no row can be made without {', '.join(restore.impossible)}, which no field of {name} has: add it to "
                "the contract, or give the column a default",
                store="mysql",
            )
        loose = [table.name for table in restore.tables if not stores.mysql.tables.source(table.name).transactional]
        if loose:
            yield SchemaMismatch(
                f"what MySQL would change to fit could not be undone in {', '.join(loose)}: "
                "ALTER TABLE ... ENGINE=InnoDB",
                store="mysql",
            )
        if restore.triggers and not with_triggers:
            yield Refused(
                f"{table} has triggers ({', '.join(restore.triggers)}) that new rows would fire: drop them for the "
                "run, or allow them (--with-triggers)"
            )


def _read(stores: Stores, table: str) -> TableRead:
    found = extent(stores.dynamodb.clients.reads, table)
    return TableRead(table, found.items, ceil(found.bytes / _UNIT))


def _rows(stores: Stores, restore: Restore) -> dict[str, int]:
    mysql = stores.mysql
    return {table.name: count_rows(mysql.engine, mysql.schema, table.name) for table in restore.tables}
