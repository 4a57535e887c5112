"""The examples' commands without a server, as their READMEs have them, one example after the other in one folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
EXAMPLES = ("productivity", "calendsync", "coagent", "shuttle")


def commands(example: str) -> tuple[dict[str, str], list[str]]:
    """What a README exports for the embedded stores, and its command that fills them."""
    text = (ROOT / "examples" / example / "README.md").read_text(encoding="utf-8")
    [block] = [b for b in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "CROSSFADE_EMBEDDED=1" in b]
    lines = [shlex.split(line, comments=True) for line in block.splitlines()]
    exported = dict(word.split("=", 1) for line in lines if line[0] == "export" for word in line[1:])
    [seed] = [line for line in lines if line[:3] == ["python", "-m", f"examples.{example}.seed"]]
    return exported, seed[1:]


def test_each_example_has_a_database_of_its_own(tmp_path: Path) -> None:
    clean = {n: v for n, v in os.environ.items() if not n.startswith(("CROSSFADE_", "COAGENT_", "AWS_"))}
    for example in EXAMPLES:
        exported, seed = commands(example)
        environment = {**clean, "PYTHONPATH": str(ROOT), **exported}
        done = subprocess.run(  # noqa: S603 - the README's own command
            [sys.executable, *seed], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, example + done.stdout + done.stderr
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("mysql.sqlite")}
    assert made == {f".crossfade/{example}/mysql.sqlite" for example in EXAMPLES}
