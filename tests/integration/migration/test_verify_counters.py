"""Counters that are behind MySQL's ids: found, and raised; never lowered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crossfade.contract.errors import CrossfadeError
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.ids import Ids, counter_key
from crossfade.migration.report import FieldDifference
from crossfade.migration.stores import Stores
from tests.integration.migration.test_verify import run, verified
from tests.integration.migration.world import World


def set_counter(stores: Stores, entity: str, value: int | None) -> None:
    """Put a counter to a value, or take it away."""
    table, client = stores.dynamodb.layout.control_table, stores.dynamodb.clients.writes
    if value is None:
        client.delete_item(TableName=table, Key=counter_key(entity))
    else:
        client.put_item(TableName=table, Item=counter_key(entity) | {"value": {"N": str(value)}})


def test_counters_that_are_behind_are_found_and_raised(copied: World) -> None:
    with copied.open() as stores:
        ids = Ids(stores.dynamodb.layout, Calls(stores.dynamodb.clients))
        before = {name: ids.last(name) for name in stores.contract.entities}
        set_counter(stores, "USER", 3)
        set_counter(stores, "PRODUCT", None)
        set_counter(stores, "ORDER", 10**6)
        code, report = verified(copied)
        assert code == 1
        table = stores.dynamodb.layout.control_table
        assert {(d.kind, d.entity, d.table, d.fields) for d in report.differences} == {
            ("mismatch", "USER", table, (FieldDifference("id", str(before["USER"]), "3"),)),
            ("mismatch", "PRODUCT", table, (FieldDifference("id", str(before["PRODUCT"]), None),)),
        }
        assert (report.total.different, report.total.equal) == (2, report.total.rows)

        assert run("repair", "report.json", *copied.arguments) == (0, "2 written, 0 deleted, 0 left\n")
        assert {name: ids.last(name) for name in before} == before | {"ORDER": 10**6}
        assert verified(copied)[0] == 0
        set_counter(stores, "USER", 10**6)
        assert run("repair", "report.json", *copied.arguments)[0] == 0
        assert ids.last("USER") == 10**6


EDITS: list[tuple[Callable[[dict[str, object]], object], str]] = [
    (lambda d: d.update(item_key={"pk": {"S": "checkpoint|x"}}), "only the counters"),
    (lambda d: d.update(entity="ORDER"), "only the counters"),
    (lambda d: d.update(entity=None), "only the counters"),
]


@pytest.mark.parametrize(("edit", "reason"), EDITS)
def test_nothing_else_in_the_control_table_is_repaired(
    copied: World, edit: Callable[[dict[str, object]], object], reason: str
) -> None:
    with copied.open() as stores:
        set_counter(stores, "USER", 3)
    verified(copied)
    raw = json.loads(Path("report.json").read_text(encoding="utf-8"))
    edit(raw["differences"][0])
    Path("report.json").write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(CrossfadeError, match=reason):
        run("repair", "report.json", *copied.arguments)


def test_in_reverse_counters_are_nothing(copied: World) -> None:
    with copied.open() as stores:
        set_counter(stores, "USER", 3)
    assert verified(copied, "--reverse")[0] == 0
