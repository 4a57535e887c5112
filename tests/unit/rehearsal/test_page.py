"""What a rehearsal is told as: in lines, as JSON, and as a page that stands alone."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from crossfade.dal.stage import Stage
from crossfade.migration.report import Counts, Difference, Report
from crossfade.rehearsal.checker import check
from crossfade.rehearsal.outcome import Depth, Fault, Move, Outcome, as_json, verdict
from crossfade.rehearsal.page import page
from crossfade.rehearsal.plots import bands
from crossfade.rehearsal.schedule import Options
from crossfade.rehearsal.series import SECOND, Window
from tests.unit.rehearsal.drawing import op

MS = SECOND // 1000
EQUAL = Report("f", "c", "", "", "", 1.0, True, {"A": Counts(rows=1, equal=1)}, ())
MISSING = Difference("missing", "A", "T", {"pk": {"S": "<1>"}})


def window(begun: float, ended: float) -> Window:
    return Window(int(begun * SECOND), int(ended * SECOND))


@pytest.fixture
def outcome() -> Outcome:
    history = (
        op("write", "r1", 2 * SECOND, 2 * SECOND + 300 * MS),
        op("write", "r2", 3 * SECOND, 3 * SECOND + 10 * MS),
        op("write", "r3", 4 * SECOND, None, outcome="unknown"),
        op("write", "r4", 5 * SECOND, 6 * SECOND, outcome="failed"),
    )
    return Outcome(
        Options(moves=2), window(1, 11),
        (Move(Stage.MYSQL, Stage.DUAL_WRITE, window(2.1, 2.2), 1, (window(2.15, 2.2),)),
         Move(Stage.DUAL_WRITE, Stage.SHADOW, window(7, 7.5), 3, (window(7, 7.5), window(7.1, 7.2)))),
        (Fault("kill", window(4, 4.1)), Fault("stall", window(5, 7))), (Depth(5 * SECOND, 12), Depth(8 * SECOND, 0)),
        history, check(history, {"MySQL": {"a": "r2"}}), EQUAL, copied={"backfills": 1, "verifications": 2},
    )  # fmt: skip


def test_what_passed_is_told_in_figures(outcome: Outcome) -> None:
    assert outcome.ok
    assert verdict(outcome) == [
        "passed",
        "4 operations: 2 done, 1 refused, 1 unknown",
        "2 moves, 1 process killed, 1 stall of 2 s in all, 1 backfill, 2 verifications",
        "history: 1 key, 0 lost, 0 resurrected, 0 other faults, 0 not decided",
        "verify: equal: 1 row, no difference",
        "longest time that a move held a write: 80 ms at most; median 40 ms where the same store decides",
    ]


def test_whatever_is_wrong_fails_it(outcome: Outcome) -> None:
    lost = check(outcome.history, {"MySQL": {"a": "r1"}})
    different = replace(EQUAL, entities={"A": Counts(rows=1, missing=1)}, differences=(MISSING,))
    wrong = {
        "1 lost": replace(outcome, findings=lost),
        "history: not checked": replace(outcome, findings=None),
        "verify: different: 1 row; 1 missing": replace(outcome, verify=different),
        "verify: not made": replace(outcome, verify=None),
        "1 of 2 moves were made": replace(outcome, moves=outcome.moves[:1]),
        "a process died": replace(outcome, problems=("a process died",)),
        "over 40 ms": replace(outcome, options=Options(moves=2, held=0.04)),
    }
    for says, of in wrong.items():
        assert not of.ok
        assert verdict(of)[0] == "FAILED"
        assert says in "\n".join(verdict(of))
    assert replace(outcome, options=Options(moves=9), interrupted=True).ok


def test_as_json_has_the_times_from_the_beginning(outcome: Outcome) -> None:
    found = json.loads(json.dumps(as_json(outcome)))
    assert found["ok"]
    assert found["moves"][1] == {
        "from": "dual_write", "to": "shadow", "at": 6.0, "seconds": 0.5, "tries": 3, "hold_seconds": 0.5,
        "held_seconds": 0.0,
    }  # fmt: skip
    assert found["faults"] == [{"kind": "kill", "at": 3.0, "until": 3.1}, {"kind": "stall", "at": 4.0, "until": 6.0}]
    assert (found["lost"], found["resurrected"], found["deepest_outbox"]) == (0, 0, 12)


def test_the_stages_follow_each_other(outcome: Outcome) -> None:
    assert [(band.stage, band.begun, band.ended) for band in bands(outcome)] == [
        (Stage.MYSQL, 0, 1.2), (Stage.DUAL_WRITE, 1.2, 6.5), (Stage.SHADOW, 6.5, 10),
    ]  # fmt: skip


def test_the_page_stands_alone_and_shows_everything(outcome: Outcome) -> None:
    text = page(outcome)
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert text.count("<svg ") == 3 + len(Stage) + 2
    assert text.count("<polyline ") == 4
    assert all(line in text for line in verdict(outcome))
    assert text.count('class="kill"') == text.count('class="stall"') == 4
    body = text[text.index("<table>") : text.index("</table>") + 8]
    rows = [[cell.text for cell in row] for row in ET.fromstring(body).findall("tbody/tr")]  # noqa: S314 - our own
    assert rows[1] == ["6.0", "dual_write", "shadow", "500", "3", "500", "0"]


def test_what_the_checker_found_is_text(outcome: Outcome) -> None:
    history = tuple(replace(one, key="<b>") for one in outcome.history)
    text = page(replace(outcome, history=history, findings=check(history, {"MySQL": {"<b>": "r1"}})))
    assert "&lt;b&gt;: lost write" in text
    assert "<b>" not in text


def test_a_rehearsal_in_which_nothing_happened_has_a_page(outcome: Outcome) -> None:
    empty = replace(outcome, moves=(), faults=(), depths=(), history=(), findings=None, verify=None)
    assert "history: not checked" in page(empty)
