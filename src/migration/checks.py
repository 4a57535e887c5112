"""What must hold before a backfill begins, and what a checkpoint is tied to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from crossfade.contract.model import Contract
from crossfade.dal.errors import SchemaMismatch, StoreError
from crossfade.dal.stage import Standings
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.identity import table_ids
from crossfade.dynamodb.load import Mode
from crossfade.dynamodb.probe import takes_statements
from crossfade.dynamodb.scan import scan_segment
from crossfade.dynamodb.table_plan import plan_tables
from crossfade.dynamodb.table_state import read_states
from crossfade.migration.errors import Refused
from crossfade.migration.options import BackfillOptions
from crossfade.migration.stores import Stores


def chosen(contract: Contract, options: BackfillOptions) -> tuple[str, ...]:
    """The entities to copy, in the contract's order.

    Raises:
        Refused: the contract has no such entity or group.
    """
    for name in options.entities:
        if name not in contract.entities:
            raise Refused(f"the contract has no entity {name!r}; there are {', '.join(contract.entities)}")
    for name in options.groups:
        if name not in contract.groups:
            raise Refused(f"the contract has no group {name!r}; there are {', '.join(contract.groups) or 'none'}")
    wanted = {*options.entities, *(e for group in options.groups for e in contract.groups[group])}
    return tuple(name for name in contract.entities if not wanted or name in wanted)


def check(stores: Stores) -> None:
    """Whether both stores can be reached, and are what the contract says.

    Raises:
        SchemaMismatch: a table is missing, of another key schema, or being deleted, or rows cannot be walked; says
            what to do.
        StoreUnavailable: a store cannot be reached.
    """
    stores.mysql.check()
    for name in stores.contract.entities:
        _check_walk(stores, name)
    try:
        stores.dynamodb.check()
    except SchemaMismatch as error:
        raise SchemaMismatch(f"{error.message}: {_advice(stores)}", store=error.store) from None


def refuse_handed(stores: Stores, entities: Collection[str], begun: Standings) -> None:
    """Refuse to copy what MySQL has where DynamoDB decides: what it lacks has been deleted there.

    Raises:
        Refused: an entity is of such a group.
    """
    for group, of in begun.items():
        if of.route.authority == "dynamodb" and not set(entities).isdisjoint(stores.contract.groups[group]):
            raise Refused(
                f"{group} stands at {of}, where DynamoDB decides: rows that it lacks have been deleted there. "
                "`crossfade backfill --reverse` brings items to MySQL"
            )


def _advice(stores: Stores) -> str:
    """How to make the tables what they should be, where they can be."""
    store = stores.dynamodb
    try:
        states = read_states(store.clients.reads, stores.contract, store.prefix)
        can = not plan_tables(stores.contract, store.prefix, states).refusals
    except StoreError:
        can = False
    if not can:
        return "`crossfade tables plan` says what is to be done, and what cannot be"
    return "see what is missing with `crossfade tables plan`, and make it with `crossfade tables apply`"


def _check_walk(stores: Stores, entity: str) -> None:
    tables = stores.mysql.records(entity).projection.tables
    source = tables.source(stores.contract.entities[entity].source_table)
    for name in tables.identity(source.name):
        if source.columns[name].type.kind == "set":
            raise SchemaMismatch(
                f"{source.name}.{name}, of the key that tells rows apart, is a SET, which has no text to note how far "
                "a run has come: give the table a primary key without it",
                store="mysql",
            )


def about(stores: Stores, entities: tuple[str, ...], options: BackfillOptions) -> Mapping[str, Any]:
    """What a checkpoint is tied to: entities, source, target tables and mode."""
    return {
        "entities": list(entities),
        **places(stores, entities),
        "mode": "offline" if options.offline else "absent only",
    }


def places(stores: Stores, entities: Collection[str]) -> dict[str, Any]:
    """The database and the tables of some entities: the same names made anew are others."""
    contract, store = stores.contract, stores.dynamodb
    names = dict.fromkeys(store.layout.of(name).table for name in entities)
    url = stores.mysql.engine.url
    source = f"{url.host}:{url.port or 3306}/{url.database}" if url.host else f"{url.database}"
    return {
        "source": source,
        "source tables": sorted({contract.entities[name].source_table for name in entities}),
        "target tables": table_ids(store.clients.reads, [*names, store.layout.lookup_table]),
    }


def mode(stores: Stores, options: BackfillOptions) -> Mode:
    """How items will be written."""
    if options.offline:
        return "replace"
    store = stores.dynamodb
    return "insert" if takes_statements(store.clients, store.layout.lookup_table) else "put"


def refuse_filled(stores: Stores, entities: tuple[str, ...]) -> None:
    """Refuse to replace items: `--offline` wants a target without any.

    Raises:
        Refused: there are some.
    """
    layout = stores.dynamodb.layout
    calls = Calls(stores.dynamodb.clients)
    for name in entities:
        shelf = layout.of(name)
        for page in scan_segment(calls, shelf.table, 0, 1):
            if any(shelf.owns(item) for item in page.items):
                raise Refused(
                    f"{shelf.table} holds items of {name} already, which --offline would replace: leave --offline "
                    "out, or empty the table"
                )
