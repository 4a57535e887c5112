"""AWS Signature Version 4 for DynamoDB's data requests, with what stays the same for a day made once a day.

The rules: AWS IAM User Guide, "Create a signed AWS API request". What differs from one request to the next is the time,
the operation and the body; path, query and method never do.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from crossfade.dal.errors import ConfigurationError

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials

CONTENT_TYPE = "application/x-amz-json-1.0"
_VERSION = "DynamoDB_20120810"
_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a signature is for.

    Attributes:
        host: as the Host header has it.
        region, service: as the credential scope names them.
    """

    host: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class _Day:
    """What the signatures of one day and one set of credentials share."""

    day: str
    secrets: ReadOnlyCredentials
    key: bytes
    scope: str


class Signer:
    """Signs requests. Safe to share between threads.

    Args:
        credentials: whose requests they are; botocore's, which renew themselves.
        scope: whom they are for.
        clock: seconds since the epoch.
    """

    def __init__(self, credentials: Credentials, scope: Scope, clock: Callable[[], float] = time.time) -> None:
        self._credentials, self._scope, self._clock = credentials, scope, clock
        self._second, self._stamp = -1, ""
        self._day: _Day | None = None

    def headers(self, operation: str, body: bytes) -> list[tuple[str, str]]:
        """The headers of a request, the signature among them.

        Args:
            operation: DynamoDB's name of it.
            body: what is sent.

        Raises:
            ConfigurationError: there are no credentials any more.
            botocore.exceptions.BotoCoreError: they cannot be renewed.
        """
        stamp = self._now()
        day = self._of(stamp[:8])
        target = f"{_VERSION}.{operation}"
        signed = [("content-type", CONTENT_TYPE), ("host", self._scope.host), ("x-amz-date", stamp)]
        if day.secrets.token:
            signed.append(("x-amz-security-token", day.secrets.token))
        signed.append(("x-amz-target", target))
        names = ";".join([name for name, _ in signed])
        lines = "\n".join([f"{name}:{value}" for name, value in signed])
        request = f"POST\n/\n\n{lines}\n\n{names}\n{sha256(body).hexdigest()}"
        digest = sha256(request.encode()).hexdigest()
        text = f"{_ALGORITHM}\n{stamp}\n{day.scope}\n{digest}"
        signature = hmac.digest(day.key, text.encode(), "sha256").hex()
        whose = f"Credential={day.secrets.access_key}/{day.scope}"
        signed.append(("authorization", f"{_ALGORITHM} {whose}, SignedHeaders={names}, Signature={signature}"))
        return signed

    def _now(self) -> str:
        second = int(self._clock())
        if second != self._second:
            # The stamp first: whoever sees the new second must not find the old stamp.
            self._stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
            self._second = second
        return self._stamp

    def _of(self, day: str) -> _Day:
        secrets, known = self._credentials.get_frozen_credentials(), self._day
        if known is not None and known.day == day and known.secrets == secrets:
            return known
        if not secrets.access_key or not secrets.secret_key:
            raise ConfigurationError("the AWS credentials are gone")
        key = f"AWS4{secrets.secret_key}".encode()
        for part in (day, self._scope.region, self._scope.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        made = _Day(day, secrets, key, f"{day}/{self._scope.region}/{self._scope.service}/aws4_request")
        self._day = made
        return made
