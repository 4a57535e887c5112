"""docs/contract.md: what it shows is in a contract that runs, and it leaves no key and no rule out."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import crossfade
from crossfade.contract import load
from crossfade.contract.format import contract_shape
from crossfade.contract.generate import generate_module
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


def test_the_calls_that_are_shown_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (calls,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    shop = contract_path("shop")
    made = ModuleType("made")
    monkeypatch.setitem(sys.modules, "made", made)
    exec(generate_module(load(shop)), made.__dict__)  # noqa: S102 - what the command would print
    with crossfade.open(shop, stage="mysql", embedded=True) as app:
        app.repository("USER").create({"id": 7, "username": "ann", "email": "ann@x.org", "password_hash": "-"})
        app.repository("CATEGORY").create({"id": 1, "name": "Books"})
        app.repository("PRODUCT").create({"id": 3, "name": "Atlas", "price": 9, "category_id": 1, "seller_id": 7})
        app.repository("ORDER").create({"id": 9, "user_id": 7, "total_amount": 9, "items": []})
        monday = datetime(2034, 5, 1, tzinfo=UTC)
        given = {"app": app, "monday": monday, "friday": monday + timedelta(days=4), "price": Decimal(9)}
        exec(calls, vars(crossfade) | made.__dict__ | given)  # noqa: S102 - what the page shows
        (item,) = app.repository("ORDER").get(9)["items"]  # type: ignore[index]  # it is there
    assert item == {"product_id": 3, "quantity": 1, "price_at_time": Decimal(9)}


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
