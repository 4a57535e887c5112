"""Column types: how each value of the value table travels to and from a server, exactly.

A `ColumnType` is made for one dialect: `mysql` (MySQL and MariaDB) or `sqlite` (the embedded default, which
has fewer types than MySQL, so that some are stored in a form of our own that compares and sorts alike).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from crossfade.contract.errors import InvalidValue
from crossfade.contract.key_text import clock
from crossfade.contract.types import EXACT, JSON, Kind, ValueType, canonical, declared
from crossfade.contract.wkb import joined, split

DialectName = Literal["mysql", "sqlite"]

# Collations that `sqlite.py` registers on each connection: exact numbers, and MySQL's kinds of text, each with a
# collation of MySQL's of that kind.
DECIMAL_COLLATION = "crossfade_decimal"
TEXT_COLLATIONS = {
    "crossfade_pad_cs": "utf8mb4_bin",
    "crossfade_pad_as_ci": "utf8mb4_unicode_as_ci",
    "crossfade_pad_ai_ci": "utf8mb4_general_ci",
    "crossfade_nopad_as_ci": "utf8mb4_0900_as_ci",
    "crossfade_nopad_ai_ci": "utf8mb4_0900_ai_ci",
}

_MAX_INTEGER = 2**63 - 1
_MICROSECOND = timedelta(microseconds=1)
# What a field of it holds is for its projection to say; a column holds all that MySQL's JSON does.
_JSON_TEXT = declared(JSON, "S")

Convert = Callable[[Any, ValueType], Any]


def type_word(type_: ValueType) -> str:
    """The name of the MySQL type behind `type_`, such as `bigint`; empty where it is not known."""
    return type_.source.lower().split("(")[0].split(" ")[0]


def text_collation(type_: ValueType) -> str | None:
    """The collation by which SQLite compares a text column as MySQL does; None for plain code points."""
    if type_.kind != "str" or type_.collation is None or type_.collation == "binary":
        return None
    name = type_.collation
    pad = "nopad" if "_0900_" in name or "_nopad_" in name else "pad"
    kind = "cs" if name.endswith(("_bin", "_as_cs")) else "as_ci" if name.endswith("_as_ci") else "ai_ci"
    found = f"crossfade_{pad}_{kind}"
    return found if found in TEXT_COLLATIONS else None


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind of value is stored: the type's name in DDL, and both directions."""

    spec: str
    encode: Convert
    decode: Convert


class ColumnType(TypeDecorator[Any]):
    """The type of a column, or of an expression, with values of `value_type`.

    Args:
        value_type: what the values are.
        dialect: the server they lie on.
        srid: the spatial reference system of a geometry column, where it has one: of shapes that name none.
        name: the column's name, for messages.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = sa.types.NullType
    cache_ok = True

    def __init__(
        self, value_type: ValueType, dialect: DialectName, srid: int | None = None, name: str | None = None
    ) -> None:
        self.value_type = value_type
        self.dialect = dialect
        self.srid = srid
        self.name = name
        self._codec = _shapes(srid or 0) if dialect == "mysql" and value_type.spatial else _codec(value_type, dialect)
        # SQLAlchemy lets only what it takes for integers be AUTO_INCREMENT.
        self.impl = sa.Integer() if value_type.kind in {"int", "bool"} else _Named(self._codec.spec)

    def encoded(self, value: Any) -> Any:
        """A canonical value as the driver takes it."""
        return None if value is None else self._codec.encode(value, self.value_type)

    def decoded(self, value: Any) -> Any:
        """The canonical value of what the driver returned.

        Raises:
            InvalidValue: it is a date that no calendar has, a truth that is neither 0 nor 1, or JSON null.
        """
        try:
            return None if value is None else self._codec.decode(value, self.value_type)
        except InvalidValue as error:
            raise error if self.name is None else InvalidValue(self.name, error.reason) from None

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """See `encoded`."""
        del dialect
        return self.encoded(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """See `decoded`."""
        del dialect
        return self.decoded(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Whatever is compared with the column is stored like it."""
        del op, value
        return self

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """What is selected instead of the bare column."""
        if self.dialect == "mysql" and self.value_type.single:
            # MySQL writes FLOAT with six digits; as DOUBLE the same number has all it needs.
            return sa.type_coerce(column, _PLAIN).op("+", return_type=self)(sa.literal_column("0e0"))
        return column


