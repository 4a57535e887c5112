"""Made-up JSON that has one of several shapes; see `crossfade.contract.variants`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from crossfade.contract.key_text import iso
from crossfade.contract.source import SourceColumn
from crossfade.contract.types import ValueType
from crossfade.seed.draw import Draw, Weighted
from crossfade.seed.pools import pool
from crossfade.seed.values import Span, Value, by_type

_DAYS, _MINUTES = 4, 240  # from one time of a shape to the next: fewer days, or up to so many minutes


def variants(type_: ValueType, weights: Mapping[Any, float], draw: Draw, span: Span, seed: int) -> Value:
    """Values of a type that has variants.

    Args:
        type_: the type.
        weights: by the name of a shape; one that is left out does not occur. Without any, all are alike.
        draw: the randomness.
        span: the time that the first time of a shape lies in; the next ones follow soon, in their declared order.
        seed: the run's, for words.
    """
    names = [name for name in type_.variants if not weights or weights.get(name)]
    options = Weighted(names, [weights[name] for name in names] if weights else None)
    makers = {name: _shape(type_.variants[name], draw.of(name), span, seed) for name in names}

    def value(i: int) -> dict[str, Any]:
        name = options.at(draw.unit(i))
        return {type_.tag: name, **makers[name](i)}

    return value


def _shape(members: Mapping[str, ValueType], draw: Draw, span: Span, seed: int) -> Value:
    makers = {name: _member(name, type_, draw.of(name), span, seed) for name, type_ in members.items()}

    def value(i: int) -> dict[str, Any]:
        last: date | None = None
        found = {}
        for name, type_ in members.items():
            made = makers[name](i)
            if isinstance(made, date):
                made = last = made if type(last) is not type(made) else _after(last, draw.of(name, "after").bits(i))
            found[name] = _json(made, type_)
        return found

    return value


def _member(name: str, type_: ValueType, draw: Draw, span: Span, seed: int) -> Value:
    made = by_type(SourceColumn(name, type_), draw, span)
    if made is not None:
        return made
    texts = pool("word", seed)
    return lambda i: texts[draw.below(i, len(texts))][: type_.length]


def _after(last: Any, bits: int) -> Any:
    return last + (timedelta(minutes=1 + bits % _MINUTES) if isinstance(last, datetime) else timedelta(bits % _DAYS))


def _json(value: Any, type_: ValueType) -> Any:
    if isinstance(value, datetime):
        return iso(value, type_.fsp)
    return value.isoformat() if isinstance(value, date) else value
