"""The root of crossfade's error tree, and the errors that need no store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossfade.contract.plural import several


class CrossfadeError(Exception):
    """The base of every error that crossfade raises on purpose.

    Attributes:
        retryable: whether the same call may succeed if it is made again unchanged.
    """

    retryable = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a contract.

    Attributes:
        path: JSON path of the offending value, such as `$.tables[0].pk`.
        message: what is wrong, with the offending value.
        hint: what is allowed, or what was probably meant; may be empty.
    """

    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class ContractError(CrossfadeError):
    """A contract that cannot be used. `problems` lists everything found, not only the first."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{source}: {several(len(self.problems), 'problem')}\n{lines}")


class InvalidValue(CrossfadeError, ValueError):
    """A value that its field cannot hold, on either store.

    Attributes:
        field: the field's name, dotted for a value inside one (`items.quantity`).
        reason: what is wrong and what is allowed. Never holds the value of a sensitive field.
        entity: the entity's name, where known.
    """

    def __init__(self, field: str, reason: str, *, entity: str | None = None) -> None:
        self.field = field
        self.reason = reason
        self.entity = entity
        super().__init__(f"{entity + '.' if entity else ''}{field}: {reason}")


class InvalidKey(InvalidValue):
    """A key that DynamoDB cannot hold: empty, or longer than its limit."""
