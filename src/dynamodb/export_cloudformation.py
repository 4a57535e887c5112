"""A contract's tables and their alarms as a CloudFormation template. Pure.

AWS CloudFormation template reference: `AWS::DynamoDB::Table`, `AWS::CloudWatch::Alarm`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossfade.contract.model import Contract, Table
from crossfade.dynamodb.alarms import NAMESPACE, PERIOD, Alarm, Metric, alarms
from crossfade.dynamodb.export_names import logical_names
from crossfade.dynamodb.operations import every_table
from crossfade.dynamodb.tables import create_requests

_PARAMETERS = {
    "AlarmTopicArn": {
        "Type": "String",
        "Default": "",
        "Description": "The SNS topic that alarms tell. Empty: alarms are there and tell nobody.",
    },
    "LatencyMilliseconds": {
        "Type": "Number",
        "Default": 100,
        "MinValue": 1,
        "Description": "The latency of the slowest of a hundred calls above which an alarm goes off.",
    },
    "UserErrorsPerMinute": {
        "Type": "Number",
        "Default": 100,
        "MinValue": 0,
        "Description": "Refused calls of the account above which an alarm goes off. A cancelled transaction is one.",
    },
    "KmsKeyArn": {
        "Type": "String",
        "Default": "",
        "Description": "The KMS key that encrypts the tables. Empty: a key that AWS owns.",
    },
    "ContributorInsights": {
        "Type": "String",
        "Default": "false",
        "AllowedValues": ["true", "false"],
        "Description": "Whether CloudWatch keeps the most used keys of each table, which costs.",
    },
}
_REQUESTED = ("AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexes")
_CHOSEN = {"latency": {"Ref": "LatencyMilliseconds"}, "user_errors": {"Ref": "UserErrorsPerMinute"}}
_NOTHING = {"Ref": "AWS::NoValue"}


def cloudformation(contract: Contract, prefix: str = "") -> dict[str, Any]:
    """The template.

    Args:
        contract: the contract.
        prefix: the default of the parameter that goes before every table's name.
    """
    tables = every_table(contract)
    names = logical_names((table.name for table in tables), "Table")
    requests = {request["TableName"]: request for request in create_requests(contract, "")}
    resources = {names[table.name]: _table(table, requests[table.name]) for table in tables}
    every = list(alarms(contract))
    alarm_names = logical_names((alarm.name for alarm in every), "Alarm")
    resources |= {alarm_names[alarm.name]: _alarm(alarm, names) for alarm in every}
    named = {"Type": "String", "Default": prefix, "Description": "Goes before every table's and every alarm's name."}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The DynamoDB tables of a crossfade contract, and their alarms",
        "Parameters": {"TablePrefix": named, **_PARAMETERS},
        "Conditions": {
            "HasAlarmTopic": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopicArn"}, ""]}]},
            "HasKmsKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "KmsKeyArn"}, ""]}]},
        },
        "Resources": resources,
        "Outputs": {name: {"Value": {"Fn::GetAtt": [name, "Arn"]}} for name in names.values()},
    }


def _table(table: Table, request: Mapping[str, Any]) -> dict[str, Any]:
    deployment = table.deployment
    kept = "Retain" if deployment.removal == "retain" else "Delete"
    properties = {
        "TableName": {"Fn::Sub": f"${{TablePrefix}}{table.name}"},
        **{k: request[k] for k in _REQUESTED if k in request},
        "SSESpecification": {
            "Fn::If": [
                "HasKmsKey",
                {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKeyArn"}},
                _NOTHING,
            ]
        },
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": deployment.point_in_time_recovery},
        "DeletionProtectionEnabled": deployment.deletion_protection,
        "ContributorInsightsSpecification": {"Enabled": {"Ref": "ContributorInsights"}},
    }
    if deployment.ttl_attribute is not None:
        properties["TimeToLiveSpecification"] = {"AttributeName": deployment.ttl_attribute, "Enabled": True}
    if deployment.stream is not None:
        properties["StreamSpecification"] = {"StreamViewType": deployment.stream}
    if deployment.tags:
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in deployment.tags.items()]
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": kept,
        "UpdateReplacePolicy": kept,
        "Properties": properties,
    }


def _alarm(alarm: Alarm, tables: Mapping[str, str]) -> dict[str, Any]:
    actions = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], _NOTHING]}
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"${{TablePrefix}}{alarm.name}"},
            "AlarmDescription": alarm.says,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": alarm.above if alarm.above == 0 else _CHOSEN[alarm.above],
            "EvaluationPeriods": alarm.of,
            "DatapointsToAlarm": alarm.points,
            # No calls is no trouble: DynamoDB sends no data points then.
            "TreatMissingData": "notBreaching",
            "AlarmActions": actions,
            "OKActions": actions,
            **_watched(alarm, tables),
        },
    }


def _watched(alarm: Alarm, tables: Mapping[str, str]) -> dict[str, Any]:
    if alarm.combine is None:
        (metric,) = alarm.metrics
        named = _metric(metric, tables)
        return {**named, "Statistic": metric.statistic, "Period": PERIOD}
    queries: list[dict[str, Any]] = [
        {"Id": "together", "Expression": f"{alarm.combine}(METRICS())", "Label": alarm.name, "ReturnData": True}
    ]
    for number, metric in enumerate(alarm.metrics):
        stat = {"Metric": _metric(metric, tables), "Stat": metric.statistic, "Period": PERIOD}
        queries.append({"Id": f"m{number}", "MetricStat": stat, "ReturnData": False})
    return {"Metrics": queries}


def _metric(metric: Metric, tables: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"Namespace": NAMESPACE, "MetricName": metric.name}
    dimensions: list[dict[str, Any]] = []
    if metric.table is not None:
        dimensions.append({"Name": "TableName", "Value": {"Ref": tables[metric.table]}})
    if metric.index is not None:
        dimensions.append({"Name": "GlobalSecondaryIndexName", "Value": metric.index})
    if metric.operation is not None:
        dimensions.append({"Name": "Operation", "Value": metric.operation})
    return found | ({"Dimensions": dimensions} if dimensions else {})
