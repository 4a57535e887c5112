"""Keys: an entity's identity in field terms, usable as a dictionary key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, ValuesView
from typing import Any, Self

from crossfade.contract.errors import InvalidValue
from crossfade.contract.model import Entity
from crossfade.contract.types import canonical


class Key(Mapping[str, Any]):
    """An immutable, hashable mapping of key fields to canonical values; equals a dict of the same content."""

    __slots__ = ("_hash", "_values")

    def __init__(self, values: Mapping[str, Any] | None = None, /, **fields: Any) -> None:
        self._values = {**(values or {}), **fields} if fields else dict(values or ())
        self._hash: int | None = None

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The key whose dictionary that is from now on: nobody else may change it."""
        made = cls.__new__(cls)
        made._values, made._hash = values, None
        return made

    def __getitem__(self, field: str) -> Any:
        return self._values[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._values.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self._values == dict(other)

    def values(self) -> ValuesView[Any]:
        """The fields' values."""
        return self._values.values()

    def __repr__(self) -> str:
        return f"Key({', '.join(f'{f}={v!r}' for f, v in self._values.items())})"


def make_key(entity: Entity, given: Any) -> Key:
    """The key for what a caller gave: a mapping of the key fields, or the bare value of a single-field key.

    Raises:
        InvalidValue: a key field is missing, unknown, null, or of the wrong type.
    """
    if not isinstance(given, Mapping):
        if len(entity.key) != 1:
            raise InvalidValue(
                "key",
                f"wants a mapping of {', '.join(entity.key)}, not {type(given).__name__}",
                entity=entity.name,
            )
        given = {entity.key[0]: given}
    if set(given) != set(entity.key):
        raise InvalidValue(
            "key",
            f"wants exactly {', '.join(entity.key)}, not {', '.join(map(str, given))}",
            entity=entity.name,
        )
    values = {}
    for field in entity.key:
        value = canonical(given[field], entity.fields[field].value_type, field)
        if value is None:
            raise InvalidValue(field, "is part of the key and must not be null", entity=entity.name)
        values[field] = value
    return Key.of(values)


def key_of(entity: Entity, record: Mapping[str, Any]) -> Key:
    """The key of a canonical record."""
    return Key.of({field: record[field] for field in entity.key})
