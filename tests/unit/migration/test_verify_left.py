"""What is left of a verification: what its checkpoint kept, and nothing else."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from crossfade.migration.checkpoint import open_checkpoint
from crossfade.migration.errors import CheckpointError, Stopped
from crossfade.migration.stop import Stop
from crossfade.migration.verify import Verification, VerifyOptions
from tests.unit.migration.embedded import Shop

OPTIONS = VerifyOptions(workers=1, pause=0)


def verify(shop: Shop, path: Path, *, end: bool = False) -> bool:
    """Whether it found the shop's stores equal."""
    stop = Stop(threading.Event())
    if end:
        stop.event.set()
    with open_checkpoint(
        str(path), kind="verify", fingerprint="f", about=OPTIONS.about(), stores=shop.stores
    ) as checkpoint:
        return Verification(shop.stores, OPTIONS, checkpoint, stop=stop).run().equal


def kept(shop: Shop, path: Path) -> Any:
    """What a verification leaves that had to end at once."""
    with pytest.raises(Stopped):
        verify(shop, path, end=True)
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_was_kept_is_gone_on_with(dual: Shop, tmp_path: Path) -> None:
    dual.of("CATEGORY").create({"name": "Books"})
    path = tmp_path / "verify.json"
    assert {task[0] for task in kept(dual, path)["state"]["tasks"]} == {"rows", "items"}
    assert verify(dual, path)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"tasks": 7}, "$.state.tasks wants a list, not 7"),
        ({"tasks": [7]}, "$.state.tasks[0] wants a list, not 7"),
        ({"tasks": [[]]}, "$.state.tasks[0] is nothing that this verification looks at"),
        ({"tasks": [["rows", "NOBODY", None, None]]}, "$.state.tasks[0] is nothing that this"),
        ({"tasks": [["rows", ["USER"], None, None]]}, "$.state.tasks[0] is nothing that this"),
        ({"tasks": [["rows", "USER", ["x"], None]]}, "$.state.tasks[0][2] is no position"),
        ({"tasks": [["rows", "USER", None, ["1", "2"]]]}, "$.state.tasks[0][3] is no position"),
        ({"tasks": [["counter", "NOBODY"]]}, "$.state.tasks[0] is nothing that this"),
        ({"tasks": [["items", "t_Users", 99, None]]}, "$.state.tasks[0] is nothing that this"),
        ({"tasks": [["items", "t_Users", 0, {"PK": "x"}]]}, "$.state.tasks[0][3].PK wants a text of type S, N or B"),
        ({"tally": None}, "$.state.tally wants"),
        ({"started": "today"}, "$.state.started wants a time in ISO 8601"),
        ({"more": 1}, "$.state wants exactly started, tally, tasks"),
    ],
)  # fmt: skip
def test_what_was_damaged_is_refused_and_says_where(
    shop: Shop, tmp_path: Path, state: dict[str, Any], says: str
) -> None:
    path = tmp_path / "verify.json"
    raw = kept(shop, path)
    path.write_text(json.dumps(raw | {"state": raw["state"] | state}), encoding="utf-8")
    with pytest.raises(CheckpointError) as caught:
        verify(shop, path)
    assert f"{path} is damaged: {says}" in str(caught.value)
