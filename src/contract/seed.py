"""The entity key `seed`: what made-up rows look like (`crossfade seed`).

```json
"seed": {
  "rows": 100,
  "per": {"field": "user_id", "min": 0, "max": 20},
  "fields": {
    "status": {"values": {"active": 8, "ended": 2}},
    "price": {"min": "1.00", "max": "500.00", "skew": 1},
    "start": {"from": "2024-01-01", "to": "2026-01-01", "step": 900},
    "end": {"after": "start", "min": 900, "max": 7200},
    "ended_at": {"after": "start", "when": {"status": ["ended"]}},
    "parent_id": {"null": 0.3},
    "title": {"provider": "catch_phrase"},
    "user_id": {"skew": 1.2},
    "settings": {"object": {"theme": {"values": ["light", "dark"]}, "size": {"min": 8, "max": 24}}}
  },
  "tables": {"order_items": {"per": {"field": "order_id", "min": 1, "max": 5}}}
}
```

`rows` or `per` says how many; with neither, see `crossfade.seed.plan`. So many a week for each of a table are `per`
over the weeks between `from` and `to`. `tables` has the same for rows of tables that are no entity's own (owned
child rows, joined tables), by column names.

A column that refers to another table takes `null`, `skew` and `when`, and `per` where its rows are counted by it.
A column that a unique index keeps different takes `null`, `when`, `provider` (a number is added), `from` and `min`
(where the values begin), nothing else.

What a field may say, and what it means:

- `values`: the values, as a list or with their weights; of a SET column its members, of which `min` to `max` are drawn.
- `min`, `max`: the range of a number, of a text's length, or of a list's; `step`: multiples of it only (of times:
  seconds); `skew`: 0 spreads evenly, higher ones prefer the low end. Of a reference, `skew` prefers few rows: 1 is
  Zipf's law.
- `from`, `to`: the range of a date or a point in time, `to` left out; `epoch` (`s`, `ms`): it is stored as a number.
- `after`: another field; this one lies `min` to `max` seconds (a day, where not said) behind it.
- `null`: the share of nulls, 0 to 1.
- `when`: other fields and the values they must have; else this one is null (where it must not be, its default).
- `provider`: a Faker provider's name. Those of dates and times are not allowed: they go by today.
- `values` of JSON that has `variants`: the weights of its shapes; left out, all are alike.
- `object`: of JSON, its members; `list`: of JSON, `min` to `max` (0 to 3) of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from crossfade.contract.shape import Number, Problems, Raw, Scalar, Shape, Text, show, step, suggest
from crossfade.contract.shape_records import Either, Key, Many, MapOf, Record

if TYPE_CHECKING:
    from crossfade.contract.model import Attribute, Contract, Entity
    from crossfade.contract.types import ValueType

_NAME = Text()
_DEPTH = 3  # objects and lists within each other


@dataclass(frozen=True, slots=True)
class FieldSeed:
    """What a field's values look like; see the module. None where nothing is said.

    Attributes:
        shaped: the field's type, where it has variants: what is made has one of their shapes.
    """

    values: tuple[tuple[Any, float], ...] = ()
    min: Any = None
    max: Any = None
    start: str | None = None
    end: str | None = None
    epoch: Literal["s", "ms"] | None = None
    after: str | None = None
    step: Any = None
    skew: float | None = None
    null: float | None = None
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    provider: str | None = None
    object: Mapping[str, FieldSeed] | None = None
    list: FieldSeed | None = None
    shaped: ValueType | None = None


@dataclass(frozen=True, slots=True)
class PerSeed:
    """Rows for each row referred to: from `low` to `high`. `column` is one of the reference's."""

    column: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class TableSeed:
    """What the rows of a table look like.

    Attributes:
        rows, per: how many there are.
        fields: by column.
        tables: of further tables, by name.
        path: JSON path of the declaration, for messages.
    """

    rows: int | None = None
    per: PerSeed | None = None
    fields: Mapping[str, FieldSeed] = field(default_factory=dict)
    tables: Mapping[str, TableSeed] = field(default_factory=dict)
    path: str = "$"


def merged_seeds(contract: Contract) -> dict[str, TableSeed]:
    """What the entities of a contract declare, by table; of two that say the same thing, the first counts."""
    found: dict[str, TableSeed] = {}
    for entity in contract.entities.values():
        own = _with_shapes(entity)
        if own is not None:
            for table, seed in ((entity.source_table, own), *own.tables.items()):
                known = found.get(table, TableSeed(path=seed.path))
                fields = {**seed.fields, **known.fields}
                counted = known if known.rows is not None or known.per else seed
                found[table] = replace(known, rows=counted.rows, per=counted.per, fields=fields)
    return found


def _with_shapes(entity: Entity) -> TableSeed | None:
    """What an entity declares, the types of its fields that have variants, and a few members for each JSON set."""
    columns = {a.column: a.value_type for a in entity.fields.values() if a.column}
    shaped = {name: type_ for name, type_ in columns.items() if type_.variants}
    sets = {name: _MEMBERS[type_.members] for name, type_ in columns.items() if type_.members}
    if not shaped and not sets:
        return entity.seed
    seed = entity.seed or TableSeed(path=entity.path)
    fields = {name: replace(seed.fields.get(name, FieldSeed()), shaped=type_) for name, type_ in shaped.items()}
    return replace(seed, fields={**sets, **seed.fields, **fields})


def _few(*members: Any) -> FieldSeed:
    return FieldSeed(min=1, max=3, list=FieldSeed(values=tuple((member, 1.0) for member in members)))


