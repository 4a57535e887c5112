"""`crossfade tables export`: what it prints is tested in tests/unit/dynamodb/test_export_*.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.test_main import SHOP, Outcome


@pytest.mark.parametrize(
    ("format_", "key"), [("cloudformation", "Resources"), ("terraform", "resource"), ("iam", "application")]
)
def test_each_format_is_printed(capsys: pytest.CaptureFixture[str], format_: str, key: str) -> None:
    outcome = Outcome(capsys, "tables", "export", "--contract", SHOP, "--format", format_, "--table-prefix", "p_")
    assert (outcome.code, outcome.err) == (0, "")
    assert key in json.loads(outcome.out)
    assert "p_" in outcome.out


def test_one_role_in_one_place_into_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "reading.json"
    place = ("--partition", "aws-cn", "--region", "cn-north-1", "--account", "123456789012")
    arguments = ("--contract", SHOP, "--format", "iam", "--role", "reading", *place, "-o", path)
    outcome = Outcome(capsys, "tables", "export", *arguments)
    assert (outcome.code, outcome.out) == (0, "")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["Statement"][0]["Resource"][0] == "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/Users"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("removal", "policy", "prevented"),
    [((), "Retain", True), (("--removal", "retain"), "Retain", True), (("--removal", "destroy"), "Delete", False)],
)
def test_an_environment_says_what_becomes_of_the_tables(
    capsys: pytest.CaptureFixture[str], removal: tuple[str, ...], policy: str, prevented: bool
) -> None:
    def exported(format_: str) -> dict[str, Any]:
        outcome = Outcome(capsys, "tables", "export", "--contract", SHOP, "--format", format_, *removal)
        assert (outcome.code, outcome.err) == (0, "")
        made: dict[str, Any] = json.loads(outcome.out)
        return made

    tables = [r for r in exported("cloudformation")["Resources"].values() if r["Type"] == "AWS::DynamoDB::Table"]
    assert {(t["DeletionPolicy"], t["UpdateReplacePolicy"]) for t in tables} == {(policy, policy)}
    kept = [t["lifecycle"] for t in exported("terraform")["resource"]["aws_dynamodb_table"].values()]
    assert len(kept) == len(tables) == 5
    assert all(lifecycle == {"prevent_destroy": prevented} for lifecycle in kept)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "iam", "--removal", "destroy"), "--removal goes with"),
        (("--format", "terraform", "--role", "reading"), "go with --format iam"),
        (("--format", "cloudformation", "--region", "us-east-1"), "go with --format iam"),
        (("--format", "pulumi"), "'pulumi' is not one of"),
        ((), "Missing option '--format'"),
    ],
)
def test_bad_arguments_exit_2(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    outcome = Outcome(capsys, "tables", "export", "--contract", SHOP, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_a_folder_that_is_not_there_exits_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "none" / "x.json"
    outcome = Outcome(capsys, "tables", "export", "--contract", SHOP, "--format", "iam", "-o", path)
    assert outcome.code == 2
    assert outcome.err.startswith("crossfade: ")
