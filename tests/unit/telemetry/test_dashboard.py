"""The dashboard and the page about it: they name what crossfade tells, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossfade.dal.metrics import METRICS, Metric
from crossfade.dal.observation import OUTCOMES
from crossfade.dal.telemetry import ACTIVITIES

DOCS = Path(__file__).parents[3] / "docs"
DASHBOARD = json.loads((DOCS / "grafana-dashboard.json").read_text(encoding="utf-8"))
PAGE = (DOCS / "observability.md").read_text(encoding="utf-8")

# OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility": dots become underscores, the unit and, of a
# counter, `total` are added; a unit in braces is left out.
_UNITS = {"s": "_seconds"}
_PARTS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def in_prometheus(metric: Metric) -> set[str]:
    """A metric's series there."""
    name = metric.name.replace(".", "_") + _UNITS.get(metric.unit, "")
    return {name + part for part in _PARTS[metric.kind]}


def labels(metric: Metric) -> set[str]:
    """What its series are told by there; `le` is a histogram's own."""
    return {name.replace(".", "_") for name in metric.attributes} | {"le"}


def queries(of: Any) -> Iterator[str]:
    """Every query within a part of the dashboard."""
    if isinstance(of, dict):
        for name, value in of.items():
            if name in {"expr", "definition"}:
                yield value
            else:
                yield from queries(value)
    elif isinstance(of, list):
        for each in of:
            yield from queries(each)


def test_every_query_asks_for_what_is_told_by_what_it_is_told_by() -> None:
    series = {name: metric for metric in METRICS for name in in_prometheus(metric)}
    asked = list(queries(DASHBOARD))
    for query in asked:
        words = set(re.findall(r"[a-z_]+", re.sub(r'"[^"]*"|\$\w+', "", query)))
        named = {word for word in words if word.startswith(("crossfade_", "db_"))}
        metrics = [series[word] for word in named & set(series)]
        assert metrics, query
        assert named - set(series) <= set.intersection(*map(labels, metrics)), query
    everything = " ".join(asked)
    assert [m.name for m in METRICS if not any(name in everything for name in in_prometheus(m))] == []


def test_every_legend_names_what_its_query_keeps() -> None:
    targets = [target for panel in DASHBOARD["panels"] for target in panel["targets"]]
    for target in targets:
        kept = {label for by in re.findall(r"by \(([^)]*)\)", target["expr"]) for label in by.split(", ")}
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= kept, target["expr"]


def test_every_outcome_that_is_asked_for_is_one() -> None:
    asked = re.findall(r'crossfade_outcome[=!]~?"([^"]*)"', " ".join(queries(DASHBOARD)))
    assert asked
    assert {outcome for text in asked for outcome in text.split("|")} <= set(OUTCOMES)


def test_every_variable_that_is_used_is_one() -> None:
    known = {of["name"] for of in DASHBOARD["templating"]["list"]} | {"__rate_interval"}
    assert set(re.findall(r"\$(\w+)", " ".join(queries(DASHBOARD)))) <= known


def test_panels_lie_beside_each_other() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        own = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & own, panel["title"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        taken |= own


def test_the_data_source_can_be_chosen() -> None:
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"
    sources = {json.dumps(of["datasource"]) for panel in DASHBOARD["panels"] for of in (panel, *panel["targets"])}
    assert sources == {'{"type": "prometheus", "uid": "${datasource}"}'}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_page_has_every_metric(metric: Metric) -> None:
    attributes = ", ".join(f"`{name}`" for name in metric.attributes)
    assert f"| `{metric.name}` | {metric.kind} | `{metric.unit}` | {attributes} |" in PAGE


def test_the_page_has_every_span_and_logger() -> None:
    for activity in ACTIVITIES:
        assert f"| `{activity.logger.name}`" in PAGE or f"`{activity.logger.name}` |" in PAGE
        assert activity.name == "operation" or f"| `crossfade.{activity.name}` |" in PAGE
