"""Write units of concrete items."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.contract.model import Index, Table
from crossfade.dynamodb.units import index_units, put_units

INDEXES = (
    Index("All", "owner", "made"),
    Index("Keys", "owner", projection="KEYS_ONLY"),
    Index("Some", "owner", projection="INCLUDE", attributes=("note",)),
)
TABLE = Table("Things", "PK", "SK", {}, indexes=INDEXES)


def item(**values: str) -> dict[str, Any]:
    return {"PK": {"S": "a"}, "SK": {"S": "b"}} | {name: {"S": text} for name, text in values.items()}


def test_item_in_no_index_takes_its_own_units() -> None:
    # PK + a and SK + b are 6 bytes, body 4: 1,014 characters fill 1,024 bytes; one more is a second unit.
    assert put_units(TABLE, item(body="x" * 1014)) == 1
    assert put_units(TABLE, item(body="x" * 1015)) == 2


def test_each_index_that_holds_the_item_takes_units_of_what_it_projects() -> None:
    # Whole item: 6 + owner 5+1 + made 4+1 + note 4+1500 + body 4+3000 = 4,525 bytes = 5 units, and 5 in All.
    # Keys: PK a, SK b, owner o = 12 bytes = 1. Some: 12 + note 1,504 = 1,516 bytes = 2.
    stored = item(owner="o", made="m", note="n" * 1500, body="x" * 3000)
    assert index_units(TABLE, stored) == {"All": 5, "Keys": 1, "Some": 2}
    assert put_units(TABLE, stored) == 5 + 5 + 1 + 2


def test_index_whose_sort_key_is_missing_does_not_hold_the_item() -> None:
    # Without `made` the index All is passed over: 1 + Keys 1 + Some 1.
    assert put_units(TABLE, item(owner="o")) == 3


def test_key_of_only_the_index_belongs_to_its_entry() -> None:
    # made counts in All alone: owner 5 + 1019 bytes are 1,024, with PK and SK 1,030 = 2 units wherever owner is.
    assert index_units(TABLE, item(owner="o" * 1019)) == {"Keys": 2, "Some": 2}


@pytest.mark.parametrize(("length", "units"), [(1, 1), (1020, 2), (400_000, 391)])
def test_lookup_item_has_no_index(length: int, units: int) -> None:
    # pk 2 + `length` - 1 + target 6 = 1,027 for 1020, and 400,007 / 1,024 = 390.6.
    assert put_units(None, {"pk": {"S": "x" * (length - 1)}, "target": {"S": ""}}) == units
