"""`make demo`: the shop moves through every stage, and nothing is lost; at its shortest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

COURSE = ("--seconds", "8", "--moves", "5", "--kill-every", "5", "--stall-every", "0")


def test_the_demo_passes_and_writes_its_report(tmp_path: Path) -> None:
    report = tmp_path / "demo.html"
    command = [sys.executable, "-m", "examples.shop.demo", "--report", str(report), "--json", *COURSE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ, timeout=120)  # noqa: S603 - our own
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["ok"], [move["to"] for move in found["moves"]], found["verify"]["equal"]) == (
        True, ["dual_write", "shadow", "live", "ramp_down", "dynamodb"], True,
    )  # fmt: skip
    assert "<svg" in report.read_text(encoding="utf-8")
