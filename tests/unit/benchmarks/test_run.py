"""A run: what it keeps, what it says, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import measure, run, table
from benchmarks.contest import Cheaper, Contest, Contestant, Figure, Taken
from benchmarks.floor import reply_length
from benchmarks.profiled import profiled
from benchmarks.results import Found, Run, contested, read, write

OLD = Found("an older run's", "mode", [], values={"rows/s": 1.0})


@contextmanager
def nobody() -> Iterator[Sequence[Contestant]]:
    yield []


def contest(name: str, times: float) -> Contest:
    return Contest(name, name, "mode", nobody, goals=(Cheaper("peer", times),))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the results are kept of one module, `some`, in whose contests a peer takes five times as much."""
    path = tmp_path / "results.json"
    figure = Figure("growth", "growth", "mode", dict)
    monkeypatch.setattr(run, "MODULES", ("some",))
    monkeypatch.setattr(run, "measured", lambda module: [contest("get", 5.0), contest("put", 6.0), figure])
    taken = Taken({"crossfade": [1.0], "peer": [5.0]})
    monkeypatch.setattr(run, "_measured", lambda module, one, rounds, core: contested(one, taken))
    monkeypatch.setattr(run, "read", lambda: read(path))
    monkeypatch.setattr(run, "write", lambda runs: write(runs, path))
    monkeypatch.setattr(table, "main", lambda arguments: 0)
    write({"some": Run("2034-05-01", "a machine", 0.5, 9, {}, {"growth": OLD, "gone": OLD})}, path)
    return path


def test_a_goal_that_is_missed_ends_a_run_with_one(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["get"]) == 0
    assert "reached: at least 5 times cheaper than peer; found 5\n" in capsys.readouterr().out
    assert run.main(["put"]) == 1
    assert "MISSED: at least 6 times cheaper than peer; found 5\n" in capsys.readouterr().out


def test_what_was_not_measured_this_time_is_kept_as_long_as_there_is_such_a_contest(kept: Path) -> None:
    run.main(["get", "--rounds", "3"])
    found = read(kept)["some"]
    assert list(found.found) == ["growth", "get"]
    assert found.found["growth"] == OLD
    assert found.rounds == 3
    assert {"python", "boto3"} <= set(found.versions)


def test_a_profile_has_the_time_of_what_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "ENOUGH", 0.002)

    def work(times: int) -> None:
        for _ in range(times):
            sum(range(1000))

    @contextmanager
    def one() -> Iterator[Sequence[Contestant]]:
        yield [Contestant("crossfade", work)]

    shares = profiled(Contest("c", "c", "m", one), "crossfade", None, by_file=False)
    assert shares.most_common(1)[0][0] == "benchmarks/test_run.py: work"


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_reply_is_as_long_as_its_head_says(step: int) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\n12345"
    left = bytearray(reply)

    def receive(most: int) -> bytes:
        taken = bytes(left[:step])
        del left[:step]
        return taken

    assert reply_length(receive) == len(reply)
    assert not left
