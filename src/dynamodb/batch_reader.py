"""Items of BatchGetItem, read from its JSON straight into what they are compared with: what else they have is not even
looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import DecodeError, Struct, ValidationError, convert, defstruct
from msgspec.json import Decoder

from crossfade.dynamodb.transport import Answer, PageReader
from crossfade.dynamodb.wire import decode_binary, holds_binary


def batch_reader(table: str, item: type[Struct], *, loose: bool) -> PageReader:
    """What reads the JSON of a BatchGetItem's answer about one table, where all its items are of a type.

    Args:
        table: the table's full name.
        item: the type of its items.
        loose: whether the type takes attributes of every form, whose binary values are to be bytes.

    Returns:
        What gives the answer with items of that type; None for one that it does not read.
    """
    responses = defstruct("Responses", [("items", list[item])], rename={"items": table})  # type: ignore[valid-type]  # an argument
    more: list[Any] = [("UnprocessedKeys", dict[str, Any]), ("ConsumedCapacity", Any, None)]
    decode = Decoder(defstruct("Reply", [("Responses", responses), *more])).decode

    def read(body: bytes) -> Answer | None:
        if loose and holds_binary(body):
            return None
        try:
            found: Any = decode(body)
        except DecodeError:
            return None
        left = decode_binary(found.UnprocessedKeys)
        answer: Answer = {"Responses": {table: found.Responses.items}, "UnprocessedKeys": left}
        if found.ConsumedCapacity is not None:
            answer["ConsumedCapacity"] = found.ConsumedCapacity
        return answer

    return read


def typed(items: Iterable[Any], item: type[Struct]) -> Iterator[Any]:
    """Items of a type, and those that boto3 gives as they are read as that type; others are left out."""
    for one in items:
        if type(one) is item:
            yield one
            continue
        try:
            yield convert(one, item)
        except ValidationError:
            continue
