"""What is true of every row of every plan."""

from __future__ import annotations

from typing import Any

from crossfade.contract import Contract, SourceSchema, load, parse_schema
from crossfade.contract.coerce import collated
from crossfade.contract.source import SourceTable
from crossfade.contract.types import canonical
from crossfade.seed import SeedPlan

Rows = dict[str, list[dict[str, Any]]]


def rows_of(plan: SeedPlan) -> Rows:
    """All rows of a plan, which are checked on the way."""
    made = {name: list(plan.rows(name)) for name in plan.tables}
    for name, table in plan.tables.items():
        assert len(made[name]) == plan.counts[name]
        _check_values(table.source, made[name])
        _check_uniques(table.source, made[name])
        _check_references(plan, name, made)
    return made


def _check_values(source: SourceTable, rows: list[dict[str, Any]]) -> None:
    for name, column in source.columns.items():
        values = [row[name] for row in rows if name in row]
        assert not (column.generated and values), f"{name} is the server's"
        if not column.nullable and not column.generated:
            assert None not in values
            assert len(values) == len(rows)
        for value in values:
            assert canonical(value, column.type, name) == value
            assert type(canonical(value, column.type, name)) is type(value)


def _check_uniques(source: SourceTable, rows: list[dict[str, Any]]) -> None:
    for unique in (source.primary_key, *source.uniques.values()):
        if unique:
            values = [tuple(_folded(source, c, row.get(c)) for c in unique) for row in rows]
            full = [v for v in values if None not in v]
            assert len(set(full)) == len(full), f"{source.name}: {unique}"


def _folded(source: SourceTable, column: str, value: Any) -> Any:
    collation = source.columns[column].collation or "utf8mb4_0900_ai_ci"
    return collated(value, collation) if isinstance(value, str) else value


def _check_references(plan: SeedPlan, name: str, made: Rows) -> None:
    earlier = list(plan.tables)[: list(plan.tables).index(name)]
    for key in plan.tables[name].references:
        if key.table != name:
            assert key.table in earlier
            known = {tuple(row[c] for c in key.references) for row in made[key.table]}
            referring = [tuple(row[c] for c in key.columns) for row in made[name]]
            assert {r for r in referring if None not in r} <= known
            continue
        seen: set[tuple[Any, ...]] = set()
        for row in made[name]:
            # A row refers to an earlier one, or to itself: so there is no circle.
            own = tuple(row[c] for c in key.references)
            to = tuple(row[c] for c in key.columns)
            assert None in to or to in seen or to == own
            seen.add(own)


def contract_of(ddl: str, *, seeds: dict[str, Any] | None = None) -> tuple[SourceSchema, Contract]:
    """The schema of a script, and a contract that reads each of its tables as an entity of that name."""
    schema = parse_schema(ddl)
    tables = []
    for name, source in schema.tables.items():
        key = source.primary_key or next(iter(source.columns.values())).name
        keys = [key] if isinstance(key, str) else list(key)
        attributes = [
            {"name": c.name, "type": "S", "source_table": name, "source_column": c.name}
            for c in source.columns.values()
        ]
        tables.append(
            {
                "table": f"T_{name}",
                "entity_type": name,
                "source_table": name,
                "pk": "PK",
                "key": keys,
                "attributes": [
                    *attributes,
                    {
                        "name": "PK",
                        "type": "S",
                        "plumbing": True,
                        "transformation": {"type": "string-format", "format": "#".join(f"{{{k}}}" for k in keys)},
                    },
                ],
                **({"seed": seeds[name]} if seeds and name in seeds else {}),
            }
        )
    return schema, load({"version": "2", "tables": tables}, schema=schema)
