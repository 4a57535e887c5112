"""Randomness by position: what row i gets depends on the seed, the place and i alone, not on what was drawn before.

The place is a path such as (seed, table, column). So any row can be made without those before it, in any order,
and Python's hash randomisation and the date play no part.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from math import gcd
from typing import Any

_MASK = 2**64 - 1
_FRACTION = 2.0**-53


class Draw:
    """An endless list of random numbers: `bits(i)` is its element i."""

    __slots__ = ("_key", "_path")

    def __init__(self, *path: object) -> None:
        self._path = path
        text = "\0".join(map(str, path))
        self._key = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())

    def of(self, *more: object) -> Draw:
        """Another list, for a place below this one."""
        return Draw(*self._path, *more)

    def bits(self, i: int) -> int:
        """64 random bits; different for different i (splitmix64: Steele, Lea, Flood, OOPSLA 2014)."""
        z = (self._key + i * 0x9E3779B97F4A7C15) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def unit(self, i: int) -> float:
        """A number from 0 up to, and without, 1."""
        return (self.bits(i) >> 11) * _FRACTION

    def below(self, i: int, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return self.bits(i) % n if n > 2**32 else (self.bits(i) * n) >> 64

    def content(self, i: int, size: int) -> bytes:
        """`size` random bytes; the first eight are different for different i."""
        words = [self.bits(i)]
        more = Draw(*self._path, "content", i) if size > 8 else self
        words += [more.bits(k) for k in range(1, (size + 7) // 8)]
        return b"".join(w.to_bytes(8) for w in words)[:size]


def zipf(u: float, n: int, skew: float) -> int:
    """A number from 0 to n - 1, of which k comes up in proportion to about (k + 1) ** -skew.

    Args:
        u: a random number from 0 to 1.
        n: how many numbers there are, 1 at least.
        skew: 0 makes all alike, 1 is Zipf's law.
    """
    if skew == 0:
        return min(int(u * n), n - 1)
    if abs(skew - 1) < 1e-9:
        return min(int((n + 1) ** u) - 1, n - 1)
    power = 1 - skew
    return min(int((1 + u * ((n + 1) ** power - 1)) ** (1 / power)) - 1, n - 1)


class Weighted:
    """A choice among options with weights.

    Args:
        options: what to choose from, 1 at least.
        weights: their weights, in any unit; None for all alike.
    """

    __slots__ = ("_limits", "options")

    def __init__(self, options: Sequence[Any], weights: Sequence[float] | None = None) -> None:
        self.options = options
        sums = list(accumulate(weights or [1.0] * len(options)))
        self._limits = [s / sums[-1] for s in sums[:-1]]

    def at(self, u: float) -> Any:
        """The option for a random number from 0 to 1."""
        return self.options[bisect_right(self._limits, u)]


class Shuffle:
    """The numbers from 0 to n - 1 in an order that looks random; element i without those before it.

    Args:
        draw: decides the order.
        n: how many there are, 1 at least.
    """

    __slots__ = ("_factor", "_n", "_offset")

    def __init__(self, draw: Draw, n: int) -> None:
        self._n = n
        self._offset = draw.below(0, n)
        factor = n * 618 // 1000 + draw.below(1, max(1, n // 8)) or 1
        while gcd(factor, n) != 1:
            factor += 1
        self._factor = factor

    def __getitem__(self, i: int) -> int:
        return (i * self._factor + self._offset) % self._n
