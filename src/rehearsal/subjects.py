"""What a rehearsal does with an entity of any contract: which field tells its writes apart, and what records it makes.

Every write of a rehearsal has a token, a number of its own. It stands in one field of the record, the *mark*, so that
whoever reads the record knows which write it saw. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.template import Slot
from crossfade.dal.key import Key, make_key
from crossfade.rehearsal.history import Value

LARGEST = 99_999_999
"""The largest token: what a DECIMAL(10,2) holds."""

_DIGITS = len(str(LARGEST))
_GENERATED = {"auto_increment", "sequence", "ulid", "uuid7"}
_EMPTY = "(null)"

Given = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """An entity that a rehearsal writes.

    Attributes:
        entity: the entity.
        mark: the field that holds the token.
        alone: whether no other entity refers to it, so that anyone's may be deleted.
        templates: records that new ones are made like.
    """

    entity: Entity
    mark: str
    alone: bool
    templates: Sequence[Mapping[str, Any]] = field(default=(), repr=False)

    @property
    def names_itself(self) -> bool:
        """Whether the key of a new record is known before it is written."""
        rule = self.entity.id
        return rule is None or rule.field not in self.entity.key or rule.strategy not in _GENERATED

    def token(self, number: int) -> Value:
        """What the mark holds, as the history has it, after the write with this number."""
        return f"r{number}" if self._mark.value_type.kind == "str" else number

    def seen(self, record: Mapping[str, Any] | None) -> Value | None:
        """What the mark of a record holds, as the history has it; None where there is no record."""
        if record is None:
            return None
        value = record[self.mark]
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        return _EMPTY if value is None else value if isinstance(value, int) else str(value)

    def change(self, number: int) -> Given:
        """The changes of an update with this number."""
        return {self.mark: self.token(number)}

    def made(self, number: int, random: Random) -> Given:
        """A new record with this number, like one of the templates, without an id where the authority makes it."""
        entity, template = self.entity, random.choice(self.templates)
        left_out = {entity.timestamps.created, entity.timestamps.updated, entity.version_field}
        if not self.names_itself and entity.id is not None:
            left_out.add(entity.id.field)
        record = {name: template[name] for name in entity.writable if name not in left_out}
        if entity.id is not None and entity.id.field not in entity.key and entity.id.strategy in _GENERATED:
            record.pop(entity.id.field, None)
        for name in self._own_parts(record):
            record[name] = _varied(entity.fields[name], record[name], number)
        for name in entity.key:
            if name in record and name in _referring(entity):
                record[name] = random.choice(self.templates)[name]
        return record | self.change(number)

    def _own_parts(self, record: Given) -> set[str]:
        """The fields that must differ from those of the template: one of everything that is unique."""
        referring, wanted = _referring(self.entity), set()
        for fields in (self.entity.key, *self.entity.unique):
            free = [f for f in fields if f in record and f not in referring and _holds(self.entity.fields[f])]
            if self.mark not in fields and free:
                wanted.add(free[0])
        return wanted

    @property
    def _mark(self) -> Attribute:
        return self.entity.fields[self.mark]


def subjects(contract: Contract, entities: Iterable[str]) -> dict[str, Subject]:
    """The entities of a contract that a rehearsal can write, by name; without templates.

    Those of which no field can hold a token are left out.
    """
    referred = {r.entity for of in contract.entities.values() for r in of.references}
    found = {name: contract.entities[name] for name in entities}
    marks = {name: mark for name, entity in found.items() if (mark := _mark_of(entity)) is not None}
    return {name: Subject(found[name], mark, name not in referred) for name, mark in marks.items()}


def texts_of(entity: Entity, key: Mapping[str, Any]) -> list[str]:
    """A key as JSON holds it."""
    return [str(Slot("", type=entity.fields[name].value_type).text(key[name])) for name in entity.key]


def key_of_texts(entity: Entity, texts: Sequence[str]) -> Key:
    """The key that `texts_of` gave."""
    slots = (Slot("", type=entity.fields[name].value_type) for name in entity.key)
    return make_key(entity, {n: s.value(t) for n, s, t in zip(entity.key, slots, texts, strict=True)})


def name_of(entity: Entity, key: Mapping[str, Any]) -> str:
    """What the history calls a record whose key is known."""
    return f"{entity.name} {'/'.join(texts_of(entity, key))}"


def name_of_new(entity: Entity, number: int) -> str:
    """What the history calls a record whose key the authority makes, by the number of the write that made it."""
    return f"{entity.name} +{number}"


def _mark_of(entity: Entity) -> str | None:
    """The best field to hold a token: text that nothing is made of; else text, else a number."""
    stamps = {entity.timestamps.created, entity.timestamps.updated, entity.version_field}
    taken = {*entity.key, *stamps, entity.id and entity.id.field, entity.ttl and entity.ttl.field}
    taken |= _referring(entity) | {f for fields in entity.unique if len(fields) > 1 for f in fields}
    in_keys = {slot.field for template in entity.keys.values() for slot in template.slots}
    unique = {f for fields in entity.unique for f in fields}
    rated = [
        (attribute.value_type.kind != "str", name in in_keys, name in unique, name in entity.sensitive, place, name)
        for place, (name, attribute) in enumerate(entity.fields.items())
        if name in entity.writable and name not in taken and attribute.fold is None and _holds(attribute)
    ]
    return min(rated)[-1] if rated else None


def _holds(attribute: Attribute) -> bool:
    """Whether a field can hold a token."""
    type_ = attribute.value_type
    match type_.kind:
        case "str":
            return attribute.format is None and (type_.length is None or type_.length > _DIGITS)
        case "int":
            return (type_.maximum is None or type_.maximum >= LARGEST) and (type_.minimum or 0) <= 0
        case "decimal":
            return type_.precision is None or type_.precision - (type_.scale or 0) >= _DIGITS
        case "number":
            return True
        case _:
            return False


def _varied(attribute: Attribute, value: Any, number: int) -> Any:
    """A value that no other record has; of a text, the end of the template's stays."""
    if attribute.value_type.kind != "str":
        return number
    text, most = f"{number}", attribute.value_type.length or 255
    rest = str(value or "")
    return text + rest[max(0, len(rest) - (most - len(text))) :]


def _referring(entity: Entity) -> set[str]:
    return {f for reference in entity.references for f in reference.fields}
