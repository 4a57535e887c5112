"""docs/contract.md: what it shows is in a contract that runs, and it leaves no key and no rule out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from crossfade.contract.format import contract_shape
from crossfade.contract.lint import RULES
from crossfade.contract.markdown import table_lines
from tests.systems.system import ROOT, SYSTEMS, contract_path

PAGE = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^ *```json\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)


def inside(part: Any, whole: Any) -> bool:
    """Whether `whole` is `part`, or has more members."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and inside(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return all(any(inside(one, other) for other in whole) for one in part)
    return bool(part == whole)


def anywhere(part: Any, whole: Any) -> bool:
    """Whether `part` is inside of `whole`, however deep."""
    if inside(part, whole):
        return True
    members = whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ()
    return any(anywhere(part, member) for member in members)


@pytest.mark.parametrize("shown", SHOWN, ids=lambda text: re.sub(r"\s+", " ", text)[:40])
def test_what_is_shown_runs(shown: str) -> None:
    contracts = [json.loads(contract_path(name).read_text(encoding="utf-8")) for name in SYSTEMS]
    assert any(anywhere(json.loads(shown), contract) for contract in contracts)


def test_something_is_shown() -> None:
    assert len(SHOWN) > 10


def _keys(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {key for part in schema for key in _keys(part)}
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties")
    own = set(properties) if isinstance(properties, dict) else set()
    return own.union(*map(_keys, schema.values()))


def test_every_key_is_told() -> None:
    told = set(re.findall(r"[\"`]([$\w]+)[\"`]", PAGE))
    assert _keys(contract_shape(2).schema()) - told == set()


def test_every_rule_is_told() -> None:
    rows = ((rule.code, rule.severity, rule.title, rule.hint) for rule in RULES)
    assert PAGE.endswith("\n".join(table_lines(("rule", "", "finds", "what to do"), rows)) + "\n")
