"""The aliased names and values of a request, and texts put together from parts."""

from __future__ import annotations

import re
from typing import Any

from crossfade.dal.errors import InvalidValue
from crossfade.dynamodb.wire import AttributeValue

# "The maximum length of any expression string is 4 KB", "the maximum number of operators or functions" is 300:
# Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", Expression parameters.
MAX_EXPRESSION_BYTES = 4096
MAX_OPERATORS = 300

_OPERATOR = re.compile(r"<>|<=|>=|[=<>+]|\b(?:AND|OR|NOT|IN|BETWEEN)\b|\w+(?=\()")


class NotExpressible(InvalidValue):
    """DynamoDB has no expression for this; whoever writes must read, decide and write on condition of `_rev`."""


class Names:
    """The aliased names and values of one request; the same name or value has one alias.

    Every compiled text of a request (condition, update, filter, projection) must come from one `Names`, and all
    of them must be sent: DynamoDB refuses an alias that no expression uses.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, tuple[str, AttributeValue]] = {}

    def name(self, *path: str) -> str:
        """The aliased path: `#n0`, `#n1.#n2`."""
        return ".".join(self._names.setdefault(step, f"#n{len(self._names)}") for step in path)

    def value(self, value: AttributeValue) -> str:
        """The alias of a value: `:v0`."""
        alias, _ = self._values.setdefault(repr(value), (f":v{len(self._values)}", value))
        return alias

    def request(self) -> dict[str, Any]:
        """`ExpressionAttributeNames` and `ExpressionAttributeValues`, each only where it is not empty."""
        parts = {
            "ExpressionAttributeNames": {alias: name for name, alias in self._names.items()},
            "ExpressionAttributeValues": dict(self._values.values()),
        }
        return {part: aliases for part, aliases in parts.items() if aliases}

    def copy(self) -> Names:
        """Another one with the same aliases, to try an expression that may not be sent."""
        made = Names()
        made._names, made._values = dict(self._names), dict(self._values)
        return made

    def adopt(self, other: Names) -> None:
        """Take over the aliases of a copy whose expression is sent."""
        self._names, self._values = other._names, other._values


def fits(text: str) -> bool:
    """Whether an expression is within DynamoDB's limits."""
    return len(text.encode()) <= MAX_EXPRESSION_BYTES and len(_OPERATOR.findall(text)) <= MAX_OPERATORS


def all_of(*texts: str | None) -> str | None:
    """The texts joined by AND, compound ones in parentheses; None is left out, and is what nothing gives."""
    given = [text for text in texts if text is not None]
    if len(given) < 2:
        return given[0] if given else None
    return " AND ".join(f"({text})" if " OR " in text or " AND " in text else text for text in given)
