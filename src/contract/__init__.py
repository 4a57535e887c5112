"""The migration contract: its model, loading, checks. Pure: no I/O but reading the file."""

from crossfade.contract.ddl import parse_schema
from crossfade.contract.derive import (
    Deriver,
    aggregate_effects,
    aggregate_fields,
    deltas,
    dependants,
    joined_fields,
    references_to,
)
from crossfade.contract.errors import ContractError, CrossfadeError, Problem
from crossfade.contract.lint import RULES, Finding, lint
from crossfade.contract.load import load, loads, rename_tables
from crossfade.contract.lock import lock
from crossfade.contract.measured import Partition, Statistics
from crossfade.contract.model import Contract
from crossfade.contract.plan import (
    EntityPlan,
    KeyPlan,
    Lookup,
    PlanError,
    QueryPlan,
    lookups,
    plan_contract,
    plan_key,
    plan_pattern,
)
from crossfade.contract.source import SchemaError, SourceSchema

__all__ = [
    "RULES",
    "Contract",
    "ContractError",
    "CrossfadeError",
    "Deriver",
    "EntityPlan",
    "Finding",
    "KeyPlan",
    "Lookup",
    "Partition",
    "PlanError",
    "Problem",
    "QueryPlan",
    "SchemaError",
    "SourceSchema",
    "Statistics",
    "aggregate_effects",
    "aggregate_fields",
    "deltas",
    "dependants",
    "joined_fields",
    "lint",
    "load",
    "loads",
    "lock",
    "lookups",
    "parse_schema",
    "plan_contract",
    "plan_key",
    "plan_pattern",
    "references_to",
    "rename_tables",
]
