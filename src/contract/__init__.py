"""The migration contract: its model, loading, checks. Pure: no I/O but reading the file."""

from crossfade.contract.ddl import parse_schema
from crossfade.contract.errors import ContractError, CrossfadeError, Problem
from crossfade.contract.load import load, loads
from crossfade.contract.model import Contract
from crossfade.contract.source import SchemaError, SourceSchema

__all__ = [
    "Contract",
    "ContractError",
    "CrossfadeError",
    "Problem",
    "SchemaError",
    "SourceSchema",
    "load",
    "loads",
    "parse_schema",
]
