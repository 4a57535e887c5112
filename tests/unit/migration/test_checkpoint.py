"""Checkpoints: whole at every moment, held by one run, and of what they are about."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from crossfade.migration.checkpoint import (
    Checkpoint,
    CheckpointBusy,
    CheckpointError,
    CheckpointForeign,
    CheckpointUnsaved,
    Content,
    open_checkpoint,
)
from crossfade.migration.checkpoint_file import FilePlace

ABOUT = {"entities": ["A"], "mode": "absent only", "tables": {"a": "1"}}
STORES: Any = None  # a file needs none


def opened(path: Path, **changed: Any) -> Checkpoint:
    given = {"kind": "backfill", "fingerprint": "f", "about": ABOUT, "stores": STORES} | changed
    return open_checkpoint(str(path), **given)


def test_a_state_outlives_its_run(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    with opened(path) as first:
        assert (first.state, first.resumed, first.finished) == ({}, False, False)
        first.save({"spans": [1, "ä"]})
    with opened(path) as second:
        assert (second.state, second.resumed, second.finished) == ({"spans": [1, "ä"]}, True, False)
        second.finish()
    with opened(path) as third:
        assert (third.state, third.finished) == ({"spans": [1, "ä"]}, True)
    with opened(path, restart=True) as anew:
        assert (anew.state, anew.resumed, anew.finished) == ({}, False, False)


def test_a_second_run_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    with opened(path), pytest.raises(CheckpointBusy, match="in use by another run"):
        opened(path)
    opened(path).close()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"fingerprint": "g"}, "another contract"),
        ({"kind": "verify"}, "of a backfill, not of a verify"),
        ({"about": ABOUT | {"mode": "offline"}}, 'its mode is "absent only", not "offline"'),
        ({"about": ABOUT | {"tables": {"a": "2"}}}, "its tables have changed: a"),
        ({"about": ABOUT | {"stage epochs": {"vault": 1}}}, "crossfade was installed since it was begun"),
    ],
)
def test_what_is_about_something_else_is_refused(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    path = tmp_path / "c.json"
    with opened(path) as first:
        first.save({})
    with pytest.raises(CheckpointForeign, match="--restart") as caught:
        opened(path, **changed)
    assert says in str(caught.value)
    opened(path).close()  # the refused one holds nothing


def test_what_was_begun_before_a_move_is_refused(tmp_path: Path) -> None:
    path, begun = tmp_path / "c.json", ABOUT | {"stage epochs": {"vault": 1, "attic": 1}}
    with opened(path, about=begun) as first:
        first.save({})
    with pytest.raises(CheckpointForeign, match="these groups have moved to another stage since it was begun: vault"):
        opened(path, about=ABOUT | {"stage epochs": {"vault": 2, "attic": 1}})
    with pytest.raises(CheckpointForeign, match="crossfade was uninstalled since it was begun"):
        opened(path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", "[" * 200_000, '{"crossfade_checkpoint": 1}', '{"crossfade_checkpoint": 9}'],
    ids=range(7),
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(CheckpointError, match="begin anew with --restart"):
        opened(path)
    assert path.read_text() == text


WHOLE = {"crossfade_checkpoint": 1, "kind": "backfill", "fingerprint": "f", "about": ABOUT, "state": {}}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"about": None}, "$.about wants an object, not None"),
        ({"state": 5}, "$.state wants an object, not 5"),
        ({"state": []}, "$.state wants an object, not []"),
        ({"fingerprint": 5}, "$.fingerprint wants a text, not 5"),
        ({"kind": []}, "$.kind wants a text"),
        ({"finished": "no"}, "$.finished wants true or false, not 'no'"),
        ({"finished": 1}, "$.finished wants true or false"),
    ],
)
def test_what_was_damaged_is_refused_and_says_where(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(WHOLE | changed))
    with pytest.raises(CheckpointError, match="begin anew with --restart") as caught:
        opened(path)
    assert f"the checkpoint {path} is damaged: {says}" in str(caught.value)
    opened(path, restart=True).close()


@pytest.mark.parametrize("target", ["", ".", "/", "dynamodb:"])
def test_what_names_no_checkpoint_is_refused(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match=f"'{target}' names no checkpoint: --checkpoint wants a file, or"):
        open_checkpoint(target, kind="backfill", fingerprint="f", about=ABOUT, stores=STORES)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_made_and_one_that_cannot_be_is_told(tmp_path: Path) -> None:
    opened(tmp_path / "none" / "c.json").close()
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="cannot be made"):
        opened(tmp_path / "file" / "c.json")


def test_a_run_that_came_to_its_end_is_no_obstacle_where_it_may_be_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    with opened(path, about={"sample": 0.1}) as checkpoint:
        checkpoint.save({"n": 1})
        with pytest.raises(CheckpointBusy):
            opened(path)
    with pytest.raises(CheckpointForeign):
        opened(path, again=True)  # that one has not ended
    with opened(path, about={"sample": 0.1}) as checkpoint:
        checkpoint.finish()
    with opened(path, again=True) as checkpoint:
        assert (checkpoint.state, checkpoint.resumed, checkpoint.finished) == ({}, False, False)


class Full(io.FileIO):
    """A file on a disk that has room for some bytes more."""

    def __init__(self, path: Path, mode: str, room: int) -> None:
        super().__init__(path, mode)
        self._room = room

    def write(self, data: Any) -> int:
        super().write(data[: self._room])
        if len(data) > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(data)


@pytest.mark.parametrize("room", [0, 10, 100])
def test_a_full_disk_leaves_the_old_checkpoint_whole(tmp_path: Path, room: int) -> None:
    path = tmp_path / "c.json"
    with opened(path) as first:
        first.save({"n": 1})
    before = path.read_bytes()

    def full(part: Path, mode: str) -> IO[bytes]:
        return Full(part, mode, room)

    opener: Callable[[Path, str], IO[bytes]] = full
    place = FilePlace(path, open_file=opener)
    checkpoint = Checkpoint(place, Content("backfill", "f", ABOUT, {}))
    with checkpoint, pytest.raises(CheckpointUnsaved, match="No space left on device; it is as it was saved last"):
        checkpoint.save({"n": 2, "more": "x" * 200})
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.json", "c.json.lock"]
    assert checkpoint.state == {"n": 1}


def test_the_file_is_json_that_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    with opened(path) as first:
        first.save({"n": 1})
    assert json.loads(path.read_text()) == {
        "crossfade_checkpoint": 1,
        "kind": "backfill",
        "fingerprint": "f",
        "about": ABOUT,
        "state": {"n": 1},
        "finished": False,
    }
