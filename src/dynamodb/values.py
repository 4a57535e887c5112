"""The value table: how each type of value is stored, by the attribute's type and format.

`storage` picks the row; a row is a pair of functions and what the stored form can be asked.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from crossfade.contract.model import ChildColumn
from crossfade.contract.template import Slot
from crossfade.contract.types import EXACT, ValueType
from crossfade.dynamodb.documents import (
    decode_any,
    decode_json,
    dump_json,
    encode_any,
    encode_json,
    load_json,
    number,
    number_text,
)
from crossfade.dynamodb.row_text import dump_row, load_rows, stored_as
from crossfade.dynamodb.wire import AttributeValue, wire_of

Ordering = Literal["native", "digits", "none"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Misfit(ValueError):
    """Something stored is not what its field says. The message reads on after the attribute's name, without values."""


@dataclass(frozen=True, slots=True)
class Storage:
    """How a type's values are stored.

    Attributes:
        wire: the DynamoDB type; None where each value decides.
        encode: the stored form of a canonical value that is not None; None where that is to be absent.
        decode: the value of a stored form of type `wire`; ValueError for what cannot be one.
        order: whether DynamoDB's comparisons order the stored forms as their values: "native"; "digits" for
            decimal texts, ordered among those of one length; or "none".
        text: whether the stored form is the value's own text, so that its start can be asked for.
    """

    wire: str | None
    encode: Callable[[Any], AttributeValue | None]
    decode: Callable[[AttributeValue], Any]
    order: Ordering = "native"
    text: bool = False


def storage(
    type_: ValueType, wire: str | None, format_: str | None = None, columns: Sequence[ChildColumn] = ()
) -> Storage:
    """The row of the table for a value type.

    Args:
        type_: the type of the value.
        wire: the attribute's DynamoDB type; None for the natural one.
        format_: the attribute's format.
        columns: of `rows` and `row`, where a column has a format; the type's own columns otherwise.

    Raises:
        ValueError: this type is not stored this way.
    """
    natural = _NATURAL[type_.kind]
    row = _ROWS.get((type_.kind, wire or _WIRE_OF_FORMAT.get(format_ or "", natural)))
    if row is None or (format_ is not None and format_ not in row.formats):
        how = f"as {wire or natural}" + (f" with format {format_}" if format_ else "")
        raise ValueError(f"a value of type {type_.source or type_.kind} is not stored {how}")
    return row.make(type_, format_, columns)


# -------------------------------------------------------------- making a row


@dataclass(frozen=True, slots=True)
class _Row:
    make: Callable[[ValueType, str | None, Sequence[ChildColumn]], Storage]
    formats: tuple[str, ...] = ()


def _scalar(
    wire: str,
    raw: Callable[[Any], Any],
    value: Callable[[Any], Any],
    order: Ordering = "native",
    *,
    text: bool = False,
) -> Storage:
    return Storage(wire, lambda v: {wire: raw(v)}, lambda stored: value(stored[wire]), order, text)


