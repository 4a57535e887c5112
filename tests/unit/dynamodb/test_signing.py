"""Signatures are botocore's, for any request, credentials and time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.dal.errors import ConfigurationError
from crossfade.dynamodb.signing import Scope, Signer

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
SECRETS = st.builds(Credentials, TEXT, TEXT, st.none() | TEXT)
SCOPES = st.builds(
    Scope,
    st.from_regex(r"[a-z0-9.-]{1,40}(:[1-9][0-9]{0,3})?", fullmatch=True).filter(lambda h: not h.endswith(":80")),
    st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[1-9]", fullmatch=True),
    st.sampled_from(["dynamodb", "dax"]),
)
TIMES = st.integers(0, 4_000_000_000)


def signed_by_botocore(secrets: Any, scope: Scope, operation: str, body: bytes, now: float) -> dict[str, str]:
    headers = {
        "Host": scope.host,
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
    }
    request = AWSRequest("POST", f"http://{scope.host}/", headers, body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", lambda: datetime.fromtimestamp(now, UTC))
        auth.SigV4Auth(secrets, scope.service, scope.region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@settings(max_examples=3000, deadline=None)
@given(secrets=SECRETS, scope=SCOPES, operation=st.sampled_from(["GetItem", "Query"]), body=st.binary(), now=TIMES)
def test_signatures_are_botocores(secrets: Credentials, scope: Scope, operation: str, body: bytes, now: int) -> None:
    signer = Signer(secrets, scope, lambda: now)
    assert dict(signer.headers(operation, body)) == signed_by_botocore(secrets, scope, operation, body, now)


class Renewed:
    """Credentials that change under way."""

    def __init__(self) -> None:
        self.held: Any = ReadOnlyCredentials("one", "secret", "token")

    def get_frozen_credentials(self) -> Any:
        """Those of now."""
        return self.held


def test_what_is_kept_of_a_day_ends_with_it_and_with_its_credentials() -> None:
    credentials, now, scope = Renewed(), [86_399.0], Scope("h", "eu-west-1", "dynamodb")
    signer = Signer(credentials, scope, lambda: now[0])  # type: ignore[arg-type]  # what it asks of them
    for then, held in [
        (86_399.9, credentials.held),
        (86_400.0, credentials.held),
        (86_400.5, ReadOnlyCredentials("two", "secret", "token")),
        (86_400.5, ReadOnlyCredentials("two", "other", None)),
    ]:
        now[0], credentials.held = then, held
        wanted = signed_by_botocore(held, scope, "GetItem", b"{}", int(then))
        assert dict(signer.headers("GetItem", b"{}")) == wanted


def test_without_credentials_nothing_is_signed() -> None:
    credentials = Renewed()
    credentials.held = ReadOnlyCredentials("", "", None)
    with pytest.raises(ConfigurationError, match="credentials"):
        Signer(credentials, Scope("h", "r", "dynamodb")).headers("GetItem", b"")  # type: ignore[arg-type]  # as above
