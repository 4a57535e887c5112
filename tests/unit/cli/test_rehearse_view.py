"""What is seen of a rehearsal while it runs: a table on a terminal, lines anywhere else, nothing with --json."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from crossfade.cli import rehearse_view
from crossfade.cli.rehearse_view import View
from crossfade.dal.stage import Stage
from crossfade.rehearsal.history import Recorder
from crossfade.rehearsal.outcome import Depth, Fault
from crossfade.rehearsal.schedule import Options
from crossfade.rehearsal.series import Window


class Looks(threading.Event):
    """The end of a rehearsal, by which the view waits: it is time to look at once, and then not before the end.

    Attributes:
        looked: set when the view has looked.
    """

    def __init__(self) -> None:
        super().__init__()
        self._due, self.looked = True, threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        """See `Event.wait`; the time is stepped."""
        if self._due:
            self._due = False
            return False
        self.looked.set()
        return super().wait()


@pytest.fixture(autouse=True)
def end(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """What the view waits by."""
    end = Looks()
    monkeypatch.setattr(rehearse_view, "threading", SimpleNamespace(Event=lambda: end, Thread=threading.Thread))
    return end


@pytest.fixture
def rehearsal(tmp_path: Path) -> Any:
    """One that goes on, with one operation recorded."""
    recorder = Recorder(tmp_path / "writers")
    with recorder.during("a", "read", "k"):
        pass
    recorder.close()
    faults = SimpleNamespace(made=[Fault("kill", Window(0, 1))], depths=[Depth(0, 17)], stalled=True)
    return SimpleNamespace(stage=Stage.SHADOW, moves=[None, None], faults=faults)


def seen(rehearsal: Any, folder: Path, end: Looks, *, terminal: bool = False, quiet: bool = False) -> str:
    """What is printed while it is watched."""
    console = Console(file=io.StringIO(), force_terminal=terminal, quiet=quiet, width=200, color_system=None)
    view = View(Options(moves=9), folder, console=console)
    with view.watching(rehearsal):
        view.tell("something happened")
        assert end.looked.wait(60)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize("terminal", [False, True])
def test_how_it_goes_is_shown(rehearsal: Any, tmp_path: Path, end: Looks, terminal: bool) -> None:
    text = seen(rehearsal, tmp_path, end, terminal=terminal)
    assert "0:00  something happened" in text
    for value in ("shadow", "2 of 9", "1 (0/s)", "17", "0 (now)"):
        assert value in text
    assert ("ramp_down" in text) is terminal


def test_nothing_is_shown_where_figures_are_wanted(rehearsal: Any, tmp_path: Path, end: Looks) -> None:
    assert seen(rehearsal, tmp_path, end, quiet=True) == ""


def test_it_waits_for_what_is_not_there_yet(rehearsal: Any, tmp_path: Path, end: Looks) -> None:
    rehearsal.faults = None
    assert "outbox 0, kills 0, stalls 0" in seen(rehearsal, tmp_path, end)
