"""What a verification found: frozen values, and how they are written; `report_read` reads them."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal, get_args

from crossfade.dynamodb.wire import Item, key_id
from crossfade.migration.private import write_private
from crossfade.migration.report_json import ReportError, encode_bytes, item_key_from

__all__ = ["ReportError", "encode_bytes", "item_key_from"]

Kind = Literal["mismatch", "missing", "extra", "undecodable"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Direction = Literal["forward", "reverse"]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field (or plumbing attribute) that differs; the values as text, None where absent."""

    field: str
    source: str | None
    target: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that is not as the source says.

    Attributes:
        kind: `mismatch`, other values; `missing` in the target; `extra`, the source has nothing for it; `undecodable`,
            it does not hold what the contract says.
        entity: the entity's name; None where no entity of the contract has such an item.
        table: the full name of its table in DynamoDB.
        item_key: its item key; empty for a row that has no item.
        key: the entity's own key, as text; None where it cannot be told.
        lookup: whether it is a lookup item.
        sensitive: whether its item key may hold the value of a sensitive field: it stands in the report, as repair
            needs it, and is not to be shown.
        reason: what is wrong, where the fields do not say it.
        fields: what differs; of the first examples alone.
    """

    kind: Kind
    entity: str | None
    table: str
    item_key: Item
    key: Mapping[str, str] | None = None
    lookup: bool = False
    sensitive: bool = False
    reason: str = ""
    fields: tuple[FieldDifference, ...] = ()

    @property
    def unreadable(self) -> bool:
        """Whether it is a row of which no item can be made."""
        return self.kind == "undecodable" and not self.item_key

    @property
    def place(self) -> Hashable:
        """What tells it from others: the item key, or else the row's own key."""
        if self.item_key:
            return self.table, key_id(self.item_key)
        return self.entity, tuple(sorted((self.key or {}).items()))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of one entity.

    Attributes:
        rows: rows in MySQL that were looked at, expired ones left out.
        equal: of these, those all of whose items are as they should be.
        mismatch, missing, extra, undecodable: items, by kind.
        lag: items that differed at first, and then no more.
        unreadable: rows of which no item can be made.
        expired: rows and items whose time to live has passed.
        tombstones: items that mark deleted ones.
    """

    rows: int = 0
    equal: int = 0
    mismatch: int = 0
    missing: int = 0
    extra: int = 0
    undecodable: int = 0
    lag: int = 0
    unreadable: int = 0
    expired: int = 0
    tombstones: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def different(self) -> int:
        """Everything that keeps the stores from being equal."""
        return self.mismatch + self.missing + self.extra + self.undecodable + self.unreadable


@dataclass(frozen=True, slots=True)
class Report:
    """One verification.

    Attributes:
        fingerprint, contract: of the contract, and where it was read from.
        prefix: before every table's name.
        started, finished: in ISO 8601, UTC.
        sample: the share of keys that was looked at, from 0 to 1.
        extras: whether DynamoDB was scanned for items that no row explains.
        entities: the counts, by entity; "" has what belongs to none.
        differences: what differs, in no order.
        truncated: whether there were more than the report keeps.
        notes: what else is to be known.
        direction: `forward`, MySQL is the source; `reverse`, DynamoDB is.
    """

    fingerprint: str
    contract: str
    prefix: str
    started: str
    finished: str
    sample: float
    extras: bool
    entities: Mapping[str, Counts]
    differences: tuple[Difference, ...] = ()
    truncated: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)
    direction: Direction = "forward"

    @property
    def sides(self) -> tuple[str, str]:
        """The names of source and target."""
        return ("MySQL", "DynamoDB") if self.direction == "forward" else ("DynamoDB", "MySQL")

    @property
    def total(self) -> Counts:
        """All entities together."""
        return sum(self.entities.values(), Counts())

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return self.total.different == 0


def write_report(report: Report, path: Path) -> None:
    """Write a report: whole or not at all, and for its owner alone, as item keys stand in it, sensitive ones too."""
    write_private(dumps(report), path)


def dumps(report: Report) -> str:
    """A report as JSON."""
    return json.dumps(
        {"crossfade_report": FORMAT, **asdict(report)}, indent=1, ensure_ascii=False, default=encode_bytes
    )
