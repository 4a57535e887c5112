"""`crossfade repair` on SQLite and a DynamoDB imitation in the process: reports that were edited, and one busy item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import crossfade
from crossfade.dal.errors import Conflict
from crossfade.migration.errors import Refused
from crossfade.migration.report_json import ReportError
from crossfade.migration.sync import Place, Sync, Synced
from tests.unit.cli.embedded import SHOP, Run


@pytest.fixture
def report(run: Run, tmp_path: Path) -> dict[str, Any]:
    """The report, as JSON, of two categories that were never copied."""
    with crossfade.open(SHOP, stage="mysql", embedded=True, table_prefix=f"{tmp_path.name}-") as app:
        for name in ("Books", "Maps"):
            app.repository("CATEGORY").create({"name": name})
    assert run("verify", "--looks", "0", "--report", "r.json")[0] == 1
    found: dict[str, Any] = json.loads(Path("r.json").read_text(encoding="utf-8"))
    return found


def write(report: dict[str, Any], *differences: dict[str, Any]) -> None:
    Path("r.json").write_text(json.dumps(report | {"differences": differences}), encoding="utf-8")


def of_category(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [d for d in report["differences"] if d["entity"] == "CATEGORY" and not d["lookup"] and d["item_key"]]


def test_what_is_named_twice_is_repaired_once(run: Run, report: dict[str, Any]) -> None:
    one = next(d for d in of_category(report) if "control" not in d["table"])
    write(report, one, one | {"kind": "mismatch"}, one)
    assert run("repair", "r.json") == (0, "1 written, 0 deleted, 0 left\n")


def test_where_neither_store_has_anything_nothing_is_written(run: Run, report: dict[str, Any]) -> None:
    one = next(d for d in of_category(report) if "control" not in d["table"])
    other = one | {"item_key": one["item_key"] | {"SK": {"S": "Nowhere"}}}
    write(report, other)
    code, out = run("repair", "r.json")
    assert (code, out.splitlines()[-1]) == (0, "0 written, 0 deleted, 0 left")
    assert out.startswith("nothing to do for ")
    assert out.splitlines()[0].endswith(": there is no item, and no row has this item key")
    answer = json.loads(run("repair", "r.json", "--json")[1])
    assert (answer["repaired"], answer["nothing"], answer["left"]) == (0, 1, [])


def test_an_item_that_others_keep_writing_keeps_none_from_being_repaired(
    run: Run, report: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (d for d in of_category(report) if "control" not in d["table"])
    whole = Sync.sync

    def busy(sync: Sync, place: Place) -> Synced:
        if place.key == first["item_key"]:
            raise Conflict("others kept writing the item", store="dynamodb")
        return whole(sync, place)

    monkeypatch.setattr(Sync, "sync", busy)
    write(report, first, second)
    code, out = run("repair", "r.json", "--workers", "1")
    assert (code, out.splitlines()[-1]) == (1, "1 written, 0 deleted, 1 left")
    assert out.startswith("failed ")
    assert "others kept writing the item" in out


def test_what_repair_can_do_nothing_about_is_known_beforehand(run: Run, report: dict[str, Any]) -> None:
    one = next(d for d in of_category(report) if "control" not in d["table"])
    junk = one | {"entity": None, "key": None, "kind": "extra", "item_key": {"PK": {"S": "JUNK"}, "SK": {"S": "JUNK"}}}
    write(report, one, junk)
    code, planned = run("repair", "r.json", "--dry-run")
    assert (code, len(planned.splitlines())) == (1, 2)
    last = planned.splitlines()[1]
    assert last.startswith("left extra ")
    assert last.endswith(
        "PK=JUNK, SK=JUNK: it belongs to no entity of the contract: if nobody needs it, delete it by hand"
    )
    code, out = run("repair", "r.json")
    assert (code, out.splitlines()) == (1, [last, "1 written, 0 deleted, 1 left"])


def test_a_reason_is_told_once(run: Run, report: dict[str, Any]) -> None:
    one = next(d for d in of_category(report) if "control" not in d["table"])
    write(report, one | {"kind": "undecodable", "item_key": {}, "reason": "the row has no item: no such day"})
    for more in ([], ["--dry-run"]):
        first = run("repair", "r.json", *more)[1].splitlines()[0]
        assert (first[:5], first.partition(": ")[2]) == ("left ", "the row has no item: no such day")


def test_where_dynamodb_decides_a_dry_run_is_refused_as_repair_is(run: Run, report: dict[str, Any]) -> None:
    run("install")
    for _ in range(3):
        run("stage", "advance", "--force", "--why", "a try")
    assert of_category(report)
    for more in ([], ["--dry-run"]):
        with pytest.raises(Refused, match="shop stands at live, where DynamoDB decides: MySQL must not overwrite it"):
            run("repair", "r.json", *more)


def test_an_entity_that_is_none_and_a_report_that_is_not_there_are_refused(run: Run, report: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="no entity 'NOPE'; there are USER"):
        run("repair", "--entity", "NOPE", "r.json")
    Path("r.json").unlink()
    with pytest.raises(ReportError, match=r"^r\.json cannot be read: No such file or directory"):
        run("repair", "r.json")
    assert report["differences"]
