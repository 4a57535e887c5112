"""`dal.condition` as ConditionExpression and FilterExpression, with the meaning of `dal.condition.holds`.

DynamoDB finds every comparison with an absent attribute false but `<>`, which therefore asks for the attribute
too; a classical NOT over that gives the two-valued logic. DynamoDB refuses redundant parentheses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

from crossfade.dal.condition import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Contains,
    IsNull,
    Negation,
    OneOf,
    Operator,
    StartsWith,
)
from crossfade.dynamodb.aliases import Names, NotExpressible, fits
from crossfade.dynamodb.codec import Codec, StoredField
from crossfade.dynamodb.forms import Ordering
from crossfade.dynamodb.limits import chunks
from crossfade.dynamodb.values import encode_member
from crossfade.dynamodb.wire import AttributeValue

# "The maximum number of operands for the IN comparator is 100": Amazon DynamoDB Developer Guide, "Constraints".
MAX_IN_OPERANDS = 100


@dataclass(frozen=True, slots=True)
class _Text:
    """A text to be made once it is certain to be sent."""

    render: Callable[[Names], str]
    compound: bool = False


_Node = _Text | bool


def condition(names: Names, codec: Codec, wanted: Condition) -> str:
    """The text of a condition over canonical values, with the meaning of `dal.condition.holds`.

    Only for requests that are about an item that must exist.

    Raises:
        NotExpressible: DynamoDB cannot decide it.
    """
    match _Compiler(codec).node(wanted):
        case True:
            return f"attribute_exists({names.name(codec.keys.names[0])})"
        case False:
            return f"attribute_not_exists({names.name(codec.keys.names[0])})"
        case made:
            text = made.render(names)
    if not fits(text):
        raise NotExpressible("where", "is longer than an expression of DynamoDB may be", entity=codec.entity.name)
    return text


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter.

    Attributes:
        text: what DynamoDB decides; None for nothing.
        residual: what is left to `dal.condition.holds`; None for nothing.
        never: nothing can pass: do not ask.
    """

    text: str | None = None
    residual: Condition | None = None
    never: bool = False


def filter_(names: Names, codec: Codec, wanted: Condition | None, *, without: Collection[str] = ()) -> Filter:
    """The filter for a condition.

    Args:
        without: attributes that the FilterExpression must not name: those of the queried key, which DynamoDB
            refuses there, and those that the index does not hold.
    """
    if wanted is None:
        return Filter()
    compiler = _Compiler(codec, frozenset(without))
    sent: list[_Node] = []
    left: list[Condition] = []
    for part in _conjuncts(wanted):
        try:
            sent.append(compiler.node(part))
        except NotExpressible:
            left.append(part)
    residual = reduce(lambda a, b: a & b, left) if left else None
    node = _joined("AND", sent)
    if isinstance(node, bool):
        return Filter(residual=residual, never=not node)
    trial = names.copy()
    text = node.render(trial)
    if not fits(text):
        return Filter(residual=wanted)
    names.adopt(trial)
    return Filter(text, residual)


def _conjuncts(wanted: Condition) -> Iterable[Condition]:
    if isinstance(wanted, AllOf):
        for part in wanted.parts:
            yield from _conjuncts(part)
    else:
        yield wanted


