"""Where the commands find DynamoDB: the AWS SDK's own chain, with a region where nobody says one."""

from __future__ import annotations

import os

REGION = "us-east-1"
_SAYS_REGION = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE")


def default_region() -> None:
    """Let the region be us-east-1 where neither the environment nor a profile names one.

    The endpoint is AWS_ENDPOINT_URL's; the keys are those of the environment, the profile or the role.
    """
    if not any(os.environ.get(name) for name in _SAYS_REGION):
        os.environ["AWS_REGION"] = REGION
