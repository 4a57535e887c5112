"""Repair: sync every item key that a report names, and look at each once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from crossfade.contract.errors import InvalidValue
from crossfade.dal.errors import CapacityExceeded, StoreError, StoreUnavailable
from crossfade.dynamodb.expected import Expected, Owner, tombstone
from crossfade.dynamodb.ids import counter_key
from crossfade.dynamodb.tables import OWN_KEY
from crossfade.dynamodb.wire import wire_of
from crossfade.migration.compare import Compared
from crossfade.migration.counters import Counters, id_fields
from crossfade.migration.redact import key_from_texts, reason_of
from crossfade.migration.report import Difference, Kind, Report, ReportError
from crossfade.migration.stores import Stores
from crossfade.migration.sync import Place, Sync
from crossfade.mysql.transaction import read

Outcome = Literal["written", "deleted", "nothing", "left", "failed"]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of one difference.

    Attributes:
        outcome: the item was `written`, or `deleted` (a tombstone lies there now); `nothing`, because neither store
            has anything there; `left`, because nothing can be done about it here; `failed`.
        equal: whether the second look found what MySQL says.
        reason: why it was not written.
    """

    difference: Difference
    outcome: Outcome
    equal: bool
    reason: str = ""


def plan_repair(
    stores: Stores, report: Report, *, kinds: tuple[Kind, ...] = (), entities: tuple[str, ...] = ()
) -> list[Difference]:
    """The differences of a report that are to be repaired, those of one item key once.

    Args:
        stores: both stores.
        report: what `verify` wrote.
        kinds, entities: only these; all where empty.

    Raises:
        ReportError: it is of the way back, of another contract or other tables, or names what they do not have.
            Nothing was written.
    """
    if report.direction == "reverse":
        raise ReportError(
            "the report is of a verification in reverse, and repair writes to DynamoDB alone: rows that are missing "
            "are made by `crossfade backfill --reverse --restart`; rows that differ or are extra are named in the "
            "report, to be put right in MySQL"
        )
    fingerprint, prefix = stores.contract.fingerprint, stores.dynamodb.prefix
    if report.fingerprint != fingerprint:
        raise ReportError(
            f"the report is of another contract ({report.fingerprint[:12]}, not {fingerprint[:12]}): verify again"
        )
    if report.prefix != prefix:
        raise ReportError(f"the report is of the table prefix {report.prefix!r}, not {prefix!r}")
    for number, difference in enumerate(report.differences):
        _check(stores, difference, f"$.differences[{number}]")
    chosen = [
        d
        for d in report.differences
        if (not kinds or d.kind in kinds) and (not entities or (d.entity or "") in entities)
    ]
    return list({d.place if d.item_key else repr(d): d for d in reversed(chosen)}.values())[::-1]


def repair(
    sync: Sync,
    differences: list[Difference],
    *,
    workers: int = 4,
    on_progress: Callable[[Repaired], None] = lambda repaired: None,
) -> list[Repaired]:
    """Sync the item key of each difference and look at it again. Safe under live writes, and to repeat.

    Args:
        sync: syncs one item key.
        differences: from `plan_repair`.
        workers: how many at a time.
        on_progress: told of each.

    Raises:
        StoreError: a store cannot be reached; what was repaired before stays so.
    """
    with ThreadPoolExecutor(workers, "repair") as pool:
        try:
            return list(_told(pool.map(lambda d: _repaired(sync, d), differences), on_progress))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def check_mysql_decides(sync: Sync) -> None:
    """Ask beforehand what each write asks again: whether MySQL still decides.

    Raises:
        Refused: DynamoDB decides for a group, or for a share of its keys.
        StoreUnavailable: MySQL cannot be reached.
    """
    read(sync.stores.mysql.engine, lambda transaction: sync.fence(transaction, ()))


