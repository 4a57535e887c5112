"""What makes the spans and takes the measurements, and what the gauges ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, Observation, get_meter_provider
from opentelemetry.trace import ProxyTracer, ProxyTracerProvider, Tracer, get_tracer_provider

from crossfade.contract.errors import CrossfadeError
from crossfade.dal import metrics as m
from crossfade.dal.closing import Closing
from crossfade.dal.stage import Standings


class Watched(Protocol):
    """Something whose state is told whenever metrics are exported."""

    def waiting(self) -> Mapping[str, tuple[int, float]]:
        """How many changes wait in each group's outbox, and for how many seconds the oldest has."""

    def parked(self) -> Mapping[str, int]:
        """How many entities of each group could not be synced back, and wait."""

    def lags(self) -> Mapping[tuple[str, str], float]:
        """By group and table: how many seconds ago all that had changed by then was read, where streams are read."""

    def standings(self) -> Standings:
        """Where the groups stand."""


class Watching(Closing):
    """Lets the gauges tell of something, until it is closed, or nobody has it any more.

    Args:
        watched: what they tell of.
    """

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        with _lock:
            _watching.add(self)

    def close(self) -> None:
        """Let them tell of it no more."""
        with _lock:
            _watching.discard(self)


_watching: WeakSet[Watching] = WeakSet()
_lock = threading.Lock()


# Semantic conventions, "db.client.operation.duration": in seconds.
_BOUNDARIES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

_GAUGES: Mapping[str, Callable[[Watched], Iterable[Observation]]] = {
    m.DEPTH.name: lambda of: [Observation(rows, {m.GROUP: g}) for g, (rows, _) in of.waiting().items()],
    m.AGE.name: lambda of: [Observation(age, {m.GROUP: g}) for g, (_, age) in of.waiting().items()],
    m.PARKED.name: lambda of: [Observation(count, {m.GROUP: g}) for g, count in of.parked().items()],
    m.LAG.name: lambda of: [
        Observation(lag, {m.GROUP: g, m.COLLECTION: table}) for (g, table), lag in of.lags().items()
    ],
    m.EPOCH.name: lambda of: [
        Observation(at.epoch, {m.GROUP: g, m.STAGE: at.stage}) for g, at in of.standings().items()
    ],
}


def _asked(look: Callable[[Watched], Iterable[Observation]]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def asked(options: CallbackOptions) -> Iterable[Observation]:
        del options
        with _lock:
            found = tuple(_watching)
        for watching in found:
            try:
                yield from look(watching.watched)
            except CrossfadeError:
                continue  # nothing is told by whoever cannot be asked

    return asked


class Instruments:
    """What makes the spans and takes the measurements.

    Args:
        tracer, meter: OpenTelemetry's.

    Attributes:
        tracer: makes spans.
        histograms, counters: by the name of their metric.
    """

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        self.tracer = tracer
        # OpenTelemetry's own stand for what an SDK will give; of the meter's there is no public name.
        self._standing_in = isinstance(tracer, ProxyTracer) and type(meter).__name__ == "_ProxyMeter"
        self.histograms: dict[str, Histogram] = {}
        self.counters: dict[str, Counter] = {}
        for of in m.METRICS:
            described: tuple[str, str] = of.unit, of.says
            match of.kind:
                case "histogram":
                    self.histograms[of.name] = meter.create_histogram(
                        of.name, *described, explicit_bucket_boundaries_advisory=_BOUNDARIES
                    )
                case "counter":
                    self.counters[of.name] = meter.create_counter(of.name, *described)
                case "gauge":
                    meter.create_observable_gauge(of.name, [_asked(_GAUGES[of.name])], *described)

    @property
    def silent(self) -> bool:
        """Whether no SDK was set up, so that nobody would be told anything."""
        return (
            self._standing_in
            and isinstance(get_tracer_provider(), ProxyTracerProvider)
            and type(get_meter_provider()).__name__ == "_ProxyMeterProvider"
        )
