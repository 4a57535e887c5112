"""Which changes of DynamoDB came too late: made while it decided, and read when it did not any more. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from crossfade.mysql.history import Moved

Span = tuple[datetime, datetime]


def decided(moves: Iterable[Moved]) -> Span | None:
    """From when to when DynamoDB decided last in a group, for some of its keys at the least, before a way back.

    Args:
        moves: every move of the group, the first one first.

    Returns:
        None where there was no way back.
    """
    handed, begun, span = 0, None, None
    for move in moves:
        after = move.standing.handed
        if not handed and after:
            begun = move.at
        if after < handed and begun is not None:
            span = begun, move.at
        handed = after
    return span


def late(made: Iterable[Iterable[datetime]], span: Span | None) -> int:
    """How many entities changed in a span; its last second does not count: a stream tells no more than that.

    With streams that must be quiet for a second or more, nobody's write of that second was acknowledged.

    Args:
        made: when each entity was changed, to the second; DynamoDB Local tells no more than the minute. So a change of
            the minute in which the span ends is in it, whoever made it: what a sync made is to be left out (`synced`).
        span: the span; None for none.
    """
    if span is None:
        return 0
    begun, ended = (at.replace(microsecond=0) for at in span)
    return sum(any(begun <= at < ended for at in of) for of in made)
