"""Other names for a contract's tables: what they mean to the contract, and what is said of wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import crossfade
from crossfade.contract import ContractError, load
from crossfade.dal.errors import ConfigurationError
from crossfade.settings import Settings, named_tables
from tests.unit.cli.test_main import SHOP, Outcome

CALENDSYNC = Path(__file__).parents[2] / "contracts" / "examples" / "calendsync" / "migrationContract.json"


def names(contract: str | Path, table_names: str) -> list[str]:
    """The names of the tables."""
    return list(named_tables(load(contract), Settings(table_names=table_names)).tables)


@pytest.mark.parametrize(
    ("contract", "table_names", "expected"),
    [
        (CALENDSYNC, "", ["calendsync"]),
        (CALENDSYNC, "team-calendars", ["team-calendars"]),
        (CALENDSYNC, "calendsync=team.calendars", ["team.calendars"]),
        (SHOP, " Users = people,Products=goods, ", ["people", "goods", "Categories"]),
        (SHOP, "Users=Products,Products=Users", ["Products", "Users", "Categories"]),
    ],
)
def test_tables_get_their_names(contract: str | Path, table_names: str, expected: list[str]) -> None:
    assert names(contract, table_names) == expected


def test_it_is_another_contract_with_the_same_entities() -> None:
    settings = Settings(table_names="Users=people")
    plain, named = load(SHOP), named_tables(load(SHOP), settings)
    assert named.fingerprint != plain.fingerprint
    assert named.table_of("USER").name == named.entities["ORDER"].table == "people"
    assert named.entities.keys() == plain.entities.keys()
    assert named_tables(named, settings) == named
    assert named_tables(plain, Settings()) is plain


@pytest.mark.parametrize(
    ("table_names", "says"),
    [
        ("people", "table_names wants TABLE=NAME for Users, Products, Categories, not 'people'"),
        ("People=people", "not 'People=people'"),
        ("Users=", "not 'Users='"),
    ],
)
def test_a_name_for_no_table_is_told(table_names: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        names(SHOP, table_names)


@pytest.mark.parametrize(("table_names", "says"), [("Users=ä", "'ä'|is not allowed"), ("Users=Products", "twice")])
def test_a_name_that_cannot_be_is_told(table_names: str, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        names(SHOP, table_names)


def test_an_application_uses_them(tmp_path: Path) -> None:
    given: dict[str, Any] = {"embedded": True, "embedded_path": str(tmp_path), "table_prefix": f"{tmp_path.name}-"}
    user = {"email": "ann@example.org", "name": "Ann"}
    with crossfade.open(CALENDSYNC, stage="dynamodb", **given) as first:
        first.repository("USER").create(user)
    with crossfade.open(CALENDSYNC, stage="dynamodb", **given, table_names="other") as second:
        assert second.repository("USER").find("by_email", email="ann@example.org").items == []
        assert second.contract.table_of("USER").name == "other"
    with crossfade.open(CALENDSYNC, stage="dynamodb", **given) as first:
        assert len(first.repository("USER").find("by_email", email="ann@example.org").items) == 1


def test_the_command_takes_them(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome(
        capsys, "tables", "export", "--contract", SHOP, "--format", "terraform", "--table-names", "Users=people"
    )
    assert outcome.code == 0
    tables = json.loads(outcome.out)["resource"]["aws_dynamodb_table"].values()
    assert "${var.table_prefix}people" in {table["name"] for table in tables}
