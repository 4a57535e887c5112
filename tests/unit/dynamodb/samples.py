"""A contract with a field of every type and form, and Hypothesis strategies for its values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from crossfade.contract import Contract, loads
from crossfade.contract.model import Entity
from crossfade.contract.types import EXACT, ValueType, canonical
from crossfade.dynamodb.codec import Codec

# field: DynamoDB type, MySQL type, and what else the attribute has.
FIELDS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "id": ("N", "int unsigned", {"nullable": False}),
    "flag": ("BOOL", "tinyint(1)", {}),
    "flag_n": ("N", "boolean", {}),
    "flag_s": ("S", "tinyint(1)", {}),
    "small": ("N", "tinyint", {}),
    "big": ("N", "bigint unsigned", {}),
    "int_s": ("S", "bigint", {}),
    "price": ("N", "decimal(10,2)", {}),
    "exact": ("N", "decimal(38,10)", {}),
    "debt": ("N", "decimal(6,2) unsigned", {"nullable": False}),
    "price_s": ("S", "decimal(10,2)", {}),
    "ratio": ("N", "double", {}),
    "single": ("N", "float", {}),
    "name": ("S", "varchar(40)", {}),
    "status": ("S", "enum('new','old','gone')", {}),
    "tags": ("SS", "set('x','y','z')", {"nullable": False}),
    "marks": ("SS", "set('x','y','z')", {}),
    "born": ("S", "date", {}),
    "born_n": ("N", "date", {"format": "epoch-s"}),
    "seen": ("S", "datetime", {}),
    "seen6": ("S", "datetime(6)", {"format": "iso8601"}),
    "seen_s": ("N", "datetime(6)", {"format": "epoch-s"}),
    "seen_ms": ("N", "datetime(6)", {"format": "epoch-ms"}),
    "span": ("S", "time(3)", {}),
    "span_n": ("N", "time(6)", {}),
    "year": ("N", "year", {}),
    "data": ("B", "varbinary(20)", {}),
    "data_hex": ("S", "varbinary(20)", {"format": "hex"}),
    "data_64": ("S", "varbinary(20)", {"format": "base64"}),
    "bits": ("B", "bit(12)", {}),
    "doc": ("M", "json", {}),
    "doc_s": ("S", "json", {"format": "json"}),
    "expires": ("S", "datetime(3)", {}),
}
ROWS = {"product": "int unsigned", "price": "decimal(10,2)", "at": "datetime", "note": "varchar(20)"}
EXPIRES = "expires"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _attribute(name: str, wire: str, sql_type: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "type": wire, "source_column": name, "source_type": sql_type, **more}


def _rows(name: str, shape: str, wire: str) -> dict[str, Any]:
    construction = {
        "type": shape,
        "select_columns": list(ROWS),
        "source_types": ROWS,
        "formats": {"at": "epoch-ms"},
    }
    return {
        "name": name,
        "type": wire,
        "nullable": shape == "object",
        "owned": shape == "array",
        "join": {
            "type": "json-construction",
            "target_table": f"{name}_rows",
            "join_condition": f"{name}_rows.thing_id = things.id",
            "construction": construction,
        },
    }


def key(name: str, template: str, wire: str = "S") -> dict[str, Any]:
    """A key attribute made by a template."""
    return {
        "name": name,
        "type": wire,
        "plumbing": True,
        "transformation": {"type": "string-format", "format": template},
    }


def raw_contract(**entity: Any) -> dict[str, Any]:
    """The contract as JSON; `entity` adds to, or replaces, keys of its entity."""
    attributes = [_attribute(name, *how) for name, how in FIELDS.items()]
    attributes += [_rows("items", "array", "L"), _rows("latest", "object", "M")]
    attributes += [key("GSI1PK", "STATUS#{status}"), key("GSI1SK", "{seen}#{id:012d}")]
    return {
        "version": "2",
        "tables": [
            {
                "table": "Things",
                "type": "multi-entity",
                "pk": "PK",
                "sk": "SK",
                "ttl_attribute": "ttl",
                "gsis": [
                    {"index_name": "GSI1", "pk": "GSI1PK", "sk": "GSI1SK", "projection": "ALL"},
                    {"index_name": "ByBig", "pk": "big", "sk": "data", "projection": "KEYS_ONLY"},
                ],
                "entities": [
                    {
                        "entity_type": "THING",
                        "source_table": "things",
                        "pk_template": "THING#{id:012d}",
                        "sk_template": "#META",
                        "key": ["id"],
                        "ttl": {"field": EXPIRES, "unit": "datetime"},
                        "attributes": attributes,
                        **entity,
                    }
                ],
            }
        ],
    }


def contract(**entity: Any) -> Contract:
    """The contract; `entity` as for `raw_contract`."""
    return loads(json.dumps(raw_contract(**entity)))


def small(*indexes: dict[str, Any], **table: Any) -> Contract:
    """A contract of one small table."""
    raw = {
        "table": "Things",
        "type": "single-entity",
        "entity_type": "THING",
        "source_table": "things",
        "pk": "id",
        "key": ["id"],
        "attributes": [
            {"name": "id", "type": "N", "source_column": "id", "source_type": "int"},
            {"name": "raw", "type": "B", "source_column": "raw", "source_type": "varbinary(9)"},
            key("T", "T"),
        ],
        "gsis": list(indexes),
        **table,
    }
    return loads(json.dumps({"version": "2", "tables": [raw]}))


def things(**entity: Any) -> Codec:
    """The codec of the contract's one entity."""
    made = contract(**entity)
    return Codec(made, made.entities["THING"])


