"""The value table: how each type of value is stored, by the attribute's type and format.

`storage` picks the row; a row is a pair of functions and what the stored form can be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crossfade.contract.model_derivation import ChildColumn
from crossfade.contract.types import ValueType
from crossfade.dynamodb.documents import decode_any, encode_any, number, number_text
from crossfade.dynamodb.forms import (
    MICROSECOND,
    Form,
    Misfit,
    Storage,
    bytes_text,
    datetime_text,
    decimal_number,
    decimal_text,
    epoch,
    json_document,
    json_text,
    limited,
    micros,
    plain,
    scalar,
    seconds,
    set_of,
    slot_text,
    whole,
)
from crossfade.dynamodb.row_text import dump_row, load_rows, stored_as
from crossfade.dynamodb.wire import AttributeValue, wire_of


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
        return scalar("S", lambda value: dump_row(encode(value)), lambda text: row(load_rows(text)), "none")
    return scalar(
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
_TEXT = Form(lambda type_, format_, columns: scalar("S", str, str, text=True))
_ROWS: Mapping[tuple[str, str], Form] = {
    ("bool", "BOOL"): plain("BOOL", bool, bool, "none"),
    ("bool", "N"): plain("N", lambda v: str(int(v)), lambda text: bool(whole(text)), "none"),
    ("bool", "S"): Form(slot_text("none")),
    # An integer column with times: the format says what they are, which changes nothing.
    ("int", "N"): Form(lambda type_, format_, columns: scalar("N", str, whole), _EPOCHS),
    ("int", "S"): Form(slot_text("digits")),
    ("year", "N"): plain("N", str, whole),
    ("year", "S"): Form(slot_text("digits")),
    ("decimal", "N"): Form(decimal_number),
    ("decimal", "S"): Form(decimal_text),
    ("number", "N"): Form(lambda type_, format_, columns: scalar("N", number_text, number), _EPOCHS),
    ("number", "S"): plain("S", number_text, number, "none"),
    ("float", "N"): plain("N", limited, float),
    ("float", "S"): plain("S", repr, float, "none"),
    ("str", "S"): _TEXT,
    ("enum", "S"): _TEXT,
    ("set", "SS"): set_of("SS", str, str),
    ("set", "NS"): set_of("NS", number_text, number),
    ("set", "BS"): set_of("BS", bytes, bytes),
    ("date", "S"): Form(slot_text("native"), ("iso8601",)),
    ("date", "N"): Form(epoch, _EPOCHS),
    ("datetime", "S"): Form(datetime_text, ("iso8601",)),
    ("datetime", "N"): Form(epoch, _EPOCHS),
    ("time", "S"): Form(slot_text("digits")),
    ("time", "N"): plain("N", lambda v: seconds(v // MICROSECOND), lambda text: micros(text, 1_000_000)),
    ("bytes", "B"): plain("B", bytes, bytes),
    ("bytes", "S"): Form(bytes_text, ("hex", "base64")),
    ("json", "M"): Form(json_document),
    ("json", "L"): Form(json_document),
    ("json", "S"): Form(json_text, ("json",)),
    ("rows", "L"): Form(_rows),
    ("rows", "S"): Form(_rows_text, ("json",)),
    ("row", "M"): Form(_row),
    ("row", "S"): Form(_rows_text, ("json",)),
    **{("any", wire): Form(_any) for wire in ("S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL")},
}  # fmt: skip
