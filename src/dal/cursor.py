"""Cursors: where a page ended, in field terms, so that any store can go on from there.

A cursor holds the last entity's sort and key values, is bound to the query that made it, and is signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from crossfade.contract.model import Entity
from crossfade.contract.template import Slot
from crossfade.dal.condition import map_values
from crossfade.dal.errors import InvalidCursor
from crossfade.dal.query import Query

_TAG_BYTES = 16


class CursorSigner:
    """Writes and reads cursors.

    Args:
        secret: the signing key. Every process that shares cursors needs the same one.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def write(self, query: Query, record: Mapping[str, Any]) -> str:
        """The cursor behind `record`, the last one of a page of `query`."""
        values = [_encode(query.entity, f, record[f]) for f in query.plan.sort_fields]
        payload = json.dumps([_bound_to(query), values], separators=(",", ":")).encode()
        return _text(self._tag(payload) + payload)

    def read(self, query: Query, cursor: str) -> tuple[Any, ...]:
        """The values after which the page goes on.

        Raises:
            InvalidCursor: it was altered, or belongs to another query or another secret.
        """
        raw = _decoded(cursor)
        tag, payload = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(payload)):
            raise InvalidCursor("this cursor was altered, or signed with another secret (CROSSFADE_CURSOR_SECRET)")
        bound, values = json.loads(payload)
        if bound != _bound_to(query):
            raise InvalidCursor(
                "this cursor belongs to another query: go on with the pattern, arguments, order and condition "
                "it began with"
            )
        return tuple(_decode(query.entity, f, v) for f, v in zip(query.plan.sort_fields, values, strict=True))

    def _tag(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")[:_TAG_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(cursor: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error, AttributeError):
        raw = b""
    # The decoder passes over what is not base64, and over the last character's spare bits.
    if not raw or _text(raw) != cursor:
        raise InvalidCursor("this is not a cursor: pass Page.cursor on as it is")
    return raw


def _bound_to(query: Query) -> str:
    meaning = (
        query.entity.name,
        query.plan.pattern.name,
        sorted((f, _stable(v)) for f, v in query.by.items()),
        repr(query.range),
        None if query.where is None else repr(map_values(query.where, lambda field, value, leaf: _stable(value))),
        query.descending,
        query.plan.sort_fields,
    )
    return hashlib.sha256(repr(meaning).encode()).hexdigest()[:16]


def _stable(value: Any) -> str:
    """A text that is the same in every process; the order of a set's members is not."""
    return repr(sorted(map(repr, value))) if isinstance(value, (set, frozenset)) else repr(value)


def _encode(entity: Entity, field: str, value: Any) -> Any:
    if isinstance(value, (str, int)):  # bool is an int
        return value
    return {"t": Slot(field, type=entity.fields[field].value_type).text(value)}


def _decode(entity: Entity, field: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return Slot(field, type=entity.fields[field].value_type).value(value["t"])
