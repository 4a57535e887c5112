"""What a contract declares of an entity beside its attributes: ids, times, references, access patterns, estimates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

IdStrategy = Literal["auto_increment", "sequence", "ulid", "uuid7", "given"]
OnDelete = Literal["restrict", "cascade", "set_null"]
TimeUnit = Literal["s", "ms", "datetime"]


@dataclass(frozen=True, slots=True)
class IdRule:
    """Who makes an entity's id: see the strategies in `IdStrategy`."""

    field: str
    strategy: IdStrategy


@dataclass(frozen=True, slots=True)
class Timestamps:
    """Fields that crossfade sets at creation and at every change: as moments, or as numbers since 1970."""

    created: str | None = None
    updated: str | None = None
    unit: TimeUnit = "datetime"


@dataclass(frozen=True, slots=True)
class Ttl:
    """The field after which an entity has expired, and the unit of a numeric one."""

    field: str
    unit: TimeUnit


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference from this entity to another, as a foreign key has it.

    Attributes:
        fields: the referring fields, in the order of the other entity's key. A dotted field
            (`items.product_id`) lies in an owned child.
        entity: the entity referred to.
        on_delete: what deleting the other entity does.
        pattern: this entity's access pattern by which DynamoDB finds what refers to a key
            (needed for cascade and set_null).
        counted_by: the other entity's COUNT field over this reference (enough for restrict).
    """

    fields: tuple[str, ...]
    entity: str
    on_delete: OnDelete
    pattern: str | None = None
    counted_by: str | None = None


@dataclass(frozen=True, slots=True)
class AccessPattern:
    """A named, declared query of one entity.

    Attributes:
        by: fields given as equalities; `range`: the one field given as a range, which also is the sort.
        order: the direction of the sort, and of the key behind it.
        filter: fields that a caller may add as equalities or ranges.
        unique: at most one entity answers.
        index: the index to use; None lets the planner choose.
        scan: permission to read the whole table.
        rps: peak requests a second, for cost and partition estimates.
        items: entities that an ordinary request reads, before filters; for cost estimates.
    """

    name: str
    by: tuple[str, ...]
    id: str | None = None
    range: str | None = None
    order: Literal["asc", "desc"] = "asc"
    filter: tuple[str, ...] = ()
    unique: bool = False
    index: str | None = None
    scan: bool = False
    rps: float | None = None
    items: float | None = None
    description: str = ""
    path: str = "$"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What to expect of an entity, for cost and capacity. Whatever is None is not known, and not guessed.

    Attributes:
        items: how many there are.
        item_size_bytes: their mean size as items; where not known, the table's `estimated_item_size_bytes`.
        get_rps, create_rps, put_rps, update_rps, delete_rps: peak calls a second of the repository's operations.
        updates: the fields that an ordinary update changes; empty where not known.
    """

    items: int | None = None
    item_size_bytes: int | None = None
    get_rps: float | None = None
    create_rps: float | None = None
    put_rps: float | None = None
    update_rps: float | None = None
    delete_rps: float | None = None
    updates: tuple[str, ...] = ()
