"""The confidence bound against published values and against its definition, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest

from crossfade.dal.confidence import Rate, upper_bound


@pytest.mark.parametrize(
    ("hits", "trials", "confidence", "bound"),
    [
        # The upper ends of two-sided intervals of 95% are one-sided bounds of 97.5%: the tables of Clopper and Pearson.
        (0, 10, 0.975, 0.3085),
        (1, 10, 0.975, 0.4450),
        (5, 10, 0.975, 0.8129),
        (10, 100, 0.975, 0.1762),
        (0, 10, 0.95, 0.2589),
        (1, 10, 0.95, 0.3942),
        (5, 10, 0.95, 0.7776),
    ],
)
def test_published_values(hits: int, trials: int, confidence: float, bound: float) -> None:
    assert upper_bound(hits, trials, confidence) == pytest.approx(bound, abs=5e-5)


@pytest.mark.parametrize("trials", [1, 7, 1_000, 3_000_000])
def test_without_hits_it_has_a_closed_form(trials: int) -> None:
    assert upper_bound(0, trials) == pytest.approx(1 - 0.05 ** (1 / trials), rel=1e-8)


@pytest.mark.parametrize(("hits", "trials"), [(1, 2), (3, 40), (39, 40), (17, 300), (250, 300)])
def test_so_few_hits_are_then_as_unlikely_as_was_asked(hits: int, trials: int) -> None:
    rate = Fraction(upper_bound(hits, trials))
    likely = sum(comb(trials, i) * rate**i * (1 - rate) ** (trials - i) for i in range(hits + 1))
    assert float(likely) == pytest.approx(0.05, rel=1e-9)


def test_many_hits_of_many_trials_are_near_the_normal_approximation() -> None:
    rate = 100_000 / 1_000_000
    normal = rate + 1.6448536 * (rate * (1 - rate) / 1_000_000) ** 0.5
    assert upper_bound(100_000, 1_000_000) == pytest.approx(normal, rel=1e-4)


def test_it_falls_with_trials_and_rises_with_hits_and_confidence() -> None:
    assert upper_bound(2, 100) > upper_bound(2, 101)
    assert upper_bound(3, 100) > upper_bound(2, 100)
    assert upper_bound(2, 100, 0.99) > upper_bound(2, 100, 0.95)


def test_where_nothing_was_tried_or_everything_hit_it_is_one() -> None:
    assert upper_bound(0, 0) == upper_bound(4, 4) == 1.0


@pytest.mark.parametrize("asked", [(2, 1, 0.95), (-1, 5, 0.95), (0, 5, 0.0), (0, 5, 1.0)])
def test_what_is_no_rate_is_refused(asked: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match="no rate"):
        upper_bound(*asked)


def test_a_rate_as_it_was_seen_and_as_it_can_be() -> None:
    assert (Rate(1, 10).seen, Rate(0, 0).seen) == (0.1, 0.0)
    assert (Rate(1, 10).bound, Rate(0, 0).bound) == (upper_bound(1, 10), 1.0)
