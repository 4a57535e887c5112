"""Chinook's contract: clean, locked, complete, and with a plan for every access pattern."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crossfade.contract import SourceSchema, lint, load, lock, parse_schema, plan_contract
from crossfade.contract.model import Contract
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.sql import Column

CHINOOK = Path(__file__).parents[3] / "examples" / "chinook"
CONTRACT = CHINOOK / "migrationContract.json"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(CONTRACT)


@pytest.fixture(scope="module")
def schema() -> SourceSchema:
    return parse_schema((CHINOOK / "chinook-mysql.sql").read_text(encoding="utf-8"))


def test_it_is_clean_against_its_schema(contract: Contract, schema: SourceSchema) -> None:
    assert [f for f in lint(contract, schema) if f.severity != "info"] == []


def test_it_is_locked_with_the_types_of_its_schema(schema: SourceSchema) -> None:
    definition = json.loads(CONTRACT.read_text(encoding="utf-8"))
    assert lock(definition, schema) == definition


def test_every_column_of_every_table_can_be_written_back(contract: Contract, schema: SourceSchema) -> None:
    written = {table: set[str]() for table in schema.tables}
    for entity in contract.entities.values():
        written[entity.source_table] |= {a.column for a in entity.attributes if a.column}
        for attribute in entity.attributes:
            many = attribute.derivation
            if isinstance(many, ToMany) and many.owned:
                own = [c.expression for c in many.columns]
                written[many.table] |= {e.name for e in own if isinstance(e, Column) and e.table == many.alias}
                written[many.table] |= {"InvoiceId"}  # what the lines' condition compares
    assert written == {name: set(table.columns) for name, table in schema.tables.items()}


def test_references_are_mysqls_foreign_keys(contract: Contract, schema: SourceSchema) -> None:
    # The lines' key to their invoice is their ownership.
    keys = sum(len(table.foreign_keys) for table in schema.tables.values()) - 1
    assert sum(len(entity.references) for entity in contract.entities.values()) == keys


def test_every_pattern_is_served(contract: Contract) -> None:
    plans = plan_contract(contract)
    assert {name: plan.errors for name, plan in plans.items() if plan.errors} == {}
    assert {p.rps is not None for e in contract.entities.values() for p in e.access_patterns.values()} == {True}
    newest_first = plans["INVOICE"]["of_customer"]
    assert (newest_first.consistent, newest_first.ordered, newest_first.pattern.order) == (True, True, "desc")
