"""Values that the contract's `seed` declares: see `crossfade.contract.seed`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from crossfade.contract.coerce import to_type
from crossfade.contract.errors import InvalidValue
from crossfade.contract.seed import FieldSeed, unknown_columns
from crossfade.contract.source import SourceColumn, constant_default
from crossfade.contract.types import JSON, ValueType, canonical
from crossfade.seed.domains import FIRST
from crossfade.seed.draw import Draw, Weighted, zipf
from crossfade.seed.errors import SeedError
from crossfade.seed.named import limits, ranged
from crossfade.seed.names import fitted, is_plain, numbered
from crossfade.seed.pools import pool
from crossfade.seed.values import Span, Value, as_float, fewest, moment_at, sets, whole
from crossfade.seed.variants import variants

if TYPE_CHECKING:
    from crossfade.seed.rows import TableRows

_DAY = 86_400


class Declared:
    """The declared values of one table."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def check(self) -> None:
        """Raise SeedError for declarations of columns that there are not, or that the server makes."""
        declared, columns = self._rows.plan.declared, self._rows.source.columns
        if unknown := unknown_columns(declared, columns):
            raise SeedError(f"{self._rows.source.name} has no such column: {'; '.join(unknown)}")
        for name in declared.fields:
            if columns[name].generated:
                raise SeedError(f"{self._rows.source.name}.{name} is made by the server: declare nothing for it")

    def span(self, name: str) -> Span | None:
        """The declared time of a column, if it has one."""
        declared = self._rows.plan.declared.fields.get(name)
        return self._span(declared, name) if declared and (declared.start or declared.end) else None

    def value(self, column: SourceColumn, declared: FieldSeed) -> Value | None:
        """The declared values of a column; None where only nulls, skew or conditions are declared.

        Raises:
            SeedError: the declaration does not fit the column.
        """
        draw = self._rows.draw(column.name)
        if declared.after is not None:
            return self._after(column, declared)
        if declared.start or declared.end:
            return self._between(column, declared, draw)
        made = self._made(column.type, column.name, declared, draw)
        if made is None or column.type.kind == "json":
            return made
        fit = fitted(column.type) if column.type.kind == "str" else None
        return made if fit is None else lambda i: fit(made(i))

    def referring(self, column: SourceColumn, declared: FieldSeed, value: Value, table: str) -> Value:
        """The values of a column that refers to `table`. Raises SeedError for more than nulls, skew and conditions."""
        if replace(declared, null=None, when={}, skew=None) != FieldSeed():
            raise self._unfit(column.name, f"it refers to {table}: only null, skew and when can be said of it")
        if declared.when and not self._rows.nullable(column):
            raise self._unfit(column.name, "it must not be null: it cannot depend on others")
        return self.conditioned(column, declared, value)

    def kept(self, column: SourceColumn, declared: FieldSeed, value: Value) -> Value:
        """The values of a column that a unique index keeps different, as far as the declaration can move them.

        Raises:
            SeedError: it cannot.
        """
        type_, name = column.type, column.name
        plain = replace(declared, null=None, when={}, skew=None)
        if plain == FieldSeed():
            return value
        if declared.when and not self._rows.nullable(column):
            raise self._unfit(name, "a unique index keeps its values different: it cannot depend on others")
        if plain == FieldSeed(provider=declared.provider) and type_.kind == "str" and (type_.length or 16) >= 16:
            texts = self._provided(type_, name, declared.provider or "", self._rows.draw(name))
            return numbered(texts, type_)
        if plain == FieldSeed(start=declared.start) and type_.kind in {"date", "datetime"}:
            moved = self._moment(declared.start or "", name) - FIRST
            return lambda i: value(i) + moved
        if plain == FieldSeed(min=declared.min) and type_.kind == "int":
            first = _whole(declared.min, 1, name)
            return lambda i: value(i) + first - 1
        raise self._unfit(name, "a unique index keeps its values different: only null, provider, from and min count")

    def conditioned(self, column: SourceColumn, declared: FieldSeed, value: Value) -> Value:
        """The value where the declared conditions hold, else null, or the column's default."""
        if not declared.when:
            return value
        tests = [(self._rows.value(n), self._options(n, options)) for n, options in declared.when.items()]
        otherwise = None
        if not self._rows.nullable(column):
            otherwise = constant_default(column)
            if otherwise is None:
                otherwise = _nothing_of(column.type)
        return lambda i: value(i) if all(test(i) in options for test, options in tests) else otherwise

    def _options(self, name: str, given: tuple[Any, ...]) -> tuple[Any, ...]:
        type_ = self._rows.source.columns[name].type
        return tuple(self._coerced(v, type_, name) for v in given)

    # ---------------------------------------------------------------------------------------- kinds

    def _made(self, type_: ValueType, name: str, declared: FieldSeed, draw: Draw) -> Value | None:
        if declared.shaped is not None:
            return self._variants(declared.shaped, name, declared, draw)
        if declared.object is not None or declared.list is not None:
            return self._structure(type_, name, declared, draw)
        if declared.provider is not None:
            return self._provided(type_, name, declared.provider, draw)
        if declared.values:
            return self._listed(type_, name, declared, draw)
        if declared.min is not None or declared.max is not None or declared.step is not None:
            return self._ranged(type_, name, declared, draw)
        return None

    def _variants(self, type_: ValueType, name: str, declared: FieldSeed, draw: Draw) -> Value:
        if replace(declared, values=(), null=None, when={}, shaped=None) != FieldSeed():
            raise self._unfit(name, "its values have one of several shapes: only values, null and when count")
        weights = dict(declared.values)
        if unknown := [tag for tag in weights if tag not in type_.variants]:
            raise self._unfit(name, f"it has no shape {unknown[0]!r}; there are {', '.join(type_.variants)}")
        return variants(type_, weights, draw, self._rows.run.span, self._rows.run.request.seed)

    def _listed(self, type_: ValueType, name: str, declared: FieldSeed, draw: Draw) -> Value:
        weights = [w for _, w in declared.values]
        if type_.kind == "set":
            members = [m for m, w in declared.values if m in type_.values for _ in range(max(1, round(w)))]
            if len({m for m, _ in declared.values} - set(type_.values)):
                raise self._unfit(name, f"its members are {', '.join(type_.values)}")
            column = self._rows.source.columns.get(name)
            least = max(_whole(declared.min, 0, name), fewest(column) if column else 0)
            return sets(tuple(members), draw, least, int(declared.max or 3))
        column = self._rows.source.columns.get(name)
        if column is not None and not self._rows.nullable(column) and any(v is None for v, _ in declared.values):
            raise self._unfit(name, "it must not be null")
        options = Weighted([self._coerced(v, type_, name) for v, _ in declared.values], weights)
        return lambda i: options.at(draw.unit(i))

    def _ranged(self, type_: ValueType, name: str, declared: FieldSeed, draw: Draw) -> Value:
        skew = declared.skew or 0.0
        if type_.kind in {"json", "any"}:
            type_ = ValueType("int", minimum=-(2**53), maximum=2**53) if _is_whole(declared) else ValueType("float")
        if type_.kind in {"int", "decimal", "float", "year"}:
            least, most = limits(type_)
            low = _number(declared.min, Decimal(0), name)
            high = _number(declared.max, max(low + 100, Decimal(1000)), name)
            if not least <= low <= high <= most:
                raise self._unfit(name, f"{low} to {high} is no range between {least} and {most}")
            step = None if declared.step is None else _number(declared.step, Decimal(1), name)
            if step is not None and step <= 0:
                raise self._unfit(name, "a step is more than 0")
            return ranged(type_, draw, low, high, skew, step)
        if type_.kind == "str":
            short, long = _whole(declared.min, 1, name), _whole(declared.max, 40, name)
            return self._lengths(type_, short, min(long, type_.length or long), draw)
        if type_.kind == "time":
            seconds = whole(draw, _whole(declared.min, 0, name), _whole(declared.max, _DAY, name), skew)
            return lambda i: timedelta(seconds=seconds(i))
        raise self._unfit(name, f"min and max say nothing of {type_.source or type_.kind}; of times: from and to")

    def _lengths(self, type_: ValueType, low: int, high: int, draw: Draw) -> Value:
        texts = pool("paragraph", self._rows.run.request.seed, plain=is_plain(type_))
        sizes = whole(draw.of("length"), max(1, low), max(1, low, high))

        def value(i: int) -> str:
            size, text = sizes(i), ""
            for k in range(size // 20 + 1):
                text += texts[draw.below(i + k, len(texts))] + " "
                if len(text) >= size:
                    break
            cut = text[:size]
            return cut[:-1] + "." if cut.endswith(" ") else cut

        return value

    def _provided(self, type_: ValueType, name: str, provider: str, draw: Draw) -> Value:
        texts = pool(provider, self._rows.run.request.seed, plain=is_plain(type_))
        if type_.kind == "str":
            values: tuple[Any, ...] = texts
        else:
            values = tuple(self._coerced(t, type_, name) for t in texts)
        return lambda i: values[draw.below(i, len(values))]

    def _structure(self, type_: ValueType, name: str, declared: FieldSeed, draw: Draw) -> Value:
        if type_.kind not in {"json", "any"}:
            raise self._unfit(name, f"object and list are for JSON, not {type_.source or type_.kind}")
        if declared.object is not None:
            members = {k: self._member(f, f"{name}.{k}", draw.of(k)) for k, f in declared.object.items()}
            return lambda i: {k: member(i) for k, member in members.items()}
        assert declared.list is not None  # noqa: S101 - the caller looked
        low, high = _whole(declared.min, 0, name), _whole(declared.max, 3, name)
        element, sizes = (
            self._member(declared.list, f"{name}[]", draw.of("element")),
            whole(draw.of("size"), low, max(low, high)),
        )
        return lambda i: [element(i * (high + 1) + k) for k in range(sizes(i))]

    def _member(self, declared: FieldSeed, name: str, draw: Draw) -> Value:
        """A value inside of JSON."""
        if declared.start or declared.end:
            span = self._span(declared, name)
            if declared.epoch:
                units = 1000 if declared.epoch == "ms" else 1
                return lambda i: int(moment_at(span, draw.unit(i), 3).timestamp() * units)
            return lambda i: moment_at(span, draw.unit(i), 0).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = self._made(JSON, name, declared, draw)
        if made is None:
            texts = pool("word", self._rows.run.request.seed)
            made = lambda i: texts[draw.below(i, len(texts))]  # noqa: E731 - a value like the others
        if not declared.null:
            return made
        none, share, value = draw.of("null"), declared.null, made
        return lambda i: None if none.unit(i) < share else value(i)

    # ---------------------------------------------------------------------------------------- times

    def _between(self, column: SourceColumn, declared: FieldSeed, draw: Draw) -> Value:
        span = self._span(declared, column.name)
        if column.type.kind not in {"date", "datetime"} and not (column.type.kind == "int" and declared.epoch):
            raise self._unfit(column.name, 'from and to are for times (of numbers: with "epoch")')
        write = self._rows.clocks.writer(column)
        step = None if declared.step is None else int(_number(declared.step, Decimal(1), column.name))
        created = self._rows.clocks.value(column) if step is None and not declared.skew else None
        if created is not None and column.name == self._rows.clocks.created_name:
            return created
        size, skew = int((span.end - span.start).total_seconds()), declared.skew or 0.0
        if step:
            count = max(1, size // step)
            return lambda i: write(span.start + timedelta(seconds=step * zipf(draw.unit(i), count, skew)))
        if skew:
            return lambda i: write(span.start + timedelta(seconds=zipf(draw.unit(i), max(1, size), skew)))
        return lambda i: write(moment_at(span, draw.unit(i), 6))

    def _after(self, column: SourceColumn, declared: FieldSeed) -> Value:
        before = self._rows.source.columns[declared.after or ""]
        for one in (column, before):
            if one.type.kind not in {"date", "datetime", "int"}:
                raise self._unfit(one.name, "after is for times")
        low = _number(declared.min, Decimal(0), column.name)
        high = _number(declared.max, max(low, Decimal(_DAY)), column.name)
        if low > high:
            raise self._unfit(column.name, f"{low} to {high} is no range")
        seconds = timedelta(seconds=float(low)), timedelta(seconds=float(high))
        return self._rows.clocks.after(before, column, *seconds)

    def _span(self, declared: FieldSeed, name: str) -> Span:
        span = self._rows.run.span
        start = self._moment(declared.start, name) if declared.start else None
        end = self._moment(declared.end, name) if declared.end else None
        end = end or max(span.end, (start or span.start) + timedelta(days=1))
        found = replace(span, start=start or min(span.start, end - timedelta(days=1)), end=end)
        if found.start >= found.end:
            raise self._unfit(name, f"{declared.start} is not before {declared.end}")
        return found

    def _moment(self, text: str, name: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self._unfit(name, f"{text!r} is no date: YYYY-MM-DD, or YYYY-MM-DDTHH:MM:SSZ") from None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    # -------------------------------------------------------------------------------------- helpers

    def _coerced(self, given: Any, type_: ValueType, name: str) -> Any:
        if type_.kind in {"json", "any"}:
            return float(given) if isinstance(given, Decimal) else given
        if given is None:
            return None
        try:
            value = _read(given, type_, name)
            if value is None:
                raise self._unfit(name, f"{given!r} is no {type_.source or type_.kind}")
            return canonical(value, type_, name)
        except (InvalidValue, ArithmeticError, ValueError) as error:
            raise self._unfit(name, f"{given!r}: {getattr(error, 'reason', error)}") from None

    def _unfit(self, name: str, reason: str) -> SeedError:
        return SeedError(f"what the contract declares of {self._rows.source.name}.{name} does not fit: {reason}")


def _read(given: Any, type_: ValueType, name: str) -> Any:
    """A JSON value, or the name of one, as the column's type; None where it is none."""
    match type_.kind:
        case "enum" | "str":
            return str(given)
        case "bool":
            return {"true": True, "1": True, "false": False, "0": False}.get(str(given).lower())
        case "int" | "year":
            number = _number(given, Decimal(0), name)
            return int(number) if number == int(number) else None
        case "decimal":
            return _number(given, Decimal(0), name)
        case "float":
            return as_float(float(_number(given, Decimal(0), name)), type_)
        case _:
            return to_type(given, type_, name)


def _number(given: Any, otherwise: Decimal, name: str) -> Decimal:
    if given is None:
        return otherwise
    try:
        return Decimal(str(given))
    except InvalidOperation:
        raise SeedError(f"what the contract declares of {name} does not fit: {given!r} is no number") from None


def _whole(given: Any, otherwise: int, name: str) -> int:
    return int(_number(given, Decimal(otherwise), name))


def _is_whole(declared: FieldSeed) -> bool:
    given = [x for x in (declared.min, declared.max, declared.step) if x is not None]
    return all(Decimal(str(x)) == int(Decimal(str(x))) and "." not in str(x) for x in given)


_EMPTY: dict[str, Callable[[], Any]] = {
    "bool": lambda: False, "int": lambda: 0, "str": str, "set": frozenset, "json": dict, "bytes": bytes,
    "decimal": lambda: Decimal(0), "float": float, "time": timedelta, "date": lambda: date(1970, 1, 1),
    "datetime": lambda: datetime(1970, 1, 2, tzinfo=UTC), "year": lambda: 1970,
}  # fmt: skip


def _nothing_of(type_: ValueType) -> Any:
    if type_.kind == "enum":
        return type_.values[0]
    return canonical(_EMPTY[type_.kind](), type_, "default")
