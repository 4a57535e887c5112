"""A report is written and read without loss, and read strictly: an error says where it is wrong."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.migration.report import (
    KINDS,
    Counts,
    Difference,
    Direction,
    FieldDifference,
    Report,
    dumps,
    write_report,
)
from crossfade.migration.report_json import ReportError
from crossfade.migration.report_read import loads, read_report

_texts = st.text(max_size=20)
_moments = st.datetimes(timezones=st.just(UTC)).map(lambda m: m.isoformat(timespec="seconds"))
_counts = st.builds(Counts, **{f.name: st.integers(0, 10**30) for f in fields(Counts)})
_values = st.one_of(
    st.text(min_size=1).map(lambda s: {"S": s}),
    st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**30), max_value=10**30).map(
        lambda d: {"N": str(Decimal(d))}
    ),
    st.binary(min_size=1).map(lambda b: {"B": b}),
)
_differences = st.builds(
    Difference,
    kind=st.sampled_from(KINDS),
    entity=st.none() | _texts,
    table=_texts,
    item_key=st.dictionaries(_texts, _values, max_size=2),
    key=st.none() | st.dictionaries(_texts, _texts, max_size=3),
    lookup=st.booleans(),
    sensitive=st.booleans(),
    reason=_texts,
    fields=st.lists(st.builds(FieldDifference, _texts, st.none() | _texts, st.none() | _texts), max_size=2).map(tuple),
)
_reports = st.builds(
    Report,
    fingerprint=_texts,
    contract=_texts,
    prefix=_texts,
    started=_moments,
    finished=_moments,
    sample=st.floats(0, 1),
    extras=st.booleans(),
    entities=st.dictionaries(_texts, _counts, max_size=3),
    differences=st.lists(_differences, max_size=3).map(tuple),
    truncated=st.booleans(),
    notes=st.lists(_texts, max_size=2).map(tuple),
    direction=st.sampled_from(get_args(Direction)),
)


@settings(deadline=None)
@given(_reports)
def test_what_is_written_is_read(report: Report) -> None:
    assert loads(dumps(report)) == report


DIFFERENCE = Difference(
    "mismatch",
    "USER",
    "Users",
    {"PK": {"S": "a"}, "n": {"N": "7"}},
    {"id": "1"},
    fields=(FieldDifference("x", "1", None),),
)
REPORT = Report(
    "f", "c.json", "", "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:06+00:00", 1.0, True, {"USER": Counts(rows=1)},
    (DIFFERENCE,), notes=("a note",),
)  # fmt: skip


def edited(*path: Any, to: Any) -> str:
    """The report's JSON with another value at a place."""
    raw = json.loads(dumps(REPORT))
    at = raw
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return json.dumps(raw)


