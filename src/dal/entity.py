"""Binding entities to the application's own classes.

`@entity("ORDER")` marks a dataclass, an attrs or pydantic class or a msgspec struct. A `Binding` turns its
instances into records (field -> value) and back; dictionaries bind to themselves.
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import keyword
import operator
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from crossfade.contract.model import Contract, Entity
from crossfade.dal.errors import ConfigurationError, InvalidValue

T = TypeVar("T")
Record = dict[str, Any]
_MARK = "__crossfade_entity__"
COMPOUND = frozenset({"any", "json", "row", "rows", "set"})
"""The kinds of values that may have others in them."""


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
        from_record: gives the instance for a stored record.
    """

    def __init__(self, definition: Entity, cls: type[T]) -> None:
        """Raises ConfigurationError if the class lacks a writable field, or declares one that is unknown or unclear."""
        self.entity = definition
        self.cls = cls
        self._declared = tuple(definition.fields) if cls is dict else declared_fields(cls)
        nested = {} if cls is dict else _nested_classes(cls)
        self._nested = {f: nested[f] for f in self._declared if f in nested}
        self._check()
        self._values = _values_of(self._declared)
        self.from_record: Callable[[Mapping[str, Any]], T] = _maker(cls, self._declared, definition, self._nested)
        kinds = {f: definition.fields[f].value_type.kind for f in self._declared}
        self._compound = tuple(f for f in self._declared if f in self._nested or kinds[f] in COMPOUND)

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
        record = dict(zip(self._declared, self._values(instance), strict=True))
        for f in self._compound:
            record[f] = plain(record[f])
        return record

    def unpacked(self, names: dict[str, Any]) -> list[str] | None:
        """The lines that leave each field of `given` in `a0`, `a1` ..., as `to_record` does in a record.

        They raise at what is no instance, and at a dictionary that leaves fields out.

        Args:
            names: takes what the lines refer to.

        Returns:
            None where the class lacks fields, or has them under names that cannot be written.
        """
        fields = self.entity.fields
        if self.cls is dict:
            fits, place = f"type(given) is dict and len(given) == {len(fields)}", "given[{!r}]"
        elif set(fields) <= set(self._declared) and all(f.isidentifier() and not keyword.iskeyword(f) for f in fields):
            fits, place = "isinstance(given, cls)", "given.{}"
        else:
            return None
        names |= {"cls": self.cls, "plain": plain}
        lines = [f"if not ({fits}):", '    raise TypeError("not an instance")']
        for number, f in enumerate(fields):
            taken = place.format(f)
            compound = f in self._compound and self.cls is not dict
            lines.append(f"a{number} = {f'plain({taken})' if compound else taken}")
        return lines


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


def _values_of(declared: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of some attributes of an instance."""
    if len(declared) > 1:
        return operator.attrgetter(*declared)
    return lambda instance: tuple(getattr(instance, f) for f in declared)


def _maker(
    cls: type[T], declared: tuple[str, ...], definition: Entity, nested: Mapping[str, type]
) -> Callable[[Mapping[str, Any]], T]:
    """What makes an instance of a record."""
    if cls is dict:
        return cls
    make = _filled(cls) if _only_keeps(cls, declared) else lambda values: cls(**values)
    if set(declared) == set(definition.fields) and not nested:
        return lambda record: make({**record})

    def instance(record: Mapping[str, Any]) -> T:
        values = {f: record[f] for f in declared}
        for f, of in nested.items():
            values[f] = _instances(values[f], of)
        return make(values)

    return instance


def _filled(cls: type[T]) -> Callable[[dict[str, Any]], T]:
    """What makes an instance that has a dictionary for its attributes.

    One by one, as a frozen dataclass's own `__init__` sets them, they take four times as long.
    """
    new, put = cls.__new__, object.__setattr__

    def fill(values: dict[str, Any]) -> T:
        made = new(cls)
        put(made, "__dict__", values)
        return made

    return fill


def _only_keeps(cls: type, declared: tuple[str, ...]) -> bool:
    """Whether a class is a dataclass that does nothing when it is made but keep its values."""
    parameters = vars(cls).get("__dataclass_params__")
    if parameters is None or not parameters.init or set(vars(cls)["__dataclass_fields__"]) != set(declared):
        return False
    # What dataclasses make has no file; one of the class's own, or one that wraps it, has.
    made = getattr(getattr(vars(cls).get("__init__"), "__code__", None), "co_filename", None) == "<string>"
    if not made or type(cls).__call__ is not type.__call__:
        return False
    acting = {n for n in ("__new__", "__setattr__") if getattr(cls, n) is not getattr(object, n)}
    # A frozen class has a `__setattr__` of dataclasses' own.
    acting -= {"__setattr__"} if parameters.frozen else set()
    acting |= {n for n in ("__post_init__", "__slots__") if hasattr(cls, n)}
    # A property takes what is set, and gives what it made of it.
    acting |= {n for n in declared if hasattr(inspect.getattr_static(cls, n, None), "__set__")}
    return not acting


def _nested_classes(cls: type) -> dict[str, type]:
    try:
        hints = typing.get_type_hints(cls)
    except NameError as error:
        raise ConfigurationError(
            f"{cls.__qualname__}: {error}: its annotations must name what its module imports at run time"
        ) from error
    found = {}
    for name, hint in hints.items():
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


def plain(value: Any) -> Any:
    """The value, with a dictionary for each instance of a structured class, also inside of lists."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if _is_structured(type(value)):
        return {f: plain(getattr(value, f)) for f in declared_fields(type(value))}
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
