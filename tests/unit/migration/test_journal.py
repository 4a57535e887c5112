"""Logs and dead letters."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crossfade.migration.chunk import DeadLetter
from crossfade.migration.errors import FileUnsaved
from crossfade.migration.events import Told
from crossfade.migration.journal import DeadLetters, Journal, RunLog

ONE = DeadLetter("A", {"id": 1}, None, "too large")
TWO = DeadLetter("A", None, ("2",), "unreadable")


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_row_stands_in_the_dead_letters_once_however_often_it_is_met(tmp_path: Path) -> None:
    path = tmp_path / "new" / "dead.jsonl"
    DeadLetters(path).add([ONE])
    again = DeadLetters(path)
    again.add([ONE, TWO, TWO])
    again.add([DeadLetter("A", {"id": 1}, None, "for another reason")])
    assert len(again) == 2
    assert lines(path) == [
        {"entity": "A", "key": {"id": 1}, "reason": "too large"},
        {"entity": "A", "position": ["2"], "reason": "unreadable"},
    ]


def test_a_new_run_sets_the_old_ones_aside(tmp_path: Path) -> None:
    path = tmp_path / "dead.jsonl"
    DeadLetters(path).add([ONE])
    anew = DeadLetters(path, anew=True)
    assert (len(anew), path.exists()) == (0, False)
    assert lines(tmp_path / "dead.jsonl.old")


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    journal = Journal(path)
    journal.append([{"n": 1}, {"n": 2}], durable=True)
    path.write_bytes(path.read_bytes()[:-4])
    journal.append([{"n": 3}], durable=False)
    assert list(journal.read()) == [{"n": 1}, {"n": 3}]


def test_damaged_lines_are_passed_over_and_the_rest_is_known(tmp_path: Path) -> None:
    path = tmp_path / "dead.jsonl"
    DeadLetters(path).add([ONE])
    whole = path.read_bytes()
    path.write_bytes(b"\xff\n[1]\n5\nnull\n" + b"[" * 200_000 + b"\n" + whole)
    assert list(Journal(path).lines())[:-1] == [None] * 5
    letters = DeadLetters(path)
    letters.add([ONE, TWO])
    assert (len(letters), path.read_bytes().count(whole)) == (2, 1)


def test_what_no_encoding_has_is_escaped(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.jsonl")
    journal.append([{"name": "a\udcff"}], durable=False)
    assert list(journal.read()) == [{"name": "a\udcff"}]


def test_a_log_says_when(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    RunLog(path, clock=lambda: datetime(2026, 1, 2, tzinfo=UTC)).add(Told("it is"))
    assert lines(path) == [{"time": "2026-01-02T00:00:00.000+00:00", "event": "told", "message": "it is"}]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileUnsaved, match="cannot be written: Is a directory"):
        Journal(tmp_path).append([{}], durable=True)
