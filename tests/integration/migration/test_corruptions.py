"""Corruptions made by hand: verify finds exactly those, repair mends exactly those, the next verify is clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract.errors import CrossfadeError
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.expected import owner
from crossfade.dynamodb.scan import scan_segment
from crossfade.dynamodb.wire import Item, KeyId, key_id
from crossfade.migration.report import Report
from crossfade.migration.report_read import read_report
from crossfade.migration.stores import Stores
from tests.integration.migration.test_verify import run, verified
from tests.integration.migration.world import World

LIBRARY = Path(__file__).parents[2] / "contracts" / "library" / "contract.json"
Place = tuple[str, KeyId]

# A field of each form of value, with another value of it.
OTHER: dict[str, Callable[[Any], Any]] = {
    "flag": lambda v: not v,
    "whole": lambda v: v - 1 if v else 1,
    "amount": lambda v: v + Decimal("0.01") if v < 0 else v - Decimal("0.01"),
    "ratio": lambda v: v / 2 + 0.5,
    "letters": lambda v: "z" if v != "z" else "y",
    "body": lambda v: v + " ",
    "kind": lambda v: None,
    "tags": lambda v: frozenset(),
    "day": lambda v: v - timedelta(days=1),
    "at6": lambda v: v - timedelta(microseconds=1),
    "span3": lambda v: -v - timedelta(milliseconds=1) if v < timedelta(hours=800) else timedelta(0),
    "vintage": lambda v: 1999 if v != 1999 else 2000,
    "fixed_": lambda v: bytes(b ^ 1 for b in v),
    "raw": lambda v: v[:-1] + bytes([v[-1] ^ 255]) if v else b"x",
    "doc": lambda v: {"other": [1, None]},
    "notes": lambda v: {"other": "text"},
    "seen": lambda v: v - timedelta(seconds=1),
    "digest": lambda v: bytes(b ^ 1 for b in v),
}


@pytest.fixture
def library(
    mysql_database: str, dynamodb_endpoint: str, table_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """The library, copied: every type of column."""
    monkeypatch.chdir(tmp_path)
    world = World(LIBRARY, mysql_database, table_prefix)
    world.make(60)
    assert run("backfill", *world.arguments)[0] == 0
    return world


@dataclass
class Vandal:
    """Damages items, each one once, and remembers what verify is to say of each.

    Attributes:
        items: what there was, by place.
        done: the kind of difference, by place.
    """

    stores: Stores
    items: dict[Place, tuple[str, Item, Item]] = field(default_factory=dict)
    done: dict[Place, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = self.stores.dynamodb.clients.writes
        for table, item, key in everything(self.stores):
            self.items[table, key_id(key)] = table, key, item

    def victims(self, entity: str, *, lookup: bool = False) -> Iterator[tuple[Place, Item]]:
        """The undamaged items of an entity."""
        layout = self.stores.dynamodb.layout
        for place, (table, _, item) in self.items.items():
            of = owner(layout, table, item)
            if place not in self.done and of and of.entity == entity and lookup == (table == layout.lookup_table):
                yield place, item

    def put(self, place: Place, item: Item, kind: str = "mismatch") -> None:
        """Put `item` where another was."""
        assert item != self.items[place][2]
        self.client.put_item(TableName=place[0], Item=item)
        self.done[place] = kind

    def remove(self, place: Place) -> None:
        """Delete an item."""
        self.client.delete_item(TableName=place[0], Key=self.items[place][1])
        self.done[place] = "missing"

    def add(self, table: str, key: Item, rest: Item) -> None:
        """Add an item that no row explains."""
        self.client.put_item(TableName=table, Item=rest | key)
        self.done[table, key_id(key)] = "extra"

    def change(self, entity: str, attribute: str, value: Any, kind: str = "mismatch") -> None:
        """Change (or, by None, remove) an attribute of an item that has another value there."""
        place, item = next((p, i) for p, i in self.victims(entity) if i.get(attribute) != value)
        changed = {n: v for n, v in item.items() if n != attribute}
        self.put(place, changed if value is None else changed | {attribute: value}, kind)

    def change_field(self, name: str) -> None:
        """Give a field of a specimen another value of its type."""
        codec = self.stores.dynamodb.layout.of("SPECIMEN").codec
        for place, item in self.victims("SPECIMEN"):
            old = codec.decode(item)[name]
            if old is not None and OTHER[name](old) != old and codec.stored(item, name) is not None:
                stored = codec.encode_field(name, OTHER[name](old))
                attribute = codec.path(name)[0]
                rest = {n: v for n, v in item.items() if n != attribute}
                self.put(place, rest if stored is None else rest | {attribute: stored})
                return
        raise AssertionError(f"no specimen has a {name}")


def everything(stores: Stores) -> Iterator[tuple[str, Item, Item]]:
    """Every item of every table, with its table and its item key."""
    layout, prefix = stores.dynamodb.layout, stores.dynamodb.prefix
    keys = {prefix + t.name: (t.pk, t.sk) for t in stores.contract.tables.values()} | {
        layout.lookup_table: ("pk", None)
    }
    for table, names in keys.items():
        for page in scan_segment(Calls(stores.dynamodb.clients), table, 0, 1):
            for item in page.items:
                yield table, item, {n: item[n] for n in names if n is not None}


def damage(vandal: Vandal) -> None:
    """34 corruptions."""
    prefix, lookups = vandal.stores.dynamodb.prefix, vandal.stores.dynamodb.layout.lookup_table
    for name in OTHER:
        vandal.change_field(name)
    vandal.remove(next(vandal.victims("FINE"))[0])
    vandal.remove(next(vandal.victims("MEMBER"))[0])
    vandal.remove(next(vandal.victims("MEMBER", lookup=True))[0])
    (place, item), (_, other) = [v for v, _ in zip(vandal.victims("SESSION", lookup=True), range(2), strict=False)]
    vandal.put(place, item | {"target": other["target"], "owner": other["owner"]})
    place, item = next(vandal.victims("VISIT"))
    vandal.put(
        place, {**vandal.items[place][1], "_deleted": {"N": "1"}, REV: {"S": "t"}, "_type": item["_type"]}, "missing"
    )
    vandal.change("LOAN", "member_name", {"S": "stale"})
    vandal.change("MEMBER", "loan_count", {"N": "77"})
    vandal.change("MEMBER", "GSI1PK", {"S": "wrong"})
    vandal.change("MEMBER", "GSI3PK", None)
    vandal.change("TICKET", "_type", {"S": "PERSON"})
    vandal.change("SESSION", "hits", {"S": "many"}, "undecodable")
    vandal.change("BOOK", "chapters", {"L": [{"M": {"nr": {"N": "1"}}}]})
    place, item = next(vandal.victims("BRANCH"))
    vandal.put(place, item | {"Data": {"M": item["Data"]["M"] | {"floors": {"N": "99"}}}})
    _, item = next(vandal.victims("LANGUAGE"))
    vandal.add(f"{prefix}Library", {"PK": {"S": "LANGUAGE#zz"}, "SK": {"S": "#META"}}, item | {"code": {"S": "zz"}})
    _, item = next(vandal.victims("MEMBER", lookup=True))
    vandal.add(lookups, {"pk": {"S": "MEMBER|unique:email|nobody@x"}}, item)
    _, item = next(vandal.victims("BOOK"))
    vandal.add(f"{prefix}Books", {"id": {"S": "ghost"}}, item)


def told(report: Report) -> dict[Place, str]:
    """What a report says, by place."""
    return {(d.table, key_id(d.item_key)): d.kind for d in report.differences}


def test_verify_finds_and_repair_mends_exactly_what_was_damaged(library: World) -> None:
    with library.open() as stores:
        vandal = Vandal(stores)
        damage(vandal)
        before = {(table, key_id(key)): item[REV]["S"] for table, item, key in everything(stores)}
        assert len(vandal.done) >= 25
        assert set(vandal.done.values()) == {"mismatch", "missing", "extra", "undecodable"}

        code, report = verified(library)
        assert (code, told(report)) == (1, vandal.done)
        assert all(d.fields for d in report.differences if d.kind in {"mismatch", "undecodable"})
        assert report.total.different == len(vandal.done)

        assert run("repair", "report.json", *library.arguments) == (0, _answer(vandal))
        code, report = verified(library)
        assert (code, report.differences) == (0, ())
        assert _live(stores) == {k: plain(i) for k, (_, _, i) in vandal.items.items()}
        after = {(table, key_id(key)): item[REV]["S"] for table, item, key in everything(stores)}
        touched = {place for place in after if after[place] != before.get(place)}
        assert touched == set(vandal.done)


def _answer(vandal: Vandal) -> str:
    extra = sum(kind == "extra" for kind in vandal.done.values())
    return f"{len(vandal.done) - extra:,} written, {extra:,} deleted, 0 left\n"


def _live(stores: Stores) -> dict[Place, Any]:
    return {(table, key_id(key)): plain(item) for table, item, key in everything(stores) if "_deleted" not in item}


def plain(item: Item) -> Any:
    """An item without its token; sets in order."""
    return {
        n: {k: sorted(c) if k in {"SS", "NS", "BS"} else c for k, c in v.items()} for n, v in item.items() if n != REV
    }


def test_what_belongs_to_nobody_is_told_and_left(library: World) -> None:
    with library.open() as stores:
        stray = {"PK": {"S": "stray"}, "SK": {"S": "x"}}
        stores.dynamodb.clients.writes.put_item(TableName=f"{library.prefix}Library", Item=stray)
        code, report = verified(library)
        assert (code, [(d.kind, d.entity) for d in report.differences]) == (1, [("extra", None)])
        code, out = run("repair", "report.json", *library.arguments)
        assert code == 1
        assert "belongs to no entity" in out
        assert stores.dynamodb.clients.reads.get_item(TableName=f"{library.prefix}Library", Key=stray)["Item"] == stray


EDITS = [
    ('"kind": "mismatch"', '"kind": "wrong"', r"differences\[0\].kind"),
    ('"fingerprint": "', '"fingerprint": "0', "of another contract"),
    ('"table": "', '"table": "other', "none of the contract's tables"),
    ('"prefix": "', '"prefix": "x', "of the table prefix"),
    ('"lookup": false', '"lookups": false', "wants exactly"),
    ('"PK": {', '"XK": {', "has the key"),
    ("{", "", "no JSON"),
]


def test_a_report_edited_by_hand_is_refused_before_anything_is_written(library: World) -> None:
    with library.open() as stores:
        vandal = Vandal(stores)
        vandal.change("MEMBER", "loan_count", {"N": "77"})
        verified(library)
        file = Path("report.json")
        text = file.read_text(encoding="utf-8")
        for old, new, reason in EDITS:
            assert old in text
            file.write_text(text.replace(old, new, 1), encoding="utf-8")
            with pytest.raises(CrossfadeError, match=reason):
                run("repair", "report.json", *library.arguments)
        file.write_text(text, encoding="utf-8")
        assert told(read_report(file)) == vandal.done
        assert run("repair", "report.json", *library.arguments)[0] == 0
