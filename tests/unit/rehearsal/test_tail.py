"""Histories, read while they are written."""

from __future__ import annotations

from pathlib import Path

from crossfade.rehearsal.history import Recorder
from crossfade.rehearsal.tail import Tail


def test_what_is_new_is_counted_once(tmp_path: Path) -> None:
    recorder, tail = Recorder(tmp_path), Tail(tmp_path)
    tail.look()
    assert (tail.operations, tail.rate, tail.late(0.5)) == (0, 0, 0)
    with recorder.during("a", "read", "k"):
        tail.look()
        assert tail.operations == 0
    for _ in range(4):
        with recorder.during("a", "read", "k"):
            pass
    tail.look()
    tail.look()
    assert tail.operations == 5
    assert tail.rate == 1.0
    assert 0 < tail.late(0.5) <= tail.late(0.99) < 1
    (path,) = tmp_path.iterdir()
    with path.open("ab") as file:
        file.write(b'{"number": 9, "beg')
        file.flush()
        tail.look()
        file.write(b'un": 1}\n')
    tail.look()
    assert tail.operations == 5
    recorder.close()
