"""Whether rows hold what they were given, value for value: not every server is strict, and triggers change values."""

from __future__ import annotations

from typing import Any

from crossfade.dal.entity import Record
from crossfade.mysql.write import Writer


class KeptOtherwise(Exception):
    """MySQL would keep a value otherwise than it was given."""


def check_kept(writer: Writer, kept: Record | None, record: Record) -> None:
    """Compare what is kept with what was given, column by column.

    Args:
        writer: writes the entity.
        kept: the record as it is read back; None where its key finds none.
        record: what was given.

    Raises:
        KeptOtherwise: they differ. No value is told.
    """
    if kept is None:
        raise KeptOtherwise("MySQL would keep another key")
    for field in writer.columns:
        if not same(kept[field], record[field]):
            raise KeptOtherwise(f"{field}: MySQL would keep another value")
    for field, rows in writer.owned.items():
        if not same(rows.kept(kept[field]), rows.kept(record[field])):
            raise KeptOtherwise(f"{field}: MySQL would keep other rows")


def same(kept: Any, given: Any) -> bool:
    """Whether two values are one, type included: 1 is not 1.0, nor true."""
    if isinstance(kept, dict) and isinstance(given, dict):
        return kept.keys() == given.keys() and all(same(kept[name], given[name]) for name in kept)
    if isinstance(kept, (list, tuple)) and isinstance(given, (list, tuple)):
        return len(kept) == len(given) and all(map(same, kept, given))
    return type(kept) is type(given) and bool(kept == given)
