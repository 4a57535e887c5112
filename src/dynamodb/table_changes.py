"""What UpdateTable does to a table that is there. Pure.

Amazon DynamoDB API Reference, `UpdateTable`: one index is created or deleted in a request, and one kind of change
made; "Managing Global Secondary Indexes": nothing else of the table can be changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossfade.contract.model import Deployment
from crossfade.dynamodb.schema import index_differences, key_difference, typed_key
from crossfade.dynamodb.table_action import Action, Permits, Refusal, Step


class Changes:
    """The way from one table to what it should be.

    Args:
        wanted: the CreateTable request that would make it.
        found: the description that DescribeTable gives.
        permits: what may be taken away.
    """

    def __init__(self, wanted: Mapping[str, Any], found: Mapping[str, Any], permits: Permits) -> None:
        self._name: str = wanted["TableName"]
        self._wanted, self._found, self._permits = wanted, found, permits

    def steps(self, deployment: Deployment) -> Iterator[Step]:
        """The steps; a table with another key gets a refusal alone."""
        other = key_difference("its key", self._wanted, self._found, self._wanted, self._found)
        if other is not None:
            yield self._refusal(
                f"{other}; a key cannot be changed: give the table another name in the contract, copy the data there, "
                "and destroy this one"
            )
            return
        yield from self._protection(deployment)
        yield from self._billing()
        yield from self._stream()
        yield from self._indexes()

    def _protection(self, deployment: Deployment) -> Iterator[Step]:
        found = bool(self._found.get("DeletionProtectionEnabled", False))
        if deployment.deletion_protection and not found:
            yield self._update("protect it against deletion", DeletionProtectionEnabled=True)
        elif found and not deployment.deletion_protection:
            if self._permits.unprotect:
                yield self._update("take away its protection against deletion", DeletionProtectionEnabled=False)
            else:
                yield self._note("is protected against deletion, which the contract does not ask for (--unprotect)")

    def _billing(self) -> Iterator[Step]:
        found = _billing(self._found)
        if found == self._wanted["BillingMode"]:
            return
        if found == "PROVISIONED":
            yield self._update("bill it on demand", BillingMode="PAY_PER_REQUEST")
            return
        wanted = [
            {"Update": {"IndexName": i["IndexName"], "ProvisionedThroughput": i["ProvisionedThroughput"]}}
            for i in self._wanted.get("GlobalSecondaryIndexes", ())
            if i["IndexName"] in self._there()
        ]
        capacity = self._wanted["ProvisionedThroughput"]
        yield self._update(
            f"bill it by provisioned capacity, {capacity['ReadCapacityUnits']} read and "
            f"{capacity['WriteCapacityUnits']} write units",
            BillingMode="PROVISIONED",
            ProvisionedThroughput=capacity,
            **({"GlobalSecondaryIndexUpdates": wanted} if wanted else {}),
        )

    def _stream(self) -> Iterator[Step]:
        wanted, found = (of.get("StreamSpecification") or {} for of in (self._wanted, self._found))
        if wanted == found:
            return
        if not found.get("StreamEnabled"):
            if wanted:
                yield self._update(f"give it a stream of {wanted['StreamViewType']}", StreamSpecification=wanted)
        elif not wanted:
            yield self._note(f"has a stream of {found['StreamViewType']}, which the contract does not ask for")
        else:
            yield self._refusal(
                f"its stream has {found['StreamViewType']}, not {wanted['StreamViewType']}; a stream cannot be "
                "changed: disable it when nobody reads it any more (its readers lose their place), then apply again"
            )

    def _indexes(self) -> Iterator[Step]:
        there = self._there()
        wanted = {index["IndexName"]: index for index in self._wanted.get("GlobalSecondaryIndexes", ())}
        for name in there:
            if name not in wanted:
                yield (
                    self._drop(name)
                    if self._permits.remove_indexes
                    else self._note(f"has an index {name}, which the contract does not (--remove-indexes)")
                )
        for name, index in wanted.items():
            if name not in there or there[name].get("IndexStatus") == "DELETING":
                yield from self._add(index)
                continue
            other = "; ".join(index_differences(index, there[name], self._wanted, self._found))
            if not other:
                continue
            if not self._permits.replace_indexes:
                yield self._refusal(
                    f"{other}; an index cannot be changed: give it another name in the contract, or have it deleted "
                    "and made anew, when its queries fail meanwhile (--replace-indexes)"
                )
                continue
            yield self._drop(name)
            yield from self._add(index)

    def _add(self, index: Mapping[str, Any]) -> Iterator[Step]:
        found = {a["AttributeName"]: a["AttributeType"] for a in self._found["AttributeDefinitions"]}
        key = typed_key(index, self._wanted)
        for name, type_ in key:
            if found.get(name, type_) != type_:
                yield self._refusal(
                    f"index {index['IndexName']} wants {name} as {type_}, and another key has it as {found[name]}: "
                    "remove that index first, or name the attribute otherwise"
                )
                return
        yield self._update(
            f"add index {index['IndexName']}",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in key],
            GlobalSecondaryIndexUpdates=[{"Create": index}],
        )

    def _drop(self, name: str) -> Action:
        return self._update(f"delete index {name}", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])

    def _there(self) -> dict[str, Mapping[str, Any]]:
        return {index["IndexName"]: index for index in self._found.get("GlobalSecondaryIndexes", ())}

    def _update(self, says: str, **request: Any) -> Action:
        return Action("UpdateTable", self._name, says, {"TableName": self._name, **request})

    def _refusal(self, says: str) -> Refusal:
        return Refusal(self._name, says)

    def _note(self, says: str) -> str:
        return f"{self._name} {says}"


def _billing(found: Mapping[str, Any]) -> str:
    # "PROVISIONED" is what a table has that was never asked for it: DescribeTable then gives no summary.
    summary: Mapping[str, str] = found.get("BillingModeSummary") or {}
    return summary.get("BillingMode", "PROVISIONED")
