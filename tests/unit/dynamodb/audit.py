"""Looks over everything that a store has written: nothing may be missing, left over, or out of step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossfade.contract.derive import deltas
from crossfade.dynamodb.codec import DELETED
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.pending import PREFIX
from crossfade.dynamodb.shelf import OF_ENTITY, OWNER, TARGET, Shelf, Stored
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import Item, key_id

Found = dict[str, list[Stored]]


def scan(client: Any, table: str) -> list[Item]:
    """Every item of a table."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def stored(client: Any, layout: Layout) -> Found:
    """Every item of every entity, tombstones left out; none may be of no entity."""
    found: Found = {name: [] for name in layout.contract.entities}
    for table in layout.contract.tables.values():
        for item in scan(client, f"{layout.prefix}{table.name}"):
            owners = [layout.of(name) for name in table.entities if layout.of(name).owns(item)]
            assert len(owners) == 1, f"an item of {len(owners)} entities: {item}"
            one = owners[0].stored(item)
            if one.state != "deleted":
                found[one.entity].append(one)
    return found


def snapshot(client: Any, layout: Layout) -> dict[str, Any]:
    """What is stored, without what is new at each write: records by entity and item key, and lookup items."""
    records = {
        name: {repr(s.id): s.record for s in sorted(found, key=lambda s: repr(s.id))}
        for name, found in stored(client, layout).items()
    }
    lookups = {text: (item[TARGET], item[OWNER]) for text, item in lookup_items(client, layout).items()}
    return {**records, "lookups": lookups}


def lookup_items(client: Any, layout: Layout) -> dict[str, Item]:
    """Every lookup item by its text, tombstones left out."""
    found = (item for item in scan(client, layout.lookup_table) if DELETED not in item)
    return {item[OWN_KEY]["S"]: item for item in found}


def audit(client: Any, layout: Layout) -> None:
    """Assert that everything that is stored agrees with everything else.

    Every record has its item key, its index keys, its lookup items and no others; every reference leads to
    something; every count, sum and copy is what it would be if it were made now; nothing is pending.
    """
    found = stored(client, layout)
    problems = [*_pending(client, layout), *_lookups(client, layout, found)]
    for name, items in found.items():
        shelf = layout.of(name)
        for one in items:
            problems += (f"{name} {shelf.key_of(one.record)}: {text}" for text in _record(layout, shelf, one, found))
    assert not problems, "\n".join(problems)


def _pending(client: Any, layout: Layout) -> Iterator[str]:
    for item in scan(client, layout.control_table):
        if item[OWN_KEY]["S"].startswith(PREFIX):
            yield f"{item[OWN_KEY]['S']} is pending"


def _lookups(client: Any, layout: Layout, found: Found) -> Iterator[str]:
    there = lookup_items(client, layout)
    for name, items in found.items():
        shelf = layout.of(name)
        for one in items:
            for lookup in shelf.lookups:
                text = lookup.text(name, one.record)
                if text is None:
                    continue
                item = there.pop(text, None)
                wanted = (one.key, shelf.owner(one.record), {"S": name})
                if item is None:
                    yield f"{text} is missing"
                elif (item[TARGET]["M"], item[OWNER], item[OF_ENTITY]) != wanted:
                    yield f"{text} leads to {item[TARGET]} of {item[OWNER]}, not to {one.key}"
    yield from (f"{text} is left over" for text in there)


def _record(layout: Layout, shelf: Shelf, one: Stored, found: Found) -> Iterator[str]:
    keys = shelf.codec.keys
    if key_id(keys.item_key(one.record)) != one.id:
        yield f"lies at {one.key}"
    made = keys.index_keys(one.record)
    held = {n: one.item[n] for n in keys.index_names if n in one.item}
    if made != held:
        yield f"has the index keys {held}, not {made}"
    yield from _derived(layout, shelf, one, found)
    yield from _sums(layout, shelf, one, found)


def _derived(layout: Layout, shelf: Shelf, one: Stored, found: Found) -> Iterator[str]:
    by_key = {
        (name, tuple(s.record[f] for f in layout.of(name).entity.key)): s.record
        for name, items in found.items()
        for s in items
    }
    parents: dict[Any, Mapping[str, Any] | None] = {}
    while wanted := shelf.deriver.missing(one.record, parents):
        parents |= {key: by_key.get((key.entity, tuple(key.values))) for key in wanted}
    kept = [f for f, d in shelf.derived.items() if not d.snapshot and f in shelf.entity.fields]
    for field, value in shelf.deriver.computed(one.record, parents, kept).items():
        if value != one.record[field]:
            yield f"{field} is {one.record[field]!r}, not {value!r}"


def _sums(layout: Layout, shelf: Shelf, one: Stored, found: Found) -> Iterator[str]:
    key = dict(shelf.key_of(one.record))
    sums: dict[str, Any] = {}
    for name, items in found.items():
        effects = [e for e in layout.of(name).effects if e.parent == shelf.entity.name]
        for effect in effects:
            sums.setdefault(effect.field, 0)
        for other in items:
            for delta in deltas(effects, None, other.record):
                if dict(delta.key) == key:
                    sums[delta.field] += delta.amount
    for field, total in sums.items():
        if one.record[field] != total:
            yield f"{field} is {one.record[field]}, not {total}"