FLAT, ENVELOPE = things(), things(envelope="Data")


def record(entity: Entity | None = None, **values: Any) -> dict[str, Any]:
    """A canonical record: null but for `values`, and for what must not be null."""
    fields = (entity or FLAT.entity).fields
    made: dict[str, Any] = {**dict.fromkeys(fields), "id": 7, "debt": Decimal("0.00"), "tags": frozenset(), "items": []}
    return made | {name: canonical(value, fields[name].value_type, name) for name, value in values.items()}


# ------------------------------------------------------------------ strategies

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
# To the end of 9999 less a day, so that no rounding passes it.
_MOMENTS = st.integers(-62135596800 * 10**6, 253402214400 * 10**6).map(lambda n: EPOCH + timedelta(microseconds=n))
_FLOATS = st.floats(-1e100, 1e100, allow_nan=False).filter(lambda f: f == 0 or abs(f) > 1e-100)
_JSON_NUMBERS = st.integers(-(2**63), 2**64 - 1) | _FLOATS
_JSON = st.recursive(
    st.none() | st.booleans() | _JSON_NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT.filter(bool), inner, max_size=3),
    max_leaves=8,
)


def _decimals(type_: ValueType) -> st.SearchStrategy[Any]:
    scale, digits = type_.scale or 0, type_.precision or 10
    low = 0 if type_.minimum == 0 else 1 - 10**digits
    return st.integers(low, 10**digits - 1).map(lambda n: Decimal(n).scaleb(-scale, EXACT))


_STRATEGIES: Mapping[str, Any] = {
    "bool": lambda t: st.booleans(),
    "int": lambda t: st.integers(t.minimum, t.maximum),
    "decimal": _decimals,
    "float": lambda t: st.floats(width=32, allow_nan=False, allow_infinity=False) if t.single else _FLOATS,
    "str": lambda t: st.text(st.characters(codec="utf-8"), max_size=t.length),
    "enum": lambda t: st.sampled_from(t.values),
    "set": lambda t: st.sets(st.sampled_from(t.values)),
    "date": lambda t: st.dates(),
    "datetime": lambda t: _MOMENTS,
    "time": lambda t: st.timedeltas(timedelta(hours=-838), timedelta(hours=838)),
    "year": lambda t: st.integers(1901, 2155) | st.just(0),
    "bytes": lambda t: st.binary(max_size=t.length).filter(
        lambda b: t.precision is None or int.from_bytes(b) < 2**t.precision
    ),
    "json": lambda t: _JSON,
    "rows": lambda t: st.lists(_row(t), max_size=3),
    "row": lambda t: _row(t),  # noqa: PLW0108 - defined below
}


def _row(type_: ValueType) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({name: st.none() | values(t, name) for name, t in type_.columns.items()})


def values(type_: ValueType, name: str) -> st.SearchStrategy[Any]:
    """Canonical values of a type, none of them None."""
    found: st.SearchStrategy[Any] = _STRATEGIES[type_.kind](type_).map(lambda v: canonical(v, type_, name))
    return found.filter(lambda v: v is not None)


def field_values(entity: Entity, name: str) -> st.SearchStrategy[Any]:
    """What a record can hold in a field."""
    attribute = entity.fields[name]
    found = values(attribute.value_type, name)
    if attribute.value_type.kind == "set" and attribute.nullable:
        found = found.filter(bool)
    if name in {"data", "data_hex", "data_64"}:  # `data` is an index key, which must not be empty
        found = found.filter(bool)
    return found if not attribute.nullable else st.none() | found


def records(entity: Entity | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Canonical records."""
    of = entity or FLAT.entity
    return st.fixed_dictionaries({name: field_values(of, name) for name in of.fields})


DAY = date(2024, 2, 29)
MOMENT = datetime(2024, 2, 29, 23, 59, 58, 123456, tzinfo=UTC)
