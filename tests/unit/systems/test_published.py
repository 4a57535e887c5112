"""The systems' published designs, where they are wrong: `crossfade contract check` names the rule, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crossfade.cli.main import cli
from crossfade.contract.errors import ContractError
from tests.systems.system import contract_path
from tests.unit.contract.editing import named


def entity(contract: dict[str, Any], name: str) -> dict[str, Any]:
    """An entity by its type."""
    return next(e for t in contract["tables"] for e in t["entities"] if e["entity_type"] == name)


def master_behind_its_instances(contract: dict[str, Any]) -> None:
    """GSI2SK is `MASTER`, and `INSTANCE#<date>` for the exceptions: the master is said to sort first."""
    named(entity(contract, "MASTER"), "GSI2SK")["transformation"]["format"] = "MASTER"


def parents_without_an_alias(contract: dict[str, Any]) -> None:
    """The workshop joins a category with its parent by a condition that compares a row with itself."""
    join = named(entity(contract, "CATEGORY"), "parent_name")["join"]
    del join["join_alias"]
    join["join_condition"] = "categories.id = categories.parent_id"


def a_status_without_an_order(contract: dict[str, Any]) -> None:
    """`StatusIndex` has (ShopDomain, Status), and is to list a shop's jobs newest first."""
    named(entity(contract, "JOB"), "Status")["transformation"]["format"] = "{status}"


def an_email_that_two_can_have(contract: dict[str, Any]) -> None:
    """Users are found by email through an index, which keeps no two from having one."""
    entity(contract, "USER")["unique"] = [u for u in entity(contract, "USER")["unique"] if u != ["email"]]


def a_review_outside_of_its_index(contract: dict[str, Any]) -> None:
    """GSI1 has a sort key, and reviews are given a partition key alone: so it holds none of them."""
    review = entity(contract, "Review")
    review["attributes"] = [a for a in review["attributes"] if a["name"] != "GSI1SK"]


def check(contract: dict[str, Any], folder: Path) -> str:
    """What `crossfade contract check` prints of a contract, or why it cannot be read."""
    file = folder / "migrationContract.json"
    file.write_text(json.dumps(contract), encoding="utf-8")
    done = CliRunner().invoke(cli, ["contract", "check", str(file)], standalone_mode=False)
    return str(done.exception) if isinstance(done.exception, ContractError) else done.output


@pytest.mark.parametrize(
    ("name", "publish", "told"),
    [
        ("productivity", master_behind_its_instances, "CF106 warning"),
        ("shop", parents_without_an_alias, "CF301 error"),
        ("shuttle", a_status_without_an_order, "CF208 info"),
        ("calendsync", an_email_that_two_can_have, "CF206 warning"),
        ("coagent", a_review_outside_of_its_index, 'no entity has the key attribute "GSI1SK"'),
    ],
)
def test_what_is_published_is_found_wrong(
    name: str, publish: Callable[[dict[str, Any]], None], told: str, tmp_path: Path
) -> None:
    contract = json.loads(contract_path(name).read_text(encoding="utf-8"))
    clean = check(contract, tmp_path)
    assert ": clean" in clean
    assert told not in clean
    publish(contract)
    assert told in check(contract, tmp_path)


def test_a_master_is_said_to_sort_behind_its_instances(tmp_path: Path) -> None:
    contract = json.loads(contract_path("productivity").read_text(encoding="utf-8"))
    master_behind_its_instances(contract)
    found = check(contract, tmp_path)
    assert 'MASTER ("MASTER") sorts after INSTANCE ("INSTANCE#{day:%Y%m%d}") in GSI2-RecurrenceLookup' in found
    assert "give it a word that sorts first, such as #HEAD" in found
