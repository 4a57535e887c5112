"""What is made from the systems' contracts and committed is what would be made now."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossfade.contract import lint, load, parse_schema
from tests.systems.pages import made
from tests.systems.system import ROOT, SYSTEMS, contract_path

FILES = [(name, path) for name in SYSTEMS for path in made(name)]


@pytest.mark.parametrize(("name", "path"), FILES, ids=[str(path.relative_to(ROOT)) for _, path in FILES])
def test_a_file_is_what_would_be_made(name: str, path: Path) -> None:
    expected = made(name)[path](load(contract_path(name)))
    assert path.read_text(encoding="utf-8") == expected, "python -m tests.systems.pages makes it anew"


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_contract_is_clean(name: str) -> None:
    path = contract_path(name)
    schema = parse_schema(path.with_name("schema.sql").read_text(encoding="utf-8"))
    assert [found for found in lint(load(path), schema) if found.severity != "info"] == []