class _Named(UserDefinedType[Any]):
    """A type of which only the name in DDL is needed: the driver's own values pass through."""

    cache_ok = True

    def __init__(self, name: str = "") -> None:
        self.name = name

    def get_col_spec(self, **details: Any) -> str:
        """The name in DDL."""
        del details
        return self.name


_PLAIN = _Named()


def _same(value: Any, type_: ValueType) -> Any:
    del type_
    return value


def _bool(value: Any, type_: ValueType) -> bool:
    del type_
    number = int.from_bytes(value) if isinstance(value, bytes) else int(value)
    if number not in {0, 1}:
        hint = "correct the row, or declare the attribute N, which makes the column a number"
        raise InvalidValue("bool", f"holds {number}, which is neither 0 nor 1: {hint}")
    return bool(number)


def _int(value: Any, type_: ValueType) -> int:
    del type_
    return int(value)


def _float(value: Any, type_: ValueType) -> float:
    del type_
    return float(value)


def _decimal(value: Any, type_: ValueType) -> Decimal:
    number = Decimal(value)
    return number if type_.scale is None else number.quantize(Decimal(1).scaleb(-type_.scale), context=EXACT)


def _text(value: Any, type_: ValueType) -> str:
    text = value.decode() if isinstance(value, bytes) else str(value)
    return text.rstrip(" ") if type_.fixed else text


def _set_text(value: frozenset[str], type_: ValueType) -> str:
    return ",".join(member for member in type_.values if member in value)


def _set(value: str, type_: ValueType) -> frozenset[str]:
    del type_
    return frozenset(value.split(",")) if value else frozenset()


def _array_text(value: frozenset[Any], type_: ValueType) -> str:
    return _json_text(sorted(value), type_)


def _array(value: Any, type_: ValueType) -> frozenset[Any]:
    found = json.loads(value)
    if not isinstance(found, list):
        raise InvalidValue("set", "holds JSON that is no array: correct the row, or declare the attribute M")
    members: frozenset[Any] = canonical(found, type_, "set")
    return members


def _date(value: Any, type_: ValueType) -> date:
    del type_
    return value if isinstance(value, date) else _real(value, date.fromisoformat)


def _datetime(value: Any, type_: ValueType) -> datetime:
    del type_
    moment = value if isinstance(value, datetime) else _real(value, datetime.fromisoformat)
    return moment.replace(tzinfo=UTC)


def _real(text: str, parse: Callable[[str], Any]) -> Any:
    """A date's text, unless it is one of MySQL's that no calendar has (0000-00-00)."""
    try:
        return parse(text)
    except ValueError:
        raise InvalidValue("date", f"{text!r} is no date: correct the row, or make the column NULL there") from None


def _naive(value: datetime, type_: ValueType) -> datetime:
    del type_
    return value.astimezone(UTC).replace(tzinfo=None)


def _json_text(value: Any, type_: ValueType) -> str:
    del type_
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _json(value: Any, type_: ValueType) -> Any:
    del type_
    found = json.loads(value, parse_float=_json_fraction)
    if found is None:
        raise InvalidValue("json", "holds JSON null, which cannot be told from NULL: make it NULL")
    return canonical(found, _JSON_TEXT, "json")


def _json_fraction(text: str) -> float | Decimal:
    # A DECIMAL inside JSON can have more digits than a double: `canonical` refuses what would be rounded.
    number, given = float(text), Decimal(text)
    written = format(number, f".{len(given.as_tuple().digits) - 1}e")
    return number if math.isfinite(number) and Decimal(written) == given else given


