"""Signals ask a run to end, and change nothing else."""

from __future__ import annotations

import signal
import threading

import pytest

from crossfade.cli.signals import ending
from crossfade.migration.stop import Stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_sets_the_flag_and_raises_nothing(number: signal.Signals, capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(number)
    stop = Stop(threading.Event())
    with ending(stop):
        signal.raise_signal(number)
        assert stop.event.is_set()
    assert signal.getsignal(number) is before
    assert "ending after the chunks in flight" in capfd.readouterr().err
