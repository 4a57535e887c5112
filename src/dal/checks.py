"""What a field can take: values, changes and conditions, refused with the same words on every store."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import replace
from numbers import Number
from typing import Any

from crossfade.contract.model import Attribute, Entity
from crossfade.contract.template import Slot
from crossfade.contract.types import NUMBER, STR, ValueType, canonical
from crossfade.dal.change import Add, Append, Change, Difference, Remove, Set, Union
from crossfade.dal.condition import Comparison, Condition, Contains, IsNull, OneOf, StartsWith, leaves, map_values
from crossfade.dal.entity import COMPOUND, plain
from crossfade.dal.errors import InvalidKey, InvalidValue

_NUMBERS = frozenset({"int", "decimal", "number", "float", "year", "any"})
_TEXTS = frozenset({"str", "enum", "any"})
_COMPOUND = frozenset({"json", "rows", "row"})
# DynamoDB orders texts, numbers and bytes alone: Amazon DynamoDB Developer Guide, "Comparison operator
# and function reference".
_UNORDERED = frozenset({"bool", "set"})


def known_field(entity: Entity, name: str) -> Attribute:
    """The field's attribute; InvalidValue if there is no such field."""
    attribute = entity.fields.get(name)
    if attribute is None:
        raise InvalidValue(name, f"is not a field; there are {', '.join(entity.fields)}", entity=entity.name)
    return attribute


def checked_value(entity: Entity, name: str, value: Any) -> Any:
    """The canonical value of a field, None included.

    Raises:
        InvalidValue: the field cannot hold it.
    """
    attribute = entity.fields[name]
    made = _canonical(entity, name, value)
    if attribute.value_type.kind == "set" and not made:
        if made is not None and attribute.nullable:
            reason = "is nullable, so the empty set and null would be the same item: use null"
            raise InvalidValue(name, reason, entity=entity.name)
        return None if attribute.nullable else frozenset()
    return made


def stored_value(entity: Entity, name: str, value: Any) -> Any:
    """The canonical value of a field that is to be stored.

    Raises:
        InvalidValue: the field cannot hold it.
        InvalidKey: the field is a key by itself, and the value is empty.
    """
    made = checked_value(entity, name, value)
    for template in entity.keys.values() if made is not None else ():
        only = template.parts[0] if len(template.parts) == 1 else None
        if isinstance(only, Slot) and only.field == name and only.text(made) == "":
            raise InvalidKey(name, "is a key by itself, and must not be empty", entity=entity.name)
    return made


def not_null(entity: Entity, name: str, value: Any) -> Any:
    """`value`; InvalidValue if it is None and the field must not be."""
    if value is None and not entity.fields[name].nullable:
        raise InvalidValue(name, "must not be null", entity=entity.name)
    return value


def checked_change(entity: Entity, name: str, given: Any) -> Change:
    """The change with canonical values; a plain value becomes `Set`.

    Raises:
        InvalidValue: the field is unknown, derived, of the key, or cannot take the change.
        InvalidKey: as `stored_value` says.
    """
    type_ = known_field(entity, name).value_type
    kind = type_.kind
    if name in entity.key:
        raise InvalidValue(name, "is part of the key, which does not change", entity=entity.name)
    if name not in entity.writable:
        raise InvalidValue(name, "is derived and cannot be set", entity=entity.name)
    match given:
        case Add(amount):
            _wants(entity, name, "Add", kind in _NUMBERS)
            return Add(_amount(entity, name, amount))
        case Append():
            _wants(entity, name, "Append", kind in {"rows", "json", "any"} and not type_.variants)
            return Append(*_canonical(entity, name, plain(list(given.values))))
        case Union(members) | Difference(members):
            _wants(entity, name, type(given).__name__, kind in {"set", "any"})
            return type(given)(*_members(entity, name, members))
        case Remove():
            not_null(entity, name, None)
            return given
        case Set(value):
            return Set(_given(entity, name, value))
        case Change():
            raise TypeError(f"not a change: {given!r}")
        case _:
            return Set(_given(entity, name, given))


def _given(entity: Entity, name: str, value: Any) -> Any:
    """The canonical value of a field that is set; rows may be instances of the application's classes."""
    made = plain(value) if entity.fields[name].value_type.kind in COMPOUND else value
    return not_null(entity, name, stored_value(entity, name, made))


