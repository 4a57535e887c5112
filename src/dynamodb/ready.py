"""Items ready to be sent: their JSON, made once, to which a token is added for each write."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from crossfade.contract.units import WRITE_STEP, write_units
from crossfade.dynamodb.codec import REV
from crossfade.dynamodb.expected import Expected
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.units import entries_of
from crossfade.dynamodb.wire import Item, binary_text, decode_binary, holds_binary, key_id

_REV_BYTES = len(REV) + 32
_SMALL = WRITE_STEP - _REV_BYTES


class Ready(NamedTuple):
    """One item to write.

    Attributes:
        table: the full name of the table it lies in.
        key: what tells it from others of that table.
        names: the attributes of its key.
        text: the item's JSON, but for `_rev` and the last brace.
        entries: in how many indexes it will be.
    """

    table: str
    key: Hashable
    names: tuple[str, ...]
    text: str
    entries: int = 0

    @property
    def most(self) -> int:
        """The bytes that the item has at most, with its `_rev`.

        Its JSON has every name and every byte of its texts, and at least 11 characters about each attribute, against
        which a map or a list counts 3 of DynamoDB's, and a number 1 more than its digits.
        """
        size = len(self.text) if self.text.isascii() else len(self.text.encode())
        return size - 8 * self.text.count('":{"') + _REV_BYTES

    @property
    def units(self) -> int:
        """The write units that a put of it takes where there is none; more than needed, if anything."""
        if len(self.text) <= _SMALL and self.text.isascii():
            return 1 + self.entries
        return write_units(self.most) * (1 + self.entries)

    @property
    def item(self) -> Item:
        """The item, but for `_rev`."""
        return item_of(self.text)

    def stamped(self, token: str) -> Item:
        """The item with its `_rev`."""
        return {**self.item, REV: {"S": token}}


def ready(layout: Layout, expected: Expected) -> Ready:
    """An expected item, ready to be sent."""
    entries = 0 if expected.lookup else entries_of(layout.contract.table_of(expected.entity), expected.item)
    return Ready(expected.table, key_id(expected.key), tuple(expected.key), item_text(expected.item), entries)


def put_requests(puts: Iterable[tuple[str, str]]) -> orjson.Fragment:
    """Puts into one table as BatchWriteItem takes them, as JSON, which crossfade's own transport alone can send.

    Args:
        puts: of each the item's JSON, but for `_rev` and the last brace, and its `_rev`.
    """
    made = [f'{{"PutRequest":{{"Item":{text},"{REV}":{{"S":"{token}"}}}}}}}}' for text, token in puts]
    return orjson.Fragment(f"[{','.join(made)}]")


def item_text(item: Mapping[str, Any]) -> str:
    """An item's JSON, but for the last brace."""
    return orjson.dumps(item, default=binary_text).decode()[:-1]


def item_of(text: str) -> Item:
    """The item of which `item_text` made the JSON."""
    raw = f"{text}}}".encode()
    item: Item = orjson.loads(raw)
    return decode_binary(item) if holds_binary(raw) else item
