"""The correlation id: what all that is logged of one piece of work has in common."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import ParamSpec, TypeVar

from opentelemetry.trace import format_trace_id, get_current_span

P = ParamSpec("P")
R = TypeVar("R")

_given: ContextVar[str | None] = ContextVar("crossfade_correlation_id", default=None)


@contextmanager
def correlate(correlation_id: str) -> Iterator[None]:
    """Within the block, what crossfade logs carries this id, unless there is a trace, whose id it carries then.

    Args:
        correlation_id: such as the id of the request that the application answers.
    """
    token = _given.set(correlation_id)
    try:
        yield
    finally:
        _given.reset(token)


def correlation_id() -> str | None:
    """The id of the current OpenTelemetry trace; else the one that was given; None where there is neither."""
    span = get_current_span().get_span_context()
    return format_trace_id(span.trace_id) if span.is_valid else _given.get()


def given_id() -> str | None:
    """The id that was given, whether there is a trace or not."""
    return _given.get()


@contextmanager
def correlated() -> Iterator[None]:
    """Within the block there is an id: a new one, where there is none yet."""
    if correlation_id() is not None:
        yield
        return
    with correlate(f"{random.getrandbits(128):032x}"):
        yield


def carried(act: Callable[P, R]) -> Callable[P, R]:
    """The same, for other threads, in the trace and under the id of now."""
    around = copy_context()

    def carried_over(*args: P.args, **kwargs: P.kwargs) -> R:
        return around.copy().run(act, *args, **kwargs)  # a context lets one thread in at a time

    return carried_over
