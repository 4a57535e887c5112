"""The parts of coagent that need no store: names of errors, the environment, what is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crossfade.dal import errors
from crossfade.dal.errors import ConfigurationError, CrossfadeError, InvalidPattern
from examples.coagent.entities import OAuthToken
from examples.coagent.environment import open_app, open_repository, retry_of, variables
from examples.coagent.errors import error_name
from examples.coagent.retry import Retry
from examples.coagent.seed import main
from tests.systems.coagent_samples import sample
from tests.unit.coagent.world import opened

NAMES = {
    "ItemNotFoundError": {"NotFound"},
    "ConditionalCheckFailedError": {"ConditionFailed", "VersionConflict", "DuplicateKey"},
    "ThroughputExceededError": {"CapacityExceeded", "StoreUnavailable", "Conflict"},
    "ValidationError": {"InvalidValue", "InvalidKey", "InvalidPattern", "InvalidCursor", "ItemTooLarge"},
}


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - {"ContractError"}))
def test_every_error_has_a_name_and_those_of_throughput_may_pass(name: str) -> None:
    made = getattr(errors, name)
    error: CrossfadeError = made("field", "reason") if issubclass(made, errors.InvalidValue) else made("reason")
    found = error_name(error)
    assert found == next((known for known, of in NAMES.items() if name in of), "DynamoDBError")
    assert error.retryable == (found == "ThroughputExceededError")


def test_locally_there_are_an_endpoint_and_made_up_credentials() -> None:
    found = variables({"COAGENT_ENVIRONMENT": "local", "AWS_ENDPOINT_URL": "http://dynamodb:8000"})
    assert found == {
        "CROSSFADE_TABLE_PREFIX": "local-",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://dynamodb:8000",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    assert variables({"COAGENT_ENVIRONMENT": "local"})["AWS_ENDPOINT_URL_DYNAMODB"] == "http://localhost:8000"


def test_remotely_there_is_a_prefix_alone() -> None:
    given = {"COAGENT_ENVIRONMENT": "staging"}
    assert variables(given) == {"CROSSFADE_TABLE_PREFIX": "staging-"}
    assert variables(given | {"CROSSFADE_TABLE_PREFIX": ""}) == {"CROSSFADE_TABLE_PREFIX": ""}
    elsewhere = {"AWS_ENDPOINT_URL": "https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com"}
    assert variables(given | elsewhere) == {"CROSSFADE_TABLE_PREFIX": "staging-"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"COAGENT_ENVIRONMENT": "production", "AWS_ENDPOINT_URL": "http://localhost:8000"},
        {"COAGENT_ENVIRONMENT": "production", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:4566"},
    ],
)
def test_an_environment_is_named_and_leads_where_it_says(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=r"COAGENT_ENVIRONMENT|leads to this machine"):
        variables(environ)


def test_retries_are_configured() -> None:
    assert retry_of({}) == Retry(attempts=3, base=0.1, factor=2.0, longest=5.0)
    given = {"ATTEMPTS": "5", "BASE_MS": "20", "FACTOR": "3", "LONGEST_MS": "1500"}
    found = retry_of({f"COAGENT_RETRY_{name}": value for name, value in given.items()})
    assert found == Retry(attempts=5, base=0.02, factor=3.0, longest=1.5)
    for wrong in ({"COAGENT_RETRY_ATTEMPTS": "many"}, {"COAGENT_RETRY_ATTEMPTS": "0"}, {"COAGENT_RETRY_FACTOR": "0.1"}):
        with pytest.raises(ConfigurationError, match="COAGENT_RETRY_"):
            retry_of(wrong)


@pytest.mark.parametrize("stage", ["mysql", "dynamodb"])
def test_the_environment_opens_the_store_that_is_configured(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "COAGENT_ENVIRONMENT": "local",
        "COAGENT_RETRY_ATTEMPTS": "1",
        "CROSSFADE_EMBEDDED": "1",
        "CROSSFADE_EMBEDDED_PATH": str(tmp_path),
        "CROSSFADE_STAGE": stage,
        "CROSSFADE_TABLE_PREFIX": f"coagent-{stage}-",
    }
    for name, value in {**given, **variables(given)}.items():  # all that is set, so that it is undone
        monkeypatch.setenv(name, value)
    said = CliRunner().invoke(main)
    assert (said.exit_code, said.output) == (0, "260 entities\n")
    with open_app() as app:
        coagent = open_repository(app)
        assert coagent.query("USER#ada", "TRAINING#", limit=1).items[0].data.module == "basics"
        assert len(coagent.query("REVIEW#ben").items) == 25
    monkeypatch.delenv("COAGENT_ENVIRONMENT")
    said = CliRunner().invoke(main)
    assert (said.exit_code, "COAGENT_ENVIRONMENT" in said.output) == (1, True)


def test_tokens_are_not_printed() -> None:
    token = sample(OAuthToken, "u")
    assert (token.access_token[:4], "aaaa" in f"{token!r} {token}") == ("aaaa", False)


@pytest.mark.parametrize("limit", [0, -1, "5", True, None])
def test_a_limit_that_is_none_is_refused(limit: Any, tmp_path: Path) -> None:
    with opened("memory", tmp_path) as world, pytest.raises(InvalidPattern, match="whole number from 1"):
        world.coagent.query("USER#ada", limit=limit)
