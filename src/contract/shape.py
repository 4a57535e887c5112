"""Shapes of JSON: each checks a value, and writes itself as JSON Schema.

A check never stops at the first problem: it records what is wrong and goes on with what is usable, so
that one run reports everything. `null` for an optional key means that the key is not there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from crossfade.contract.errors import Problem

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$-]*")


class Problems(list[Problem]):
    """The problems found so far."""

    def add(self, path: str, message: str, hint: str = "") -> None:
        """Record one."""
        problem = Problem(path, message, hint)
        if problem not in self:
            self.append(problem)


class Raw(dict[str, Any]):
    """A checked JSON object that knows its path."""

    def __init__(self, path: str, values: Mapping[str, Any] = {}) -> None:
        super().__init__(values)
        self.path = path

    def at(self, key: str) -> str:
        """The path of one of its keys."""
        return step(self.path, key)


def step(path: str, key: str | int) -> str:
    """The path of a member or an element."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f'{path}["{key}"]'


def show(value: Any) -> str:
    """A JSON value for a message, shortened."""
    match value:
        case None | bool():
            text = {None: "null", True: "true", False: "false"}[value]
        case str():
            text = f'"{value}"'
        case Mapping():
            text = "an object"
        case list() | tuple():
            text = "a list"
        case _:
            text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def suggest(name: str, known: Iterable[str], what: str = "one of") -> str:
    """A hint: the known name that was probably meant, or what there is."""
    options = [k for k in known if k]
    close = [o for o in options if o.casefold() == name.casefold()] or difflib.get_close_matches(name, options, 1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(options[:12]) + (", ..." if len(options) > 12 else "")
    return f"{what}: {shown}" if options else ""


class Shape(Protocol):
    """What a JSON value may look like."""

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """The value as far as it is usable, or MISSING; what is wrong with it goes to `problems`."""

    def schema(self) -> dict[str, Any]:
        """The shape as JSON Schema."""


@dataclass(frozen=True)
class Text:
    """Text: one of `choices`, or matching `pattern`, or at most `longest` characters; never empty unless `empty`."""

    choices: tuple[str, ...] = ()
    pattern: str = ""
    allowed: str = ""
    longest: int | None = None
    empty: bool = False

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        if not isinstance(value, str):
            problems.add(path, f"wants text, not {show(value)}", self._hint())
        elif self.choices and value not in self.choices:
            problems.add(path, f"{show(value)} is not allowed", suggest(value, self.choices, "allowed"))
        elif (not value and not self.empty) or (self.longest and len(value) > self.longest):
            problems.add(path, f"{show(value)} has {len(value)} characters", f"1 to {self.longest or 'any'}")
        elif self.pattern and not re.fullmatch(self.pattern, value):
            problems.add(path, f"{show(value)} is not allowed", self._hint())
        else:
            return value
        return MISSING

    def _hint(self) -> str:
        return f"allowed: {', '.join(self.choices)}" if self.choices else self.allowed

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        if self.choices:
            return {"enum": list(self.choices)}
        found: dict[str, Any] = {"type": "string"}
        if not self.empty:
            found["minLength"] = 1
        if self.longest:
            found["maxLength"] = self.longest
        if self.pattern:
            found["pattern"] = f"^(?:{self.pattern})$"
        return found


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        if isinstance(value, bool):
            return value
        problems.add(path, f"wants true or false, not {show(value)}")
        return MISSING

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Number:
    """A number that is not below `low`; without fraction where `whole`."""

    low: int | None = None
    whole: bool = True

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        wanted = "a whole number" if self.whole else "a number"
        kinds = (int,) if self.whole else (int, float, Decimal)
        if isinstance(value, bool) or not isinstance(value, kinds):
            problems.add(path, f"wants {wanted}, not {show(value)}")
        elif self.low is not None and value < self.low:
            problems.add(path, f"{value} is too small", f"{self.low} at least")
        else:
            return value
        return MISSING

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        low = {} if self.low is None else {"minimum": self.low}
        return {"type": "integer" if self.whole else "number", **low}


@dataclass(frozen=True)
class Scalar:
    """A constant: text, a number, true, false; null where `null`."""

    null: bool = True

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        if isinstance(value, (str, bool, int, float, Decimal)) or (value is None and self.null):
            return value
        problems.add(path, f"wants a constant (text, number, true, false), not {show(value)}")
        return MISSING

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {"type": ["string", "number", "boolean", *(["null"] if self.null else [])]}


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
