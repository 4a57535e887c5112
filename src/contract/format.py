"""The format of a contract, versions 1 and 2, as shapes: what is checked, and what `schema.json` says.

Version 1 is the AWS modernizer workshop's, in both of its forms: an object with `tables`, and the older
bare list (attributes as a map, `gsis[].name`, `type: "Table"`, `join {local_column, source_column}`).
Version 2 only adds keys. What `crossfade contract lock` writes (types, nullability, defaults) both versions have.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from crossfade.contract.fold import Fold
from crossfade.contract.seed import seed_shape
from crossfade.contract.shape import Flag, Number, Scalar, Shape, Text
from crossfade.contract.shape_records import Either, Key, Many, MapOf, Record, Variant

ATTRIBUTE_TYPES = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL")
FORMATS = ("iso8601", "epoch-s", "epoch-ms", "json", "hex", "base64")

# Amazon DynamoDB Developer Guide, "Naming rules": tables and indexes 3 to 255 of a-z A-Z 0-9 _ - .
_RESOURCE = Text(pattern=r"[A-Za-z0-9_.-]{3,255}", allowed="3 to 255 of a-z, A-Z, 0-9, _, - and .")
# The same: attribute names up to 65,535 bytes, key attributes 255.
_ATTRIBUTE = Text(longest=255)
_FIELD = Text(pattern=r"[A-Za-z_]\w*", allowed="a letter or _, then letters, digits and _")
_ENTITY = Text(longest=255)
_TEXT = Text()
_ANY_TEXT = Text(empty=True)
_FIELDS = Many(_FIELD, single=True)
_TOLERATED = Text(pattern=r"[A-Za-z_]\w*|\((keys|count)\)", allowed="a field, (keys) or (count)")
# What is only estimated is bounded, so that no sum over it overflows.
_COUNT, _RATE = Number(0, high=10**15), Number(0, whole=False, high=10**9)
# Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB": an item has 400 KB at most.
_ITEM_BYTES = 400 * 1024


def _record(version: int, keys: dict[str, Key], one_of: tuple[str, ...] = (), title: str = "") -> Record:
    later = frozenset(k for k, rule in keys.items() if rule.later and version == 1)
    return Record(
        {k: rule for k, rule in keys.items() if k not in later}, later, one_of, title and f"{title}-v{version}"
    )


def _must(shape: Shape) -> Key:
    return Key(shape, required=True)


def _later(shape: Shape, *, required: bool = False) -> Key:
    return Key(shape, required=required, later=True)


def _join(version: int) -> Variant:
    target = {"target_table": _must(_TEXT), "join_condition": _must(_TEXT), "alias": _later(_FIELD)}
    to_one = {**target, "select_column": _must(_TEXT), "null_value": Key(Scalar())}
    hop = {**target, "select_column": Key(_TEXT), "type": Key(_TEXT), "null_value": Key(Scalar())}
    kind = {"type": _must(_TEXT)}
    construction = {
        "type": _must(Text(choices=("array", "object"))),
        "select_columns": _must(Either(Many(_TEXT, least=1), MapOf(_TEXT, least=1))),
        "order_by": Key(_TEXT),
        "limit": Key(Number(1)),
        "joins": _later(Many(_record(version, target))),
        "source_types": Key(MapOf(_TEXT)),
        "required": Key(Many(_TEXT)),
        "formats": _later(MapOf(Text(choices=FORMATS))),
    }
    shapes: dict[str, dict[str, Key]] = {
        "self-join": {
            **to_one,
            "target_table": Key(_TEXT),
            "join_alias": Key(_FIELD),
        },
        "foreign-key": to_one,
        "lookup-table": to_one,
        "multi-column": {
            **{k: rule for k, rule in to_one.items() if k != "join_condition"},
            "join_conditions": _must(Many(_TEXT, least=1)),
        },
        "conditional": {**to_one, "condition": _must(_TEXT), "else_value": Key(Scalar())},
        "chain": {
            "joins": _must(Many(_record(version, hop), least=1)),
            "chain_separator": Key(_ANY_TEXT),
            "null_value": Key(Scalar()),
        },
        "json-construction": {**target, "construction": _must(_record(version, construction))},
    }
    older = _record(version, {"local_column": _must(_TEXT), "source_column": _must(_TEXT)}) if version == 1 else None
    variants = {name: _record(version, {**kind, **keys}) for name, keys in shapes.items()}
    return Variant("type", variants, older, f"join-v{version}")


def _calculation(version: int) -> Variant:
    kind = {"type": _must(_TEXT)}
    branch = _record(version, {"when": _must(_TEXT), "then": _must(Scalar())})
    aggregate = {
        "target_table": _must(_TEXT),
        "join_condition": _must(_TEXT),
        "operation": _must(Text(choices=("SUM", "COUNT", "AVG", "MIN", "MAX"))),
        "select_column": Key(_TEXT),
        "alias": _later(_FIELD),
    }
    date_math = {
        "expression": Key(_TEXT),
        "operation": Key(Text(choices=("ADD", "SUB"))),
        "amount": Key(Number()),
        "unit": Key(Text(choices=("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"))),
    }
    concat = {"expression": Key(_TEXT), "columns": Key(Many(_TEXT, least=1)), "separator": Key(_ANY_TEXT)}
    shapes: dict[str, dict[str, Key]] = {
        "aggregate": aggregate,
        "case": {"cases": _must(Many(branch, least=1)), "else": Key(Scalar())},
        "concat": concat,
        "date-math": date_math,
    }
    variants = {name: _record(version, {**kind, **keys}) for name, keys in shapes.items()}
    return Variant("type", variants, title=f"calculation-v{version}")


def _transformation() -> Variant:
    kind = {"type": _must(_TEXT)}
    shapes: dict[str, Record] = {
        "date-format": _record(1, {**kind, "format": _must(_TEXT), "source_format": Key(_TEXT)}),
        "string-format": _record(1, {**kind, "format": Key(_TEXT), "template": Key(_TEXT)}, ("format", "template")),
        "number-format": _record(1, {**kind, "format": Key(_TEXT), "decimals": Key(Number(0))}, ("format", "decimals")),
        "json-parse": _record(1, kind),
        "static": _record(1, {**kind, "value": _must(Scalar(null=False))}),
    }
    return Variant("type", shapes, title="transformation")


def _variants(version: int) -> Record:
    shapes = MapOf(MapOf(_TEXT), least=1)
    return _record(version, {"tag": _must(_TEXT), "shapes": _must(shapes)}, title="variants")


def _attribute(version: int) -> dict[str, Key]:
    return {
        "name": _must(_ATTRIBUTE),
        "type": _must(Text(choices=ATTRIBUTE_TYPES)),
        "source_table": Key(_TEXT),
        "source_column": Key(Many(_TEXT, single=True, least=1)),
        "join": Key(_join(version)),
        "calculation": Key(_calculation(version)),
        "transformation": Key(_transformation()),
        "denormalized": Key(Flag()),
        "justification": Key(_ANY_TEXT),
        "description": Key(_ANY_TEXT),
        "field": _later(_FIELD),
        "plumbing": _later(Flag()),
        "source_type": Key(_TEXT),
        "nullable": Key(Flag()),
        "default": Key(Scalar(null=False)),
        "format": _later(Text(choices=FORMATS)),
        "maintain": _later(Text(choices=("propagate", "snapshot"))),
        "owned": _later(Flag()),
        "fold": _later(Text(choices=get_args(Fold))),
        "variants": _later(_variants(version)),
    }


def _attributes(version: int) -> Shape:
    keys = _attribute(version)
    many = Many(_record(version, keys, title="attribute"))
    if version == 2:
        return many
    unnamed = {k: rule for k, rule in keys.items() if k != "name"}
    return Either(many, MapOf(_record(version, unnamed, title="unnamed-attribute")))


def _index(version: int) -> Record:
    keys = {
        "index_name": Key(_RESOURCE, required=version == 2),
        "pk": _must(_ATTRIBUTE),
        "sk": Key(_ATTRIBUTE),
        "projection": Key(Text(choices=("ALL", "KEYS_ONLY", "INCLUDE"))),
        "projected_attributes": Key(Many(_ATTRIBUTE)),
        "description": Key(_ANY_TEXT),
    }
    if version == 2:
        return _record(version, keys, title="index")
    return _record(version, {**keys, "name": Key(_RESOURCE)}, ("index_name", "name"), "index")


def _pattern(version: int) -> Record:
    keys = {
        "id": Key(_TEXT),
        "name": _must(_FIELD),
        "by": Key(_FIELDS),
        "range": Key(_FIELD),
        "order": Key(Text(choices=("asc", "desc"))),
        "filter": Key(_FIELDS),
        "unique": Key(Flag()),
        "rps": Key(_RATE),
        "items": Key(_RATE),
        "index": Key(_RESOURCE),
        "scan": Key(Flag()),
        "description": Key(_ANY_TEXT),
    }
    return _record(version, keys, title="access-pattern")


def _entity(version: int) -> dict[str, Key]:
    """The keys of an entity; on a single-entity table they stand on the table itself."""
    dotted = Text(pattern=r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?", allowed="a field, or list.column of an owned list")
    reference = {
        "fields": _must(Many(dotted, single=True, least=1)),
        "entity": _must(_ENTITY),
        "on_delete": Key(Text(choices=("restrict", "cascade", "set_null"))),
        "pattern": Key(_FIELD),
        "counted_by": Key(_FIELD),
    }
    strategy = Text(choices=("auto_increment", "sequence", "ulid", "uuid7", "given"))
    unit = Text(choices=("s", "ms", "datetime"))
    ttl = {"field": _must(_FIELD), "unit": Key(unit)}
    rates = ("get_rps", "create_rps", "put_rps", "update_rps", "delete_rps")
    estimate = {
        "items": Key(_COUNT),
        "item_size_bytes": Key(Number(1, high=_ITEM_BYTES)),
        "updates": Key(_FIELDS),
        **dict.fromkeys(rates, Key(_RATE)),
    }
    return {
        "key": _later(Many(_FIELD, single=True, least=1)),
        "id": _later(_record(version, {"field": _must(_FIELD), "strategy": _must(strategy)})),
        "version_field": _later(_FIELD),
        "timestamps": _later(_record(version, {"created": Key(_FIELD), "updated": Key(_FIELD), "unit": Key(unit)})),
        "unique": _later(Many(Many(_FIELD, single=True, least=1))),
        "ttl": _later(_record(version, ttl)),
        "envelope": _later(_ATTRIBUTE),
        "sensitive": _later(_FIELDS),
        "tolerate": _later(Many(_record(version, {"field": _must(_TOLERATED), "reason": _must(_TEXT)}))),
        "references": _later(Many(_record(version, reference, title="reference"))),
        "access_patterns": _later(Many(_pattern(version))),
        "seed": _later(seed_shape()),
        "estimate": _later(_record(version, estimate)),
    }


def _table(version: int) -> Record:
    kinds = ("single-entity", "multi-entity") + (("Table",) if version == 1 else ())
    entity = {
        "entity_type": _must(_ENTITY),
        "source_table": Key(_TEXT),
        "pk_template": Key(_TEXT),
        "sk_template": Key(_TEXT),
        "attributes": _must(_attributes(version)),
        "description": Key(_ANY_TEXT),
        **_entity(version),
    }
    streams = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
    keys = {
        "table": _must(_RESOURCE),
        "type": Key(Text(choices=kinds)),
        "source_table": Key(_TEXT),
        "entity_type": Key(_ENTITY),
        "pk": Key(_ATTRIBUTE),
        "sk": Key(_ATTRIBUTE),
        "gsis": Key(Many(_index(version))),
        "entities": Key(Many(_record(version, entity, title="entity"), least=1)),
        "attributes": Key(_attributes(version)),
        "satisfies": Key(Many(_ANY_TEXT)),
        "estimated_item_size_bytes": Key(_COUNT),
        "description": Key(_ANY_TEXT),
        "type_attribute": _later(_ATTRIBUTE),
        "ttl_attribute": _later(_ATTRIBUTE),
        "stream": _later(Text(choices=streams)),
        "point_in_time_recovery": _later(Flag()),
        "billing": _later(Text(choices=("PAY_PER_REQUEST", "PROVISIONED"))),
        "deletion_protection": _later(Flag()),
        "tags": _later(MapOf(_ANY_TEXT)),
        "removal": _later(Text(choices=("retain", "destroy"))),
        **_entity(version),
    }
    return _record(version, keys, title="table")


@cache
def contract_shape(version: int) -> Shape:
    """The shape of a whole contract of `version` 1 or 2."""
    tables = Many(_table(version), least=1)
    keys = {
        "$schema": Key(_TEXT),
        "version": Key(Scalar(null=False), required=version == 2),
        "description": Key(_ANY_TEXT),
        "tables": _must(tables),
        "groups": _later(MapOf(Many(_ENTITY, least=1))),
    }
    record = _record(version, keys)
    return record if version == 2 else Either(tables, record)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of both versions; `schema.json` holds it."""
    definitions: dict[str, Any] = {}
    two = {"type": "object", "properties": {"version": {"enum": ["2", 2]}}, "required": ["version"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crossfade migration contract",
        "description": "Version 2 where `version` says so, else version 1: the AWS modernizer workshop's format.",
        "if": two,
        "then": _named(contract_shape(2).schema(), definitions),
        "else": _named(contract_shape(1).schema(), definitions),
        "$defs": definitions,
    }


def _named(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with every titled part replaced by a reference to its definition."""
    if isinstance(schema, list):
        return [_named(s, definitions) for s in schema]
    if not isinstance(schema, dict):
        return schema
    found = {k: _named(v, definitions) for k, v in schema.items()}
    title = found.get("title")
    if not isinstance(title, str):
        return found
    definitions[title] = found
    return {"$ref": f"#/$defs/{title}"}
