"""The rows that say where groups stand, their history, and the evidence for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.stage import Stage, Standing
from crossfade.mysql.history import (
    Evidence,
    Moved,
    history,
    last_move,
    latest,
    note_evidence,
    note_move,
)
from crossfade.mysql.own_tables import EVIDENCE, HISTORY, METADATA, STAGE
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import Transaction, read, run

NOW = datetime(2034, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
ROWS = StageRows(["shop", "attic"])


@pytest.fixture
def installed(engine: sa.Engine) -> sa.Engine:
    """An engine on the tables, the groups at the first stage."""
    METADATA.create_all(engine, tables=[STAGE, HISTORY, EVIDENCE])
    run(engine, lambda t: ROWS.begin(t, NOW))
    return engine


def moves(engine: sa.Engine, *stages: Stage) -> list[Moved]:
    """Move the group shop through stages, an hour each."""
    made = []

    def work(transaction: Transaction, stage: Stage) -> None:
        standing = ROWS.hold(transaction, "shop")
        at = NOW + timedelta(hours=standing.epoch)
        moved = Moved(at, standing.stage, standing.to(stage), {"who": "Åsa", "forced": False})
        ROWS.move(transaction, "shop", moved.standing, moved.at)
        note_move(transaction, "shop", moved)
        made.append(moved)

    for stage in stages:
        run(engine, lambda t, stage=stage: work(t, stage))  # type: ignore[misc]  # binds the loop's value
    return made


def test_what_was_not_installed_says_how(engine: sa.Engine) -> None:
    with pytest.raises(SchemaMismatch, match="crossfade has no tables here: run `crossfade install`"):
        read(engine, ROWS.look)


def test_groups_begin_at_the_first_stage_and_stay_where_they_are(installed: sa.Engine) -> None:
    assert read(installed, ROWS.look) == {"shop": Standing(), "attic": Standing()}
    moves(installed, Stage.DUAL_WRITE)
    run(installed, lambda t: StageRows(["attic", "new", "shop"]).begin(t, NOW))
    found = read(installed, StageRows(["attic", "new", "shop"]).look)
    assert found == {"shop": Standing(Stage.DUAL_WRITE, 1), "attic": Standing(), "new": Standing()}


def test_a_group_of_which_nothing_is_known_says_how(installed: sa.Engine) -> None:
    says = "nothing says where the group cellar stands: run `crossfade install`"
    for act in (StageRows(["cellar"]).look, StageRows(["cellar"]).share, lambda t: ROWS.hold(t, "cellar")):
        with pytest.raises(SchemaMismatch, match=says):
            run(installed, act)


def test_a_move_is_seen_from_its_commit_on(installed: sa.Engine) -> None:
    with Transaction(installed, writes=True) as transaction:
        ROWS.move(transaction, "shop", Standing(Stage.DUAL_WRITE, 1), NOW)
        assert ROWS.hold(transaction, "shop") == Standing(Stage.DUAL_WRITE, 1)
    assert read(installed, ROWS.look)["shop"] == Standing()
    moves(installed, Stage.DUAL_WRITE)
    assert run(installed, ROWS.share)["shop"] == Standing(Stage.DUAL_WRITE, 1)
    assert read(installed, ROWS.look)["attic"] == Standing()


def test_the_history_keeps_every_move_in_order(installed: sa.Engine) -> None:
    made = moves(installed, Stage.DUAL_WRITE, Stage.SHADOW, Stage.DUAL_WRITE)
    assert read(installed, lambda t: history(t, "shop")) == made
    assert read(installed, lambda t: history(t, "attic")) == []
    assert read(installed, lambda t: last_move(t, "shop")) == NOW + timedelta(hours=2)
    assert read(installed, lambda t: last_move(t, "attic")) is None


def test_the_latest_evidence_of_a_kind_counts(installed: sa.Engine) -> None:
    found = [
        Evidence("backfill", 1, NOW, {"rows": 1}),
        Evidence("verify", 1, NOW.astimezone(timezone(timedelta(hours=5))), {"different": 0}),
        Evidence("backfill", 2, NOW - timedelta(days=1), {"rows": 2, "reason": "ø"}),
    ]
    for one in found:
        run(installed, lambda t, one=one: note_evidence(t, "shop", one))  # type: ignore[misc]  # binds the loop's value
    assert read(installed, lambda t: latest(t, "shop", "backfill")) == found[2]
    assert read(installed, lambda t: latest(t, "shop", "verify")) == found[1]
    assert read(installed, lambda t: latest(t, "attic", "verify")) is None
