"""Log records as JSON, for whoever sets up logging.

handler = logging.StreamHandler()
handler.setFormatter(crossfade.logs.JsonFormatter())
logging.getLogger("crossfade").addHandler(handler)
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

from crossfade.dal.correlation import correlation_id
from crossfade.dal.telemetry import error_type


class JsonFormatter(logging.Formatter):
    """Makes one JSON object of a record, on one line.

    It has `time` (ISO 8601, UTC), `level`, `logger`, `message`, `correlation_id` where there is one, `trace_id` and
    `span_id` within a trace, and of crossfade's own records what they are told by. Of an exception it has `error.type`
    and `stack`, and not the text, which may hold values.
    """

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        correlation = getattr(record, "correlation_id", None) or correlation_id()
        span = get_current_span().get_span_context()
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **({} if correlation is None else {"correlation_id": correlation}),
        }
        if span.is_valid:
            found |= {"trace_id": format_trace_id(span.trace_id), "span_id": format_span_id(span.span_id)}
        found |= getattr(record, "crossfade", {})
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            found |= {"error.type": error_type(error), "stack": "".join(traceback.format_tb(error.__traceback__))}
        return json.dumps(found, default=str, ensure_ascii=False)


@contextmanager
def json_logs(stream: TextIO, level: int = logging.INFO) -> Iterator[None]:
    """Within the block crossfade logs JSON to a stream.

    Args:
        stream: takes the lines.
        level: the least that is logged.
    """
    logger, handler = logging.getLogger("crossfade"), logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
