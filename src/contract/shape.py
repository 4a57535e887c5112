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
    """A number that is not below `low` nor above `high`; without fraction where `whole`."""

    low: int | None = None
    whole: bool = True
    high: int | None = None

    def check(self, value: Any, path: str, problems: Problems) -> Any:
        """See `Shape`."""
        wanted = "a whole number" if self.whole else "a number"
        kinds = (int,) if self.whole else (int, float, Decimal)
        if isinstance(value, bool) or not isinstance(value, kinds) or value != value:  # noqa: PLR0124 - NaN
            problems.add(path, f"wants {wanted}, not {show(value)}")
        elif self.low is not None and value < self.low:
            problems.add(path, f"{value} is too small", f"{self.low} at least")
        elif self.high is not None and value > self.high:
            problems.add(path, f"{show(value)} is too large", f"{self.high} at most")
        else:
            return value
        return MISSING

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        bounds = {"minimum": self.low, "maximum": self.high}
        return {
            "type": "integer" if self.whole else "number",
            **{name: bound for name, bound in bounds.items() if bound is not None},
        }


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
