"""An item as it should be and as it is, attribute by attribute, by value. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from crossfade.contract.snapshots import lasting
from crossfade.dal.excerpt import apart, cut
from crossfade.dal.redaction import REDACTED
from crossfade.dynamodb.expected import Expected
from crossfade.dynamodb.forms import Misfit
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.wire import AttributeValue, Item, wire_of
from crossfade.migration.report import FieldDifference
from crossfade.mysql.kept import same as identical

_AS_JSON = frozenset({"any", "json", "row", "rows"})
"""Kinds of values whose text is JSON."""
_LONGEST = 500  # characters of a value that a report shows


class Compared:
    """What differs between an expected item and the one that was found.

    Attributes:
        fields: the differences.
        undecodable: whether an attribute does not hold what the contract says.
    """

    def __init__(self, shelf: Shelf, expected: Expected, found: Item) -> None:
        self.undecodable = False
        self._shelf = shelf
        if expected.lookup:
            names = [n for n in expected.item if not same(expected.item[n], found.get(n))]
            self.fields = tuple(_shown(shelf, n, expected.item.get(n), found.get(n), secret=True) for n in names)
        else:
            self.fields = tuple(self._own(expected.item, found))

    def _own(self, wanted: Item, found: Item) -> Iterator[FieldDifference]:
        shelf = self._shelf
        envelope = shelf.entity.envelope
        known = shelf.known_attributes
        for name in sorted({*wanted, *(n for n in found if n in known)} - {"_rev"}):
            one, other = wanted.get(name), found.get(name)
            if same(one, other) or (name == shelf.codec.type_attribute and other is None and shelf.alone):
                continue
            if name == envelope and other is not None and "M" in other:
                yield from self._inside(name, (one or {"M": {}})["M"], other["M"])
            else:
                yield from self._attribute((name,), one, other)

    def _inside(self, envelope: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[FieldDifference]:
        known = {f.path[1] for f in self._shelf.codec.fields.values() if len(f.path) > 1}
        for name in sorted({*wanted, *(n for n in found if n in known)}):
            if not same(wanted.get(name), found.get(name)):
                yield from self._attribute((envelope, name), wanted.get(name), found.get(name))

    def _attribute(
        self, path: tuple[str, ...], one: AttributeValue | None, other: AttributeValue | None
    ) -> Iterator[FieldDifference]:
        codec = self._shelf.codec
        field = next((f.name for f in codec.fields.values() if f.path == path), None)
        if field is not None:
            key = path[0] in (*codec.keys.names, *codec.keys.index_names)
            try:
                there, wanted = codec.decode_field(field, other), codec.decode_field(field, one)
                kept = lasting(self._shelf.entity.fields[field])
                # Keys are found, and values compared and ordered by DynamoDB, by what is written.
                if identical(kept(there), kept(wanted)) and not key and self._spelled(field, there, other):
                    return
            except Misfit:
                self.undecodable = True
        yield _shown(self._shelf, field or ".".join(path), one, other, secret=_secret(self._shelf, field, path[-1]))

    def _spelled(self, field: str, value: Any, found: AttributeValue | None) -> bool:
        """Whether a value is written as we would write it, as far as that counts: JSON may be spaced otherwise."""
        of = self._shelf.codec.fields[field].how
        if of.wire == "S" and self._shelf.entity.fields[field].value_type.kind in _AS_JSON:
            return True
        written = self._shelf.codec.encode_field(field, value)
        return written is None or found is None or same(_bare(written), _bare(found))


def _bare(value: AttributeValue) -> AttributeValue:
    """A stored value without the nulls in its maps, which mean the same as what is absent."""
    ((kind, content),) = value.items()
    match kind:
        case "L":
            return {"L": [_bare(v) for v in content]}
        case "M":
            return {"M": {name: _bare(v) for name, v in content.items() if "NULL" not in v}}
        case _:
            return value


def same(one: AttributeValue | None, other: AttributeValue | None) -> bool:
    """Whether two stored values are the same, however their numbers are written and their sets ordered."""
    if one is None or other is None or one.keys() != other.keys():
        return one is other
    ((kind, left),), right = one.items(), next(iter(other.values()))
    match kind:
        case "N":
            return Decimal(left) == Decimal(right)
        case "NS":
            return sorted(map(Decimal, left)) == sorted(map(Decimal, right))
        case "SS" | "BS":
            return sorted(map(_plain, left)) == sorted(map(_plain, right))
        case "L":
            return len(left) == len(right) and all(map(same, left, right))
        case "M":
            return left.keys() == right.keys() and all(same(v, right[k]) for k, v in left.items())
        case _:
            return bool(_plain(left) == _plain(right))


def shown(value: AttributeValue | None) -> str | None:
    """A stored value as a report shows it: the plain value, without DynamoDB's types; None for an absent one."""
    if value is None:
        return None
    return cut(_text(value), _LONGEST)


def _text(value: AttributeValue) -> str:
    return json.dumps(_json(value), ensure_ascii=False, sort_keys=True)


def _shown(
    shelf: Shelf, name: str, one: AttributeValue | None, other: AttributeValue | None, *, secret: bool
) -> FieldDifference:
    if secret and shelf.entity.sensitive:
        return FieldDifference(name, REDACTED if one else None, REDACTED if other else None)
    if one is None or other is None:
        return FieldDifference(name, shown(one), shown(other))
    left, right = _text(one), _text(other)
    if left == right:
        left, right = f"{wire_of(one)} {left}", f"{wire_of(other)} {right}"
    return FieldDifference(name, *apart(left, right, _LONGEST))


def _secret(shelf: Shelf, field: str | None, attribute: str) -> bool:
    """Whether a sensitive field is, or lies in, what the attribute holds."""
    sensitive = {path.split(".", 1)[0] for path in shelf.entity.sensitive}
    template = shelf.entity.keys.get(attribute)
    if template is not None and sensitive & set(template.fields):
        return True
    return field in sensitive if field is not None else template is None


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, (bytes, bytearray)) else value


def _json(value: AttributeValue) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "NULL":
            return None
        case "N":
            number = Decimal(content)
            return int(number) if number == number.to_integral_value() else content
        case "B":
            return base64.b64encode(content).decode()
        case "BS":
            return sorted(base64.b64encode(b).decode() for b in content)
        case "NS" | "SS":
            return sorted(content)
        case "L":
            return [_json(v) for v in content]
        case "M":
            return {k: _json(v) for k, v in content.items()}
        case _:
            return content
