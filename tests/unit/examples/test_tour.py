"""The README's tour runs, and says the same on both stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples import tour

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("stage", ["mysql", "dynamodb"])
def test_the_tour_says_what_the_readme_shows(stage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tour.main(stage, str(tmp_path))
    said = capsys.readouterr().out
    assert said == f"{stage}: not sold twice, 1 left\n{stage}: Atlas, 34.50, in Books\n"
    assert said in (ROOT / "README.md").read_text(encoding="utf-8")
