"""What waits: as much of the file counts as the checkpoint says, whatever was written behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossfade.migration.errors import CheckpointError
from crossfade.migration.reverse_waiting import Batch, Waiting, Waits

ONE = Batch("A", (Waits({"PK": {"B": b"\x00\xff"}, "SK": {"S": "ä"}}, "there is no such USER"),))
MANY = Batch("B", tuple(Waits({"PK": {"N": str(number)}}, "") for number in range(250)))


def test_they_come_back_in_batches_of_one_table(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "w")
    waiting.add(ONE)
    waiting.add(MANY)
    found = list(Waiting(tmp_path / "w", *waiting.state).batches())
    assert sorted((batch.table, len(batch.waits)) for batch in found) == [("A", 1), ("B", 50), ("B", 100), ("B", 100)]
    assert ONE in found
    assert waiting.count == 251


def test_what_the_checkpoint_does_not_know_comes_again(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "w")
    waiting.add(ONE)
    state = waiting.state
    waiting.add(MANY)
    assert list(Waiting(tmp_path / "w", *state).batches()) == [ONE]


def test_a_run_that_begins_anew_has_nothing_of_the_one_before(tmp_path: Path) -> None:
    Waiting(tmp_path / "w").add(MANY)
    assert list(Waiting(tmp_path / "w").batches()) == []


def test_what_it_counts_on_and_lacks_is_told(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "w")
    waiting.add(ONE)
    state = waiting.state
    waiting.remove()
    with pytest.raises(CheckpointError, match="begin anew with --restart"):
        Waiting(tmp_path / "w", *state)


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (b"\xff\xfe", "line 2 wants an object, not None"),
        (b"[1]", "line 2 wants an object, not None"),
        (b'{"table": "A", "why": ""}', "line 2.key wants two attributes at most"),
        (b'{"table": "A", "why": "", "key": {"PK": {"B": "%"}}}', "line 2.key.PK is no Base64"),
        (b'{"table": 5, "why": "", "key": {}}', "line 2.table wants a text, not 5"),
    ],
)
def test_a_damaged_line_is_told_rather_than_its_row_lost(tmp_path: Path, damaged: bytes, says: str) -> None:
    waiting = Waiting(tmp_path / "w")
    waiting.add(ONE)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + damaged + b"\n")
    with pytest.raises(CheckpointError, match="it is damaged; begin anew with --restart") as caught:
        list(Waiting(tmp_path / "w", 0, path.stat().st_size, 2).batches())
    assert says in str(caught.value)


def test_the_following_ones_lie_beside(tmp_path: Path) -> None:
    first = Waiting(tmp_path / "w")
    first.add(ONE)
    second = first.following()
    second.add(MANY)
    assert list(first.batches()) == [ONE]
    second.remove()
    second.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["w.0.jsonl"]
