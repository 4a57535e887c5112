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
from crossfade.dynamodb.stream_shards import check_age
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
        stage: where it stands: the streams are looked at only where MySQL follows, or is to follow next.
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
    unread, streams = _streams(groups, group, now) if stage in _READ else ((), ())
    return Facts(
        now, groups.outboxes[group].depth(), _tables(groups), backfill, verify, sum(seen.values(), Totals()),
        known, back, unread, streams, Parking(engine, group, clock).count(),
    )  # fmt: skip


def _tables(groups: Groups) -> str | None:
    try:
        groups.stores.dynamodb.check()
    except CrossfadeError as error:
        return str(error)
    return None


_READ = frozenset({Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN})
_SIGN_OF_LIFE = 15.0  # seconds; whoever reads a stream gives one every second or so
_LAG = 120.0  # seconds; DynamoDB Local dates changes by the minute


def _streams(groups: Groups, group: str, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why the streams of a group's tables cannot be read, and of the others why what they bring may not be in MySQL."""
    dynamodb, unread, says = groups.stores.dynamodb, list[str](), list[str]()
    calls = Calls(dynamodb.clients)
    for table in tables_of(groups, [group]):
        try:
            stream = stream_of(dynamodb.clients.reads, table)
            found = checkpoint_of(calls, dynamodb.layout.control_table, table)
            if found is not None:
                check_age(found, stream.arn, table, now.timestamp())
        except CrossfadeError as error:
            unread.append(str(error))
            continue
        if found is None or now.timestamp() - found.at > _SIGN_OF_LIFE:
            says.append(f"nobody reads the stream of {table}: run `crossfade relay`")
        elif found.until and (behind := now.timestamp() - found.until) > _LAG:
            says.append(f"the stream of {table} was read until {behind:.0f} s ago: let `crossfade relay` catch up")
    return tuple(unread), tuple(says)
