"""Binding entities to the application's own classes.

`@entity("ORDER")` marks a dataclass, an attrs or pydantic class or a msgspec struct. A `Binding` turns its
instances into records (field -> value) and back; dictionaries bind to themselves.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from crossfade.contract.model import Contract, Entity
from crossfade.dal.errors import ConfigurationError, InvalidValue

T = TypeVar("T")
Record = dict[str, Any]
_MARK = "__crossfade_entity__"


def entity(name: str) -> Callable[[type[T]], type[T]]:
    """Bind the decorated class to the contract's entity `name`.

    The class declares every field that the entity's application may write, under the same names, and
    whichever of the derived ones it wants. Nested classes do for owned rows.
    """

    def mark(cls: type[T]) -> type[T]:
        setattr(cls, _MARK, name)
        return cls

    return mark


class Binding(Generic[T]):
    """How one entity's records become instances of a class, and back.

    Attributes:
        entity: the entity's definition.
        cls: the application's class, or dict.
    """

    def __init__(self, definition: Entity, cls: type[T]) -> None:
        """Raises ConfigurationError if the class lacks a writable field or declares an unknown one."""
        self.entity = definition
        self.cls = cls
        self._declared = tuple(definition.fields) if cls is dict else declared_fields(cls)
        self._nested = {} if cls is dict else _nested_classes(cls)
        self._check()

    def _check(self) -> None:
        fields = self.entity.fields
        unknown = [f for f in self._declared if f not in fields]
        missing = sorted(self.entity.writable - set(self._declared))
        hints = [f"{f}{_suggest(f, fields)}" for f in unknown]
        if unknown or missing:
            parts = [f"does not know {', '.join(hints)}"] if unknown else []
            parts += [f"needs {', '.join(missing)}"] if missing else []
            raise ConfigurationError(f"{self.cls.__name__} does not fit {self.entity.name}: it {' and '.join(parts)}")

    def to_record(self, instance: T) -> Record:
        """The fields of an instance, not yet canonical. A dictionary may leave fields out.

        Raises:
            InvalidValue: it is not an instance of the class, or a dictionary has an unknown field.
        """
        if not isinstance(instance, self.cls):
            raise InvalidValue(
                "entity", f"wants {self.cls.__name__}, not {type(instance).__name__}", entity=self.entity.name
            )
        if isinstance(instance, dict):
            unknown = [f for f in instance if f not in self.entity.fields]
            if unknown:
                hint = _suggest(str(unknown[0]), self.entity.fields)
                raise InvalidValue(str(unknown[0]), f"is not a field{hint}", entity=self.entity.name)
            return dict(instance)
        return {f: _plain(getattr(instance, f)) for f in self._declared}

    def from_record(self, record: Mapping[str, Any]) -> T:
        """The instance for a stored record."""
        if self.cls is dict:
            return typing.cast(T, dict(record))
        return self.cls(**{f: _instances(record[f], self._nested.get(f)) for f in self._declared})


def bind(contract: Contract, target: type[T] | str) -> Binding[Any]:
    """The binding for a class marked by `@entity`, or by entity name for dictionaries.

    Raises:
        ConfigurationError: the class is not marked, or the contract has no such entity.
    """
    name = target if isinstance(target, str) else getattr(target, _MARK, None)
    if name is None:
        raise ConfigurationError(f'{target!r} is bound to no entity: decorate it with @entity("NAME")')
    if name not in contract.entities:
        known = ", ".join(contract.entities)
        raise ConfigurationError(
            f"{contract.source} has no entity {name!r}{_suggest(name, contract.entities)}; it has {known}"
        )
    return Binding(contract.entities[name], dict if isinstance(target, str) else target)


def declared_fields(cls: type) -> tuple[str, ...]:
    """The field names of a dataclass, attrs or pydantic class, or msgspec struct.

    Raises:
        ConfigurationError: it is none of these.
    """
    if dataclasses.is_dataclass(cls):
        return tuple(f.name for f in dataclasses.fields(cls) if f.init)
    if names := getattr(cls, "__struct_fields__", None):  # msgspec
        return tuple(names)
    if attributes := getattr(cls, "__attrs_attrs__", None):  # attrs
        return tuple(a.name for a in attributes)
    if models := getattr(cls, "model_fields", None):  # pydantic
        return tuple(models)
    raise ConfigurationError(f"{cls.__name__} is not a dataclass, attrs or pydantic class, or msgspec struct")


def _nested_classes(cls: type) -> dict[str, type]:
    found = {}
    for name, hint in typing.get_type_hints(cls).items():
        for part in _alternatives(hint):
            item = typing.get_args(part)[0] if typing.get_origin(part) in {list, tuple} else part
            if isinstance(item, type) and _is_structured(item):
                found[name] = item
    return found


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in {typing.Union, types.UnionType} else (hint,)


def _is_structured(cls: type) -> bool:
    marks = ("__struct_fields__", "__attrs_attrs__", "model_fields")
    return dataclasses.is_dataclass(cls) or any(hasattr(cls, mark) for mark in marks)


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if _is_structured(type(value)):
        return {f: _plain(getattr(value, f)) for f in declared_fields(type(value))}
    return value


def _instances(value: Any, cls: type | None) -> Any:
    if cls is None or value is None:
        return value
    if isinstance(value, list):
        return [_instances(v, cls) for v in value]
    return cls(**{f: value[f] for f in declared_fields(cls) if f in value})


def _suggest(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
