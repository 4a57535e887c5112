"""The arithmetic of costs, by hand.

An author takes 1,500 bytes: 1 read unit, 2 write units. A book takes 5,000: 2 read units, 5 write units. Both are in
GSI1 whole. An author lies under its id and has a lookup item for its email; a book has one for its key.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.contract.capacity import provisioned, throughput
from crossfade.contract.cost import CostEstimate, estimate, with_rows
from crossfade.contract.errors import CrossfadeError
from crossfade.contract.model import Contract
from crossfade.contract.parents import parents
from crossfade.contract.workload import backfill_units
from tests.unit.contract.priced import expected, round_prices

ROOT = Path(__file__).parents[3]
LOOKUP, CONTROL = "crossfade_lookup", "crossfade_control"
SECONDS = 730 * 3600


def units(contract: Contract, entity: str, name: str) -> dict[tuple[str, str | None], tuple[float, float]]:
    """What a call takes: read and write units by table and index."""
    (line,) = (x for x in estimate(contract).lines if (x.request.entity, x.request.name) == (entity, name))
    return {(u.table, u.index): (u.read, u.write) for u in line.request.uses}


def test_reads_by_key() -> None:
    # Direct: 1,500 / 4,096 is 1 unit. Through the lookup item: 1, and 5,000 / 4,096 = 1.2 is 2.
    assert units(expected(), "AUTHOR", "get") == {("Library", None): (1, 0)}
    assert units(expected(), "BOOK", "get") == {(LOOKUP, None): (1, 0), ("Library", None): (2, 0)}


def test_patterns() -> None:
    # One author through the index, eventually consistent: half of 1. Ten books of 5,000 in one partition, strongly:
    # 50,000 / 4,096 = 12.2 is 13, rounded once for the page.
    assert units(expected(), "AUTHOR", "by_email") == {("Library", "GSI1"): (0.5, 0)}
    assert units(expected(), "BOOK", "of_author") == {("Library", None): (13, 0)}


def test_create_is_a_transaction_with_the_lookup_items_and_the_parents_count() -> None:
    # The counter 1. The author 2 x 2, its index entry 2 (never doubled), its lookup item 2 x 1.
    assert units(expected(), "AUTHOR", "create") == {
        (CONTROL, None): (0, 1), ("Library", None): (0, 4), ("Library", "GSI1"): (0, 2), (LOOKUP, None): (0, 2),
    }  # fmt: skip
    # The counter 1. The author is read for its name: 1. The book 2 x 5, its entry 5, its lookup item 2. The author's
    # count: 2 x 2, its entry 2.
    assert units(expected(), "BOOK", "create") == {
        (CONTROL, None): (0, 1), (LOOKUP, None): (0, 2),
        ("Library", None): (1, 10 + 4), ("Library", "GSI1"): (0, 5 + 2),
    }  # fmt: skip


def test_parents_are_told_apart_by_the_way_to_them() -> None:
    # A product's category, its parent and its grandparent are three records; the seller is checked, not copied.
    contract = load(ROOT / "contracts" / "migrationContract.json")
    found = {(p.entity, p.by): (p.kept, p.refers, p.adds) for p in parents(contract, "PRODUCT")}
    assert found == {
        ("CATEGORY", ("category_id",)): (True, True, {"product_count"}),
        ("CATEGORY", ("category_id>parent_id",)): (True, False, frozenset()),
        ("CATEGORY", ("category_id>parent_id>parent_id",)): (True, False, frozenset()),
        ("USER", ("seller_id",)): (False, True, frozenset()),
    }


def test_update_of_a_plain_field_rewrites_the_item_and_its_entries() -> None:
    # Lookup item 1; the book 5 and its entry 5, no transaction.
    assert units(expected(book={"updates": ["title"]}), "BOOK", "update") == {
        (LOOKUP, None): (1, 0), ("Library", None): (0, 5), ("Library", "GSI1"): (0, 5),
    }  # fmt: skip


def test_update_that_moves_the_item_deletes_and_puts() -> None:
    # `published` is in the sort key. Read: lookup item 1, book 2. Two items 2 x 2 x 5, two entries 2 x 5; the lookup
    # item leads elsewhere: 2 x 1.
    assert units(expected(book={"updates": ["published"]}), "BOOK", "update") == {
        (LOOKUP, None): (1, 2), ("Library", None): (2, 20), ("Library", "GSI1"): (0, 10),
    }  # fmt: skip


def test_update_of_an_index_key_and_a_unique_value() -> None:
    # The email is unique and GSI1's key: the author is read (1) and put in a transaction (2 x 2), its entry is deleted
    # and put (2 x 2), the old value's lookup item deleted and the new one's put (2 x 1 each).
    assert units(expected(author={"updates": ["email"]}), "AUTHOR", "update") == {
        ("Library", None): (1, 4), ("Library", "GSI1"): (0, 4), (LOOKUP, None): (0, 4),
    }  # fmt: skip


def test_update_of_what_others_copy_leaves_a_note_and_says_that_the_copies_are_unknown() -> None:
    contract = expected(author={"updates": ["name"], "update_rps": 1})
    # The note is put in the transaction (2) and deleted after it (1).
    assert units(contract, "AUTHOR", "update")[CONTROL, None] == (0, 3)
    assert "how many records copy name of AUTHOR" in estimate(contract).unknown


def test_delete_takes_back_what_create_made() -> None:
    # Lookup item 1, book 2; the book 2 x 5, its entry 5, lookup item 2 x 1, the author's count 2 x 2 and its entry 2.
    assert units(expected(), "BOOK", "delete") == {
        (LOOKUP, None): (1, 2), ("Library", None): (2, 14), ("Library", "GSI1"): (0, 7),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("projection", "entry"),
    [
        # Four key attributes of 40 bytes are 160: 1 unit. With title (5 + 64) and price (5 + 8 / 2 + 1): 239, 1 unit.
        ({"projection": "KEYS_ONLY"}, 1),
        ({"projection": "INCLUDE", "projected_attributes": ["title", "price"]}, 1),
        # `notes` has no bound: the whole item.
        ({"projection": "INCLUDE", "projected_attributes": ["notes"]}, 5),
    ],
)
def test_entries_of_partial_projections(projection: dict[str, Any], entry: int) -> None:
    index = {"index_name": "GSI1", "pk": "GSI1PK", "sk": "GSI1SK", **projection}
    assert backfill_units(expected(gsis=[index]), "BOOK") == 5 + entry + 1


def test_entry_without_the_changed_field_is_not_written() -> None:
    index = {"index_name": "GSI1", "pk": "GSI1PK", "sk": "GSI1SK", "projection": "INCLUDE", "projected_attributes": []}
    of = expected(gsis=[index | {"projected_attributes": ["price"]}], book={"updates": ["title"]})
    assert ("Library", "GSI1") not in units(of, "BOOK", "update")


def test_backfill_of_items_as_large_as_they_are() -> None:
    # 10,241 bytes are 11 units, once more in GSI1, and the lookup item.
    assert backfill_units(expected(), "BOOK", 10241) == 11 + 11 + 1


def stage(found: CostEstimate, name: str) -> Any:
    return next(s for s in found.stages if s.stage == name)


def test_stages() -> None:
    # Reads: 10 gets of authors a second, 1 unit each. Writes: 2 updates of books a second: 1 read, 10 written where
    # DynamoDB answers; while MySQL does, the copy is read (2) and written (10). On the way back the item is read: 2.
    contract = expected(author={"get_rps": 10}, book={"update_rps": 2, "updates": ["title"]})
    found = estimate(contract, round_prices())
    wanted = {
        "mysql": (0, 0), "dual_write": (4, 20), "shadow": (14, 20),
        "live": (16, 20), "ramp_down": (16, 20), "dynamodb": (12, 20),
    }  # fmt: skip
    assert {s.stage: (s.read, s.write) for s in found.stages} == wanted
    assert stage(found, "dynamodb").on_demand == (12 * 1 + 20 * 10) * SECONDS
    assert stage(estimate(contract, round_prices(), average=0.25), "dynamodb").on_demand == (12 + 200) * SECONDS / 4


def test_provisioned_capacity_holds_the_peak_at_70_percent() -> None:
    contract = expected(book={"update_rps": 2, "updates": ["title"]})
    # Table: 10 written a second / 0.7 = 14.3, 15; GSI1 the same; nothing is read there: 1. The lookup table is on
    # demand: 2 read a second.
    found = stage(estimate(contract, round_prices()), "dynamodb")
    assert found.provisioned == (2 * 1 + 20 * 15) * 2 * 730 + 2 * 1 * SECONDS
    assert stage(estimate(contract, round_prices()), "mysql").provisioned == 0
    # Over all stages the table is read most on the way back: 2 x 2 a second / 0.7 = 5.7, 6.
    assert throughput(contract, "Library") == {None: provisioned(4, 10), "GSI1": provisioned(0, 10)}
    assert (provisioned(4, 10).read, provisioned(4, 10).write, provisioned(0, 0).read) == (6, 15, 1)


def test_exact_capacity_is_not_rounded_up_by_a_hair() -> None:
    assert provisioned(70, 7).read == 100


def test_storage_and_what_is_paid_once() -> None:
    found = estimate(expected(point_in_time_recovery=True), round_prices())
    library, lookup = found.storage
    # 1,000 x (1,500 + 100) + 10,000 x (5,000 + 100) = 52,600,000 bytes; GSI1 holds all of it once more.
    assert (library.table_bytes, library.index_bytes) == (52_600_000, 52_600_000)
    assert (library.storage, library.pitr) == (Decimal("10.52"), Decimal("52.6"))
    # 11,000 lookup items x (300 + 100) = 4,400,000 bytes.
    assert (lookup.table_bytes, lookup.storage, lookup.pitr) == (4_400_000, Decimal("0.44"), Decimal(0))
    assert found.stored == Decimal("63.56")
    # Backfill: an author 2 + 2 + 1, a book 5 + 5 + 1.
    assert found.once.backfill_write == 1000 * 5 + 10000 * 11
    assert found.once.backfill == found.once.backfill_write * 10
    # Verify: by key 1,000 x 1 + 10,000 x 2 and 11,000 lookup items, then the scans, at half: 1,500,000 / 4,096 = 366.2,
    # 367; 50,000,000 / 4,096 = 12,207.03, 12,208; 300,000 / 4,096 = 73.2, 74; 3,000,000 / 4,096 = 732.4, 733.
    assert found.once.verify_read == 1000 + 20000 + 11000 + (367 + 12208 + 74 + 733) / 2


def test_what_is_not_known_is_said() -> None:
    contract = expected(author={"items": None, "item_size_bytes": None, "get_rps": None, "create_rps": 1})
    found = estimate(contract)
    assert set(found.unknown) >= {
        "the size of AUTHOR's items",
        "how often AUTHOR is asked for: get",
        "how many AUTHOR there are",
    }
    (line,) = (x for x in found.lines if (x.request.entity, x.request.name) == ("AUTHOR", "get"))
    assert line.month is None
    assert estimate(expected()).unknown == ()


def test_other_numbers_of_rows() -> None:
    contract = with_rows(expected(), {"BOOK": 5}, {"AUTHOR": 100})
    assert (contract.entities["BOOK"].estimate.items, contract.entities["AUTHOR"].estimate.item_size_bytes) == (5, 100)
    with pytest.raises(CrossfadeError, match="there is no entity BOKO; did you mean 'BOOK'"):
        with_rows(contract, {"BOKO": 1})
