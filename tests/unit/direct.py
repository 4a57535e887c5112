"""Moto asked without botocore in between: of some hundred thousand requests, most of the time went into that."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler


def ask(operation: str, request: dict[str, Any]) -> Any:
    """Answer a request as a client of botocore does. Raises ClientError."""
    handler: Any = DynamoHandler()
    handler.region, handler.current_account = "us-east-1", DEFAULT_ACCOUNT_ID
    handler.body = handler.params = copy.deepcopy(request)
    try:
        return copy.deepcopy(getattr(handler, xform_name(operation))().result)
    except JsonRESTError as error:
        told = json.loads(error.description)
        code, message = told.pop("__type").split("#")[-1], told.pop("message", told.pop("Message", ""))
        answer: Any = {**told, "Error": {"Code": code, "Message": message}}
        raise ClientError(answer, operation) from error


@contextmanager
def directly() -> Iterator[None]:
    """Let every client ask so."""
    with pytest.MonkeyPatch.context() as patched:
        # Where every request passes, whoever made the client.
        patched.setattr(BaseClient, "_make_api_call", lambda _, operation, request: ask(operation, request))
        yield