def why_left(difference: Difference) -> str | None:
    """Why repair can do nothing about a difference; None where it can."""
    if difference.entity is None:
        return "it belongs to no entity of the contract: if nobody needs it, delete it by hand"
    return None if difference.item_key else difference.reason


def _told(found: Iterator[Repaired], tell: Callable[[Repaired], None]) -> Iterator[Repaired]:
    for repaired in found:
        tell(repaired)
        yield repaired


def _repaired(sync: Sync, difference: Difference) -> Repaired:
    left, entity = why_left(difference), difference.entity
    if left is not None or entity is None:
        return Repaired(difference, "left", equal=False, reason=left or "")
    if difference.table == sync.stores.dynamodb.layout.control_table:
        return _counter_raised(sync, difference, entity)
    place = Place(difference.table, difference.item_key, _hints(sync.stores, difference))
    try:
        if sync.look(place).item is None and _expected(sync, place) is None:
            return Repaired(difference, "nothing", equal=True, reason="there is no item, and no row has this item key")
        outcome = sync.sync(place).outcome
        return Repaired(difference, outcome, equal=_as_mysql_says(sync, place))
    except (InvalidValue, StoreError) as error:
        if isinstance(error, (StoreUnavailable, CapacityExceeded)):
            raise  # the store is lost, for the others too
        reason = reason_of(error, sync.stores.contract.entities[entity])
        return Repaired(difference, "failed", equal=False, reason=reason)
    except ValueError:
        return Repaired(difference, "failed", equal=False, reason="nothing says which row has this item key")


def _counter_raised(sync: Sync, difference: Difference, entity: str) -> Repaired:
    counters = Counters(sync.stores, sync.calls)
    counters.raise_(entity)
    return Repaired(difference, "written", equal=counters.look(entity) is None)


def _as_mysql_says(sync: Sync, place: Place) -> bool:
    """Whether the item is what MySQL says; looked at a second time where live writes came between."""
    return any(_equal_now(sync, place) for _ in range(3))


def _expected(sync: Sync, place: Place) -> Expected | None:
    engine = sync.stores.mysql.engine
    return read(engine, lambda t: sync.owners.expected(t, place.table, place.key, place.hints))[0]


def _equal_now(sync: Sync, place: Place) -> bool:
    expected, item = _expected(sync, place), sync.look(place).item
    if expected is None or item is None or tombstone(item):
        return expected is None and (item is None or tombstone(item))
    return not Compared(sync.stores.dynamodb.layout.of(expected.entity), expected, item).fields


def _hints(stores: Stores, difference: Difference) -> tuple[Owner, ...]:
    if difference.entity is None or difference.key is None:
        return ()
    key = key_from_texts(stores.contract.entities[difference.entity], difference.key)
    return () if key is None else (Owner(difference.entity, key),)


def _check(stores: Stores, difference: Difference, where: str) -> None:
    """Raise ReportError if a difference names what the contract's tables do not have."""
    layout, contract = stores.dynamodb.layout, stores.contract
    if difference.entity is not None and difference.entity not in contract.entities:
        raise ReportError(f"{where}.entity: the contract has no entity {difference.entity!r}")
    types = {name: {OWN_KEY: "S"} for name in (layout.lookup_table, layout.control_table)}
    for table in contract.tables.values():
        names = (table.pk,) if table.sk is None else (table.pk, table.sk)
        types[layout.prefix + table.name] = {n: table.key_types.get(n, "S") for n in names}
    if difference.table not in types:
        raise ReportError(f"{where}.table: {difference.table!r} is none of the contract's tables")
    found = {name: wire_of(value) for name, value in difference.item_key.items()}
    if found and found != types[difference.table]:
        raise ReportError(f"{where}.item_key: {difference.table} has the key {types[difference.table]}, not {found}")
    counters = {name: counter_key(name) for name in id_fields(contract)}
    if difference.table == layout.control_table and counters.get(difference.entity or "") != difference.item_key:
        raise ReportError(f"{where}.item_key: of {difference.table}, only the counters of entities are repaired")
