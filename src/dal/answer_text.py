"""Answers as an observation tells them: short, digests for what is sensitive. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from crossfade.dal.excerpt import apart, cut
from crossfade.dal.observation import ReadDifference
from crossfade.dal.redaction import REDACTED

_LONGEST = 200  # characters of a value that are told


def label(texts: Mapping[str, str]) -> str:
    """A key in one text."""
    return ", ".join(f"{field}={text}" for field, text in texts.items())


def difference(field: str, control: Any, candidate: Any, *, key: str = "", secret: bool = False) -> ReadDifference:
    """What differs in a field.

    Args:
        field: the field.
        control, candidate: the values.
        key: the record's key, as text.
        secret: whether the values must not be told.
    """
    if control is not None and candidate is not None and not secret:
        return ReadDifference(field, *_apart(control, candidate), key)
    return ReadDifference(field, _alone(control, secret), _alone(candidate, secret), key)


def _alone(value: Any, secret: bool) -> str | None:
    if value is None:
        return None
    return REDACTED if secret else cut(_text(value), _LONGEST)


def _apart(control: Any, candidate: Any) -> tuple[str, str]:
    """Two values, from shortly before their texts part."""
    one, other = _text(control), _text(candidate)
    if one == other:
        one, other = (f"{type(value).__name__} {_text(value)}" for value in (control, candidate))
    return apart(one, other, _LONGEST)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=_json)


def _json(value: Any) -> Any:
    match value:
        case frozenset():
            return sorted(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return str(value)
