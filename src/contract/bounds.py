"""Ranges of a field, and the sort-key bounds that hold everything in such a range.

DynamoDB takes one condition on the sort key. It is always an inclusive interval here; it may hold more
than was asked for, never less, and the caller checks what it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

# "The maximum length of the sort key value is 1024 bytes", of the partition key value 2048 bytes:
# Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB".
MAX_PARTITION_BYTES = 2048
MAX_SORT_BYTES = 1024

_LAST = 0x10FFFF
_BEFORE_SURROGATES, _AFTER_SURROGATES = 0xD7FF, 0xE000


class RangeLike(Protocol):
    """What the planner reads of a range (`crossfade.dal.query.Range`): bounds that are None where open."""

    @property
    def ge(self) -> Any:
        """The lower bound, included."""

    @property
    def gt(self) -> Any:
        """The lower bound, excluded."""

    @property
    def le(self) -> Any:
        """The upper bound, included."""

    @property
    def lt(self) -> Any:
        """The upper bound, excluded."""

    @property
    def prefix(self) -> str | None:
        """The start of the texts."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range without the difference between included and excluded bounds: at least what was asked for."""

    low: Any = None
    high: Any = None
    prefix: str | None = None

    @classmethod
    def of(cls, asked: RangeLike | None) -> Span:
        """The span of a range; without a range, everything."""
        if asked is None:
            return cls()
        return cls(_either(asked.ge, asked.gt), _either(asked.le, asked.lt), asked.prefix)

    @property
    def single(self) -> bool:
        """Whether it holds one value only."""
        return self.low is not None and bool(self.low == self.high)


@dataclass(frozen=True, slots=True)
class SortBounds:
    """An inclusive interval of the sort key.

    Attributes:
        low, high: None for no bound. Texts, or where `typed` the field's own values, for a key of type N
            or B (the codec encodes them as it does the field).
        typed: whether the bounds are values.
        empty: nothing can lie inside: do not ask (DynamoDB refuses BETWEEN with low above high).
    """

    low: Any = None
    high: Any = None
    typed: bool = False
    empty: bool = False


def successor(text: str) -> str | None:
    """The least text above everything that starts with `text`, in UTF-8 byte order; None if there is none.

    Raising the last character excludes nothing; a high sentinel behind the text would exclude
    continuations that begin with the sentinel.
    """
    for end in range(len(text), 0, -1):
        code = ord(text[end - 1])
        if code < _LAST:
            following = _AFTER_SURROGATES if code == _BEFORE_SURROGATES else code + 1
            return text[: end - 1] + chr(following)
    return None


def interval(low: str | None, high: str | None) -> SortBounds:
    """The bounds from `low` to `high`, widened where they are longer than a sort key can be."""
    if low is not None:
        low = clip(low) or None
    if high is not None and len(high.encode()) > MAX_SORT_BYTES:
        high = successor(clip(high))
    if high == "" or (low is not None and high is not None and low > high):
        return SortBounds(empty=True)
    return SortBounds(low, high)


def clip(text: str) -> str:
    """The longest start of `text` that fits a sort key."""
    return text.encode()[:MAX_SORT_BYTES].decode(errors="ignore")


def _either(included: Any, excluded: Any) -> Any:
    return excluded if included is None else included
