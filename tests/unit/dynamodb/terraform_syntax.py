"""Terraform's JSON syntax, as far as its documentation fixes it: a strict check without Terraform.

"JSON Configuration Syntax": the root is an object of block types; `variable` and `output` have one label, `resource`
two; a block is an object or a list of objects; every text is a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

BLOCKS = {"terraform": 0, "variable": 1, "output": 1, "resource": 2, "locals": 0, "provider": 1, "data": 2, "module": 1}
# The provider's schema: what each resource must have, and may.
REQUIRED = {
    "aws_dynamodb_table": {"name", "hash_key", "attribute"},
    "aws_cloudwatch_metric_alarm": {"alarm_name", "comparison_operator", "evaluation_periods"},
}
ALLOWED = {
    "aws_dynamodb_table": REQUIRED["aws_dynamodb_table"]
    | {
        "billing_mode", "range_key", "read_capacity", "write_capacity", "global_secondary_index", "ttl", "tags",
        "server_side_encryption", "point_in_time_recovery", "deletion_protection_enabled", "stream_enabled",
        "stream_view_type", "lifecycle",
    },
    "aws_cloudwatch_metric_alarm": REQUIRED["aws_cloudwatch_metric_alarm"]
    | {
        "alarm_description", "threshold", "datapoints_to_alarm", "treat_missing_data", "alarm_actions", "ok_actions",
        "namespace", "metric_name", "dimensions", "statistic", "period", "metric_query",
    },
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TEMPLATE = re.compile(r"(?<!\$)\$\{([^}]*)\}")
_REFERENCE = re.compile(r"(?<![\w.\"])(var|local|aws_\w+)\.([A-Za-z_][\w-]*)(?:\.(\w+))?")


def problems(configuration: Mapping[str, Any]) -> list[str]:
    """What Terraform would refuse."""
    found = [f"{name} is no block type" for name in configuration if name not in BLOCKS]
    for kind, labels in BLOCKS.items():
        found += _labelled(configuration.get(kind, {}), labels, kind)
    for kind, named in configuration.get("resource", {}).items():
        for name, body in named.items() if kind in ALLOWED and isinstance(named, Mapping) else ():
            found += [f"{kind}.{name} lacks {n}" for n in REQUIRED[kind] - body.keys()]
            found += [f"{kind}.{name} has {n}" for n in body.keys() - ALLOWED[kind]]
        found += [] if kind in ALLOWED else [f"{kind} is no resource type that is expected"]
    for text in _texts(configuration):
        found += _unresolved(text, configuration)
    return found


def _labelled(value: Any, labels: int, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path} is no object"
    elif labels:
        for name, inner in value.items():
            if not _NAME.fullmatch(name):
                yield f"{path}.{name} is no name"
            yield from _labelled(inner, labels - 1, f"{path}.{name}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _unresolved(text: str, configuration: Mapping[str, Any]) -> Iterator[str]:
    opened = len(re.findall(r"(?<!\$)\$\{", text))
    templates = _TEMPLATE.findall(text)
    if opened != len(templates):
        yield f"{text!r} opens a template and does not close it"
    for expression in templates:
        references = _REFERENCE.findall(expression)
        if not references:
            yield f"{text!r} refers to nothing"
        for kind, name, attribute in references:
            if kind == "var":
                declared = name in configuration.get("variable", {}) and not attribute
            else:
                declared = name in configuration.get("resource", {}).get(kind, {}) and attribute in {"name", "arn"}
            if not declared:
                yield f"{text!r} refers to what is not declared"
