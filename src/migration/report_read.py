"""Reading a report strictly: it may have been edited by hand, and repair writes what it names."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

from crossfade.migration.report import FORMAT, KINDS, Counts, Difference, Direction, FieldDifference, Report
from crossfade.migration.report_json import (
    ReportError,
    count,
    each,
    exactly,
    flag,
    item_key_from,
    maybe,
    moment,
    named,
    parsed,
    share,
    text,
)


def read_report(path: Path) -> Report:
    """The report in a file.

    Raises:
        ReportError: it is none, or cannot be read; the message says where it is wrong.
    """
    try:
        return loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ReportError(f"{path} is no report: it is no text") from None
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror or error}") from None
    except ReportError as error:
        raise ReportError(f"{path}: {error}") from None


def loads(content: str) -> Report:
    """The report that `dumps` wrote.

    Raises:
        ReportError: it is none, or a value in it is not what its place wants; the message says which.
    """
    raw = parsed(content)
    if not isinstance(raw, dict) or raw.pop("crossfade_report", None) != FORMAT:
        raise ReportError("it is no report of this version of crossfade")
    found = exactly({"direction": "forward", **raw}, Report, "$")
    return Report(**{name: read(found[name], f"$.{name}") for name, read in _REPORT.items()})


def difference_from(raw: Any, where: str) -> Difference:
    """One difference from its JSON.

    Args:
        raw: the JSON.
        where: its place, for messages.

    Raises:
        ReportError: it is none.
    """
    found = exactly(raw, Difference, where)
    return Difference(**{name: read(found[name], f"{where}.{name}") for name, read in _DIFFERENCE.items()})


def counts_from(raw: Any, where: str) -> Counts:
    """Counts from their JSON. Arguments and errors as for `difference_from`."""
    return Counts(**{name: count(value, f"{where}.{name}") for name, value in exactly(raw, Counts, where).items()})


def _field_from(raw: Any, where: str) -> FieldDifference:
    found = exactly(raw, FieldDifference, where)
    values = (maybe(text, found[name], f"{where}.{name}") for name in ("source", "target"))
    return FieldDifference(text(found["field"], f"{where}.field"), *values)


def _one_of(names: tuple[str, ...], raw: Any, where: str) -> str:
    if raw not in names:
        raise ReportError(f"{where} is {reprlib.repr(raw)}; there are {', '.join(names)}")
    return str(raw)


_DIFFERENCE: Mapping[str, Any] = {
    "kind": partial(_one_of, KINDS),
    "entity": partial(maybe, text),
    "table": text,
    "item_key": item_key_from,
    "key": partial(maybe, partial(named, text)),
    "lookup": flag,
    "sensitive": flag,
    "reason": text,
    "fields": partial(each, _field_from),
}
_REPORT: Mapping[str, Any] = {
    **dict.fromkeys(("fingerprint", "contract", "prefix"), text),
    **dict.fromkeys(("started", "finished"), moment),
    "sample": share,
    "extras": flag,
    "entities": partial(named, counts_from),
    "differences": partial(each, difference_from),
    "truncated": flag,
    "notes": partial(each, text),
    "direction": partial(_one_of, get_args(Direction)),
}
