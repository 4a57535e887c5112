"""The tables that crossfade has in MySQL while a move goes on: where it stands, what it saw, what is still to be done.

They are plain enough for MySQL 8.0, MariaDB 10.6 and SQLite alike. Times are UTC: every connection of
`engine.create` is.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

METADATA = sa.MetaData()

_TIME: sa.types.TypeEngine[Any] = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_DOCUMENT: sa.types.TypeEngine[Any] = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
# SQLite counts by itself in a column of exactly this type.
_NUMBER: sa.types.TypeEngine[Any] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_GROUP = sa.String(64)


def _table(name: str, *parts: sa.Column[Any] | sa.Index) -> sa.Table:
    # Names compare as they are written.
    options: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
    # Rows are removed by their id, so none may come back: SQLite gives the id of a last row that is gone to the next.
    options["sqlite_autoincrement"] = any(isinstance(p, sa.Column) and p.autoincrement is True for p in parts)
    return sa.Table(f"crossfade_{name}", METADATA, *parts, **options)


STAGE = _table(
    "stage",
    sa.Column("group_name", _GROUP, primary_key=True),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("ahead", sa.Integer, nullable=False),
    sa.Column("target", sa.String(320), nullable=True),
    sa.Column("changed_at", _TIME, nullable=False),
)
"""Where each group stands, how many percent of its keys stand one stage `ahead`, and which tables it is moved to. Every
write reads its row under a lock; a move changes it."""

OUTBOX = _table(
    "outbox",
    sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("group_name", _GROUP, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("place", sa.String(64), nullable=False),
    sa.Column("detail", _DOCUMENT, nullable=False),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Column("due_at", _TIME, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("error", _DOCUMENT, nullable=True),
    sa.Index("crossfade_outbox_due", "group_name", "due_at"),
    sa.Index("crossfade_outbox_place", "group_name", "place"),
)
"""What a committed change still has to be carried to. `place` is a digest of what `detail` names."""

HISTORY = _table(
    "history",
    sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("group_name", _GROUP, nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("from_stage", sa.String(16), nullable=False),
    sa.Column("to_stage", sa.String(16), nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("ahead", sa.Integer, nullable=False),
    sa.Column("detail", _DOCUMENT, nullable=False),
)
"""Every move; `detail` has who made it, why, whether it was forced, and the evidence that it was made on."""

EVIDENCE = _table(
    "evidence",
    sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("group_name", _GROUP, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("detail", _DOCUMENT, nullable=False),
    sa.Index("crossfade_evidence_kind", "group_name", "kind", "id"),
)
"""What a move may be made on: backfills and verifications that came to their end, with the epoch they began in."""

SHADOW_TOTALS = _table(
    "shadow_totals",
    sa.Column("group_name", _GROUP, primary_key=True),
    sa.Column("entity", sa.String(255), primary_key=True),
    sa.Column("window_start", _TIME, primary_key=True),
    sa.Column("outcome", sa.String(20), primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)
"""How often shadow reads ended how, by window."""

SHADOW_MISMATCH = _table(
    "shadow_mismatch",
    sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("group_name", _GROUP, nullable=False),
    sa.Column("entity", sa.String(255), nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index("crossfade_shadow_mismatch_of", "group_name", "entity", "id"),
)
"""The most recent mismatches of shadow reads."""

REV = _table(
    "rev",
    sa.Column("group_name", _GROUP, primary_key=True),
    sa.Column("place", sa.String(64), primary_key=True),
    sa.Column("token", sa.String(64), nullable=True),
    sa.Column("at", _TIME, nullable=False),
)
"""The entities that DynamoDB's items were copied back of: whoever copies one holds its row meanwhile. `place` is a
digest of the entity and its key, `token` that of the item, null where there was none."""

PARKED = _table(
    "parked",
    sa.Column("group_name", _GROUP, primary_key=True),
    sa.Column("place", sa.String(64), primary_key=True),
    sa.Column("entity", sa.String(255), nullable=False),
    sa.Column("detail", _DOCUMENT, nullable=False),
    sa.Column("first_at", _TIME, nullable=False),
    sa.Column("last_at", _TIME, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", _TIME, nullable=False),
    sa.Index("crossfade_parked_due", "group_name", "due_at"),
)
"""The entities that are still to be copied back; `place` as in `REV`, `detail` has the key, the item key and why."""
