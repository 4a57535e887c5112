"""The one place that tells what happens: as a span, as a metric, as a log line.

This uses OpenTelemetry's API and Python's logging, and configures neither: without an SDK and without a handler it does
next to nothing. Of an error its type is told, never its text, which may hold values.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from importlib.metadata import version
from typing import Any, ParamSpec, TypeVar

from opentelemetry.metrics import get_meter
from opentelemetry.trace import SpanKind, StatusCode, get_tracer

from crossfade.contract.errors import CrossfadeError
from crossfade.dal import metrics as m
from crossfade.dal.correlation import correlated, correlation_id, given_id
from crossfade.dal.errors import Conflict, StoreError
from crossfade.dal.instruments import Instruments
from crossfade.dal.observation import Observation
from crossfade.dal.stage import Standing

P = ParamSpec("P")
R = TypeVar("R")

Attributes = Mapping[str, str | int | float]
NOTHING: Attributes = {}
About = dict[str, str | int | float]

CORRELATION = "crossfade.correlation_id"

logging.getLogger("crossfade").addHandler(logging.NullHandler())  # or Python prints warnings where nothing is set up


@cache
def _logger(name: str) -> logging.Logger:
    return logging.getLogger(f"crossfade.{name}")


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that takes time.

    Attributes:
        name: of its spans and log lines, behind `crossfade.`; its logger has the part before the first dot.
        metric: its duration.
        counter: how often it is done, by what became of it.
        done, failed: the levels of its log lines.
    """

    name: str
    metric: m.Metric | None = None
    counter: m.Metric | None = None
    done: int = logging.DEBUG
    failed: int = logging.WARNING

    @property
    def logger(self) -> logging.Logger:
        """Where it is logged."""
        return _logger(self.name.partition(".")[0])


# What the application asked for, it is answered; the others' failures nobody would hear of.
OPERATION = Activity("operation", m.OPERATIONS, failed=logging.INFO)
SYNC = Activity("sync", m.SYNCS)
SYNC_BACK = Activity("sync_back", m.SYNCS)
RELAY_TURN = Activity("relay.turn")
MOVE = Activity("stage.move", m.MOVES, m.MOVED, done=logging.INFO)
CHUNK = Activity("backfill.chunk")

ACTIVITIES = (OPERATION, SYNC, SYNC_BACK, RELAY_TURN, MOVE, CHUNK)


_VERSION = version("crossfade")
_instruments = Instruments(get_tracer("crossfade", _VERSION), get_meter("crossfade", _VERSION))


@contextmanager
def told(activity: Activity, attributes: Attributes, name: str | None = None) -> Iterator[About]:
    """Tell what happens within the block, as a span around it, and at its end as a metric and a log line.

    Args:
        activity: what it is.
        attributes: what it is told by; the metric takes those that it has.
        name: the span's name, if not the activity's.

    Yields:
        The attributes, which may be added to.
    """
    about, began, outcome = dict(attributes), time.perf_counter(), "made"
    if _instruments.silent and not activity.logger.isEnabledFor(max(activity.done, activity.failed)):
        with correlated():
            yield about
        return
    name = name or f"crossfade.{activity.name}"
    begun = _instruments.tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)
    with begun as span, correlated():
        try:
            yield about
        except BaseException as error:
            about[m.ERROR], outcome = error_type(error), _outcome(error)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            seconds = time.perf_counter() - began
            span.set_attributes(about)
            if (given := given_id()) is not None:
                span.set_attribute(CORRELATION, given)
            if activity.metric is not None:
                measured(activity.metric, seconds, about)
            if activity.counter is not None:
                counted(activity.counter, {m.OUTCOME: outcome, **about})
            _log(activity, name, seconds, about)


