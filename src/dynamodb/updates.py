"""`dal.change` as UpdateExpression."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from crossfade.contract.types import EXACT, MAX_DIGITS, ValueType
from crossfade.dal.change import Add, Append, Change, Difference, Remove, Set, Union
from crossfade.dal.condition import Comparison, Condition, IsNull
from crossfade.dynamodb.aliases import Names, NotExpressible, all_of, fits
from crossfade.dynamodb.codec import Codec, StoredField
from crossfade.dynamodb.conditions import condition
from crossfade.dynamodb.documents import number_text
from crossfade.dynamodb.wire import AttributeValue, Path


@dataclass(frozen=True, slots=True)
class UpdateText:
    """An update.

    Attributes:
        text: the UpdateExpression.
        guard: a condition that must be part of the request's; if it is false, a result would not fit its field,
            and `Preparer.changed` on the old record says why. None where there is none.
    """

    text: str
    guard: str | None = None


def update(
    names: Names,
    codec: Codec,
    changes: Mapping[str, Change],
    attributes: Mapping[str, AttributeValue | None],
) -> UpdateText:
    """The update for changes to fields, and for attributes that are no fields (`_rev`, index keys).

    The TTL attribute follows its field. Index keys do not: they are the caller's, in `attributes`.

    Args:
        changes: by field, canonical.
        attributes: by name; None removes it.

    Raises:
        NotExpressible: a result depends on the old value in a way that no expression has.
        InvalidKey: the new value of a field that is an index key cannot be one.
    """
    clauses = _Clauses(names, codec)
    for name, change in changes.items():
        clauses.change(codec.fields[name], change)
    for name, stored in {**clauses.ttl(changes), **attributes}.items():
        clauses.put((name,), stored)
    text = clauses.text()
    guard = all_of(*(condition(names, codec, g) for g in clauses.guards), *clauses.guard_texts)
    if not fits(text):
        raise NotExpressible("changes", "are longer than an expression of DynamoDB may be", entity=codec.entity.name)
    return UpdateText(text, guard)


class _Clauses:
    """The clauses of one UpdateExpression, as they come together."""

    def __init__(self, names: Names, codec: Codec) -> None:
        self._names = names
        self._codec = codec
        self._of: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
        self.guards: list[Condition] = []
        self.guard_texts: list[str] = []

    def text(self) -> str:
        return " ".join(f"{word} {', '.join(parts)}" for word, parts in self._of.items() if parts)

    def put(self, path: Path, stored: AttributeValue | None) -> None:
        """Set or remove an attribute."""
        name = self._names.name(*path)
        if stored is None:
            self._of["REMOVE"].append(name)
        else:
            self._of["SET"].append(f"{name} = {self._names.value(stored)}")

    def change(self, field: StoredField, change: Change) -> None:
        match change:
            case Set(value):
                self.put(field.path, self._codec.encode_field(field.name, value))
            case Remove():
                self.put(field.path, None)
            case Add(amount):
                self._add(field, amount)
            case Append():
                self._append(field, change)
            case Union(members):
                self._members("ADD", field, members)
            case Difference(members):
                if not field.never_null:
                    raise self._not_expressible(field, "may become empty, which a nullable field must not be")
                self._members("DELETE", field, members)
            case _:
                raise TypeError(f"not a change: {change!r}")

    def ttl(self, changes: Mapping[str, Change]) -> dict[str, AttributeValue | None]:
        """The TTL attribute after changes to its field."""
        ttl, attribute = self._codec.entity.ttl, self._codec.ttl_attribute
        if ttl is None or attribute is None or ttl.field not in changes:
            return {}
        match changes[ttl.field]:
            case Set(value):
                return {attribute: self._codec.encode_ttl({ttl.field: value})}
            case Remove():
                return {attribute: None}
            case _:
                raise self._not_expressible(self._codec.fields[ttl.field], "is the time to live")

    def _add(self, field: StoredField, amount: float | Decimal) -> None:
        type_ = self._codec.entity.fields[field.name].value_type
        adds = type_.kind in {"int", "decimal", "number", "any"} and field.how.wire in {"N", None}
        if not adds or isinstance(amount, float):
            # A float adds in binary, a year has a gap, and text does not add.
            raise self._not_expressible(field, f"is a {type_.kind} to which DynamoDB adds otherwise")
        if type_.kind == "decimal" and -int(Decimal(amount).as_tuple().exponent) > (type_.scale or 0):
            raise self._not_expressible(field, "would have to be rounded")
        name, zero = self._names.name(*field.path), self._names.value({"N": "0"})
        plus = self._names.value({"N": number_text(amount)})
        self._of["SET"].append(f"{name} = if_not_exists({name}, {zero}) + {plus}")
        nullable = self._codec.entity.fields[field.name].nullable
        self.guards.extend(_bounds(field.name, type_, Decimal(amount), nullable=nullable))
        if type_.kind == "any":
            self._of_type(field, "N")

    def _append(self, field: StoredField, change: Append) -> None:
        type_ = self._codec.entity.fields[field.name].value_type
        if type_.kind == "json" and field.how.wire is not None:
            raise self._not_expressible(field, "is stored as text")
        rows = self._codec.encode_field(field.name, list(change.values)) or {"L": []}
        name = self._names.name(*field.path)
        empty, more = self._names.value({"L": []}), self._names.value(rows)
        self._of["SET"].append(f"{name} = list_append(if_not_exists({name}, {empty}), {more})")
        if type_.kind != "rows":
            self._of_type(field, "L")

    def _members(self, word: str, field: StoredField, members: Collection[object]) -> None:
        # "ADD can only be used on top-level attributes, not nested attributes", DELETE too: Amazon DynamoDB API
        # Reference, UpdateItem.
        stored = field.how.encode(members) if members else None
        if len(field.path) > 1 or field.how.wire is None or stored is None:
            raise self._not_expressible(field, "is no set at the top of the item")
        self._of[word].append(f"{self._names.name(*field.path)} {self._names.value(stored)}")

    def _of_type(self, field: StoredField, wire: str) -> None:
        """Demand that a field of free type holds what the change wants."""
        name, type_ = self._names.name(*field.path), self._names.value({"S": wire})
        self.guard_texts.append(f"attribute_not_exists({name}) OR attribute_type({name}, {type_})")

    def _not_expressible(self, field: StoredField, reason: str) -> NotExpressible:
        return NotExpressible(field.name, reason, entity=self._codec.entity.name)


def _bounds(field: str, type_: ValueType, amount: Decimal, *, nullable: bool) -> list[Condition]:
    """What must hold before `amount` is added, so that the result is in the field's range."""
    low, high = _range(type_)
    limit: Condition | None = None
    if amount > 0 and high is not None:
        limit = Comparison(field, "<=", EXACT.subtract(high, amount))
    elif amount < 0 and low is not None:
        limit = Comparison(field, ">=", EXACT.subtract(low, amount))
    if limit is None:
        return []
    null_fits = (low is None or amount >= low) and (high is None or amount <= high)
    return [limit | IsNull(field)] if nullable and null_fits else [limit]


def _range(type_: ValueType) -> tuple[Decimal | None, Decimal | None]:
    if type_.kind == "decimal":
        high = Decimal(10 ** (type_.precision or MAX_DIGITS) - 1).scaleb(-(type_.scale or 0), EXACT)
        return Decimal(0) if type_.minimum == 0 else high.copy_negate(), high
    if type_.kind == "int" and type_.minimum is not None and type_.maximum is not None:
        return Decimal(type_.minimum), Decimal(type_.maximum)
    return None, None
