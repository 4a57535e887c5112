"""When coagent tries again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.dal.errors import (
    CapacityExceeded,
    ConditionFailed,
    Conflict,
    CrossfadeError,
    NotFound,
    OutcomeUnknown,
    StoreUnavailable,
)
from examples.coagent.retry import Retry


def failing(times: int, error: CrossfadeError) -> Callable[[], int]:
    """What fails so many times, and then answers how often it was called."""
    calls: list[int] = []

    def act() -> int:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return len(calls)

    return act


@pytest.mark.parametrize("error", [CapacityExceeded("x"), StoreUnavailable("x"), Conflict("x")])
def test_what_may_pass_is_tried_three_times(error: CrossfadeError) -> None:
    pauses: list[float] = []
    retry = Retry(pause=pauses.append, draw=lambda low, high: high)
    assert retry(failing(2, error)) == 3
    assert pauses == [0.1, 0.2]
    with pytest.raises(type(error)):
        retry(failing(3, error))


@pytest.mark.parametrize("error", [NotFound("x"), ConditionFailed("x"), OutcomeUnknown("x")])
def test_anything_else_is_told_at_once(error: CrossfadeError) -> None:
    act = failing(1, error)
    with pytest.raises(type(error)):
        Retry(pause=lambda seconds: pytest.fail("it waited"))(act)
    assert act() == 2


@given(st.integers(1, 12), st.floats(0, 3), st.floats(1, 4), st.floats(0, 6), st.lists(st.floats(0, 1), min_size=12))
def test_pauses_grow_up_to_a_limit_and_are_drawn_below_it(
    attempts: int, base: float, factor: float, longest: float, chances: list[float]
) -> None:
    pauses: list[float] = []
    highs: list[float] = []
    chance = iter(chances)

    def draw(low: float, high: float) -> float:
        highs.append(high)
        return low + (high - low) * next(chance)

    tries = list(Retry(attempts, base, factor, longest, pauses.append, draw).tries())
    assert tries == list(range(1, attempts + 1))
    assert highs == sorted(highs)
    assert highs == pytest.approx([min(longest, base * factor**n) for n in range(attempts - 1)])
    assert all(0 <= pause <= high for pause, high in zip(pauses, highs, strict=True))


def test_no_number_of_tries_is_too_great() -> None:
    pauses: list[float] = []
    tries = Retry(attempts=2000, pause=pauses.append, draw=lambda low, high: high).tries()
    assert (list(tries)[-1], max(pauses), pauses[-1]) == (2000, 5.0, 5.0)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"base": -1.0}, {"factor": 0.5}, {"longest": -1.0}])
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at least one try"):
        Retry(**wrong)  # type: ignore[arg-type]  # a number of either kind
