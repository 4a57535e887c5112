"""What a read answered, in one form for all operations, and what differs between two answers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crossfade.contract.errors import InvalidValue
from crossfade.contract.model import Entity
from crossfade.contract.snapshots import lasting
from crossfade.contract.types import canonical
from crossfade.dal.answer_text import difference, label
from crossfade.dal.entity import Binding, Record
from crossfade.dal.key import Key, key_of
from crossfade.dal.observation import ReadDifference
from crossfade.dal.redaction import key_texts
from crossfade.dal.tolerance import COUNT, KEYS, SNAPSHOT

Operation = Literal["get", "get_many", "find", "count"]

_MOST = 20  # differences, and keys, of one read that are told


@dataclass(frozen=True, slots=True)
class Answer:
    """What a read answered, copied: the application may do with its own what it likes.

    Attributes:
        records: the records, in order.
        count: the number, of `count`.
        consistent: False where an index answered that may lag.
    """

    records: tuple[Record, ...] = ()
    count: int | None = None
    consistent: bool = True


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between two answers; equal ones leave everything empty.

    Attributes:
        tolerated: the reasons of the declared tolerances that were needed.
        differences: what no tolerance covers; the first ones.
        keys: the keys of the records that these are about, as `key_texts`; the first ones.
    """

    tolerated: tuple[str, ...] = ()
    differences: tuple[ReadDifference, ...] = ()
    keys: tuple[Mapping[str, str], ...] = ()


def answer_of(binding: Binding[Any], operation: Operation, result: Any) -> Answer:
    """The answer that a repository's result is. A page's cursor is no part of it.

    Args:
        binding: the repository's.
        operation: what returned it.
        result: an entity or None, entities by key, a page, or a number.
    """
    match operation:
        case "count":
            return Answer(count=result)
        case "find":
            return Answer(_records(binding, result.items), consistent=result.consistent)
        case "get_many":
            return Answer(_records(binding, list(result.values())))
        case "get":
            return Answer(_records(binding, [] if result is None else [result]))


def keys_of(entity: Entity, *answers: Answer) -> tuple[Key, ...]:
    """The keys of every record of the answers, each once; none where the application's class leaves its key out."""
    records = [record for answer in answers for record in answer.records]
    if any(field not in record for record in records for field in entity.key):
        return ()
    return tuple(dict.fromkeys(key_of(entity, record) for record in records))


def compare(entity: Entity, control: Answer, candidate: Answer, tolerances: Mapping[str, str]) -> Compared:
    """Compare two answers by canonical value: counts; which records there are, in order; and these field by field.

    Args:
        entity: the entity.
        control, candidate: the answers.
        tolerances: the reason of each declared tolerance, by field.
    """
    reasons: dict[str, None] = {}
    differences: list[ReadDifference] = []
    keys: dict[str, Mapping[str, str]] = {}
    for found, records, reason in _differences(entity, control, candidate):
        excuse = tolerances.get(found.field) or reason
        if excuse is not None:
            reasons[excuse] = None
            continue
        differences.append(found)
        for record in records:
            told = key_texts(entity, record)
            keys[label(told)] = told
        if len(differences) == _MOST:
            break
    return Compared(tuple(reasons), tuple(differences), tuple(k for k in list(keys.values())[:_MOST] if k))


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same; unlike in Python, true is not one."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(v, other[k]) for k, v in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _records(binding: Binding[Any], instances: Sequence[Any]) -> tuple[Record, ...]:
    return tuple(_copied(binding.to_record(instance)) for instance in instances)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    return [_copied(v) for v in value] if isinstance(value, list) else value


def _differences(
    entity: Entity, control: Answer, candidate: Answer
) -> Iterator[tuple[ReadDifference, Sequence[Record], str | None]]:
    """What differs, each with the records that it is about, and the reason why it may, if the contract has one."""
    if control.count != candidate.count:
        yield ReadDifference(COUNT, str(control.count), str(candidate.count)), (), None
    left, right = _labelled(entity, control), _labelled(entity, candidate)
    places = [name for name, _ in left], [name for name, _ in right]
    if places[0] != places[1]:
        one, other = ("; ".join(names) or None for names in places)
        yield difference(KEYS, one, other), _misplaced(left, right), None
    others = dict(right)
    for name, record in left:
        for field in record if name in others else ():
            one, other = record[field], others[name].get(field)
            if same(one, other):
                continue
            values = [_canonical(entity, field, value) for value in (one, other)]
            if not same(*values):
                reason = SNAPSHOT if same(*map(lasting(entity.fields[field]), values)) else None
                yield difference(field, one, other, key=name, secret=_secret(entity, field)), (record,), reason


def _labelled(entity: Entity, answer: Answer) -> list[tuple[str, Record]]:
    """The records by their keys' texts; by their places where they do not tell their keys."""
    return [(label(key_texts(entity, r)) or f"#{place}", r) for place, r in enumerate(answer.records, 1)]


def _misplaced(left: list[tuple[str, Record]], right: list[tuple[str, Record]]) -> list[Record]:
    """The records that one side alone has; where both have the same ones, those in another place."""
    one, other = dict(left), dict(right)
    names = [n for n in {**one, **other} if (n in one) != (n in other)]
    if not names:
        names = [a for (a, _), (b, _) in zip(left, right, strict=False) if a != b]
    return [{**one, **other}[name] for name in names]


def _canonical(entity: Entity, field: str, value: Any) -> Any:
    try:
        return canonical(value, entity.fields[field].value_type, field)
    except InvalidValue:  # a store gave what the field cannot hold: it then differs from what it can
        return value


def _secret(entity: Entity, field: str) -> bool:
    """Whether a field is sensitive, or has something sensitive in it."""
    return any(path.split(".", 1)[0] == field for path in entity.sensitive)
