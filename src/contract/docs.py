"""The data-model page of a contract, as Markdown: what `crossfade contract docs` prints."""

from __future__ import annotations

from collections.abc import Iterator

from crossfade.contract.markdown import code, table_lines
from crossfade.contract.model import Attribute, Contract, Entity, Table
from crossfade.contract.model_derivation import OwnColumns, ToMany
from crossfade.contract.model_rules import Estimate, TimeUnit
from crossfade.contract.plan import KeyPlan, PlanError, QueryPlan, lookups, plan_key, plan_pattern
from crossfade.contract.plural import several
from crossfade.contract.types import ValueType


def data_model(contract: Contract) -> str:
    """The page: diagram, tables with their keys and sizes, entities with their fields, access patterns.

    Args:
        contract: the contract.

    Returns:
        Markdown that ends with a newline.
    """
    name = contract.source.rsplit("/", 1)[-1]
    lines = [f"# Data model of {name}", "", f"Contract version {contract.version}.", *_groups(contract), ""]
    lines += ["## Entities and references", "", *_diagram(contract), ""]
    for table in contract.tables.values():
        lines += _table(contract, table)
    return "\n".join(lines).rstrip() + "\n"


def _groups(contract: Contract) -> Iterator[str]:
    for group, entities in contract.groups.items():
        yield f"Group `{group}` changes stage together: {', '.join(entities)}."


def _diagram(contract: Contract) -> Iterator[str]:
    yield from ["```mermaid", "erDiagram"]
    for entity in contract.entities.values():
        yield f"    {_plain(entity.name)} {{"
        for attribute in entity.fields.values():
            marks = " PK" if attribute.field in entity.key else ""
            yield f"        {_plain(attribute.value_type.kind)} {_plain(attribute.field)}{marks}"
        yield "    }"
        for reference in entity.references:
            yield f"    {_plain(reference.entity)} ||--o{{ {_plain(entity.name)} : {_plain('_'.join(reference.fields))}"
    yield "```"


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() or c == "_" else "_" for c in text)


def _table(contract: Contract, table: Table) -> Iterator[str]:
    yield from [f"## Table {table.name}", ""]
    if table.estimated_item_size_bytes:
        yield from [f"Estimated item size: {table.estimated_item_size_bytes} bytes.", ""]
    keys = [("table", table.pk, table.sk, "ALL")]
    keys += [(i.name, i.pk, i.sk, _projection(i.projection, i.attributes)) for i in table.indexes]
    yield from table_lines(
        ("index", "partition key", "sort key", "projection"), ((n, code(p), code(s), j) for n, p, s, j in keys)
    )
    yield ""
    for name in table.entities:
        yield from _entity(contract, table, contract.entities[name])


def _projection(kind: str, attributes: tuple[str, ...]) -> str:
    return f"{kind}: {', '.join(attributes)}" if attributes else kind


def _entity(contract: Contract, table: Table, entity: Entity) -> Iterator[str]:
    yield from [f"### {entity.name}", "", f"From MySQL table `{entity.source_table}`. Key: {', '.join(entity.key)}."]
    key = plan_key(contract, entity.name)
    yield from [f"Read by key: {_key_plan(key)}.", *_lookups(contract, entity), *_expected(entity.estimate)]
    yield from [*_kept(entity), ""]
    used = [a for a in _key_attributes(table) if a in entity.keys]
    yield from table_lines(("key attribute", "made of"), ((code(a), code(entity.keys[a].source)) for a in used))
    yield ""
    yield from table_lines(
        ("field", "attribute", "value", "type", "from"), (_field(entity, a) for a in entity.fields.values())
    )
    yield ""
    if entity.access_patterns:
        head = ("id", "access pattern", "by", "range", "order", "peak rps", "served by", "requests", "reads")
        yield from table_lines(head, (_pattern(contract, entity, n) for n in entity.access_patterns))
        yield ""


def _key_attributes(table: Table) -> list[str]:
    named = [table.pk, table.sk, *(k for i in table.indexes for k in (i.pk, i.sk))]
    return list(dict.fromkeys(k for k in named if k))


def _key_plan(plan: KeyPlan) -> str:
    every = plan.requests + 1  # with the item's own
    return f"{plan.describe()}, {several(every, 'request')}"


