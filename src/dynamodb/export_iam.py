"""The least that an application, a migration, a reader and a deployment need, as IAM policy documents. Pure.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB"; Amazon DynamoDB
Developer Guide, "Using IAM with DynamoDB transactions": what is in a transaction is allowed by the action of its kind
(PutItem, UpdateItem, DeleteItem), a check by ConditionCheckItem; there is none for transactions as such. "IAM security
policies with PartiQL for DynamoDB": an INSERT is allowed by PartiQLInsert, in a batch too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crossfade.contract.model import Contract
from crossfade.contract.own_tables import CONTROL
from crossfade.dynamodb.operations import every_table, used
from crossfade.dynamodb.tables import table_name

# Backfill inserts (or, with writes stopped, writes batches), verify reads all, repair puts and deletes under
# conditions, in transactions where lookup items hang on it.
_READING = frozenset({"DescribeTable", "GetItem", "BatchGetItem", "Scan"})
_COPYING = _READING | {"PartiQLInsert", "BatchWriteItem", "PutItem", "DeleteItem", "ConditionCheckItem"}
_CONTROLLING = _READING | {"PutItem", "UpdateItem", "DeleteItem"}
_STREAMING = frozenset({"DescribeStream", "GetRecords", "GetShardIterator"})
_DEPLOYING = frozenset(
    {
        "CreateTable", "DeleteTable", "DescribeContinuousBackups", "DescribeTable", "DescribeTimeToLive",
        "ListTagsOfResource", "TagResource", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where the tables are; CloudFormation's pseudo parameters where that is not known, for `Fn::Sub`."""

    partition: str = "${AWS::Partition}"
    region: str = "${AWS::Region}"
    account: str = "${AWS::AccountId}"

    def arn(self, table: str) -> str:
        """The ARN of a table, by its full name."""
        return f"arn:{self.partition}:dynamodb:{self.region}:{self.account}:table/{table}"


def policies(contract: Contract, prefix: str = "", place: Place | None = None) -> dict[str, dict[str, Any]]:
    """The policy documents, by role.

    Args:
        contract: the contract.
        prefix: before every table's name.
        place: where the tables are.

    Returns:
        `application`: a process in the last stage. `migration`: backfill, verify, repair and reverse, and the streams
        for the way back. `reading`: verify alone. `deployment`: `tables plan`, `apply` and `destroy`.
    """
    where = place or Place()
    arns = {t.name: where.arn(table_name(prefix, t.name)) for t in every_table(contract)}
    copied = {n: _COPYING for n in arns if n != CONTROL} | {CONTROL: _CONTROLLING}
    return {
        "application": _document([*_application(contract, arns)]),
        "migration": _document([*_on(arns, copied), *_streams(contract, arns)]),
        "reading": _document([*_on(arns, dict.fromkeys(arns, _READING))]),
        "deployment": _document([*_on(arns, dict.fromkeys(arns, _DEPLOYING))]),
    }


def _application(contract: Contract, arns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    of = used(contract)
    yield from _on(arns, {name: _actions(use.calls - {"Query"}) for name, use in of.items()})
    queried = [
        arns[name] if index is None else f"{arns[name]}/index/{index}"
        for name, use in of.items()
        for index in use.queried
    ]
    if queried:
        yield _statement("Query", {"Query"}, queried)


def _actions(calls: frozenset[str]) -> frozenset[str]:
    """The actions that allow some calls, and the check of the tables at the start."""
    checks = {"ConditionCheckItem"} if "TransactWriteItems" in calls else set()
    return calls.union({"DescribeTable"}, checks) - {"TransactWriteItems"}


def _on(arns: Mapping[str, str], actions: Mapping[str, frozenset[str]]) -> Iterator[dict[str, Any]]:
    """One statement for all tables of the same actions."""
    for number, same in enumerate(dict.fromkeys(actions.values())):
        yield _statement(f"Tables{number + 1}", same, (arns[n] for n, of in actions.items() if of == same))


def _streams(contract: Contract, arns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    streams = [f"{arns[n]}/stream/*" for n, t in contract.tables.items() if t.deployment.stream is not None]
    if streams:
        yield _statement("Streams", _STREAMING, streams)


def _statement(name: str, actions: Iterable[str], resources: Iterable[str]) -> dict[str, Any]:
    return {
        "Sid": name,
        "Effect": "Allow",
        "Action": [f"dynamodb:{action}" for action in sorted(actions)],
        "Resource": list(resources),
    }


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
