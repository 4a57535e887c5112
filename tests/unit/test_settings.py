"""Settings: argument over environment over file, and what a wrong one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossfade.dal.errors import ConfigurationError
from crossfade.settings import Settings, read_settings


def write(folder: Path, text: str) -> Path:
    path = folder / "crossfade.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_argument_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, 'stage = "mysql"\ntable_prefix = "file-"\nmysql_url = "file"\n')
    environment = {"CROSSFADE_TABLE_PREFIX": "env-", "CROSSFADE_MYSQL_URL": "env"}
    found = read_settings({"mysql_url": "argument"}, environment, file)
    assert (found.stage, found.table_prefix, found.mysql_url) == ("mysql", "env-", "argument")


def test_the_file_is_found_through_the_environment(tmp_path: Path) -> None:
    file = write(tmp_path, 'stage = "dynamodb"')
    assert read_settings({}, {"CROSSFADE_CONFIG": str(file)}).stage == "dynamodb"


def test_paths_in_a_file_are_meant_from_its_folder(tmp_path: Path) -> None:
    file = write(tmp_path, 'contract = "contracts/shop.json"')
    assert read_settings({}, {}, file).contract == str(tmp_path / "contracts/shop.json")


def test_a_file_that_was_named_and_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no configuration file .*other\.toml"):
        read_settings({}, {}, tmp_path / "other.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stage = ", "crossfade.toml: .*[Ii]nvalid"),
        ('stag = "mysql"', "'stag' is no setting; there are contract, stage"),
        ("stage = 1", "stage wants a string"),
        ('embedded = "yes"', "embedded wants a boolean"),
        ('mysql_password = "x"', "mysql_password does not belong in a file.*CROSSFADE_MYSQL_PASSWORD"),
        ('cursor_secret = "x"', "cursor_secret does not belong in a file"),
    ],
)
def test_a_wrong_file_says_what_and_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read_settings({}, {}, write(tmp_path, text))


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("true", True), ("0", False), ("", False), ("Off", False)])
def test_embedded_is_read_from_the_environment(text: str, meant: bool) -> None:
    assert read_settings({}, {"CROSSFADE_EMBEDDED": text}).embedded is meant


def test_an_unclear_embedded_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="embedded is 1 or 0, not 'perhaps'"):
        read_settings({}, {"CROSSFADE_EMBEDDED": "perhaps"})


def test_nothing_secret_is_shown() -> None:
    shown = repr(Settings(mysql_url="mysql+pymysql://u:hunter2@h/d", mysql_password="hunter3", cursor_secret="hunter4"))
    assert "hunter" not in shown
