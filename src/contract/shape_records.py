"""Shapes made of shapes: lists, maps, records, and variants of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossfade.contract.shape import MISSING, Problems, Raw, Scalar, Shape, Text, show, step, suggest


@dataclass(frozen=True)
class Many:
    """A list of `item`; `single` allows one item without the list, `unique` names what may not occur twice."""

    item: Shape
    single: bool = False
    least: int = 0

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        if not isinstance(value, (list, tuple)):
            if self.single and isinstance(value, str):
                checked = self.item.check(value, path, problems)
                return [checked] if checked is not MISSING else MISSING
            problems.add(path, f"wants a list, not {show(value)}")
            return MISSING
        if len(value) < self.least:
            problems.add(path, f"has {len(value)} elements", f"{self.least} at least")
        checked = [self.item.check(v, step(path, i), problems) for i, v in enumerate(value)]
        return [c for c in checked if c is not MISSING]

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        many = {"type": "array", "items": self.item.schema(), **({"minItems": self.least} if self.least else {})}
        return {"anyOf": [self.item.schema(), many]} if self.single else many


@dataclass(frozen=True)
class MapOf:
    """An object whose keys are names; every value is an `item`."""

    item: Shape
    least: int = 0

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        if not isinstance(value, Mapping):
            problems.add(path, f"wants an object, not {show(value)}")
            return MISSING
        if len(value) < self.least:
            problems.add(path, "is empty", f"{self.least} at least")
        checked = {
            k: self.item.check(v, step(path, k), problems) for k, v in value.items() if _is_name(k, path, problems)
        }
        return Raw(path, {k: v for k, v in checked.items() if v is not MISSING})

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {
            "type": "object",
            "additionalProperties": self.item.schema(),
            "propertyNames": {"minLength": 1},
            **({"minProperties": self.least} if self.least else {}),
        }


def _is_name(key: Any, path: str, problems: Problems) -> bool:
    if isinstance(key, str) and key:
        return True
    problems.add(path, f"{show(key)} is not a name")
    return False


@dataclass(frozen=True)
class Key:
    """A key of a record: the shape of its value; `later` keys exist in version 2 only."""

    shape: Shape
    required: bool = False
    later: bool = False


@dataclass(frozen=True)
class Record:
    """An object with known keys.

    Attributes:
        later: the names of the keys that only version 2 knows.
        one_of: keys of which exactly one must be there.
        title: what it is called in the JSON Schema, where it occurs more than once.
    """

    keys: Mapping[str, Key]
    later: frozenset[str] = frozenset()
    one_of: tuple[str, ...] = ()
    title: str = ""

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        if not isinstance(value, Mapping):
            problems.add(path, f"wants an object, not {show(value)}")
            return MISSING
        found = Raw(path)
        for key, member in value.items():
            if key in self.keys:
                if member is not None or not _optional(self.keys[key]):
                    checked = self.keys[key].shape.check(member, step(path, key), problems)
                    if checked is not MISSING:
                        found[key] = checked
            elif key in self.later:
                problems.add(path, f"{show(key)} is a key of version 2", 'add "version": "2" to the contract')
            else:
                problems.add(path, f"unknown key {show(key)}", suggest(str(key), self.keys, "known keys"))
        for key, rule in self.keys.items():
            if rule.required and key not in value:
                problems.add(path, f"{show(key)} is missing")
        if self.one_of and sum(value.get(k) is not None for k in self.one_of) != 1:
            problems.add(path, f"wants exactly one of {', '.join(map(show, self.one_of))}")
        return found

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        found: dict[str, Any] = {
            **({"title": self.title} if self.title else {}),
            "type": "object",
            "properties": {k: _nullable(r) for k, r in self.keys.items()},
            "additionalProperties": False,
        }
        if required := [k for k, r in self.keys.items() if r.required]:
            found["required"] = required
        if self.one_of:
            found["oneOf"] = [{"required": [k], "properties": {k: {"not": {"type": "null"}}}} for k in self.one_of]
        return found


def _optional(rule: Key) -> bool:
    return not rule.required and not (isinstance(rule.shape, Scalar) and rule.shape.null)


def _nullable(rule: Key) -> dict[str, Any]:
    schema = rule.shape.schema()
    return {"anyOf": [schema, {"type": "null"}]} if _optional(rule) else schema


@dataclass(frozen=True)
class Variant:
    """An object whose key `key` says which of `shapes` it is; `otherwise` where the key is not there."""

    key: str
    shapes: Mapping[str, Record]
    otherwise: Record | None = None
    title: str = ""

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        if not isinstance(value, Mapping):
            problems.add(path, f"wants an object, not {show(value)}")
            return MISSING
        if self.otherwise and self.key not in value:
            return self.otherwise.check(value, path, problems)
        kind = Text(choices=tuple(self.shapes)).check(value.get(self.key), step(path, self.key), problems)
        return MISSING if kind is MISSING else self.shapes[kind].check(value, path, problems)

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        cases = [
            {"if": {"properties": {self.key: {"const": k}}, "required": [self.key]}, "then": shape.schema()}
            for k, shape in self.shapes.items()
        ]
        known: dict[str, Any] = {"properties": {self.key: {"enum": list(self.shapes)}}}
        if self.otherwise:
            known |= {"if": {"not": {"required": [self.key]}}, "then": self.otherwise.schema()}
        else:
            known["required"] = [self.key]
        return {**({"title": self.title} if self.title else {}), "type": "object", **known, "allOf": cases}


@dataclass(frozen=True)
class Either:
    """A list of one shape, or an object of another."""

    many: Shape
    map: Shape

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        return (self.map if isinstance(value, Mapping) else self.many).check(value, path, problems)

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {"if": {"type": "object"}, "then": self.map.schema(), "else": self.many.schema()}
