"""What gates decide by, read from both stores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from crossfade.contract.errors import CrossfadeError
from crossfade.dal.observation import Totals
from crossfade.dal.stage import Stage
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stream_calls import stream_of
from crossfade.dynamodb.stream_item import checkpoint_of
from crossfade.migration.dual_write import Groups
from crossfade.migration.feed import tables_of
from crossfade.migration.gates import Facts
from crossfade.migration.past import past
from crossfade.mysql.history import history, latest
from crossfade.mysql.observations import MySQLObservations
from crossfade.mysql.parked import Parking
from crossfade.mysql.transaction import read


def facts_of(groups: Groups, group: str, stage: Stage, clock: Callable[[], datetime]) -> Facts:
    """What is known of a group.

    Args:
        groups: what writes share.
        group: the group's name.
        stage: where it stands: the streams are looked at only where the way back is the next question.
        clock: gives the current time as an aware datetime.

    Raises:
        StoreUnavailable: MySQL cannot be reached.
    """
    engine = groups.stores.mysql.engine
    backfill, verify, back, moves = read(
        engine,
        lambda t: (
            latest(t, group, "backfill"), latest(t, group, "verify"), latest(t, group, "verify_reverse"),
            history(t, group),
        ),
    )  # fmt: skip
    now = clock()
    known = past(moves)
    seen = MySQLObservations(engine).totals(group, known.since or now)
    return Facts(
        now, groups.outboxes[group].depth(), _tables(groups), backfill, verify, sum(seen.values(), Totals()),
        known, back, _streams(groups, group, now) if stage is Stage.SHADOW else (),
        Parking(engine, group, clock).count(),
    )  # fmt: skip


def _tables(groups: Groups) -> str | None:
    try:
        groups.stores.dynamodb.check()
    except CrossfadeError as error:
        return str(error)
    return None


_SIGN_OF_LIFE = 60.0  # seconds; whoever reads a stream gives one every second or so


def _streams(groups: Groups, group: str, now: datetime) -> tuple[str, ...]:
    """What is wrong with the streams that the way back needs."""
    dynamodb, says = groups.stores.dynamodb, []
    calls = Calls(dynamodb.clients)
    for table in tables_of(groups, [group]):
        try:
            stream_of(dynamodb.clients.reads, table)
            found = checkpoint_of(calls, dynamodb.layout.control_table, table)
        except CrossfadeError as error:
            says.append(str(error))
            continue
        if found is None or now.timestamp() - found.at > _SIGN_OF_LIFE:
            says.append(f"nobody reads the stream of {table}: run `crossfade relay`")
    return tuple(says)
