"""Histories: every begin and end is kept, of every thread and process, and of those that are killed."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from crossfade.dal.errors import NotFound, OutcomeUnknown
from crossfade.rehearsal.history import HistoryDamaged, Op, Recorder, read_history


def recorder(folder: Path) -> Recorder:
    ticks = count(1)
    return Recorder(folder, clock=lambda: next(ticks))


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    record = recorder(tmp_path)
    with record.during("c", "write", "ä", "v"):
        pass
    with record.during("c", "read", "ä") as reply:
        reply.seen = "v"
    record.close()
    assert read_history(tmp_path) == [
        Op("c", 1, "write", "ä", "v", 1, 2, "ok"),
        Op("c", 2, "read", "ä", None, 3, 4, "ok", "v"),
    ]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(NotFound("no"), "failed"), (OutcomeUnknown("who knows"), "unknown"), (KeyboardInterrupt(), "unknown")],
)
def test_an_error_says_whether_the_operation_may_have_had_an_effect(
    tmp_path: Path, error: BaseException, outcome: str
) -> None:
    with pytest.raises(type(error)), recorder(tmp_path).during("c", "delete", "k"):
        raise error
    assert [op.outcome for op in read_history(tmp_path)] == [outcome]


def test_what_did_not_end_is_unknown(tmp_path: Path) -> None:
    record = recorder(tmp_path)
    record.begin("c", "add", "k", 3)
    assert read_history(tmp_path) == [Op("c", 1, "add", "k", 3, 1, None, "unknown")]


def test_threads_record_together(tmp_path: Path) -> None:
    record = Recorder(tmp_path)

    def work(client: int) -> None:
        for number in range(200):
            with record.during(f"c{client}", "write", f"k{number}", client):
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    ops = read_history(tmp_path)
    assert len({op.number for op in ops}) == len(ops) == 1600
    assert all(op.outcome == "ok" and op.ended is not None and op.begun <= op.ended for op in ops)
    assert len(list(tmp_path.iterdir())) == 1


def _work_and_die(record: Recorder, client: str) -> None:
    with record.during(client, "write", "k", client):
        pass
    with record.during(client, "write", "k", client):
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.filterwarnings(
    "ignore:.*multi-threaded:DeprecationWarning"
)  # a test runner's threads; the child needs none
def test_killed_processes_leave_all_they_did(tmp_path: Path) -> None:
    record = Recorder(tmp_path)
    with record.during("parent", "read", "k"):
        pass
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=_work_and_die, args=(record, f"child{n}")) for n in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    outcomes = {(op.client, op.outcome) for op in read_history(tmp_path)}
    assert outcomes == {("parent", "ok")} | {(f"child{n}", o) for n in range(3) for o in ("ok", "unknown")}
    assert len(list(tmp_path.iterdir())) == 4


def test_a_last_line_that_was_cut_off_is_passed_over_and_another_is_not(tmp_path: Path) -> None:
    recorder(tmp_path).begin("c", "read", "k")
    (path,) = tmp_path.iterdir()
    whole = path.read_text()
    path.write_text(whole + '{"number": 1, "en')
    assert [op.outcome for op in read_history(tmp_path)] == ["unknown"]
    path.write_text('{"number": 1, "en\n' + whole)
    with pytest.raises(HistoryDamaged, match=r"line 1: no JSON"):
        read_history(tmp_path)
    path.write_text(whole + json.dumps({"number": 2, "ended": 1, "outcome": "ok", "seen": None}) + "\n")
    with pytest.raises(HistoryDamaged, match=r"line 2: no line of a history, or none that began"):
        read_history(tmp_path)
