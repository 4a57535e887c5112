"""A contract's tables and their alarms in Terraform's JSON syntax (`*.tf.json`). Pure.

Terraform documentation, "JSON Configuration Syntax": blocks are objects by type and name; texts are templates, whose
`${` and `%{` are escaped. Provider hashicorp/aws: `aws_dynamodb_table`, `aws_cloudwatch_metric_alarm`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossfade.contract.capacity import Throughput, throughput
from crossfade.contract.model import Contract, Index, Table
from crossfade.dynamodb.alarms import NAMESPACE, PERIOD, Alarm, Metric, alarms
from crossfade.dynamodb.export_names import block_names
from crossfade.dynamodb.operations import every_table

_VARIABLES = {
    "alarm_topic_arn": {
        "type": "string",
        "default": "",
        "description": "The SNS topic that alarms tell. Empty: alarms are there and tell nobody.",
    },
    "latency_milliseconds": {
        "type": "number",
        "default": 100,
        "description": "The latency of the slowest of a hundred calls above which an alarm goes off.",
    },
    "user_errors_per_minute": {
        "type": "number",
        "default": 100,
        "description": "Refused calls of the account above which an alarm goes off. A cancelled transaction is one.",
    },
    "kms_key_arn": {
        "type": "string",
        "default": "",
        "description": "The KMS key that encrypts the tables. Empty: a key that AWS owns.",
    },
}
_CHOSEN = {"latency": "${var.latency_milliseconds}", "user_errors": "${var.user_errors_per_minute}"}


def terraform(contract: Contract, prefix: str = "") -> dict[str, Any]:
    """The configuration.

    Args:
        contract: the contract.
        prefix: the default of the variable that goes before every table's name.
    """
    tables = every_table(contract)
    names = block_names(table.name for table in tables)
    every = list(alarms(contract))
    alarm_names = block_names(alarm.name for alarm in every)
    named = {"type": "string", "default": escaped(prefix), "description": "Goes before every table's and alarm's name."}
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}}},
        "variable": {"table_prefix": named, **_VARIABLES},
        "resource": {
            "aws_dynamodb_table": {names[table.name]: _table(contract, table) for table in tables},
            "aws_cloudwatch_metric_alarm": {alarm_names[alarm.name]: _alarm(alarm, names) for alarm in every},
        },
        "output": {"table_arns": {"value": {n: f"${{aws_dynamodb_table.{b}.arn}}" for n, b in names.items()}}},
    }


def escaped(text: str) -> str:
    """A text that Terraform takes for nothing but itself."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _table(contract: Contract, table: Table) -> dict[str, Any]:
    deployment = table.deployment
    places: tuple[Table | Index, ...] = (table, *table.indexes)
    keys = dict.fromkeys(n for of in places for n in (of.pk, of.sk) if n is not None)
    needed = throughput(contract, table.name) if deployment.billing == "PROVISIONED" else {}
    found: dict[str, Any] = {
        "name": f"${{var.table_prefix}}{table.name}",
        "billing_mode": deployment.billing,
        **_key(table),
        **_units(needed.get(None)),
        "attribute": [{"name": escaped(n), "type": table.key_types.get(n, "S")} for n in keys],
        "global_secondary_index": [_index(index, needed.get(index.name)) for index in table.indexes],
        "server_side_encryption": {
            "enabled": '${var.kms_key_arn != ""}',
            "kms_key_arn": '${var.kms_key_arn != "" ? var.kms_key_arn : null}',
        },
        "point_in_time_recovery": {"enabled": deployment.point_in_time_recovery},
        "deletion_protection_enabled": deployment.deletion_protection,
        "tags": {escaped(k): escaped(v) for k, v in deployment.tags.items()},
        # Terraform takes no expression here.
        "lifecycle": {"prevent_destroy": deployment.removal == "retain"},
    }
    if deployment.ttl_attribute is not None:
        found["ttl"] = {"attribute_name": escaped(deployment.ttl_attribute), "enabled": True}
    if deployment.stream is not None:
        found |= {"stream_enabled": True, "stream_view_type": deployment.stream}
    return {name: value for name, value in found.items() if value not in ([], {})}


def _key(of: Table | Index) -> dict[str, str]:
    return {"hash_key": escaped(of.pk)} | ({"range_key": escaped(of.sk)} if of.sk is not None else {})


def _units(needed: Throughput | None) -> dict[str, int]:
    return {} if needed is None else {"read_capacity": needed.read, "write_capacity": needed.write}


def _index(index: Index, needed: Throughput | None) -> dict[str, Any]:
    found = {"name": index.name, **_key(index), "projection_type": index.projection, **_units(needed)}
    others = {"non_key_attributes": [escaped(name) for name in index.attributes]}
    return found | (others if index.projection == "INCLUDE" else {})


def _alarm(alarm: Alarm, tables: Mapping[str, str]) -> dict[str, Any]:
    actions = '${var.alarm_topic_arn != "" ? [var.alarm_topic_arn] : []}'
    return {
        "alarm_name": f"${{var.table_prefix}}{alarm.name}",
        "alarm_description": alarm.says,
        "comparison_operator": "GreaterThanThreshold",
        "threshold": alarm.above if alarm.above == 0 else _CHOSEN[alarm.above],
        "evaluation_periods": alarm.of,
        "datapoints_to_alarm": alarm.points,
        # No calls is no trouble: DynamoDB sends no data points then.
        "treat_missing_data": "notBreaching",
        "alarm_actions": actions,
        "ok_actions": actions,
        **_watched(alarm, tables),
    }


def _watched(alarm: Alarm, tables: Mapping[str, str]) -> dict[str, Any]:
    if alarm.combine is None:
        (metric,) = alarm.metrics
        return {**_metric(metric, tables), "statistic": metric.statistic, "period": PERIOD}
    queries: list[dict[str, Any]] = [
        {"id": "together", "expression": f"{alarm.combine}(METRICS())", "label": alarm.name, "return_data": True}
    ]
    for number, metric in enumerate(alarm.metrics):
        queries.append(
            {"id": f"m{number}", "metric": {**_metric(metric, tables), "stat": metric.statistic, "period": PERIOD}}
        )
    return {"metric_query": queries}


def _metric(metric: Metric, tables: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"namespace": NAMESPACE, "metric_name": metric.name}
    dimensions = {}
    if metric.table is not None:
        dimensions["TableName"] = f"${{aws_dynamodb_table.{tables[metric.table]}.name}}"
    if metric.index is not None:
        dimensions["GlobalSecondaryIndexName"] = metric.index
    if metric.operation is not None:
        dimensions["Operation"] = metric.operation
    return found | ({"dimensions": dimensions} if dimensions else {})
