"""When a source is left in peace."""

from __future__ import annotations

import pytest

from crossfade.mysql.pressure import Limits, Pressure, too_much

LIMITS = Limits(threads_running=20, replica_lag=5.0)


@pytest.mark.parametrize(
    ("pressure", "reason"),
    [
        (Pressure(20, 5.0), None),
        (Pressure(21, None), "the source runs 21 statements at a time, over 20"),
        (Pressure(None, 5.5), "the source is 5.5 s behind its own source, over 5 s"),
        (Pressure(99, 99), "the source runs 99 statements at a time, over 20; "
                           "the source is 99 s behind its own source, over 5 s"),
        (Pressure(), None),
    ],
)  # fmt: skip
def test_why(pressure: Pressure, reason: str | None) -> None:
    assert too_much(pressure, LIMITS) == reason


def test_without_limits_it_bears_everything() -> None:
    assert too_much(Pressure(10**6, 10.0**6), Limits()) is None
