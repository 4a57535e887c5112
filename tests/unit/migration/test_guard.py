"""Pauses: by knob, by pressure, and always with the reason."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossfade.dal.errors import StoreUnavailable
from crossfade.migration import guard
from crossfade.migration.events import Continued, Event, Paused, Told
from crossfade.migration.guard import Guard
from crossfade.migration.options import BackfillOptions
from crossfade.mysql.pressure import Limits, Pressure


class At:
    """A guard, its time, and what its source answers."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.answer: Pressure | Exception = Pressure(1)
        self.told: list[Event] = []
        stores: Any = SimpleNamespace(mysql=SimpleNamespace(engine=None))
        options = BackfillOptions(checkpoint=str(folder / "c.json"), limits=Limits(threads_running=5))
        self.guard = Guard(stores, options, self.told.append, clock=lambda: self.now)
        monkeypatch.setattr(guard, "measure", self._measure)
        monkeypatch.setattr(self.guard, "_asker", self)

    def submit(self, function: Any, engine: Any) -> Future[Pressure]:
        """Answer at once, in this thread."""
        future: Future[Pressure] = Future()
        try:
            future.set_result(function(engine))
        except StoreUnavailable as error:
            future.set_exception(error)
        return future

    def _measure(self, engine: Any) -> Pressure:
        del engine
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def look(self, answer: Pressure | Exception) -> bool:
        """Whether it pauses once the source has answered so."""
        self.answer = answer
        self.now += 3
        self.guard.look()
        return self.guard.look()


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> At:
    return At(tmp_path, monkeypatch)


def test_it_pauses_under_pressure_and_goes_on_afterwards(at: At) -> None:
    assert [at.look(Pressure(n)) for n in (5, 6, 6, 5)] == [False, True, True, False]
    why = "the source runs 6 statements at a time, over 5"
    assert at.told == [Paused(why), Continued(f"no longer: {why}")]


def test_what_cannot_be_told_is_said_once(at: At) -> None:
    lost = StoreUnavailable("it is gone")
    assert [at.look(lost), at.look(Pressure(notes=("no lag",))), at.look(lost)] == [False, False, False]
    assert at.told == [Told("the source cannot be asked how busy it is: it is gone"), Told("no lag")]


def test_a_knob_pauses(at: At, tmp_path: Path) -> None:
    knobs = tmp_path / "c.json.knobs.json"
    knobs.write_text('{"paused": true}')
    assert at.guard.look()
    knobs.unlink()
    assert not at.guard.look()
    assert [type(e).__name__ for e in at.told] == ["Told", "Paused", "Told", "Continued"]
