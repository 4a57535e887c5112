"""Settings: argument over environment over file, and what a wrong one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossfade.dal.errors import ConfigurationError
from crossfade.settings import Settings, check_table_prefix, read_settings


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
        ('shadow_share = "0.5"', "shadow_share wants a number"),
        ("shadow_threads = true", "shadow_threads wants a number"),
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


def test_numbers_come_from_everywhere(tmp_path: Path) -> None:
    file = write(tmp_path, "shadow_share = 1\nshadow_queue = 7\nshadow_deadline = 0.5\n")
    found = read_settings({"shadow_threads": 2}, {"CROSSFADE_SHADOW_SHARE": "0.25"}, file)
    assert (found.shadow_share, found.shadow_threads) == (0.25, 2)
    assert (found.shadow_queue, found.shadow_deadline) == (7, 0.5)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("SHADOW_SHARE", "1.5", r"shadow_share is a number from 0 to 1, not '1.5' \(CROSSFADE_SHADOW_SHARE\)"),
        ("SHADOW_SHARE", "nan", "not 'nan'"),
        ("SHADOW_SHARE", "half", "not 'half'"),
        ("SHADOW_THREADS", "2.5", "shadow_threads is a whole number from 1, not '2.5'"),
        ("SHADOW_QUEUE", "0", "shadow_queue is a whole number from 1"),
        ("SHADOW_DEADLINE", "inf", "shadow_deadline is a number from 0, not 'inf'"),
    ],
)
def test_a_wrong_number_says_what_and_where(name: str, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read_settings({}, {f"CROSSFADE_{name}": text})


@pytest.mark.parametrize("prefix", ["z z", "ä-", "a/b", "a\n"])
def test_a_prefix_that_no_table_can_have_is_told(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match=r"table_prefix takes a-z, A-Z, 0-9, _, - and \., not"):
        read_settings({"table_prefix": prefix}, {})
    assert read_settings({"table_prefix": "Prod_1.a-"}, {}).table_prefix == "Prod_1.a-"


def test_a_whole_name_has_3_to_255_characters() -> None:
    check_table_prefix("a" * 250, ["Users"])
    with pytest.raises(ConfigurationError, match="with table_prefix, Users has 256 characters; DynamoDB takes 3 to"):
        check_table_prefix("a" * 251, ["T", "Users"])
