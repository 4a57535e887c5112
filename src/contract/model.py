"""The contract in memory: frozen values, no behaviour beyond look-ups.

`load` builds these from JSON and resolves every default, so that nothing downstream asks which
version or form the file had.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from crossfade.contract.fold import Fold
from crossfade.contract.model_derivation import Derivation, ToMany, Transformation
from crossfade.contract.model_rules import AccessPattern, Estimate, IdRule, Reference, Timestamps, Ttl
from crossfade.contract.seed import TableSeed
from crossfade.contract.template import Template
from crossfade.contract.types import ValueType

AttributeType = Literal["S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL"]
KeyType = Literal["S", "N", "B"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A stored attribute, and (unless it is plumbing) the field behind it.

    Attributes:
        name: the attribute's name in DynamoDB.
        type: its DynamoDB type.
        field: the field's name; equals `name` unless the contract says otherwise.
        plumbing: stored only to be a key; the application never sees it.
        columns: the source columns; one for a plain field.
        value_type: what the application sees (and, with `format`, what is stored).
        derivation: how a joined or calculated value comes about; None for a plain column.
        writable: whether the application may set the field: a plain column or an owned json-construction.
        maintain: for a joined value, whether it is kept equal (`propagate`) or set once (`snapshot`).
        fold: emulation of the source column's collation in keys.
        nullable: whether the field may be None.
        default: the column's constant default, which stands in for None at creation where the field
            must not be None; None where there is none.
        path: JSON path of its definition, for messages.
    """

    name: str
    type: AttributeType
    field: str
    value_type: ValueType
    plumbing: bool = False
    source_table: str | None = None
    columns: tuple[str, ...] = ()
    derivation: Derivation | None = None
    transformation: Transformation | None = None
    format: str | None = None
    maintain: Literal["propagate", "snapshot"] | None = None
    fold: Fold | None = None
    nullable: bool = True
    default: Any = None
    denormalized: bool = False
    justification: str | None = None
    path: str = "$"

    @property
    def column(self) -> str | None:
        """The single source column of a plain field, or None."""
        plain = self.derivation is None and self.transformation is None and len(self.columns) == 1
        return self.columns[0] if plain else None

    @property
    def writable(self) -> bool:
        """Whether the application may set this field."""
        if isinstance(self.derivation, ToMany):
            return self.derivation.owned
        return self.column is not None and not self.plumbing


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. `attributes` lists the extra projected ones for INCLUDE."""

    name: str
    pk: str
    sk: str | None = None
    projection: Literal["ALL", "KEYS_ONLY", "INCLUDE"] = "ALL"
    attributes: tuple[str, ...] = ()
    path: str = "$"


WHOLE_ANSWER = ("(keys)", "(count)")
"""What a tolerance may name that is no field: which records an answer has, in what order; how many there are."""


@dataclass(frozen=True)
class Entity:
    """One kind of record: what it is made of, what identifies it, how it is stored and asked for.

    Attributes:
        keys: for every key attribute of the table and its indexes (`PK`, `GSI1SK` ...), the template that
            makes it from this entity's fields; an index whose attributes are missing here does not hold
            this entity.
        key: the identity's fields, the same on both stores.
        tolerate: by field, or one of `WHOLE_ANSWER`, the reason why shadow reads may differ in it.
        seed: what made-up rows look like, where the contract says so.
    """

    name: str
    table: str
    source_table: str
    attributes: tuple[Attribute, ...]
    keys: Mapping[str, Template]
    key: tuple[str, ...]
    id: IdRule | None = None
    version_field: str | None = None
    timestamps: Timestamps = field(default_factory=Timestamps)
    unique: tuple[tuple[str, ...], ...] = ()
    ttl: Ttl | None = None
    envelope: str | None = None
    sensitive: frozenset[str] = frozenset()
    tolerate: Mapping[str, str] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    access_patterns: Mapping[str, AccessPattern] = field(default_factory=dict)
    seed: TableSeed | None = None
    estimate: Estimate = field(default_factory=Estimate)
    path: str = "$"

    @cached_property
    def fields(self) -> Mapping[str, Attribute]:
        """The attributes that the application sees, by field name, in the contract's order."""
        return {a.field: a for a in self.attributes if not a.plumbing}

    @cached_property
    def writable(self) -> frozenset[str]:
        """The fields that the application may set."""
        return frozenset(name for name, attribute in self.fields.items() if attribute.writable)


@dataclass(frozen=True, slots=True)
class Deployment:
    """How a table is deployed."""

    ttl_attribute: str | None = None
    stream: str | None = None
    point_in_time_recovery: bool = False
    billing: str = "PAY_PER_REQUEST"
    deletion_protection: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    removal: Literal["retain", "destroy"] = "retain"


@dataclass(frozen=True)
class Table:
    """A DynamoDB table. `key_types` has the type of every key attribute, of indexes too."""

    name: str
    pk: str
    sk: str | None
    key_types: Mapping[str, KeyType]
    indexes: tuple[Index, ...] = ()
    type_attribute: str = "_type"
    entities: tuple[str, ...] = ()
    deployment: Deployment = Deployment()
    estimated_item_size_bytes: int | None = None
    satisfies: tuple[str, ...] = ()
    path: str = "$"

    def index(self, name: str) -> Index:
        """The index called `name`; KeyError if there is none."""
        return next((i for i in self.indexes if i.name == name), None) or _missing(name)


def _missing(name: str) -> Index:
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that `load` decided by itself; lint tells it.

    Attributes:
        kind: what was decided: a field was added for a column (`implied-field`, or `implied-key` where a key
            attribute is no attribute at all), the identity was read off the item key (`inferred-key`), a
            construction was read as an object of the row's own columns (`own-columns`).
        path: JSON path of what it was decided about.
    """

    kind: Literal["implied-field", "implied-key", "inferred-key", "own-columns"]
    path: str
    message: str


@dataclass(frozen=True)
class Contract:
    """A whole migration contract, validated.

    Attributes:
        version: 1 (the workshop's format) or 2.
        tables, entities: by name.
        groups: the entities that change stage together, by group name.
        source: where it was read from, for messages.
        fingerprint: hexadecimal SHA-256 of its canonical JSON; ties checkpoints and cursors to it.
        notes: what `load` decided by itself.
        definition: the JSON it was read from, to read it again with more known about its source.
    """

    version: int
    tables: Mapping[str, Table]
    entities: Mapping[str, Entity]
    groups: Mapping[str, tuple[str, ...]]
    source: str = "<memory>"
    fingerprint: str = ""
    notes: tuple[Note, ...] = ()
    definition: Any = field(default=None, repr=False, compare=False)

    def table_of(self, entity: str) -> Table:
        """The table that holds `entity`."""
        return self.tables[self.entities[entity].table]
