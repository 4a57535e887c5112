"""One UpdateItem that leaves an item whatever was there, and with it what the contract does not know of that.

A PutItem would drop what others keep in the item, for which it would have to be read first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from crossfade.dynamodb.wire import Item


class _Text(NamedTuple):
    """What is the same in all requests for items with the same attributes."""

    expression: str
    names: dict[str, str]
    values: tuple[tuple[str, str], ...]
    condition: str | None


def upserter(
    table: str, key: Sequence[str], known: Collection[str], own: str | None
) -> Callable[[Item], dict[str, Any]]:
    """What makes the request for an item.

    Args:
        table: the table's full name.
        key: the attributes of the item key.
        known: all attributes that the contract knows: those that an item has not are removed.
        own: the attribute that tells an entity's items from others of the table: where another one's lies there, the
            request is refused. None where there are no others.
    """

    @lru_cache(maxsize=256)  # one for each choice of fields that are null
    def text(attributes: tuple[str, ...]) -> _Text:
        kept = [name for name in attributes if name not in key]
        gone = sorted(set(known).difference(attributes, key))
        names = {f"#{number}": name for number, name in enumerate((*kept, *gone))}
        aliases = {name: alias for alias, name in names.items()}
        values = tuple((f":{number}", name) for number, name in enumerate(kept))
        clauses = [f"SET {', '.join(f'{aliases[name]} = {value}' for value, name in values)}"]
        condition = None
        if own is not None:
            names["#key"] = key[0]
            mine = next(value for value, name in values if name == own)
            condition = f"attribute_not_exists(#key) OR {aliases[own]} = {mine}"
        clauses += [f"REMOVE {', '.join(aliases[name] for name in gone)}"] if gone else []
        return _Text(" ".join(clauses), names, values, condition)

    def request(item: Item) -> dict[str, Any]:
        said = text(tuple(item))
        made: dict[str, Any] = {
            "TableName": table,
            "Key": {name: item[name] for name in key},
            "UpdateExpression": said.expression,
            "ExpressionAttributeNames": said.names,
            "ExpressionAttributeValues": {alias: item[name] for alias, name in said.values},
        }
        if said.condition is not None:
            made["ConditionExpression"] = said.condition
        return made

    return request