def _shapes(srid: int) -> Codec:
    """Shapes as MySQL stores them: the reference system's number in four bytes, then WKB.

    MySQL 8.4 Reference Manual, 13.4.3, "Internal Geometry Storage Format"; MariaDB has the same. ST_AsWKB would
    leave the system out, and on MySQL turn the axes of some.
    """

    def encode(value: bytes, type_: ValueType) -> bytes:
        del type_
        named, content = split(value)
        return struct.pack("<I", srid if named is None else named) + content

    def decode(value: bytes, type_: ValueType) -> bytes:
        del type_
        (named,) = struct.unpack_from("<I", value)
        return value[4:] if named == srid else joined(named, value[4:])

    return Codec("GEOMETRY", encode, decode)


def _bits(value: bytes, type_: ValueType) -> int:
    # As bytes, MySQL would compare a BIT column with it as text.
    del type_
    return int.from_bytes(value)


def _padded(value: Any, type_: ValueType) -> bytes:
    content = bytes(value)
    if type_.precision is not None:
        return content.rjust(type_.length or 0, b"\0")
    return content.ljust(type_.length, b"\0") if type_.fixed and type_.length else content


def _wide(value: int, type_: ValueType) -> int | str:
    # SQLite's integers end at 2**63 - 1, and every text sorts behind every integer.
    del type_
    return int(value) if value <= _MAX_INTEGER else f"u{value:020d}"


def _narrow(value: Any, type_: ValueType) -> int:
    del type_
    return int(value[1:]) if isinstance(value, str) else int(value)


_MYSQL: dict[Kind, Codec] = {
    "bool": Codec("TINYINT(1)", _int, _bool),
    "int": Codec("BIGINT", _same, _int),
    "year": Codec("YEAR", _same, _int),
    "decimal": Codec("DECIMAL", _same, _decimal),
    "float": Codec("DOUBLE", _float, _float),
    "str": Codec("LONGTEXT", _same, _text),
    "enum": Codec("ENUM", _same, _text),
    "set": Codec("SET", _set_text, _set),
    "date": Codec("DATE", _same, _date),
    "datetime": Codec("DATETIME(6)", _naive, _datetime),
    # PyMySQL writes a negative timedelta as another time than it is.
    "time": Codec("TIME(6)", lambda v, t: clock(v, 6), _same),
    "bytes": Codec("LONGBLOB", _same, _padded),
    "json": Codec("JSON", _json_text, _json),
}

_SQLITE: dict[Kind, Codec] = {
    "bool": Codec("INTEGER", _int, _bool),
    "int": Codec("INTEGER", _wide, _narrow),
    "year": Codec("INTEGER", _same, _int),
    "decimal": Codec(f"TEXT COLLATE {DECIMAL_COLLATION}", lambda v, t: format(v, "f"), _decimal),
    "float": Codec("REAL", _float, _float),
    "str": Codec("TEXT", _same, _text),
    "enum": Codec("TEXT", _same, _text),
    "set": Codec("TEXT", _set_text, _set),
    "date": Codec("TEXT", lambda v, t: v.isoformat(), _date),
    # One width for every precision: columns of different ones compare.
    "datetime": Codec(
        "TEXT", lambda v, t: _naive(v, t).isoformat(sep=" ", timespec="microseconds").rjust(26, "0"), _datetime
    ),
    "time": Codec("INTEGER", lambda v, t: v // _MICROSECOND, lambda v, t: v * _MICROSECOND),
    "bytes": Codec("BLOB", _same, _padded),
    "json": Codec("TEXT", _json_text, _json),
}
_TABLES: dict[DialectName, dict[Kind, Codec]] = {"mysql": _MYSQL, "sqlite": _SQLITE}
_UNKNOWN = Codec("TEXT", _same, _same)


def _codec(type_: ValueType, dialect: DialectName) -> Codec:
    if dialect == "mysql" and type_word(type_) == "bit":
        bits = type_.kind == "bytes"
        return Codec(type_.source, _bits if bits else _int, _padded if bits else _bool)
    if type_.members:
        return Codec("JSON" if dialect == "mysql" else "TEXT", _array_text, _array)
    codec = _TABLES[dialect].get(type_.kind, _UNKNOWN)
    if dialect == "sqlite" and (collation := text_collation(type_)):
        return Codec(f"TEXT COLLATE {collation}", codec.encode, codec.decode)
    return Codec(type_.source, codec.encode, codec.decode) if dialect == "mysql" and type_.source else codec