def _slot_text(order: Ordering) -> Callable[[ValueType, str | None, Sequence[ChildColumn]], Storage]:
    """Stored as the text that the value has in a key."""

    def make(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
        del format_, columns
        slot = Slot("value", type=type_)
        return _scalar("S", slot.text, slot.value, order)

    return make


def _plain(wire: str, raw: Callable[[Any], Any], value: Callable[[Any], Any], order: Ordering = "native") -> _Row:
    return _Row(lambda type_, format_, columns: _scalar(wire, raw, value, order))


# -------------------------------------------------------------------- numbers


def _whole(text: str) -> int:
    number = Decimal(text)
    if number != number.to_integral_value(context=EXACT):
        raise ValueError("not a whole number")
    return int(number)


def _rescaled(type_: ValueType) -> Callable[[str], Decimal]:
    step = Decimal(1).scaleb(-(type_.scale or 0))

    def value(text: str) -> Decimal:
        number = Decimal(text).quantize(step, context=EXACT)
        return number or abs(number)

    return value


def _decimal_number(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del format_, columns
    return _scalar("N", number_text, _rescaled(type_))


def _decimal_text(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del format_, columns
    return _scalar("S", lambda v: format(v, "f"), _rescaled(type_), "digits")


# ---------------------------------------------------------------------- times


def _seconds(micros: int) -> str:
    """Microseconds as seconds, exactly, without needless digits."""
    return number_text(Decimal(micros).scaleb(-6, EXACT))


def _micros(seconds: str, unit: int) -> timedelta:
    return int(Decimal(seconds) * unit) * _MICROSECOND


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    # A text without a zone was written by somebody else; sessions are in UTC throughout.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _epoch(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    """A date or datetime as a number, in seconds or (format epoch-ms) milliseconds since 1970."""
    del columns
    scale, unit = (1000, 1_000) if format_ == "epoch-ms" else (1, 1_000_000)
    if type_.kind == "date":
        return _scalar(
            "N",
            lambda v: _seconds((datetime(v.year, v.month, v.day, tzinfo=UTC) - _EPOCH) // _MICROSECOND * scale),
            lambda text: (_EPOCH + _micros(text, unit)).date(),
        )
    return _scalar(
        "N",
        lambda v: _seconds((v - _EPOCH) // _MICROSECOND * scale),
        lambda text: _EPOCH + _micros(text, unit),
    )


def _datetime_text(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del format_, columns
    return _scalar("S", Slot("value", type=type_).text, _moment)


# ----------------------------------------------------------- bytes, sets, JSON


def _bytes_text(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del type_, columns
    if format_ == "base64":
        return _scalar(
            "S", lambda v: base64.b64encode(v).decode(), lambda text: base64.b64decode(text, validate=True), "none"
        )
    return _scalar("S", lambda v: v.hex(), bytes.fromhex)


def _set(wire: str, raw: Callable[[Any], Any], value: Callable[[Any], Any]) -> _Row:
    def make(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
        del type_, format_, columns
        return Storage(
            wire,
            lambda members: {wire: sorted(map(raw, members))} if members else None,
            lambda stored: frozenset(map(value, stored[wire])),
            "none",
        )

    return _Row(make)


def _json_document(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del type_, format_, columns
    return Storage(None, encode_json, decode_json, "none")


# -------------------------------------------------------- rows and free values


def _row_columns(type_: ValueType, columns: Sequence[ChildColumn]) -> Mapping[str, Storage]:
    formats = {c.name: c.format for c in columns}
    return {name: storage(of, None, formats.get(name)) for name, of in type_.columns.items()}


def _row_codec(
    type_: ValueType, columns: Sequence[ChildColumn]
) -> tuple[Callable[[Any], AttributeValue], Callable[[AttributeValue], Any]]:
    stored_as = _row_columns(type_, columns)

    def encode(row: Mapping[str, Any]) -> AttributeValue:
        found = {}
        for name, column in stored_as.items():
            stored = {"NULL": True} if row[name] is None else column.encode(row[name])
            if stored is not None:
                found[name] = stored
        return {"M": found}

    def decode(stored: AttributeValue) -> dict[str, Any]:
        found = {}
        for name, column in stored_as.items():
            try:
                found[name] = decode_value(column, stored["M"].get(name), frozenset() if column.wire in _SETS else None)
            except Misfit as misfit:
                raise Misfit(f"has a {name} that {misfit}") from None
        return found

    return encode, decode


def _rows(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del format_
    encode, decode = _row_codec(type_, columns)
    return Storage(
        "L", lambda rows: {"L": [encode(r) for r in rows]}, lambda stored: [decode(r) for r in stored["L"]], "none"
    )


def _row(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del format_
    encode, decode = _row_codec(type_, columns)
    return Storage("M", encode, decode, "none")


def _rows_text(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del format_
    encode, decode = _row_codec(type_, columns)
    wires = {name: column.wire for name, column in _row_columns(type_, columns).items()}

    def row(read: Any) -> dict[str, Any]:
        if not isinstance(read, Mapping):
            raise ValueError("not a row")  # noqa: TRY004 - what is stored is at fault, not the caller
        found: dict[str, Any] = decode({"M": {n: stored_as(value, wires.get(n)) for n, value in read.items()}})
        return found

    if type_.kind == "row":
        return _scalar("S", lambda value: dump_row(encode(value)), lambda text: row(load_rows(text)), "none")
    return _scalar(
        "S",
        lambda rows: dump_row({"L": [encode(r) for r in rows]}),
        lambda text: [row(r) for r in load_rows(text)],
        "none",
    )


def _any(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    del type_, format_, columns
    return Storage(None, encode_any, decode_any, text=True)


# ------------------------------------------------------------------ the table


def decode_value(how: Storage, stored: AttributeValue | None, absent: Any = None) -> Any:
    """The value behind what is stored; `absent` for an absent attribute, None for NULL.

    Raises:
        Misfit: it is of another type, or no value of this one.
    """
    if stored is None:
        return absent
    if "NULL" in stored:
        return None
    if how.wire is not None and how.wire not in stored:
        raise Misfit(f"is of type {wire_of(stored)}, not {how.wire}")
    try:
        return how.decode(stored)
    except Misfit:
        raise
    except (ArithmeticError, KeyError, TypeError, ValueError):
        raise Misfit(f"is a {wire_of(stored)} that is no value of its field") from None


def encode_member(how: Storage, member: Any) -> AttributeValue:
    """One member of a set that is stored by `how`, as an operand."""
    ((wire, (stored,)),) = (how.encode(frozenset({member})) or {}).items()
    return {wire[0]: stored}


_SETS = frozenset({"SS", "NS", "BS"})
_NATURAL: Mapping[str, str] = {
    **dict.fromkeys(("int", "year", "decimal", "number", "float"), "N"),
    **dict.fromkeys(("str", "enum", "date", "datetime", "time"), "S"),
    "any": "S",
    "bool": "BOOL",
    "bytes": "B",
    "json": "M",
    "row": "M",
    "rows": "L",
    "set": "SS",
}
_WIRE_OF_FORMAT: Mapping[str, str] = {
    "base64": "S",
    "epoch-ms": "N",
    "epoch-s": "N",
    "hex": "S",
    "iso8601": "S",
    "json": "S",
}
_EPOCHS = ("epoch-s", "epoch-ms")
_TEXT = _Row(lambda type_, format_, columns: _scalar("S", str, str, text=True))
_ROWS: Mapping[tuple[str, str], _Row] = {
    ("bool", "BOOL"): _plain("BOOL", bool, bool, "none"),
    ("bool", "N"): _plain("N", lambda v: str(int(v)), lambda text: bool(_whole(text)), "none"),
    ("bool", "S"): _Row(_slot_text("none")),
    # An integer column with times: the format says what they are, which changes nothing.
    ("int", "N"): _Row(lambda type_, format_, columns: _scalar("N", str, _whole), _EPOCHS),
    ("int", "S"): _Row(_slot_text("digits")),
    ("year", "N"): _plain("N", str, _whole),
    ("year", "S"): _Row(_slot_text("digits")),
    ("decimal", "N"): _Row(_decimal_number),
    ("decimal", "S"): _Row(_decimal_text),
    ("number", "N"): _Row(lambda type_, format_, columns: _scalar("N", number_text, number), _EPOCHS),
    ("number", "S"): _plain("S", number_text, number, "none"),
    ("float", "N"): _plain("N", number_text, float),
    ("float", "S"): _plain("S", repr, float, "none"),
    ("str", "S"): _TEXT,
    ("enum", "S"): _TEXT,
    ("set", "SS"): _set("SS", str, str),
    ("set", "NS"): _set("NS", number_text, number),
    ("set", "BS"): _set("BS", bytes, bytes),
    ("date", "S"): _Row(_slot_text("native"), ("iso8601",)),
    ("date", "N"): _Row(_epoch, _EPOCHS),
    ("datetime", "S"): _Row(_datetime_text, ("iso8601",)),
    ("datetime", "N"): _Row(_epoch, _EPOCHS),
    ("time", "S"): _Row(_slot_text("digits")),
    ("time", "N"): _plain("N", lambda v: _seconds(v // _MICROSECOND), lambda text: _micros(text, 1_000_000)),
    ("bytes", "B"): _plain("B", bytes, bytes),
    ("bytes", "S"): _Row(_bytes_text, ("hex", "base64")),
    ("json", "M"): _Row(_json_document),
    ("json", "L"): _Row(_json_document),
    ("json", "S"): _Row(lambda type_, format_, columns: _scalar("S", dump_json, load_json, "none"), ("json",)),
    ("rows", "L"): _Row(_rows),
    ("rows", "S"): _Row(_rows_text, ("json",)),
    ("row", "M"): _Row(_row),
    ("row", "S"): _Row(_rows_text, ("json",)),
    **{("any", wire): _Row(_any) for wire in ("S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL")},
}  # fmt: skip
