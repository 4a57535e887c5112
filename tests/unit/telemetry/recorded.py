"""What was told, as OpenTelemetry's SDK has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from crossfade.dal.instruments import Instruments
from crossfade.dal.metrics import METRICS, Metric

_SINCE_THE_LAST_LOOK: dict[type, AggregationTemporality] = {
    Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA,
}  # fmt: skip


class Recorded:
    """Spans and measurements of one test.

    Attributes:
        instruments: what they are told with.
    """

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._tracers = TracerProvider(shutdown_on_exit=False)
        self._tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self._reader = InMemoryMetricReader(preferred_temporality=_SINCE_THE_LAST_LOOK)
        self._meters = MeterProvider([self._reader], shutdown_on_exit=False)
        self.instruments = Instruments(self._tracers.get_tracer("test"), self._meters.get_meter("test"))

    def spans(self, name: str | None = None) -> list[ReadableSpan]:
        """The spans that have ended, of one name or all."""
        return [span for span in self._spans.get_finished_spans() if name in {None, span.name}]

    def only(self, name: str) -> ReadableSpan:
        """The one span of a name."""
        (span,) = self.spans(name)
        return span

    def within(self, parent: ReadableSpan) -> list[str]:
        """The names of a span's children, as they ended."""
        assert parent.context is not None
        return [s.name for s in self.spans() if s.parent and s.parent.span_id == parent.context.span_id]

    def points(self, metric: Metric) -> list[tuple[dict[str, Any], float]]:
        """What was measured since the last look: the attributes, and the number, of a histogram the count."""
        return self.every_point().get(metric.name, [])

    def every_point(self) -> Mapping[str, list[tuple[dict[str, Any], float]]]:
        """What was measured since the last look, by the metric's name. Nothing is told by more than was declared."""
        found: dict[str, list[tuple[dict[str, Any], float]]] = {}
        data: Any = self._reader.get_metrics_data()
        declared = {metric.name: metric for metric in METRICS}
        for of in data.resource_metrics if data else ():
            for metric in of.scope_metrics[0].metrics:
                assert metric.unit == declared[metric.name].unit
                points = [
                    (dict(p.attributes), getattr(p, "count", getattr(p, "value", 0))) for p in metric.data.data_points
                ]
                assert all(set(about) <= set(declared[metric.name].attributes) for about, _ in points)
                found[metric.name] = points
        return found

    def forget(self) -> None:
        """Begin anew."""
        self._spans.clear()
        self.every_point()
