"""How large a rate can be that was seen so often: the exact bound of Clopper and Pearson. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = 100  # halvings: more than a float can tell apart
_NEGLIGIBLE = 1e-17  # of a sum: what no longer changes it


def upper_bound(hits: int, trials: int, confidence: float = 0.95) -> float:
    """The one-sided upper confidence bound of a rate.

    It is the rate at which as few hits as were seen, or fewer, would come with a probability of one minus the
    confidence (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934). It is never too low, also where there were no
    hits at all: then it is about three divided by the trials.

    Args:
        hits: how often it happened, such as mismatches.
        trials: how often it could have, such as comparisons.
        confidence: the probability that the true rate lies below, between 0 and 1.

    Returns:
        The bound, from 0 to 1; 1 where nothing was tried.

    Raises:
        ValueError: there are more hits than trials, or a number is out of range.
    """
    if not 0 <= hits <= trials or not 0 < confidence < 1:
        raise ValueError(f"no rate: {hits} of {trials}, with a confidence of {confidence}")
    if hits == trials:
        return 1.0
    low, high = hits / trials, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if _at_most(hits, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened, of how many times that it could have."""

    hits: int
    trials: int

    @property
    def seen(self) -> float:
        """The rate as it was seen; 0 where nothing was tried."""
        return self.hits / self.trials if self.trials else 0.0

    @property
    def bound(self) -> float:
        """What it can be, with a confidence of 95 %."""
        return upper_bound(self.hits, self.trials)


def _at_most(hits: int, trials: int, rate: float) -> float:
    """The probability of `hits` or fewer, for a rate above hits / trials: its terms fall from the last one on."""
    term = total = math.exp(
        math.lgamma(trials + 1)
        - math.lgamma(hits + 1)
        - math.lgamma(trials - hits + 1)
        + hits * math.log(rate)
        + (trials - hits) * math.log1p(-rate)
    )
    for count in range(hits, 0, -1):
        term *= count / (trials - count + 1) * (1 - rate) / rate
        total += term
        if term <= total * _NEGLIGIBLE:
            break
    return total
