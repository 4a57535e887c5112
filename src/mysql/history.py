"""The history of moves, and the evidence that they are made on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from crossfade.dal.stage import Stage, Standing, parse_stage
from crossfade.mysql.own_tables import EVIDENCE, HISTORY
from crossfade.mysql.transaction import Transaction

Kind = Literal["backfill", "verify", "verify_reverse"]


@dataclass(frozen=True, slots=True)
class Moved:
    """One move.

    Attributes:
        at: when.
        origin: the stage before it.
        standing: where the group stood after it.
        detail: who made it, why, whether it was forced, and the evidence.
    """

    at: datetime
    origin: Stage
    standing: Standing
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A backfill or a verification that came to its end.

    Attributes:
        kind: which.
        epoch: of the group when it began.
        at: when it ended.
        detail: what it found.
    """

    kind: Kind
    epoch: int
    at: datetime
    detail: Mapping[str, Any]


def note_move(transaction: Transaction, group: str, moved: Moved) -> None:
    """Add a move to the history, in its own transaction."""
    values = {
        "group_name": group, "at": _stored(moved.at), "from_stage": moved.origin.value,
        "to_stage": moved.standing.stage.value, "epoch": moved.standing.epoch, "ahead": moved.standing.ahead,
        "detail": _text(moved.detail),
    }  # fmt: skip
    transaction.execute(HISTORY.insert().values(values))


def history(transaction: Transaction, group: str) -> list[Moved]:
    """Every move of a group, the first one first."""
    h = HISTORY.c
    chosen = (
        sa.select(h.at, h.from_stage, h.to_stage, h.epoch, h.ahead, h.detail)
        .where(HISTORY.c.group_name == group)
        .order_by(HISTORY.c.id)
    )
    return [
        Moved(_read(at), parse_stage(origin), Standing(parse_stage(to), int(epoch), int(ahead)), json.loads(detail))
        for at, origin, to, epoch, ahead, detail in map(tuple, transaction.rows(chosen))
    ]


def last_move(transaction: Transaction, group: str) -> datetime | None:
    """When a group came to where it stands; None where it never moved."""
    chosen = sa.select(sa.func.max(HISTORY.c.at)).where(HISTORY.c.group_name == group)
    ((at,),) = map(tuple, transaction.rows(chosen))
    return None if at is None else _read(at)


def note_evidence(transaction: Transaction, group: str, evidence: Evidence) -> None:
    """Add evidence."""
    values = {
        "group_name": group, "kind": evidence.kind, "epoch": evidence.epoch, "at": _stored(evidence.at),
        "detail": _text(evidence.detail),
    }  # fmt: skip
    transaction.execute(EVIDENCE.insert().values(values))


def latest(transaction: Transaction, group: str, kind: Kind) -> Evidence | None:
    """The latest evidence of a kind."""
    chosen = (
        sa.select(EVIDENCE.c.epoch, EVIDENCE.c.at, EVIDENCE.c.detail)
        .where(EVIDENCE.c.group_name == group, EVIDENCE.c.kind == kind)
        .order_by(EVIDENCE.c.id.desc())
        .limit(1)
    )
    for epoch, at, detail in map(tuple, transaction.rows(chosen)):
        return Evidence(kind, int(epoch), _read(at), json.loads(detail))
    return None


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True)


def _stored(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _read(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
