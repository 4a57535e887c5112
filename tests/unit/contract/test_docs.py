"""The data-model page: what crossfade sees to is told of each entity. What the command prints: `test_main`."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.contract.docs import data_model
from crossfade.contract.lint import lint
from crossfade.contract.load import load
from tests.conformance.opening import contract_of
from tests.unit.contract.editing import book
from tests.unit.contract.examples import bookshop


@pytest.mark.parametrize(
    ("contract", "entity", "told"),
    [
        ("library", "MEMBER", "Id: id, ulid."),
        ("library", "MEMBER", "Version: version."),
        ("library", "MEMBER", "Times: created_at at creation, updated_at at every change."),
        ("library", "TICKET", "Times: issued_at at creation, changed_at at every change, milliseconds since 1970."),
        ("library", "TICKET", "Expires: at until, milliseconds since 1970."),
        ("library", "SESSION", "Expires: at expires."),
        ("library", "MEMBER", "Unique: email."),
        ("library", "LOAN", "Refers to BRANCH by branch_code: set_null."),
        ("library", "BRANCH", "Stored in the map `Data`, but for key attributes and what crossfade sets."),
        ("shop", "CATEGORY", "Times: created_at at creation."),
    ],
)
def test_what_crossfade_sees_to(contract: str, entity: str, told: str) -> None:
    page = data_model(contract_of(contract))
    of_entity = page.split(f"### {entity}\n")[1].split("\n|")[0]
    assert told in of_entity.splitlines()


def test_what_an_entity_does_not_have_is_not_told() -> None:
    of_entity = data_model(contract_of("library")).split("### LANGUAGE\n")[1].split("\n|")[0]
    assert [line for line in of_entity.splitlines() if line] == [
        "From MySQL table `languages`. Key: code.",
        "Read by key: directly, 1 request.",
    ]


@pytest.mark.parametrize(
    ("wanted", "served", "found"),
    [
        ({"range": "published"}, "query on table", False),
        ({"range": "price", "filter": []}, "query on table, sorted in memory by price", True),
        ({"by": ["author_id"], "range": None}, "query on table, sorted in memory by id", False),
    ],
)
def test_what_is_sorted_in_memory_is_told_with_its_order(wanted: dict[str, Any], served: str, found: bool) -> None:
    """By a range field lint tells it too: the contract can be mended. By the key alone nobody asked for the order."""
    raw = bookshop()
    pattern = book(raw)["access_patterns"][0]
    pattern.update(wanted)
    if pattern["range"] is None:
        del pattern["range"], pattern["order"]
    contract = load(raw)
    row = next(line for line in data_model(contract).splitlines() if "| of_author |" in line)
    assert f"| {served} |" in row
    assert any(f.code == "CF208" for f in lint(contract)) is found
