"""Files are written whole, where their path leads; what is no file is written into."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from crossfade.migration.private import write_private, write_whole


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_private("\ud800", file)
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("old", [True, False])
def test_a_link_is_followed(old: bool, tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    if old:
        (folder / "target").write_text("old", encoding="utf-8")
    link.symlink_to(folder / "target")
    write_whole("new", link)
    assert link.is_symlink()
    assert (folder / "target").read_text(encoding="utf-8") == "new"
    assert [f.name for f in folder.iterdir()] == ["target"]


@pytest.mark.parametrize("linked", [True, False])
def test_a_pipe_is_written_into(linked: bool, tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_private("through it", link if linked else pipe)
        assert os.read(reader, 100) == b"through it"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert {f.name for f in tmp_path.iterdir()} == {"pipe", "link"}
