"""Reading what a checkpoint keeps: it may have been damaged, or edited by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from crossfade.migration.chunk import Counts
from crossfade.migration.errors import CheckpointError
from crossfade.migration.report_json import ReportError, amount, count, each, exactly, maybe, named, text
from crossfade.mysql.scan import Position, Span

ADVICE = "name another with --checkpoint, or begin anew with --restart"


class Loads(Protocol):
    """Reads positions (`mysql.scan.Scan`)."""

    def load(self, texts: Sequence[str] | None) -> Position | None: ...


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Read a checkpoint's state within: what is wrong in it is raised as CheckpointError.

    Args:
        where: where the checkpoint lies.
    """
    try:
        yield
    except ReportError as error:
        raise CheckpointError(f"{where} is damaged: {error}: {ADVICE}") from None


# Each of the following takes a value and its place, and raises ReportError.


def anything(raw: Any, where: str) -> Any:
    """Whatever it is."""
    del where
    return raw


def whole(raw: Any, names: set[str], where: str) -> dict[str, Any]:
    """An object with all of these names, and no others."""
    found = named(anything, raw, where)
    if found.keys() != names:
        raise ReportError(f"{where} wants exactly {', '.join(sorted(names))}")
    return found


def counts_from(raw: Any, where: str) -> Counts:
    """The counts of one entity."""
    found = exactly(raw, Counts, where)
    units = amount(found.pop("units"), f"{where}.units")
    return Counts(**{name: count(value, f"{where}.{name}") for name, value in found.items()}, units=units)


def spans_from(codecs: Mapping[str, Loads], raw: Any, where: str) -> list[tuple[str, Span]]:
    """What is left of each entity: its name with a span; an entity of which nothing is left may not be there."""
    found = []
    for name, ends in named(anything, raw, where).items():
        if name not in codecs:
            raise ReportError(f"{where}.{name} is of no entity that is copied")
        found += [(name, span) for span in each(partial(_span, codecs[name]), ends, f"{where}.{name}")]
    return found


def _span(codec: Loads, raw: Any, where: str) -> Span:
    ends = each(partial(position, codec), raw, where)
    if len(ends) != 2:
        raise ReportError(f"{where} wants the two ends of a span")
    return Span(*ends)


def position(codec: Loads, raw: Any, where: str) -> Position | None:
    """A place in the walk of a table; None at its end."""
    texts = maybe(partial(each, text), raw, where)
    try:
        return codec.load(texts)
    except (ValueError, ArithmeticError) as error:
        raise ReportError(f"{where} is no position: {error}") from None
