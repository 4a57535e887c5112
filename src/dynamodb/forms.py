"""How single values, sets and documents are stored: a pair of functions, and what the stored form can be asked."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Literal, NamedTuple

from crossfade.contract.errors import InvalidValue
from crossfade.contract.key_text import iso
from crossfade.contract.model_derivation import ChildColumn
from crossfade.contract.template import Slot
from crossfade.contract.types import EXACT, MAX_DIGITS, ValueType, check_dynamodb_number
from crossfade.dynamodb.documents import decode_json, dump_json, encode_json, load_exact_json, load_json, number_text
from crossfade.dynamodb.wire import AttributeValue

Ordering = Literal["native", "digits", "none"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Scalar(NamedTuple):
    """How values are stored of which each is one text, number, boolean or binary.

    Attributes:
        raw: what stands under the DynamoDB type, of a canonical value.
        value: the value of that.
    """

    raw: Callable[[Any], Any]
    value: Callable[[Any], Any]


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
        scalar: the same without the type, where each value is a single one.
    """

    wire: str | None
    encode: Callable[[Any], AttributeValue | None]
    decode: Callable[[AttributeValue], Any]
    order: Ordering = "native"
    text: bool = False
    scalar: Scalar | None = None


# -------------------------------------------------------------- making a row


@dataclass(frozen=True, slots=True)
class Form:
    """A row of the value table: what makes a type's storage, and the formats that it may be given."""

    make: Callable[[ValueType, str | None, Sequence[ChildColumn]], Storage]
    formats: tuple[str, ...] = ()


def scalar(
    wire: str,
    raw: Callable[[Any], Any],
    value: Callable[[Any], Any],
    order: Ordering = "native",
    *,
    text: bool = False,
) -> Storage:
    """Stored as one value of a DynamoDB type."""
    return Storage(wire, lambda v: {wire: raw(v)}, lambda stored: value(stored[wire]), order, text, Scalar(raw, value))


def slot_text(order: Ordering) -> Callable[[ValueType, str | None, Sequence[ChildColumn]], Storage]:
    """Stored as the text that the value has in a key."""

    def make(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
        del format_, columns
        slot = Slot("value", type=type_)
        return scalar("S", slot.text, slot.value, order)

    return make


def plain(wire: str, raw: Callable[[Any], Any], value: Callable[[Any], Any], order: Ordering = "native") -> Form:
    """The row of a scalar that is stored the same way whatever its type says."""
    return Form(lambda type_, format_, columns: scalar(wire, raw, value, order))


# -------------------------------------------------------------------- numbers

_FLOAT_DIGITS = 17
"""Digits that tell a double from every other one (IEEE 754)."""


def whole(text: str) -> int:
    """The integer behind an N. Raises ValueError for a fraction."""
    number = Decimal(text)
    if number != number.to_integral_value(context=EXACT):
        raise ValueError("not a whole number")
    return int(number)


def _rescaled(type_: ValueType) -> Callable[[str], Decimal]:
    step = Decimal(1).scaleb(-(type_.scale or 0))

    def value(text: str) -> Decimal:
        stored = Decimal(text)
        number = stored.quantize(step, context=EXACT)
        if number != stored and not _of_a_float(stored, number, step):
            raise ValueError(f"has more than {type_.scale or 0} digits behind the point")
        return number or abs(number)

    return value


def _of_a_float(stored: Decimal, number: Decimal, step: Decimal) -> bool:
    """Whether a number differs only as one does that has been a float: in the last of at most 17 digits."""
    return len(stored.as_tuple().digits) <= _FLOAT_DIGITS and abs(stored - number) * 1000 < step


def limited(value: float | Decimal) -> str:
    """A number as DynamoDB takes it. Raises ValueError for one that it does not."""
    try:
        check_dynamodb_number(Decimal(repr(value)) if isinstance(value, float) else value)
    except InvalidValue as error:
        raise ValueError(error.reason) from None
    return number_text(value)


def _digits(value: Decimal) -> str:
    """The number's text, as `number_text` has it, for what has no exponent."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal_number(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    """A decimal as N."""
    del format_, columns
    return scalar("N", _digits if always_fits(type_) else limited, _rescaled(type_))


def always_fits(type_: ValueType) -> bool:
    """Whether a decimal has fewer digits than DynamoDB's numbers, so that no value needs a look."""
    return type_.precision is not None and type_.precision < MAX_DIGITS


def decimal_text(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    """A decimal as text, with the column's digits behind the point."""
    del format_, columns
    return scalar("S", lambda v: format(v, "f"), _rescaled(type_), "digits")


# ---------------------------------------------------------------------- times


def seconds(micros: int) -> str:
    """Microseconds as seconds, exactly, without needless digits."""
    return number_text(Decimal(micros).scaleb(-6, EXACT))


def micros(seconds: str, unit: int) -> timedelta:
    """The interval that a number says, of which 1 is `unit` microseconds."""
    return int(Decimal(seconds) * unit) * MICROSECOND


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC:
        return moment
    # A text without a zone was written by somebody else; sessions are in UTC throughout.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def epoch(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    """A date or datetime as a number, in seconds or (format epoch-ms) milliseconds since 1970."""
    del columns
    scale, unit = (1000, 1_000) if format_ == "epoch-ms" else (1, 1_000_000)
    if type_.kind == "date":
        return scalar(
            "N",
            lambda v: seconds((datetime(v.year, v.month, v.day, tzinfo=UTC) - _EPOCH) // MICROSECOND * scale),
            lambda text: (_EPOCH + micros(text, unit)).date(),
        )
    return scalar(
        "N",
        lambda v: seconds((v - _EPOCH) // MICROSECOND * scale),
        lambda text: _EPOCH + micros(text, unit),
    )


def datetime_text(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    """A datetime as ISO 8601 in UTC."""
    del format_, columns
    return scalar("S", partial(iso, fsp=type_.fsp), _moment)


# ----------------------------------------------------------- bytes, sets, JSON


def bytes_text(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    """Bytes as hexadecimal or base64."""
    del type_, columns
    if format_ == "base64":
        return scalar(
            "S", lambda v: base64.b64encode(v).decode(), lambda text: base64.b64decode(text, validate=True), "none"
        )
    return scalar("S", lambda v: v.hex(), bytes.fromhex)


def set_of(wire: str, raw: Callable[[Any], Any], value: Callable[[Any], Any]) -> Form:
    """The row of a set."""

    def make(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
        del type_, format_, columns
        return Storage(
            wire,
            lambda members: {wire: sorted(map(raw, members))} if members else None,
            lambda stored: frozenset(map(value, stored[wire])),
            "none",
        )

    return Form(make)


def json_text(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    """A document as its JSON."""
    del format_, columns
    return scalar("S", dump_json, load_exact_json if type_.text else load_json, "none")


def json_document(type_: ValueType, format_: str | None, columns: Sequence[ChildColumn]) -> Storage:
    """A document as map, list or whatever it is."""
    del type_, format_, columns
    return Storage(None, encode_json, decode_json, "none")
