"""Knobs that change while a run goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crossfade.migration.knobs import KnobFile, Knobs, turned

GIVEN = Knobs(100.0, 4)


def test_what_is_not_named_stays() -> None:
    assert turned(GIVEN, '{"workers": 2}') == Knobs(100.0, 2)
    assert turned(GIVEN, '{"max_write_units": null, "paused": true}') == Knobs(None, 4, paused=True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "wants an object"),
        ('{"worker": 2}', "has worker; there are max_write_units, workers, paused"),
        ('{"workers": 0}', "workers wants a whole number from 1 to 64, and is 0"),
        ('{"workers": true}', "workers wants"),
        ('{"max_write_units": 0}', "max_write_units wants a number from 0.001"),
        ('{"max_write_units": NaN}', "max_write_units wants"),
        ('{"max_write_units": 1e400}', "and is Infinity"),
        ('{"max_write_units": 1e-320}', "max_write_units wants"),
        (f'{{"max_write_units": 1{"0" * 400}}}', "max_write_units wants a number from 0.001 to 1000000000"),
        (f'{{"workers": 1{"0" * 5000}}}', "Exceeds the limit"),
        (r'{"\ud800": 1}', r"has \\ud800; there are"),
        ('{"paused": 1}', "paused wants true or false"),
        ("{", "Expecting"),
    ],
)
def test_bad_content_is_explained(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        turned(GIVEN, text)


def test_the_file_is_read_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "knobs.json"
    knobs = KnobFile(path, GIVEN)
    assert knobs.look() is None
    write(path, '{"workers": 2, "paused": true}', 1)
    assert knobs.look() == "knobs.json: 100 write units/s, 2 workers, paused"
    assert knobs.look() is None
    write(path, '{"workers": "many"}', 2)
    assert "is ignored: workers wants" in str(knobs.look())
    assert (knobs.knobs, knobs.look()) == (Knobs(100.0, 2, paused=True), None)
    write(path, "[" * 200_000, 3)
    assert "is ignored: maximum recursion depth exceeded" in str(knobs.look())
    write(path, '{"max_write_units": null}', 4)
    assert knobs.look() == "knobs.json: no limit, 4 workers"
    path.unlink()
    assert knobs.look() == "knobs.json: 100 write units/s, 4 workers"
    assert knobs.look() is None


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "knobs.json"
    os.mkfifo(path)
    knobs = KnobFile(path, GIVEN)
    assert knobs.look() == f"{path} is ignored: is no regular file"
    assert (knobs.look(), knobs.knobs) == (None, GIVEN)


def write(path: Path, text: str, time: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time, time))