class _Compiler:
    """Conditions on one entity's fields as nodes."""

    def __init__(self, codec: Codec, without: frozenset[str] = frozenset()) -> None:
        self._codec = codec
        self._without = without

    def node(self, wanted: Condition) -> _Node:
        match wanted:
            case AllOf(parts):
                return _joined("AND", [self.node(p) for p in parts])
            case AnyOf(parts):
                return _joined("OR", [self.node(p) for p in parts])
            case Negation(IsNull(name)):
                return self._exists(self._field(name))
            case Negation(part):
                return _negated(self.node(part))
            case _:
                return self._leaf(wanted)

    def _leaf(self, wanted: Condition) -> _Node:
        match wanted:
            case IsNull(name):
                return self._missing(self._field(name))
            case Comparison(name, operator, value):
                return self._comparison(self._field(name), operator, value)
            case StartsWith(name, prefix):
                return self._starts_with(self._field(name), prefix)
            case Contains(name, value):
                return self._contains(self._field(name), value)
            case OneOf(name, values):
                return self._one_of(self._field(name), values)
            case _:
                raise TypeError(f"not a condition: {wanted!r}")

    def _field(self, name: str) -> StoredField:
        field = self._codec.fields[name]
        if field.path[0] in self._without:
            raise self._not_expressible(field, "is not open to filters here")
        return field

    def _exists(self, field: StoredField) -> _Node:
        return True if field.never_null else _function("attribute_exists", field)

    def _missing(self, field: StoredField) -> _Node:
        return False if field.never_null else _function("attribute_not_exists", field)

    def _comparison(self, field: StoredField, operator: Operator, value: Any) -> _Node:
        if operator not in {"=", "!="}:
            return self._ordered(field, operator, value)
        stored = field.how.encode(value)
        if stored is None:
            return self._empty(field, operator)
        if operator == "=":
            return _compared(field, "=", stored)
        differs = _compared(field, "<>", stored)
        if field.never_null:
            return _joined("OR", [_function("attribute_not_exists", field), differs])
        return _joined("AND", [_function("attribute_exists", field), differs])

    def _empty(self, field: StoredField, operator: Operator) -> _Node:
        """Compared with the empty set, which is stored as no attribute: the field itself where that is not null."""
        if operator == "!=":
            return _function("attribute_exists", field)
        return _function("attribute_not_exists", field) if field.never_null else False

    def _ordered(self, field: StoredField, operator: Operator, value: Any) -> _Node:
        match _order(field, value):
            case "native":
                return _compared(field, operator, _encoded(field, value))
            case "digits":
                return _by_digits(field, operator, _encoded(field, value))
            case _:
                raise self._not_expressible(field, "is stored in a form that DynamoDB cannot order")

    def _one_of(self, field: StoredField, values: tuple[Any, ...]) -> _Node:
        encoded = [field.how.encode(v) for v in values]
        if None in encoded or len(values) == 1:
            return _joined("OR", [self._comparison(field, "=", v) for v in values])
        options = [stored for stored in encoded if stored is not None]
        return _joined("OR", [_within(field, chunk) for chunk in chunks(options, MAX_IN_OPERANDS)])

    def _starts_with(self, field: StoredField, prefix: str) -> _Node:
        if not field.how.text:
            raise self._not_expressible(field, "is not stored as text")
        return _function("begins_with", field, {"S": prefix}) if prefix else self._exists(field)

    def _contains(self, field: StoredField, value: Any) -> _Node:
        if field.how.wire in {"SS", "NS", "BS"}:
            return _function("contains", field, encode_member(field.how, value))
        if not field.how.text:
            raise self._not_expressible(field, "is neither text nor a set")
        return _function("contains", field, _encoded(field, value)) if value != "" else self._exists(field)

    def _not_expressible(self, field: StoredField, reason: str) -> NotExpressible:
        return NotExpressible(field.name, reason, entity=self._codec.entity.name)


def _order(field: StoredField, value: Any) -> Ordering:
    if field.how.wire is not None or field.how.order == "none":
        return field.how.order
    scalar = isinstance(value, (str, int, Decimal, bytes)) and not isinstance(value, bool)
    return "native" if scalar else "none"


def _encoded(field: StoredField, value: Any) -> AttributeValue:
    stored = field.how.encode(value)
    assert stored is not None  # noqa: S101 - narrows the type: only an empty set is stored as nothing
    return stored


def _function(name: str, field: StoredField, *operands: AttributeValue) -> _Text:
    return _Text(lambda n: f"{name}({', '.join([n.name(*field.path), *map(n.value, operands)])})")


def _compared(field: StoredField, operator: str, stored: AttributeValue) -> _Text:
    return _Text(lambda n: f"{n.name(*field.path)} {operator} {n.value(stored)}")


def _within(field: StoredField, options: Iterable[AttributeValue]) -> _Text:
    return _Text(lambda n: f"{n.name(*field.path)} IN ({', '.join(map(n.value, options))})")


def _sized(field: StoredField, operator: str, size: int) -> _Text:
    return _Text(lambda n: f"size({n.name(*field.path)}) {operator} {n.value({'N': str(size)})}")


def _joined(word: str, nodes: Iterable[_Node]) -> _Node:
    """AND or OR, constants folded."""
    deciding = word == "OR"
    texts: list[_Text] = []
    for node in nodes:
        if node is deciding:
            return deciding
        if isinstance(node, _Text):
            texts.append(node)
    if len(texts) < 2:
        return texts[0] if texts else not deciding
    return _Text(lambda n: f" {word} ".join(_in_parentheses(t, n) for t in texts), compound=True)


def _negated(node: _Node) -> _Node:
    if isinstance(node, bool):
        return not node
    return _Text(lambda n: f"NOT ({node.render(n)})")


def _in_parentheses(text: _Text, names: Names) -> str:
    return f"({text.render(names)})" if text.compound else text.render(names)


def _by_digits(field: StoredField, operator: Operator, stored: AttributeValue) -> _Node:
    """Order among decimal texts (`-838:59:59`, `12`, `-1.50`): by sign, then length, then digit by digit.

    Texts of one type have the same number of digits behind the point, so that a longer one is larger in size.
    """
    text: str = stored["S"]
    negative = text.startswith("-")
    has_sign = _function("begins_with", field, {"S": "-"})
    lower = operator in {"<", "<="}
    # Among negatives the larger digits are the lesser value.
    flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator] if negative else operator
    among = _joined(
        "OR",
        [
            _sized(field, flipped[0], len(text)),
            _joined("AND", [_sized(field, "=", len(text)), _compared(field, flipped, stored)]),
        ],
    )
    # Below a negative lie negatives only, above a positive positives only; the other sign is all on one side.
    signed = has_sign if lower else _negated(has_sign)
    decided = _joined("AND" if negative == lower else "OR", [signed, among])
    return _joined("AND", [_function("attribute_exists", field), decided])
