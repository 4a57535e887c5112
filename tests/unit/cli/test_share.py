"""`crossfade stage` with a share of the keys, on SQLite and a DynamoDB imitation in the process."""

from __future__ import annotations

import json

import pytest

from crossfade.migration.cutover import MoveRefused
from tests.unit.cli.embedded import Run


@pytest.fixture
def moved(run: Run) -> Run:
    """The shop, of which 30 % are in dual_write."""
    run("install")
    code, out = run("stage", "advance", "--share", "30", "--why", "to begin")
    assert (code, out.splitlines()) == (
        0,
        ["shop: mysql -> mysql, 30 % at dual_write", "shop stands at mysql, 30 % at dual_write (epoch 1)"],
    )
    return run


def test_a_share_is_shown_and_remembered(moved: Run) -> None:
    assert moved("stage", "show")[1].splitlines()[0] == (
        "shop: mysql, 30 % at dual_write (epoch 1), 0 changes to carry over"
    )
    assert json.loads(moved("stage", "show", "--json")[1])["shop"]["ahead"] == 30
    (line,) = moved("stage", "history")[1].splitlines()
    assert " mysql -> mysql, 30 % at dual_write by " in line
    (told,) = json.loads(moved("stage", "history", "--json")[1])
    assert (told["from"], told["stage"], told["ahead"], told["why"]) == ("mysql", "mysql", 30, "to begin")


def test_it_grows_and_shrinks_and_a_move_to_the_next_stage_ends_it(moved: Run) -> None:
    plan = json.loads(moved("stage", "advance", "--share", "60", "--json", "--dry-run")[1])
    assert plan == {
        "group": "shop", "from": "mysql", "to": "mysql", "from_ahead": 30, "ahead": 60, "reasons": [],
    }  # fmt: skip
    assert moved("stage", "rollback", "--share", "10")[1].splitlines()[-1].startswith("shop stands at mysql, 10 % at")
    assert moved("stage", "rollback")[1].splitlines()[-1] == "shop stands at mysql (epoch 3)"
    moved("stage", "advance", "--share", "99")
    assert moved("stage", "advance")[1].splitlines()[-1] == "shop stands at dual_write (epoch 5)"


@pytest.mark.parametrize(
    ("move", "why"),
    [
        (["advance", "--share", "30"], "a share that grows lies between 30 and 100 %"),
        (["rollback", "--share", "30"], "a share that shrinks lies below 30 %"),
    ],
)
def test_a_share_that_is_none(moved: Run, move: list[str], why: str) -> None:
    with pytest.raises(MoveRefused, match=why):
        moved("stage", *move)


def test_a_share_wants_the_evidence_that_the_next_stage_wants(moved: Run) -> None:
    moved("stage", "advance")
    code, out = moved("stage", "advance", "--share", "5")
    assert (code, out.splitlines()[0]) == (2, "shop: dual_write -> dual_write, 5 % at shadow")
    assert [line[:26] for line in out.splitlines()[1:]] == ["  against it: no backfill ", "  against it: no verificat"]


def test_a_group_whose_keys_depend_on_each_other_is_live_as_a_whole_or_not(moved: Run) -> None:
    moved("stage", "advance")
    moved("stage", "advance", "--force", "--why", "a try")
    with pytest.raises(MoveRefused) as refused:
        moved("stage", "advance", "--share", "5", "--force", "--why", "a try")
    first, *reasons = refused.value.reasons
    assert first.startswith("no share of shop can be decided alone: move the whole group, without --share")
    assert "CATEGORY: id is made when it is written (auto_increment), and part of the key" in reasons
