"""Times that go with each other: a row is not older than what it refers to, nor younger than its own changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crossfade.contract.source import SourceColumn
from crossfade.seed.names import snake
from crossfade.seed.values import EPOCH, Value, moment_at

if TYPE_CHECKING:
    from crossfade.seed.rows import TableRows

Moment = Callable[[int], datetime]

_END = r"(_?(at|on|date|time|utc))?$"
_CREATED = re.compile(
    r"^(date_)?(created|inserted|added|registered|joined|ordered|placed|installed|opened|hired?)" + _END
    + r"|^(order|invoice|registration|signup|join|creation|rental)_date$"
)  # fmt: skip
_UPDATED = re.compile(
    r"^(date_)?(updated|modified|changed|last_(update|updated|modified|change|seen|login))" + _END
)  # fmt: skip
_LATER = re.compile(
    r"^(end|ends|ended|finish|finished|until|to|due|completed|closed|returned?|shipped|paid|delivered"
    r"|cancell?ed|deleted|uninstalled)" + _END
)  # fmt: skip
_BIRTH = re.compile(r"birth|(^|_)dob$")
_NAMED = re.compile(r"_(at|utc|timestamp|ts|epoch)$|^(timestamp|epoch)$")
_PERIODS = {"start": ("end", "finish", "to"), "starts": ("ends",), "from": ("to", "until"), "begin": ("end",)}
_TIMES = frozenset({"date", "datetime"})


class Clocks:
    """The times in the rows of one table."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows
        self._columns = {snake(n): c for n, c in rows.source.columns.items()}

    def value(self, column: SourceColumn) -> Value | None:
        """Values for a column of times; None if it is none."""
        if not self._is_time(column):
            return None
        name, span = snake(column.name), self._rows.run.span
        write = self.writer(column)
        if column.name == self.created_name:
            return lambda i: write(self.created(i))
        if self._expires(column):
            return self._expiry(column, write)
        if _BIRTH.search(name):
            draw, years = self._draw(column), timedelta(days=365)
            old = replace(span, start=span.end - 80 * years, end=span.end - 18 * years)
            return lambda i: write(moment_at(old, draw.unit(i), 0))
        if (before := self._before(name)) is not None:
            return self.after(before, column, timedelta(minutes=15), timedelta(hours=8))
        draw = self._draw(column)
        if self._is_updated(column) or _LATER.search(name):
            return lambda i: write(self._later(i, draw.unit(i)))
        if column.type.kind == "int" or self.created_name is None:
            return lambda i: write(moment_at(span, draw.unit(i), 6))
        return lambda i: write(self._later(i, draw.unit(i)))

    @cached_property
    def created_name(self) -> str | None:
        for entity in self._rows.entities():
            if entity.timestamps.created:
                return entity.fields[entity.timestamps.created].column
        times = [c for c in self._columns.values() if self._is_time(c)]
        found = next((c for c in times if _CREATED.search(snake(c.name))), None)
        return found.name if found else None

    def created(self, i: int) -> datetime:
        """When row i came to be: behind everything that it refers to."""
        span = self._rows.run.span
        start = span.start
        declared = self._rows.declared.span(self.created_name) if self.created_name else None
        if declared is not None:
            span, start = declared, declared.start
        for key, pick in self._rows.picks.items():
            found = pick(i)
            if found is not None and (key.table != self._rows.source.name or found < i):
                start = max(start, self._rows.run.tables[key.table].clocks.created(found))
        start = min(start, span.end - timedelta(seconds=1))
        return moment_at(replace(span, start=start), self._drawn.unit(i), 6)

    @cached_property
    def _drawn(self) -> Any:
        return self._rows.draw("created")

    def _later(self, i: int, u: float) -> datetime:
        # Most changes come soon: u * u is mostly small.
        start = self.created(i)
        return start + (self._rows.run.span.end - start) * (u * u)

    def after(self, before: SourceColumn, column: SourceColumn, low: timedelta, high: timedelta) -> Value:
        """Times from `low` to `high` behind another column's of the same row; null where that is."""
        earlier, read, write = self._rows.value(before.name), self.reader(before), self.writer(column)
        draw, more = self._draw(column), high - low

        def value(i: int) -> Any:
            start = earlier(i)
            return None if start is None else write(read(start) + low + more * draw.unit(i))

        if before.nullable and not self._rows.nullable(column):
            span = self._rows.run.span
            return lambda i: write(moment_at(span, draw.unit(i), 6)) if (v := value(i)) is None else v
        return value

    # ------------------------------------------------------------------------------------------- which

    def _draw(self, column: SourceColumn) -> Any:
        return self._rows.draw(column.name)

    def _is_time(self, column: SourceColumn) -> bool:
        if column.type.kind in _TIMES:
            return True
        return column.type.kind == "int" and (
            self._expires(column)
            or (bool(_NAMED.search(snake(column.name))) and (column.type.maximum or 0) >= 2**31 - 1)
        )

    def _is_updated(self, column: SourceColumn) -> bool:
        given = [e.fields[e.timestamps.updated].column for e in self._rows.entities() if e.timestamps.updated]
        return column.name in given or bool(_UPDATED.search(snake(column.name)))

    def _expires(self, column: SourceColumn) -> bool:
        given = [e.fields[e.ttl.field].column for e in self._rows.entities() if e.ttl]
        return column.name in given or bool(re.search(r"^expir(es|y|ation)", snake(column.name)))

    def _expiry(self, column: SourceColumn, write: Callable[[datetime], Any]) -> Value:
        """Mostly years away: what has expired is in no store."""
        draw, end, gone = self._draw(column), self._rows.run.span.end, self._draw(column).of("gone")
        day = timedelta(days=1)

        def value(i: int) -> Any:
            days = -30 * draw.unit(i) if gone.unit(i) < 0.05 else 3650 + 3650 * draw.unit(i)
            return write(end + days * day)

        return value

    def _before(self, name: str) -> SourceColumn | None:
        """The column of the beginning, for one of an end."""
        for first, lasts in _PERIODS.items():
            for last in lasts:
                if re.search(rf"(^|_){last}(_|$)", name):
                    earlier = re.sub(rf"(^|_){last}(_|$)", rf"\g<1>{first}\g<2>", name, count=1)
                    found = self._columns.get(earlier)
                    if found is not None and earlier != name and self._is_time(found):
                        return found
        return None

    # -------------------------------------------------------------------------------------------- forms

    def _epoch(self, column: SourceColumn) -> int:
        """Units a second of a time that is held as a number."""
        declared = self._rows.plan.declared.fields.get(column.name)
        if declared and declared.epoch:
            return 1000 if declared.epoch == "ms" else 1
        units = {e.ttl.unit for e in self._rows.entities() if e.ttl and e.fields[e.ttl.field].column == column.name}
        return 1000 if "ms" in units or (not units and (column.type.maximum or 0) > 2**33) else 1

    def writer(self, column: SourceColumn) -> Callable[[datetime], Any]:
        """From a point in time to what the column holds."""
        if column.type.kind == "int":
            units = self._epoch(column)
            return lambda m: (m - EPOCH) // timedelta(microseconds=1_000_000 // units)
        if column.type.kind == "date":
            return lambda m: m.date()
        unit: int = 10 ** (6 - column.type.fsp)
        last = EPOCH + timedelta(seconds=2**31 - 2) if column.type.maximum else None
        return lambda m: (min(m, last) if last else m).replace(microsecond=m.microsecond // unit * unit)

    def reader(self, column: SourceColumn) -> Callable[[Any], datetime]:
        """From what the column holds to a point in time."""
        if column.type.kind == "int":
            units = self._epoch(column)
            return lambda v: EPOCH + timedelta(microseconds=v * 1_000_000 // units)
        if column.type.kind == "date":
            return lambda v: datetime(v.year, v.month, v.day, tzinfo=UTC)
        return lambda v: v
