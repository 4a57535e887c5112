"""The tables that are made from the results, and whether the texts have them as they are."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import run, table
from benchmarks.results import Found, Goal, Peer, Run, read
from benchmarks.table import ROOT, generated, goals, performance

MODE = "543 bytes; constant server"


def found(title: str, micros: float, reached: bool, mode: str = MODE) -> Found:
    peers = {"crossfade": Peer(micros, 1.0, 1.0, 1.0), "peer": Peer(1234.5, 6.78, 5.0, 9.0)}
    goal = Goal("at least 6 times cheaper than peer", 6.78, reached)
    return Found(title, mode, [goal], "call", "crossfade", peers=peers)


def ran(**those: Found) -> dict[str, Run]:
    return {"data_calls": Run("2034-05-01", "a machine", 0.5, 9, {"python": "3.11.7"}, those)}


def test_what_was_measured_alike_stands_in_one_table_with_its_mode() -> None:
    shown = Found("shown", MODE, [], values={"rows/s": 5.0})
    text = performance(ran(get=found("get", 181.84, True), put=found("put", 9.876, False), shown=shown))
    assert text.splitlines() == [
        f"{MODE}:",
        "",
        "|  | crossfade | peer |",
        "| --- | --- | --- |",
        "| get, µs a call | 182 | 1,234 (6.8x) |",
        "| put, µs a call | 9.88 | 1,234 (6.8x) |",
        "",
        "1 of 2 goals are reached.",
    ]


def test_another_mode_is_another_table() -> None:
    text = performance(ran(get=found("get", 1.0, True), put=found("put", 1.0, True, "another mode")))
    assert [line for line in text.splitlines() if line.endswith(":")] == [f"{MODE}:", "another mode:"]


def test_ratios_stand_only_where_they_say_something() -> None:
    text = performance(ran(routing=replace(found("routing", 2.5, True), ratios=False)))
    assert "| routing, µs a call | 2.5 | 1,234 |" in text.splitlines()


def test_a_goal_that_is_missed_says_so() -> None:
    text = goals(ran(get=found("get", 1.0, True), put=found("put", 1.0, False)))
    assert [line.split(" | ")[-1] for line in text.splitlines()[2:]] == ["reached |", "**missed** |"]


def test_only_the_part_that_is_generated_is_made_anew() -> None:
    before = "a\n<!-- goals:start -->\nold\n<!-- goals:end -->\nb\n"
    assert generated(before, "goals", "new") == "a\n<!-- goals:start -->\nnew\n<!-- goals:end -->\nb\n"
    with pytest.raises(ValueError, match="figures:start"):
        generated(before, "figures", "new")


def test_the_texts_are_as_the_results_say() -> None:
    assert table.main(["--check"]) == 0, "run `python -m benchmarks.table`"


def test_a_text_that_is_not_is_found_and_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    for name in table.PARTS:
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(table, "ROOT", tmp_path)
    monkeypatch.setattr(table, "read", lambda: ran(get=found("get", 1.0, True)))
    readme = tmp_path / "README.md"
    before = readme.read_text()
    assert table.main(["--check"]) == 1
    assert readme.read_text() == before
    assert table.main([]) == 0
    assert "1 of 1 goals are reached." in readme.read_text()
    assert table.main(["--check"]) == 0


def test_the_results_are_of_contests_and_figures_that_there_are() -> None:
    for module, ran_ in read().items():
        assert ran_.found.keys() <= {one.name for one in run.measured(module)}


def test_names_are_given_once() -> None:
    names = [one.name for module in run.MODULES for one in run.measured(module)]
    assert sorted(names) == sorted(set(names))
    assert {"get", "put", "query", "batch"} <= set(names)


def test_nobody_asks_for_what_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["gett"])
    assert "there is no gett" in capsys.readouterr().err