def checked_old(entity: Entity, name: str, change: Change, old: Any) -> None:
    """Check that a field of loose type holds what `change` can change.

    Raises:
        InvalidValue: it does not.
    """
    wanted = {Add: Number, Append: list, Union: frozenset, Difference: frozenset}.get(type(change))
    if wanted is not None and old is not None and not isinstance(old, wanted):
        reason = f"holds no {wanted.__name__}, which {type(change).__name__} could change"
        raise InvalidValue(name, reason, entity=entity.name)


def checked_condition(entity: Entity, where: object) -> Condition:
    """The condition with canonical values.

    Raises:
        InvalidValue: it is no condition, names an unknown field, a comparison that its type has not, or a value
            that the field cannot hold.
    """
    if not isinstance(where, Condition):
        raise InvalidValue("where", f"is no condition: {where!r}; write F('field') == value", entity=entity.name)
    for leaf in leaves(where):
        _check_leaf(entity, leaf)
    return map_values(where, lambda name, value, leaf: _operand(entity, name, value, leaf))


def _check_leaf(entity: Entity, leaf: Comparison | IsNull | StartsWith | Contains | OneOf) -> None:
    name = leaf.field
    kind = known_field(entity, name).value_type.kind
    if isinstance(leaf, IsNull):
        return
    if kind in _COMPOUND:
        raise InvalidValue(name, f"is of type {kind}: it can only be tested for null", entity=entity.name)
    match leaf:
        case Comparison(operator=operator) if operator not in {"=", "!="} and kind in _UNORDERED:
            raise InvalidValue(name, f"is of type {kind}, which has no order: use == or !=", entity=entity.name)
        case StartsWith(prefix=text):
            fits = kind in _TEXTS and isinstance(text, str)
            _fits(entity, name, fits, f"starts_with wants a text field and str, not {kind}", text)
        case Contains(value=text) if kind not in {"set", "any"}:
            fits = kind in _TEXTS and isinstance(text, str)
            _fits(entity, name, fits, f"contains wants a text or set field, and str for text; not {kind}", text)
        case _:
            pass


def _fits(entity: Entity, name: str, fits: bool, reason: str, value: Any) -> None:
    if not fits:
        raise InvalidValue(name, f"{reason} and {type(value).__name__}", entity=entity.name)


def _operand(entity: Entity, name: str, value: Any, leaf: Condition) -> Any:
    if isinstance(leaf, Contains) and entity.fields[name].value_type.kind == "set":
        return next(iter(_canonical(entity, name, [value])))
    if isinstance(leaf, (Contains, StartsWith)):
        # A part of a text: neither its length nor its members are the column's.
        return _canonical(entity, name, value, STR) if isinstance(value, str) else value
    return _canonical(entity, name, value)


def _canonical(entity: Entity, name: str, value: Any, type_: ValueType | None = None) -> Any:
    """The canonical value of the field's type, or of another one."""
    try:
        return canonical(value, type_ or entity.fields[name].value_type, name)
    except InvalidValue as error:
        raise InvalidValue(error.field, error.reason, entity=entity.name) from None


def _amount(entity: Entity, name: str, amount: Any) -> Any:
    type_ = entity.fields[name].value_type
    if amount is None:
        raise InvalidValue(name, "Add wants a number, not None", entity=entity.name)
    if type_.kind in {"int", "year"}:
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise InvalidValue(name, f"Add wants int, not {type(amount).__name__}", entity=entity.name)
        return amount
    # From what is unsigned there can be taken away; what has no type holds texts as well as numbers.
    signed = NUMBER if type_.kind == "any" else replace(type_, minimum=None) if type_.minimum == 0 else type_
    return _canonical(entity, name, amount, signed)


def _members(entity: Entity, name: str, members: Collection[Any]) -> frozenset[Any]:
    if not isinstance(members, frozenset):
        kinds = ", ".join(sorted({type(m).__name__ for m in members if not isinstance(m, Hashable)}))
        raise InvalidValue(name, f"wants members that are text, numbers or bytes, not {kinds}", entity=entity.name)
    made: frozenset[Any] = _canonical(entity, name, members)
    return made


def _wants(entity: Entity, name: str, change: str, fits: bool) -> None:
    if not fits:
        kind = entity.fields[name].value_type.kind
        raise InvalidValue(name, f"is of type {kind}, which {change} does not fit", entity=entity.name)