_MEMBERS = {"S": _few("new", "sale", "gift", "return", "vip"), "N": _few(5, 10, 15, 30, 60)}


# --------------------------------------------------------------------------------------------- shape


def seed_shape() -> Record:
    """The shape of an entity's `seed`."""
    tables = MapOf(Record(_table_keys(), title="table-seed"))
    return Record({**_table_keys(), "tables": Key(tables)}, title="entity-seed")


def _table_keys() -> dict[str, Key]:
    per = Record(
        {"field": Key(_NAME, required=True), "min": Key(Number(0)), "max": Key(Number(0), required=True)},
        title="seed-per",
    )
    return {"rows": Key(Number(0)), "per": Key(per), "fields": Key(MapOf(_field_shape(_DEPTH)))}


def _field_shape(depth: int) -> Record:
    share = Number(0, whole=False)
    keys: dict[str, Key] = {
        "values": Key(Either(Many(Scalar(), least=1), MapOf(share, least=1))),
        "min": Key(Scalar(null=False)),
        "max": Key(Scalar(null=False)),
        "from": Key(_NAME),
        "to": Key(_NAME),
        "epoch": Key(Text(choices=("s", "ms"))),
        "after": Key(_NAME),
        "step": Key(Scalar(null=False)),
        "skew": Key(share),
        "null": Key(share),
        "when": Key(MapOf(Many(Scalar(), least=1), least=1)),
        "provider": Key(Text(pattern=r"[a-z_][a-z0-9_]*", allowed="a Faker provider's name")),
    }
    if depth:
        inner: Shape = _field_shape(depth - 1)
        keys |= {"object": Key(MapOf(inner, least=1)), "list": Key(inner)}
    return Record(keys, title=f"seed-field-{depth}")


# ------------------------------------------------------------------------------------------- reading


def read_seed(raw: Raw, fields: Mapping[str, Attribute], problems: Problems) -> TableSeed | None:
    """The `seed` of an entity's JSON; None where it has none.

    Args:
        raw: the entity's JSON.
        fields: the entity's.
        problems: what is wrong goes here.
    """
    given = raw.get("seed")
    if not isinstance(given, Raw):
        return None
    columns = {name: a.column for name, a in fields.items() if a.column is not None}
    table = _read_table(given, problems, columns)
    tables = {n: _read_table(t, problems, None) for n, t in given.get("tables", {}).items()}
    return replace(table, tables=tables)


def _read_table(raw: Raw, problems: Problems, columns: Mapping[str, str] | None) -> TableSeed:
    def column(name: str, path: str) -> str:
        if columns is not None and name not in columns:
            problems.add(path, f"there is no column's field {show(name)}", suggest(name, columns, "fields"))
        return name if columns is None else columns.get(name, name)

    if "rows" in raw and "per" in raw:
        problems.add(raw.path, '"rows" and "per" both say how many')
    per = None
    if {"field", "max"} <= raw.get("per", {}).keys():
        given = raw["per"]
        per = PerSeed(column(given["field"], given.at("field")), given.get("min", 0), given["max"])
        if per.low > per.high:
            problems.add(given.at("min"), f"{per.low} is more than the max of {per.high}")
    fields = raw.get("fields", Raw(raw.path))
    read = {column(n, fields.at(n)): _read_field(f, problems, column) for n, f in fields.items()}
    return TableSeed(raw.get("rows"), per, read, path=raw.path)


def _read_field(raw: Raw, problems: Problems, column: Any) -> FieldSeed:
    values = raw.get("values", [])
    pairs = [(k, float(v)) for k, v in values.items()] if isinstance(values, Raw) else [(v, 1.0) for v in values]
    if pairs and not sum(w for _, w in pairs):
        problems.add(raw.at("values"), "every weight is 0")
    share = raw.get("null")
    if share is not None and share > 1:
        problems.add(raw.at("null"), f"{share} is no share", "0 to 1")
    _check_ways(raw, problems)
    when = raw.get("when", Raw(raw.path))
    return FieldSeed(
        values=tuple(p for p in pairs if p[1]),
        min=raw.get("min"),
        max=raw.get("max"),
        start=raw.get("from"),
        end=raw.get("to"),
        epoch=raw.get("epoch"),
        after=column(raw["after"], raw.at("after")) if "after" in raw else None,
        step=raw.get("step"),
        skew=_float(raw.get("skew")),
        null=_float(share),
        when={column(n, when.at(n)): tuple(v) for n, v in when.items()},
        provider=raw.get("provider"),
        object={k: _read_field(f, problems, column) for k, f in raw["object"].items()} if "object" in raw else None,
        list=_read_field(raw["list"], problems, column) if "list" in raw else None,
    )


_WAYS: tuple[tuple[str, ...], ...] = (("values",), ("from", "to"), ("after",), ("provider",), ("object",), ("list",))


def _check_ways(raw: Raw, problems: Problems) -> None:
    said = [" and ".join(w for w in way if w in raw) for way in _WAYS if any(w in raw for w in way)]
    if len(said) > 1:
        problems.add(raw.path, f"{', '.join(said)} each say the value")


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def unknown_columns(seed: TableSeed, known: Iterable[str]) -> list[str]:
    """Paths and names of what a declaration says of columns that there are not."""
    names = set(known)
    found = [*seed.fields, *(c for f in seed.fields.values() for c in (*f.when, *([f.after] if f.after else [])))]
    return [f"{step(step(seed.path, 'fields'), n)} ({suggest(n, names, 'columns')})" for n in found if n not in names]
