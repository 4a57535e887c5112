"""Item keys of the one table, by the contract: how they are made, whose they are, what a partition holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from crossfade.contract import load
from crossfade.contract.model import Contract
from crossfade.contract.template import Template
from crossfade.dal import Key, Range
from crossfade.dal.errors import InvalidValue
from crossfade.dal.key import make_key
from examples.coagent.entities import (
    BrandAudit,
    Competitor,
    MarketingPlan,
    OAuthToken,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    ReviewAnalysis,
    SavedContent,
    TrainingProgress,
    UserProfile,
)

T = TypeVar("T")
CONTRACT = Path(__file__).resolve().parents[2] / "contracts" / "examples" / "coagent" / "migrationContract.json"

KINDS: tuple[type[Any], ...] = (
    UserProfile, RealEstateAgentProfile, Review, BrandAudit, Competitor, ResearchReport, Project, SavedContent,
    TrainingProgress, MarketingPlan, ReviewAnalysis, OAuthToken,
)  # fmt: skip
"""The twelve entity types; each class is called what its entity is called in the contract."""


@dataclass(frozen=True, slots=True)
class ItemKey(Generic[T]):
    """Where an entity of one kind lies: partition and sort key, as in `USER#u1` and `PROJECT#01J...`."""

    kind: type[T]
    partition: str
    sort: str


@dataclass(frozen=True, slots=True)
class Slice:
    """What a partition holds of one kind, as the arguments of its access pattern `in_partition`."""

    kind: type[Any]
    args: Mapping[str, Any]


class Keys:
    """Item keys by a contract's templates.

    Args:
        contract: the contract.
    """

    def __init__(self, contract: Contract) -> None:
        self._entities = {kind: contract.entities[kind.__name__] for kind in KINDS}
        table = contract.table_of(KINDS[0].__name__)
        self._pk, self._sk = table.pk, str(table.sk)

    def key(self, kind: type[T], **fields: Any) -> ItemKey[T]:
        """The item key of an entity.

        Args:
            kind: its class.
            **fields: every field of its key.

        Raises:
            InvalidValue: a field is missing, unknown, null, or cannot be part of a key.
        """
        entity = self._entities[kind]
        known = make_key(entity, fields)
        return ItemKey(kind, str(entity.keys[self._pk].build(known)), str(entity.keys[self._sk].build(known)))

    def of(self, entity: T) -> ItemKey[T]:
        """The item key of an instance. Raises as `key`, also where the store has yet to give it an id."""
        kind = type(entity)
        return self.key(kind, **{field: getattr(entity, field) for field in self._entities[kind].key})

    def parsed(self, partition: str, sort: str) -> ItemKey[Any]:
        """The item key with the kind that it tells.

        Raises:
            InvalidValue: no kind has such keys.
        """
        for kind, entity in self._entities.items():
            if _read(entity.keys[self._pk], partition) is not None and _read(entity.keys[self._sk], sort) is not None:
                return ItemKey(kind, partition, sort)
        raise InvalidValue("key", f"no entity lies under {self._pk} {partition!r}, {self._sk} {sort!r}")

    def fields(self, key: ItemKey[Any]) -> Key:
        """The key in field terms, by which repositories know the entity.

        Raises:
            InvalidValue: it is no key of its kind.
        """
        entity = self._entities[key.kind]
        parts = _read(entity.keys[self._pk], key.partition), _read(entity.keys[self._sk], key.sort)
        if None in parts:
            raise InvalidValue("key", f"{key.partition!r}, {key.sort!r} is no key", entity=entity.name)
        return make_key(entity, {**(parts[0] or {}), **(parts[1] or {})})

    def slices(self, partition: str, prefix: str = "") -> list[Slice]:
        """What a partition may hold under sort keys that begin with `prefix`, in the order of the sort keys.

        Raises:
            InvalidValue: no kind lies in such a partition.
        """
        found: list[tuple[str, Slice]] = []
        kinds = {k: by for k, e in self._entities.items() if (by := _read(e.keys[self._pk], partition)) is not None}
        if not kinds:
            raise InvalidValue("partition", f"no entity lies under {self._pk} {partition!r}")
        for kind, by in kinds.items():
            template = self._entities[kind].keys[self._sk]
            literal = str(template.prefix({}))
            if literal.startswith(prefix):
                found.append((literal, Slice(kind, by)))
            elif template.slots and prefix.startswith(literal):
                within = Range(prefix=prefix.removeprefix(literal))
                found.append((literal, Slice(kind, {**by, template.slots[0].field: within})))
        # No literal begins with another one, so they stand in the order of the keys that are made of them.
        return [part for _, part in sorted(found, key=lambda pair: pair[0])]


@cache
def coagent_keys() -> Keys:
    """The keys of coagent's own contract."""
    return Keys(load(CONTRACT))


def _read(template: Template, text: str) -> dict[str, Any] | None:
    """The fields that a key is made of; None where the template makes no such key."""
    try:
        return template.parse(text)
    except ValueError:
        return None
