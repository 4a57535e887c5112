"""Local or remote, by configuration: `COAGENT_ENVIRONMENT` is `local`, or the name of a deployment such as `staging`.

Which store answers is crossfade's own configuration (`CROSSFADE_STAGE`, `CROSSFADE_MYSQL_URL` ...).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

import crossfade
from crossfade.dal.errors import ConfigurationError
from examples.coagent.keys import CONTRACT
from examples.coagent.repository import GenericRepository
from examples.coagent.retry import Retry

N = TypeVar("N", int, float)
LOCAL = "local"
_ENDPOINTS = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """What the environment's name means, as variables for crossfade and the AWS SDK; what is set stays as it is.

    The name stands before the names of the tables (`staging-BayonCoAgent`). Locally there are an endpoint and made-up
    credentials; anywhere else all that is the SDK's own chain's to find.

    Args:
        environ: the process's environment.

    Raises:
        ConfigurationError: no environment is named, or a remote one is led to this machine.
    """
    name = environ.get("COAGENT_ENVIRONMENT")
    if not name:
        raise ConfigurationError("no environment: set COAGENT_ENVIRONMENT to local, or to a deployment's name")
    found = {"CROSSFADE_TABLE_PREFIX": f"{name}-"}
    if name == LOCAL:
        found |= {
            _ENDPOINTS[0]: environ.get(_ENDPOINTS[1], "http://localhost:8000"),
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
    elif led := [v for v in _ENDPOINTS if urlsplit(environ.get(v, "")).hostname in _LOOPBACK]:
        raise ConfigurationError(f"{name} is not local, and {led[0]} leads to this machine: unset one of the two")
    return {variable: environ.get(variable, value) for variable, value in found.items()}


def retry_of(environ: Mapping[str, str]) -> Retry:
    """The policy of `COAGENT_RETRY_ATTEMPTS`, `_BASE_MS`, `_FACTOR` and `_LONGEST_MS`; `Retry`'s own where not set.

    Raises:
        ConfigurationError: one of them makes no sense.
    """
    usual = Retry()
    try:
        return Retry(
            attempts=_number(environ, "ATTEMPTS", int, usual.attempts),
            base=_number(environ, "BASE_MS", float, usual.base * 1000) / 1000,
            factor=_number(environ, "FACTOR", float, usual.factor),
            longest=_number(environ, "LONGEST_MS", float, usual.longest * 1000) / 1000,
        )
    except ValueError as error:
        raise ConfigurationError(f"COAGENT_RETRY_...: {error}") from None


def open_app() -> crossfade.App:
    """The application's data layer in the environment that is named. Adds to `os.environ` what the AWS SDK reads there.

    Raises:
        ConfigurationError: a setting is missing or makes no sense.
    """
    os.environ.update(variables(os.environ))
    return crossfade.open(CONTRACT)


def open_repository(app: crossfade.App) -> GenericRepository:
    """The generic repository on an open application, with the retries that the environment says."""
    return GenericRepository(app, retry_of(os.environ))


def _number(environ: Mapping[str, str], name: str, kind: Callable[[str], N], usual: N) -> N:
    given = environ.get(f"COAGENT_RETRY_{name}")
    return usual if given is None else kind(given)
