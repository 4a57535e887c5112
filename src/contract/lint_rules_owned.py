"""Lint rules about owned rows against the live source: what a write of the whole list does to them."""

from __future__ import annotations

from crossfade.contract.expressions import columns
from crossfade.contract.lint_facts import Facts, Found, Registry
from crossfade.contract.model_derivation import ToMany
from crossfade.contract.source import SourceTable

OWNED = Registry("schema")


@OWNED.rule("CF515", "warning", "a column of owned rows that is left behind", 'add it to "select_columns"')
def column_left_behind(facts: Facts) -> Found:
    """A write deletes the rows that change, and inserts them anew: what is not in the list is lost with them."""
    for entity in facts.entities:
        for table, attribute in facts.owned(entity):
            used = {c.name for c in columns(attribute.derivation)}
            for name, column in table.columns.items():
                if name not in used and not (column.required or column.auto_increment or column.generated):
                    yield (
                        attribute.path,
                        f"{attribute.name}: {table.name}.{name} is not selected: a write loses it",
                    )


@OWNED.rule("CF516", "error", "an owned object that may be several rows", "make it a list, or add a unique index")
def several_rows(facts: Facts) -> Found:
    """The first row is the object; a write would delete the others."""
    for entity in facts.entities:
        for table, attribute in facts.owned(entity):
            many = attribute.derivation
            if isinstance(many, ToMany) and many.shape == "object" and not _single(table, many):
                yield attribute.path, f"{attribute.name}: {table.name} may have several rows for one {entity.name}"


@OWNED.rule("CF517", "info", "owned rows that MySQL keeps unique", "let the application look: DynamoDB does not")
def unique_rows(facts: Facts) -> Found:
    """Two such rows in one list are refused by MySQL alone; written to DynamoDB, they stop the way back."""
    for entity in facts.entities:
        for table, attribute in facts.owned(entity):
            many = attribute.derivation
            if not isinstance(many, ToMany) or many.shape == "object":
                continue
            linked = _linked(many)
            for index in (table.primary_key, *table.uniques.values()):
                own = [name for name in index if name not in linked]
                if own and not any(table.columns[name].auto_increment for name in own):
                    yield (
                        attribute.path,
                        f"{attribute.name}: rows of {table.name} differ in {', '.join(own)}",
                    )


def _linked(many: ToMany) -> set[str]:
    """The columns of the rows that their owner, or the condition, fixes."""
    return {c.name for c in columns(many.condition) if c.table == many.alias}


def _single(table: SourceTable, many: ToMany) -> bool:
    linked = _linked(many)
    return any(index and linked.issuperset(index) for index in (table.primary_key, *table.uniques.values()))
