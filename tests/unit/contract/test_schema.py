"""The published JSON Schema: it is what the loader checks, and every contract of the tree fits it."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from crossfade.contract import ContractError, load
from crossfade.contract.format import json_schema
from tests.unit.contract.examples import bookshop
from tests.unit.contract.examples_v1 import older, workshop

ROOT = Path(__file__).parents[3]
CONTRACTS = sorted({*ROOT.glob("contracts/**/*ontract*.json"), *ROOT.glob("tests/unit/contract_cases/*.json")})
SCHEMA = json.loads(files("crossfade.contract").joinpath("schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_shipped_schema_is_the_loaders() -> None:
    """To write it anew: python -m tests.unit.contract.write_schema."""
    assert json_schema() == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", [p for p in CONTRACTS if ".stats." not in p.name], ids=lambda p: p.name)
def test_contracts_of_the_tree_fit(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("example", [bookshop(), workshop(), older()])
def test_examples_fit(example: Any) -> None:
    VALIDATOR.validate(example)
    load(example)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("tables"),
        lambda c: c.update(tables=[]),
        lambda c: c.update(version="3"),
        lambda c: c.update(unknown=1),
        lambda c: c["tables"][0].pop("table"),
        lambda c: c["tables"][0].update(table="a"),
        lambda c: c["tables"][0].update(type="entity"),
        lambda c: c["tables"][0].update(stream=True),
        lambda c: c["tables"][0]["entities"][0].update(key=[]),
        lambda c: c["tables"][0]["entities"][0].update(unique="email,name"),
        lambda c: c["tables"][0]["entities"][0]["attributes"][0].update(type="STRING"),
        lambda c: c["tables"][0]["entities"][0]["attributes"][0].update(nullable="no"),
        lambda c: c["tables"][0]["entities"][0]["attributes"][0].update(join={"type": "cross"}),
        lambda c: c["tables"][0]["entities"][0]["attributes"][0].update(join={"type": "foreign-key"}),
        lambda c: c["tables"][0]["entities"][0]["attributes"][0].update(transformation={"type": "string-format"}),
        lambda c: c["tables"][0]["entities"][0]["access_patterns"][0].update(rps=-1),
    ],
)
def test_structure_errors_are_errors_of_both(change: Any) -> None:
    contract = bookshop()
    change(contract)
    assert not VALIDATOR.is_valid(contract)
    with pytest.raises(ContractError):
        load(contract)
