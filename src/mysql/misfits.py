"""Why a table cannot hold a record, column by column, by what the server says of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from crossfade.contract.errors import InvalidValue
from crossfade.contract.source import SourceColumn, SourceTable
from crossfade.contract.types import ValueType, canonical
from crossfade.dal.entity import Record
from crossfade.mysql.owned import stored_value
from crossfade.mysql.write import Writer

_BASIC_PLANE = 0xFFFF  # what utf8mb3 holds, in three bytes


def misfits(writer: Writer, root: SourceTable, tables: Mapping[str, SourceTable], record: Record) -> Iterator[str]:
    """Every value of a record that its column cannot hold, and why. No value is told.

    Args:
        writer: writes the record's entity.
        root: its table.
        tables: every table.
        record: the record.
    """
    fields = writer.entity.fields
    for field, column in writer.columns.items():
        yield from _misfit(record[field], fields[field].value_type, root.columns[column], field)
    for field, rows in writer.owned.items():
        child = tables[rows.table].columns
        for number, row in enumerate(rows.given(record[field])):
            for column, name in rows.names.items():
                yield from _misfit(row.get(name), child[column].type, child[column], f"{field}[{number}].{name}")


def _misfit(value: Any, given: ValueType, column: SourceColumn, name: str) -> Iterator[str]:
    if value is None:
        if not column.nullable and not column.auto_increment:
            yield f"{name}: wants a value, and has none"
        return
    try:
        stored = stored_value(value, given, column.type, name)
        # A float in a column has MySQL's range, not that of DynamoDB's numbers, which `text` leaves out.
        fitting = canonical(stored, replace(column.type, text=column.type.text or column.type.kind == "float"), name)
    except InvalidValue as error:
        yield str(error)
        return
    if fitting != stored:
        yield f"{name}: the column ({column.type.source}) holds fewer digits"
    elif isinstance(stored, str) and _three_bytes(column) and any(ord(c) > _BASIC_PLANE for c in stored):
        yield f"{name}: holds a character of four bytes, and the column is in utf8mb3"


def _three_bytes(column: SourceColumn) -> bool:
    return (column.collation or "").startswith(("utf8mb3_", "utf8_"))
