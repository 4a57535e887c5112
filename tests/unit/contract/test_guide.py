"""The guide to a contract: what it says follows from the contract, and what does not concern it is left out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from crossfade.contract import load
from crossfade.contract.cost import estimate
from crossfade.contract.guide import guide
from tests.conformance.opening import contract_of
from tests.systems.system import contract_path

SECTIONS = ("What DynamoDB does otherwise", "Cost", "Performance", "Troubleshooting")


def here(page: str, title: str) -> list[str]:
    """What a difference concerns, as far as it is told."""
    more = "(?:, and [0-9]+ more, as the data model shows)?"
    found = re.search(rf"^- \*\*{title}\.\*\* .* Here: `(.*?)`{more}\.$", page, re.MULTILINE)
    assert found, f"nothing is said of {title!r}"
    return found[1].split("`, `")


def row(page: str, *start: str) -> list[str]:
    """The cells behind the first ones of a table's row."""
    [found] = [line for line in page.splitlines() if line.startswith("| " + " | ".join(start) + " |")]
    return [cell.strip() for cell in found.strip("|").split("|")][len(start) :]


@pytest.fixture(scope="module")
def shop() -> str:
    return guide(load(contract_path("shop")))


@pytest.fixture(scope="module")
def shuttle() -> str:
    return guide(load(contract_path("shuttle")))


@pytest.fixture(scope="module")
def library() -> str:
    return guide(contract_of("library"))


def test_each_part_is_there_once(shop: str) -> None:
    assert re.findall(r"^## (.*)$", shop, re.MULTILINE) == list(SECTIONS)
    assert shop.startswith("# Guide to shop\n")
    assert shop.endswith("\n")
    assert not shop.endswith("\n\n")


@pytest.mark.parametrize(
    ("title", "where"),
    [
        ("Lists that do not lag", ["USER.by_email", "CART.for_user", "ORDER.for_user", "CATEGORY.under"]),
        ("Unique values", ["USER: username", "CATEGORY: name"]),
        ("Keys that lie elsewhere", ["USER", "ORDER", "CATEGORY"]),
        ("Keys through other entities", ["CART"]),
        (
            "Fields that move an item",
            ["USER.email", "CART.user_email", "ORDER.user_email", "CATEGORY.parent_name", "CATEGORY.name"],
        ),
        ("Ids", ["USER.id", "CART.id", "ORDER.id", "PRODUCT.id", "CATEGORY.id"]),
        ("Counts and sums", ["PRODUCT.times_ordered", "CATEGORY.product_count", "CATEGORY.child_count"]),
        ("Child rows", ["ORDER.items"]),
        ("Sparse indexes", ["USER.super_admins"]),
    ],
)
def test_what_differs_in_the_shop(shop: str, title: str, where: list[str]) -> None:
    assert here(shop, title) == where


@pytest.mark.parametrize("title", ["Time to live", "Text that compares", "Lists that read the whole table"])
def test_what_the_shop_does_not_have_is_not_told(shop: str, title: str) -> None:
    assert f"**{title}" not in shop


@pytest.mark.parametrize(
    ("title", "where"),
    [
        ("Time to live", ["SESSION.expires", "TICKET.until"]),
        ("Text that compares without regard to case or accents", ["MEMBER.email"]),
        ("Ranges over several partitions", ["VISIT.agenda"]),
        ("Calculated values", ["LOAN.label", "LOAN.urgency", "LOAN.grace", "FINE.open_amount"]),
        ("Lists that read the whole table", ["BOOK.all", "BOOK.by_price", "SPECIMEN.all", "SPECIMEN.of_kind"]),
    ],
)
def test_what_differs_in_the_library(library: str, title: str, where: list[str]) -> None:
    assert here(library, title)[: len(where)] == where


def test_forms_and_envelopes(library: str) -> None:
    found = here(library, "Stored in another form")
    assert {"SPECIMEN.seen: epoch-ms", "SPECIMEN.digest: hex", "BRANCH: all of it in the map Data"} <= set(found)


def test_calls_say_what_answers_them(shop: str, shuttle: str) -> None:
    assert row(shop, "`CART.for_user`")[2] == "query on the table, USER read first"
    assert row(shop, "`PRODUCT.listing`")[2] == "query on Listing, may lag, each item read again"
    assert row(shop, "`USER.get`")[2] == "through its lookup item"
    assert row(shuttle, "`SESSION.put`") == ["–", "2", ""]


def test_a_call_with_unknown_numbers_takes_at_least_so_much(shop: str) -> None:
    assert row(shop, "`CATEGORY.update`")[1].startswith("at least ")


def test_writers_that_meet(shop: str, shuttle: str) -> None:
    assert "- a create or delete of ORDER adds to `times_ordered` of PRODUCT, by items.product_id\n" in shop
    assert "- a create of JOB checks SHOP, by shop\n" in shuttle


def test_partitions_that_are_few(shop: str, shuttle: str) -> None:
    assert row(shuttle, "InavorShuttleTable.GSI2")[:2] == ["5", "JOB"]
    assert row(shop, "Products.Listing") == ["1", "PRODUCT", "420.0", "200.0", "no"]
    assert row(shop, "Users.GSI3", "3")[0] == "ORDER"


@pytest.mark.parametrize(("rps", "told"), [(100, "no"), (100_000, "reads for one partition")])
def test_a_partition_that_takes_too_much(rps: int, told: str) -> None:
    made = load(contract_path("shuttle"))
    job = made.entities["JOB"]
    by_status = job.access_patterns["by_status"]
    changed = {**job.access_patterns, "by_status": replace(by_status, rps=float(rps))}
    contract = replace(made, entities={**made.entities, "JOB": replace(job, access_patterns=changed)})
    assert row(guide(contract), "InavorShuttleTable.GSI2")[-1] == told


def test_the_cost_is_that_of_the_estimate(shuttle: str) -> None:
    found = estimate(load(contract_path("shuttle")))
    last = found.stages[-1]
    assert row(shuttle, "dynamodb")[2] == f"{found.month(last).on_demand:,.2f}"
    assert "Not known" not in shuttle


def test_a_contract_without_estimates_says_what_is_not_known(library: str) -> None:
    assert "- how many MEMBER there are\n" in library


def test_troubles_that_cannot_be_are_left_out(shop: str, shuttle: str) -> None:
    assert "| the MySQL tables grow although entities expire |" in shuttle
    assert "| the MySQL tables grow" not in shop
    assert "| `DuplicateUnique` |" in shop
    assert "| `DuplicateUnique` |" not in shuttle


def test_what_check_says_is_told(shop: str) -> None:
    assert "- CF110 (info): every PRODUCT lies in one partition" in shop
