"""`lint`: what is well-formed but wrong, or will surprise. Each rule is a function; this runs them all."""

from __future__ import annotations

from dataclasses import dataclass

from crossfade.contract.lint_facts import Facts, Rule, Severity
from crossfade.contract.lint_rules_joins import JOINS
from crossfade.contract.lint_rules_key_values import KEY_VALUES
from crossfade.contract.lint_rules_keys import KEYS
from crossfade.contract.lint_rules_measured import MEASURED
from crossfade.contract.lint_rules_owned import OWNED
from crossfade.contract.lint_rules_patterns import PATTERNS
from crossfade.contract.lint_rules_source import SOURCE
from crossfade.contract.lint_rules_values import VALUES
from crossfade.contract.load import resolve
from crossfade.contract.measured import Statistics
from crossfade.contract.model import Contract
from crossfade.contract.source import SourceSchema

RULES: tuple[Rule, ...] = tuple(
    rule for registry in (KEYS, KEY_VALUES, PATTERNS, JOINS, VALUES, SOURCE, OWNED, MEASURED) for rule in registry.rules
)
"""Every rule, in the order of codes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a rule found.

    Attributes:
        code: the rule's.
        severity: `error` will not work, `warning` probably is not meant, `info` is worth knowing.
        path: JSON path in the contract.
        message: what is wrong there.
        hint: what to do.
    """

    code: str
    severity: Severity
    path: str
    message: str
    hint: str


def lint(
    contract: Contract, schema: SourceSchema | None = None, statistics: Statistics | None = None
) -> tuple[Finding, ...]:
    """Check a contract.

    Args:
        contract: a loaded contract.
        schema: the source's tables, for the checks that need them, and for what the contract leaves to its source.
        statistics: measured facts about its rows, likewise.

    Returns:
        The findings, by rule and then in the contract's order, each once.
    """
    resolved = resolve(contract, schema) if schema is not None else contract
    facts = Facts(resolved, schema, statistics, written=contract)
    given = {"contract": True, "schema": schema is not None, "statistics": statistics is not None}
    found = (
        Finding(rule.code, rule.severity, path, message, rule.hint)
        for rule in RULES
        if given[rule.needs]
        for path, message in rule.check(facts)
    )
    return tuple(dict.fromkeys(found))
