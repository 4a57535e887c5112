"""What a write asks of DynamoDB, as pure values: one action an item, what it demands, and what a refusal means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crossfade.contract.lookup import Lookup
from crossfade.dal.change import Change
from crossfade.dal.key import Key
from crossfade.dal.prepare import Delete, Update
from crossfade.dynamodb.guards import Guard
from crossfade.dynamodb.wire import AttributeValue, Item, KeyId, key_id

# ------------------------------------------------------------------------------------------- refusals


@dataclass(frozen=True, slots=True)
class Changed:
    """The item is not what was read: read and plan again.

    Attributes:
        seen: the caller was told what was read, so that planning again is not enough.
    """

    entity: str
    key: Item
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Occupied:
    """Another item lies where the one of `key` should."""

    entity: str
    key: Key


@dataclass(frozen=True, slots=True)
class Held:
    """The lookup item `text`, which `key` should have, belongs to another entity, or to the same one already."""

    entity: str
    key: Key
    lookup: Lookup
    text: str


@dataclass(frozen=True, slots=True)
class Astray:
    """The lookup item `text`, which was to be removed or led elsewhere, belongs to another entity."""

    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The entity `target` with `target_key`, to which `fields` of `entity` refer, is not at its item key."""

    entity: str
    fields: tuple[str, ...]
    target: str
    target_key: Key


@dataclass(frozen=True, slots=True)
class Stale:
    """A record from which others take values has changed, moved or gone since it was read: read and plan again."""

    entity: str
    key: Key


@dataclass(frozen=True, slots=True)
class Unmet:
    """An update or delete without a read found no such entity, or one that does not fulfil it."""

    entity: str
    asked: Update | Delete


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What follows from an earlier change of the entity has not all been done."""

    entity: str
    key: Key


Refusal = Changed | Occupied | Held | Astray | Missing | Stale | Unmet | Unfinished


class Refused(Exception):
    """A write that was not made: which demands were not met, each with the item as it was (None: there was none).

    Attributes:
        final: the write contradicts itself; trying again is no use.
    """

    def __init__(self, *found: tuple[Refusal, Item | None], final: bool = False) -> None:
        self.found = found
        self.final = final
        super().__init__(", ".join(type(refusal).__name__ for refusal, _ in found))


@dataclass(frozen=True, slots=True)
class Demand:
    """What an action demands of the item as it is.

    Attributes:
        guard: what must hold.
        otherwise: what it means if it does not.
        after: it is meant of the item as the transaction leaves it: a put of the same item may fulfil it.
    """

    guard: Guard
    otherwise: Refusal
    after: bool = False


# -------------------------------------------------------------------------------------------- actions


@dataclass(frozen=True, slots=True)
class PutItem:
    """Write a whole item. `table` is the full name, here and below."""

    table: str
    key: Item
    item: Item
    demands: tuple[Demand, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateItem:
    """Change fields of an item, and attributes that are no fields (None removes one)."""

    table: str
    key: Item
    entity: str
    changes: Mapping[str, Change]
    attributes: Mapping[str, AttributeValue | None] = field(default_factory=dict)
    demands: tuple[Demand, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteItem:
    """Delete an item; `tombstone` is what is left in its place."""

    table: str
    key: Item
    demands: tuple[Demand, ...] = ()
    tombstone: Item | None = None


@dataclass(frozen=True, slots=True)
class CheckItem:
    """Demand something of an item that is not written."""

    table: str
    key: Item
    demands: tuple[Demand, ...] = ()


Action = PutItem | UpdateItem | DeleteItem | CheckItem


def target(action: Action) -> tuple[str, KeyId]:
    """What tells the item of an action from others."""
    return action.table, key_id(action.key)
