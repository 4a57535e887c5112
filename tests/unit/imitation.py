"""Moto in this process, empty: the one place where tests switch it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from moto import mock_aws
from moto.core.models import MockAWS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SETTINGS: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "a",
    "aws_secret_access_key": "b",
}


@contextmanager
def imitation() -> Iterator[DynamoDBClient]:
    """A DynamoDB without tables, by a client that tries once.

    Moto keeps what it holds where it is switched on twice: the inner test would find what the outer one left.
    """
    assert not MockAWS._nested_count, "moto is on already: a fixture of another test is still open"
    with mock_aws():
        yield _session().client("dynamodb", config=Config(retries={"total_max_attempts": 1}), **SETTINGS)


@cache
def _session() -> boto3.session.Session:
    # Reading the description of the service is most of what making a client takes.
    return boto3.session.Session()