def _lookups(contract: Contract, entity: Entity) -> Iterator[str]:
    for lookup in lookups(contract, entity.name):
        yield f"Lookup item per {'key' if lookup.kind == 'key' else 'unique value'}: {', '.join(lookup.fields)}."


def _expected(estimate: Estimate) -> Iterator[str]:
    """What the contract expects of an entity, as far as it says."""
    rates = {name: getattr(estimate, f"{name}_rps") for name in ("get", "create", "put", "update", "delete")}
    told = [f"{estimate.items} items"] if estimate.items is not None else []
    told += [f"{estimate.item_size_bytes} bytes each"] if estimate.item_size_bytes is not None else []
    told += [f"{rate:g} {name} a second" for name, rate in rates.items() if rate]
    if told:
        yield f"Expected, at the peak: {', '.join(told)}."


def _kept(entity: Entity) -> Iterator[str]:
    """What crossfade sees to, whichever store answers."""
    if entity.id and entity.id.strategy != "given":
        yield f"Id: {entity.id.field}, {entity.id.strategy}."
    if entity.version_field:
        yield f"Version: {entity.version_field}."
    times = entity.timestamps
    if told := [f"{f} at {what}" for f, what in ((times.created, "creation"), (times.updated, "every change")) if f]:
        yield f"Times: {', '.join(told)}{_since(times.unit)}."
    if entity.ttl:
        yield f"Expires: at {entity.ttl.field}{_since(entity.ttl.unit)}."
    yield from (f"Unique: {', '.join(fields)}." for fields in entity.unique)
    for reference in entity.references:
        yield f"Refers to {reference.entity} by {', '.join(reference.fields)}: {reference.on_delete}."
    if entity.envelope:
        yield f"Stored in the map `{entity.envelope}`, but for key attributes and what crossfade sets."


def _since(unit: TimeUnit) -> str:
    return {"s": ", seconds since 1970", "ms": ", milliseconds since 1970"}.get(unit, "")


def _field(entity: Entity, attribute: Attribute) -> tuple[str, ...]:
    marks = [
        m
        for m, holds in (
            ("key", attribute.field in entity.key),
            ("sensitive", attribute.field in entity.sensitive),
            ("tolerated", attribute.field in entity.tolerate),
        )
        if holds
    ]
    name = attribute.field + (f" ({', '.join(marks)})" if marks else "")
    return name, code(attribute.name), _value(attribute.value_type), attribute.type, _origin(attribute)


def _value(type_: ValueType) -> str:
    shapes = (f"{name} ({', '.join(members)})" if members else name for name, members in type_.variants.items())
    return (type_.source or type_.kind) + (f", by {type_.tag}: {', '.join(shapes)}" if type_.variants else "")


def _origin(attribute: Attribute) -> str:
    derivation = attribute.derivation
    if derivation is None:
        made = f", {attribute.transformation.kind}" if attribute.transformation else ""
        return ", ".join(attribute.columns) + made
    if isinstance(derivation, ToMany):
        return f"rows of {derivation.table}{' (owned)' if derivation.owned else ''}"
    if isinstance(derivation, OwnColumns):
        return "own columns"
    kind = getattr(derivation, "kind", None) or getattr(derivation, "operation", "")
    kept = f", {attribute.maintain}" if attribute.maintain else ""
    return f"{kind}{kept}"


def _pattern(contract: Contract, entity: Entity, name: str) -> tuple[str, ...]:
    pattern = entity.access_patterns[name]
    common = (
        pattern.id or "",
        name,
        ", ".join(pattern.by) or "–",
        pattern.range or "–",
        pattern.order,
        f"{pattern.rps:g}" if pattern.rps is not None else "–",
    )
    try:
        plan = plan_pattern(contract, entity.name, name)
    except PlanError as error:
        return (*common, f"nothing: {error}", "–", "–")
    return (*common, _served(plan), str(plan.requests), "strongly consistent" if plan.consistent else "may lag")


def _served(plan: QueryPlan) -> str:
    where = plan.index or "table"
    by = "" if plan.ordered else f", sorted in memory by {plan.pattern.range or ', '.join(plan.sort_fields)}"
    return f"{plan.access} on {where}{by}"