def telling(
    activity: Activity,
    attributes: Callable[..., Attributes],
    result: Callable[[Any], Attributes] = lambda result: NOTHING,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorates what is an activity as a whole.

    Args:
        activity: which one.
        attributes: given the arguments of a call, what it is told by.
        result: given what it returns, what else it is told by.
    """

    def decorate(act: Callable[P, R]) -> Callable[P, R]:
        @wraps(act)
        def telling_of(*args: P.args, **kwargs: P.kwargs) -> R:
            with told(activity, attributes(*args, **kwargs)) as about:
                made = act(*args, **kwargs)
                about.update(result(made))
            return made

        return telling_of

    return decorate


_operation: ContextVar[About | None] = ContextVar("crossfade_operation", default=None)


@contextmanager
def operation(of: str, operation: str, attributes: Attributes) -> Iterator[About]:
    """Tell an operation of the application's; see `told`, and `standing_at`.

    Args:
        of: the entity's name, or `unit_of_work`.
        operation: such as `get`.
        attributes: what else it is told by.
    """
    with told(OPERATION, {**attributes, m.OPERATION: operation}, f"{of}.{operation}") as about:
        token = _operation.set(about)
        try:
            yield about
        finally:
            _operation.reset(token)


def standing_at(*standings: Standing) -> None:
    """Let the operation that is being told, if one is, be told by where its groups stand."""
    about = _operation.get()
    if about is not None:
        about.update(whereabouts(*standings))


@lru_cache(maxsize=128)
def whereabouts(*standings: Standing) -> Attributes:
    """The stage and the store of operations on groups that stand there, where there is one stage, and one store."""
    stages, stores = {of.stage.value for of in standings}, {of.route.authority for of in standings}
    found = ((m.STAGE, stages), (m.STORE, stores))
    return {name: next(iter(values)) for name, values in found if len(values) == 1}


def asked(system: str, operation: str, seconds: float, *, table: str | None = None, error: str | None = None) -> None:
    """Tell of something that a store was asked for, and has answered by now.

    Args:
        system: the store, by OpenTelemetry's name for it: `mysql`, `aws.dynamodb` ...
        operation: what it was asked for.
        seconds: how long it took.
        table: the table, where it is one.
        error: the type of the error, where it was one.
    """
    if _instruments.silent:
        return
    given = {m.SYSTEM: system, m.DB_OPERATION: operation, m.COLLECTION: table, m.ERROR: error}
    about = {name: value for name, value in given.items() if value is not None}
    end = time.time_ns()
    span = _instruments.tracer.start_span(
        f"{operation} {table or system}", kind=SpanKind.CLIENT, attributes=about, start_time=end - int(seconds * 1e9)
    )
    if error is not None:
        span.set_status(StatusCode.ERROR)
    span.end(end)
    measured(m.REQUESTS, seconds, about)


def throttled(operation: str, count: int, table: str | None) -> None:
    """Tell of requests to DynamoDB, or parts of one, that it turned away for throughput. Arguments as for `asked`."""
    given = {m.DB_OPERATION: operation, m.COLLECTION: table}
    about = {name: value for name, value in given.items() if value is not None}
    counted(m.THROTTLES, about, count)
    _say(_logger("dynamodb"), logging.INFO, f"{operation} throttled: {count}", {**about, "throttles": count})


def too_late(group: str, count: int) -> None:
    """Tell of entities of which DynamoDB's stream brought changes when it did not decide any more."""
    _say(_logger("relay"), logging.WARNING, f"changes came too late: {count}", {m.GROUP: group, "changes": count})


def compared(seen: Observation) -> None:
    """Tell of a shadow read, or of several that were skipped."""
    about = {m.ENTITY: seen.entity, m.OPERATION: seen.operation, m.GROUP: seen.group, m.OUTCOME: seen.outcome}
    counted(m.COMPARISONS, about, seen.count)
    level, logger = logging.WARNING if seen.outcome == "mismatch" else logging.DEBUG, _logger("shadow")
    if logger.isEnabledFor(level):
        _say(logger, level, f"{seen.entity}.{seen.operation} compared: {seen.outcome}", about)


def dropped(count: int, error: BaseException | None) -> None:
    """Tell of what shadow reads saw and could not be kept.

    Args:
        count: of how many reads.
        error: why, if the store said so.
    """
    about = NOTHING if error is None else {m.ERROR: error_type(error)}
    _say(_logger("shadow"), logging.WARNING, f"what {count} shadow reads saw was dropped", about)


def counted(metric: m.Metric, attributes: Attributes, count: int = 1) -> None:
    """Add to a counter; it takes the attributes that it has."""
    _instruments.counters[metric.name].add(count, _of(metric, attributes))


def measured(metric: m.Metric, seconds: float, attributes: Attributes = NOTHING) -> None:
    """Add to a histogram; it takes the attributes that it has."""
    _instruments.histograms[metric.name].record(seconds, _of(metric, attributes))


def error_type(error: BaseException) -> str:
    """What is told of an error."""
    return type(error).__qualname__


def _outcome(error: BaseException) -> str:
    """What became of something that ended with an error: it was refused, and nothing has changed, or it failed."""
    refused = isinstance(error, Conflict) or (isinstance(error, CrossfadeError) and not isinstance(error, StoreError))
    return "refused" if refused else "failed"


def _of(metric: m.Metric, attributes: Attributes) -> Attributes:
    return {name: attributes[name] for name in metric.attributes if name in attributes}


def _log(activity: Activity, name: str, seconds: float, about: About) -> None:
    level = activity.failed if m.ERROR in about else activity.done
    logger = activity.logger
    if logger.isEnabledFor(level):
        error = f": {about[m.ERROR]}" if m.ERROR in about else ""
        says = f"{name} took {seconds * 1000:.1f} ms{error}"
        _say(logger, level, says, {**about, "seconds": round(seconds, 6)})


def _say(logger: logging.Logger, level: int, says: str, about: Attributes) -> None:
    logger.log(level, "%s", says, extra={"crossfade": about, "correlation_id": correlation_id()})
