"""What is there of a contract's tables: read from DynamoDB, as a plan needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from crossfade.contract.model import Contract
from crossfade.dynamodb import errors
from crossfade.dynamodb.operations import every_table
from crossfade.dynamodb.tables import table_name

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

GONE = frozenset({"ResourceNotFoundException", "TableNotFoundException"})
_LACKING = frozenset({"UnknownOperationException"})  # of imitations such as DynamoDB Local

Lacking = Literal["lacking"]


@dataclass(frozen=True, slots=True)
class TableState:
    """One table as it is.

    Attributes:
        description: DescribeTable's; None where there is no table, or it is being deleted.
        ttl: the attribute and the status (`ENABLED`, `ENABLING`, `DISABLING`, `DISABLED`) of its time to live.
        recovery: whether there is point-in-time recovery; `lacking` where the endpoint has no such thing.
        tags: its tags, likewise.
    """

    description: Mapping[str, Any] | None = None
    ttl: tuple[str | None, str] = (None, "DISABLED")
    recovery: bool | Lacking = False
    tags: Mapping[str, str] | Lacking = field(default_factory=dict)

    @property
    def items(self) -> int:
        """How many items it has, as of some hours ago."""
        return 0 if self.description is None else int(self.description.get("ItemCount", 0))


def read_states(client: DynamoDBClient, contract: Contract, prefix: str) -> dict[str, TableState]:
    """The state of every table of the contract and of crossfade's own, by full name.

    Tags and recovery are read only where the contract asks for them.

    Raises:
        StoreUnavailable: DynamoDB cannot be reached, or refuses the credentials.
    """
    found = {}
    for table in every_table(contract):
        name, wanted = table_name(prefix, table.name), table.deployment
        description = describe(client, name)
        if description is not None and description["TableStatus"] == "DELETING":
            description = None
        found[name] = TableState(
            description,
            _ttl(client, name) if description is not None else (None, "DISABLED"),
            _recovery(client, name) if wanted.point_in_time_recovery else False,
            _tags(client, str(description["TableArn"])) if description is not None and wanted.tags else {},
        )
    return found


def describe(client: DynamoDBClient, name: str) -> Mapping[str, Any] | None:
    """DescribeTable's answer; None where there is no such table. Raises StoreUnavailable."""
    answer = ask(client.describe_table, {"TableName": name}, dict.fromkeys(GONE))
    return None if answer is None else answer["Table"]


def ask(send: Callable[..., Any], request: Mapping[str, Any], instead: Mapping[str, Any]) -> Any:
    """The answer, or what stands `instead` under the AWS code of a refusal.

    Raises:
        StoreError: DynamoDB refuses with another code, or cannot be reached.
    """
    try:
        return send(**request)
    except errors.DRIVER_ERRORS as error:
        if isinstance(error, ClientError) and (code := errors.aws_code(error)) in instead:
            return instead[code]
        raise errors.translate(error, write=False) from error


def _ttl(client: DynamoDBClient, name: str) -> tuple[str | None, str]:
    answer = ask(client.describe_time_to_live, {"TableName": name}, {})["TimeToLiveDescription"]
    return answer.get("AttributeName"), answer["TimeToLiveStatus"]


def _recovery(client: DynamoDBClient, name: str) -> bool | Lacking:
    instead: dict[str, str | None] = dict.fromkeys(GONE) | dict.fromkeys(_LACKING, "lacking")
    answer = ask(client.describe_continuous_backups, {"TableName": name}, instead)
    if answer == "lacking":
        return "lacking"
    if answer is None:
        return False
    kept = answer.get("ContinuousBackupsDescription", {}).get("PointInTimeRecoveryDescription", {})
    return bool(kept.get("PointInTimeRecoveryStatus") == "ENABLED")


def _tags(client: DynamoDBClient, arn: str) -> Mapping[str, str] | Lacking:
    found: dict[str, str] = {}
    more: dict[str, str] = {}
    while True:
        request = {"ResourceArn": arn, **more}
        answer = ask(client.list_tags_of_resource, request, dict.fromkeys(_LACKING, "lacking"))
        if answer == "lacking":
            return "lacking"
        found |= {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}
        if not answer.get("NextToken"):
            return found
        more = {"NextToken": answer["NextToken"]}
