"""Gates: what speaks against each move, word for word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crossfade.dal.observation import Totals
from crossfade.dal.stage import Stage, Standing
from crossfade.migration.gates import Facts, Limits, back_reasons, reasons
from crossfade.migration.past import Past
from crossfade.mysql.history import Evidence
from crossfade.mysql.outbox import Depth

NOW = datetime(2034, 5, 1, 12, tzinfo=UTC)
BACKFILLED = Evidence("backfill", 3, NOW - timedelta(days=9), {"rows": 9, "written": 9, "dead": 0})
VERIFIED = Evidence("verify", 3, NOW - timedelta(hours=1), {"rows": 9, "different": 0, "sample": 1.0, "extras": True})
BACK = Evidence("verify_reverse", 4, NOW - timedelta(hours=2), {"rows": 9, "different": 0})
GOOD = Facts(NOW, Depth(5, 1.0), None, BACKFILLED, VERIFIED, Totals(equal=9_990, tolerated=10), Past(3), BACK)
DUAL_WRITE, SHADOW = Standing(Stage.DUAL_WRITE, 3), Standing(Stage.SHADOW, 4)


def found(of: Evidence, **changes: Any) -> Evidence:
    """Evidence that found something else."""
    return replace(of, detail={**of.detail, **changes})


def says(to: Stage, facts: Facts, limits: Limits | None = None) -> tuple[str, ...]:
    """What speaks against a move from the stage before."""
    return reasons(SHADOW if to is Stage.LIVE else DUAL_WRITE, to, facts, limits or Limits())


@pytest.mark.parametrize("to", list(Stage))
def test_nothing_speaks_against_a_move_on_good_evidence(to: Stage) -> None:
    assert says(to, GOOD) == ()


def test_tables_that_are_missing() -> None:
    assert says(Stage.DUAL_WRITE, replace(GOOD, tables="no table Shop")) == ("DynamoDB is not ready: no table Shop",)


def test_for_tables_alone_no_data_is_wanted() -> None:
    assert says(Stage.DUAL_WRITE, Facts(NOW, Depth())) == ()


EQUAL: list[tuple[str, Facts, str]] = [
    ("no backfill", replace(GOOD, backfill=None), "no backfill has come to its end: run `crossfade backfill`"),
    (
        "an old backfill",
        replace(GOOD, backfill=replace(BACKFILLED, epoch=2)),
        "the last backfill (2034-04-22 12:00 UTC) began when changes were not carried over yet: "
        "run `crossfade backfill --restart`",
    ),
    (
        "dead letters",
        replace(GOOD, backfill=found(BACKFILLED, dead=2)),
        "the last backfill left 2 rows to the dead letters: mend what they name, and run it with --restart",
    ),
    ("no verification", replace(GOOD, verify=None), "no verification has come to its end: run `crossfade verify`"),
    (
        "an early verification",
        replace(GOOD, verify=replace(VERIFIED, epoch=2)),
        "the last verification began when changes were not carried over yet: run `crossfade verify`",
    ),
    (
        "differences",
        replace(GOOD, verify=found(VERIFIED, different=4)),
        "the last verification found 4 differences: `crossfade repair` its report",
    ),
    (
        "a sample",
        replace(GOOD, verify=found(VERIFIED, sample=0.1)),
        "the last verification did not look at everything: run `crossfade verify` without --sample",
    ),
    (
        "no look at items without a row",
        replace(GOOD, verify=found(VERIFIED, extras=False)),
        "the last verification did not look at everything: run `crossfade verify` without --sample",
    ),
    (
        "a stale verification",
        replace(GOOD, verify=replace(VERIFIED, at=NOW - timedelta(days=1, seconds=1))),
        "the last verification is older than 1 day: run `crossfade verify`",
    ),
    (
        "changes that fail",
        replace(GOOD, outbox=Depth(5, 1.0, 2)),
        "2 changes could not be carried over: see `crossfade relay --list`",
    ),
    (
        "changes that wait",
        replace(GOOD, outbox=Depth(5, 61.0)),
        "the oldest change has waited for 61 s: is `crossfade relay` running?",
    ),
]


@pytest.mark.parametrize("to", [Stage.SHADOW, Stage.LIVE])
@pytest.mark.parametrize(("facts", "reason"), [c[1:] for c in EQUAL], ids=[c[0] for c in EQUAL])
def test_stores_that_are_not_known_to_be_equal(to: Stage, facts: Facts, reason: str) -> None:
    assert says(to, facts) == (reason,)


def test_every_reason_is_told_at_once() -> None:
    nothing = Facts(NOW, Depth(3, 100.0, 1))
    assert says(Stage.SHADOW, nothing) == (
        "no backfill has come to its end: run `crossfade backfill`",
        "no verification has come to its end: run `crossfade verify`",
        "1 change could not be carried over: see `crossfade relay --list`",
        "the oldest change has waited for 100 s: is `crossfade relay` running?",
    )
    assert says(Stage.LIVE, nothing) == (
        *says(Stage.SHADOW, nothing),
        "0 reads were compared, of 10,000: see `crossfade shadow report`",
        "the way back was not rehearsed within 1 day: run `crossfade verify --reverse`, which rebuilds every "
        "row from its item and compares it",
    )


def test_where_the_beginning_is_not_known_evidence_is_wanted_from_the_stage_itself() -> None:
    unknown = replace(GOOD, past=Past())
    assert says(Stage.SHADOW, unknown) == ()
    assert [reason[:22] for reason in says(Stage.LIVE, unknown)] == ["the last backfill (203", "the last verification "]


COMPARED: list[tuple[str, Totals, tuple[str, ...]]] = [
    (
        "too few",
        Totals(equal=9_999, skipped=500),
        ("9,999 reads were compared, of 10,000: see `crossfade shadow report`",),
    ),
    ("few that differ", Totals(equal=9_996, mismatch=4), ()),
    (
        "more that differ",
        Totals(equal=9_995, mismatch=5),
        (
            "of 10,000 compared reads 5 differed and 0 failed on the other store: up to 0.105% of all may, "
            "over 0.100%: see `crossfade shadow report`",
        ),
    ),
    ("few that failed", Totals(equal=9_996, mismatch=2, candidate_failed=2), ()),
    (
        "more that failed",
        Totals(equal=9_995, mismatch=2, candidate_failed=3),
        (
            "of 10,000 compared reads 2 differed and 3 failed on the other store: up to 0.105% of all may, "
            "over 0.100%: see `crossfade shadow report`",
        ),
    ),
    (
        "too few, and some of them bad",
        Totals(equal=10, mismatch=1),
        (
            "11 reads were compared, of 10,000: see `crossfade shadow report`",
            "of 11 compared reads 1 differed and 0 failed on the other store: up to 36.436% of all may, over 0.100%: "
            "see `crossfade shadow report`",
        ),
    ),
]


@pytest.mark.parametrize(("seen", "expected"), [c[1:] for c in COMPARED], ids=[c[0] for c in COMPARED])
def test_compared_reads(seen: Totals, expected: tuple[str, ...]) -> None:
    assert says(Stage.LIVE, replace(GOOD, shadow=seen)) == expected
    assert says(Stage.SHADOW, replace(GOOD, shadow=seen)) == ()


def test_fewer_comparisons_prove_less() -> None:
    seen = replace(GOOD, shadow=Totals(equal=100))
    assert says(Stage.LIVE, seen, Limits(comparisons=100)) == (
        "of 100 compared reads 0 differed and 0 failed on the other store: up to 2.951% of all may, over 0.100%: "
        "see `crossfade shadow report`",
    )
    assert says(Stage.LIVE, seen, Limits(comparisons=100, mismatches=0.03)) == ()


WAY_BACK: list[tuple[str, Facts, str]] = [
    (
        "no rehearsal",
        replace(GOOD, back=None),
        "the way back was not rehearsed within 1 day: run `crossfade verify --reverse`, which rebuilds every "
        "row from its item and compares it",
    ),
    (
        "an old rehearsal",
        replace(GOOD, back=replace(BACK, at=NOW - timedelta(days=2))),
        "the way back was not rehearsed within 1 day: run `crossfade verify --reverse`, which rebuilds every "
        "row from its item and compares it",
    ),
    (
        "a rehearsal that failed",
        replace(GOOD, back=found(BACK, different=3)),
        "`crossfade verify --reverse` found 3 differences: MySQL would not be equal",
    ),
    ("a stream", replace(GOOD, streams=("nobody reads it",)), "nobody reads it"),
    ("a stream that cannot be read", replace(GOOD, unread=("it is gone",)), "it is gone"),
    (
        "a verification of before the way back",
        replace(GOOD, past=Past(3, returned=4)),
        "the last verification began before the way back: run `crossfade verify`",
    ),
]


@pytest.mark.parametrize(("facts", "why"), [case[1:] for case in WAY_BACK], ids=[case[0] for case in WAY_BACK])
def test_what_keeps_a_group_from_its_flip(facts: Facts, why: str) -> None:
    assert says(Stage.LIVE, facts) == (why,)


PARKED = "2 entities could not be synced back to MySQL: see `crossfade relay --list`"


@pytest.mark.parametrize("to", [Stage.RAMP_DOWN, Stage.DYNAMODB])
def test_what_is_parked_keeps_a_group_from_leaving_mysql(to: Stage) -> None:
    found = replace(GOOD, parked=2, unread=("it is gone",), streams=("nobody reads it",))
    assert says(to, found) == (PARKED, "it is gone", "nobody reads it")


BEHIND = "MySQL did not follow for a while: run `crossfade backfill --reverse` and `crossfade verify --reverse`"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (GOOD, ()),
        (replace(GOOD, parked=2), (PARKED,)),
        (replace(GOOD, unread=("it is gone",), streams=("nobody reads it",)), ("it is gone",)),
        (replace(GOOD, past=Past(3, behind=5)), (BEHIND,)),
        (replace(GOOD, past=Past(3, behind=4)), ()),
        (replace(GOOD, past=Past(3, behind=5), back=None, parked=2), (BEHIND, PARKED)),
    ],
)
def test_what_keeps_mysql_from_its_authority(facts: Facts, why: tuple[str, ...]) -> None:
    assert back_reasons(Stage.SHADOW, facts) == why


@pytest.mark.parametrize("to", [Stage.MYSQL, Stage.DUAL_WRITE, Stage.LIVE, Stage.RAMP_DOWN])
def test_other_ways_back_need_no_reason(to: Stage) -> None:
    assert back_reasons(to, replace(GOOD, past=Past(behind=9), parked=2)) == ()