D = ("differences", 0)
WRONG: list[tuple[tuple[Any, ...], Any, str]] = [
    (("fingerprint",), 1, "$.fingerprint wants a text"),
    (("contract",), None, "$.contract wants a text"),
    (("prefix",), [], "$.prefix wants a text"),
    (("started",), "yesterday", "$.started wants a time"),
    (("started",), "2026-01-02T03:04:05", "$.started wants a time in ISO 8601, with its offset"),
    (("finished",), 5, "$.finished wants a text"),
    (("sample",), float("nan"), "$.sample wants a number from 0 to 1, not nan"),
    (("sample",), 1.5, "$.sample wants a number from 0 to 1"),
    (("sample",), True, "$.sample wants a number"),
    (("extras",), 1, "$.extras wants true or false"),
    (("truncated",), "no", "$.truncated wants true or false"),
    (("notes",), "text", "$.notes wants a list"),
    (("notes",), [1], "$.notes[0] wants a text"),
    (("notes",), ["\ud800"], "$.notes[0] wants a text without halves"),
    (("direction",), "sideways", "$.direction is 'sideways'; there are forward, reverse"),
    (("entities",), [], "$.entities wants an object"),
    (("entities", "USER"), {}, "$.entities.USER wants exactly"),
    (("entities", "USER", "rows"), -1, "$.entities.USER.rows wants a number"),
    (("entities", "USER", "rows"), 1.0, "$.entities.USER.rows wants a number"),
    (("entities", "USER", "equal"), float("inf"), "$.entities.USER.equal wants a number"),
    (("differences",), {}, "$.differences wants a list"),
    (("differences", 0), 7, "$.differences[0] wants exactly"),
    ((*D, "kind"), {}, "$.differences[0].kind is {}"),
    ((*D, "entity"), 1, "$.differences[0].entity wants a text"),
    ((*D, "table"), None, "$.differences[0].table wants a text"),
    ((*D, "key"), "id", "$.differences[0].key wants an object"),
    ((*D, "key"), {"id": 1}, "$.differences[0].key.id wants a text"),
    ((*D, "lookup"), None, "$.differences[0].lookup wants true or false"),
    ((*D, "sensitive"), 0, "$.differences[0].sensitive wants true or false"),
    ((*D, "reason"), None, "$.differences[0].reason wants a text"),
    ((*D, "fields"), None, "$.differences[0].fields wants a list"),
    ((*D, "fields"), [{}], "$.differences[0].fields[0] wants exactly"),
    ((*D, "fields", 0, "field"), None, "$.differences[0].fields[0].field wants a text"),
    ((*D, "fields", 0, "source"), 1, "$.differences[0].fields[0].source wants a text"),
    ((*D, "item_key"), [], "$.differences[0].item_key wants two attributes at most"),
    ((*D, "item_key"), {"a": {"S": "1"}, "b": {"S": "1"}, "c": {"S": "1"}}, "wants two attributes at most"),
    ((*D, "item_key", "PK"), "a", "$.differences[0].item_key.PK wants a text of type S, N or B"),
    ((*D, "item_key", "PK"), {"S": ""}, "$.differences[0].item_key.PK wants a text of type"),
    ((*D, "item_key", "PK"), {"S": "a", "N": "1"}, "$.differences[0].item_key.PK wants a text of type"),
    ((*D, "item_key", "PK"), {"BOOL": True}, "$.differences[0].item_key.PK wants a text of type"),
    ((*D, "item_key", "PK"), {"B": "%"}, "$.differences[0].item_key.PK is no Base64"),
    *(
        ((*D, "item_key", "n"), {"N": n}, "$.differences[0].item_key.n wants a number")
        for n in ("seven", "NaN", "Infinity", "1_0", " 1", "٣", "1e400", "1e-140", "1" * 39, "0x1", "1e9999999")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "to", "reason"), WRONG)
def test_a_wrong_value_is_told_with_its_place(path: tuple[Any, ...], to: Any, reason: str) -> None:
    with pytest.raises(ReportError) as error:
        loads(edited(*path, to=to))
    assert reason in str(error.value)
    assert len(str(error.value)) < 300


TEXTS: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text[:-5], "no JSON"),
    (lambda text: "[" * 100_000, "nested too deeply"),
    (lambda text: "[]", "no report of this version"),
    (lambda text: text.replace('"crossfade_report": 1', '"crossfade_report": 2'), "no report of this version"),
    (lambda text: text.replace('"prefix"', '"perfix"'), "look at perfix, prefix"),
    (lambda text: text.replace('"lookup": false', '"lookup": false, "lookup": true'), "'lookup' twice"),
    (lambda text: text.replace('"rows": 1', '"rows": ' + "1" * 5000), "no JSON"),
]


@pytest.mark.parametrize(("edit", "reason"), TEXTS)
def test_a_damaged_text_is_refused(edit: Callable[[str], str], reason: str) -> None:
    with pytest.raises(ReportError, match=reason):
        loads(edit(dumps(REPORT)))


def test_a_report_of_before_directions_goes_forward() -> None:
    raw = json.loads(dumps(REPORT))
    del raw["direction"]
    assert loads(json.dumps(raw)) == REPORT


def test_a_value_nested_deeply_where_none_belongs() -> None:
    with pytest.raises(ReportError, match="notes"):
        loads(dumps(REPORT).replace('"a note"', "[" * 500 + "]" * 500))


def test_a_file_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old", encoding="utf-8")
    file.with_name("report.json.part").write_text("left over, readable by all", encoding="utf-8")
    write_report(REPORT, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_report(file) == REPORT
    assert [f.name for f in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("content", [b"\xff", base64.b64encode(b"x")])
def test_what_is_no_report_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_bytes(content)
    with pytest.raises(ReportError, match=r"r\.json"):
        read_report(file)
