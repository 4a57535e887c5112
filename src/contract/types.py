"""What a field can hold: one table of value types drives codec, comparison and repair (docs: values).

`canonical` gives the one Python value that both stores will hold, or says why there is none. It runs
before either store sees a value, so that both refuse the same input with the same words.
"""

from __future__ import annotations

from crossfade.contract.canonical import (
    EXACT,
    MAX_DIGITS,
    MAX_EXPONENT,
    MAX_TIME,
    MIN_EXPONENT,
    canonical,
    check_dynamodb_number,
)
from crossfade.contract.sql_types import parse_sql_type
from crossfade.contract.value_type import ANY, BOOL, BYTES, FLOAT, INT, JSON, NUMBER, STR, Kind, ValueType, declared

__all__ = [
    "ANY",
    "BOOL",
    "BYTES",
    "EXACT",
    "FLOAT",
    "INT",
    "JSON",
    "MAX_DIGITS",
    "MAX_EXPONENT",
    "MAX_TIME",
    "MIN_EXPONENT",
    "NUMBER",
    "STR",
    "Kind",
    "ValueType",
    "canonical",
    "check_dynamodb_number",
    "declared",
    "parse_sql_type",
]
