"""Binding records to the application's own classes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import attrs
import pydantic
import pytest

from crossfade.contract.model import Contract
from crossfade.dal.entity import Binding, bind, declared_fields, entity
from crossfade.dal.errors import ConfigurationError, InvalidValue
from tests.unit.dal.samples import thing

ALL = thing()
# Few fields, so that the classes below stay short.
SMALL = dataclasses.replace(
    ALL, attributes=tuple(a for a in ALL.attributes if a.name in {"id", "name", "tags", "items", "owner", "PK"})
)
CONTRACT = Contract(2, {}, {"THING": SMALL}, {}, source="sample.json")
RECORD: dict[str, Any] = {
    "id": 1,
    "name": "Ann",
    "tags": frozenset({"x"}),
    "items": [{"product_id": 5, "price": None}],
    "owner": "Bob",
}


@dataclass
class Line:
    product_id: int
    price: Any = None


@entity("THING")
@dataclass
class AsDataclass:
    id: int | None
    name: str
    tags: frozenset[str] = frozenset()
    items: list[Line] = field(default_factory=list)
    owner: str | None = None
    note: str = field(default="", init=False)


@attrs.define
class AttrsLine:
    product_id: int
    price: Any = None


@entity("THING")
@attrs.define
class AsAttrs:
    id: int | None
    name: str
    tags: frozenset[str] = frozenset()
    items: list[AttrsLine] = attrs.field(factory=list)
    owner: str | None = None


class PydanticLine(pydantic.BaseModel):
    product_id: int
    price: Any = None


@entity("THING")
class AsPydantic(pydantic.BaseModel):
    id: int | None
    name: str
    tags: frozenset[str] = frozenset()
    items: list[PydanticLine] = pydantic.Field(default_factory=list)
    owner: str | None = None


@entity("THING")
@dataclass
class WithoutDerived:
    """Derived fields need not be declared; rows may stay dictionaries."""

    id: int | None
    name: str
    tags: frozenset[str]
    items: list[dict[str, Any]]


class FakeStruct:
    """What crossfade relies on of a msgspec struct."""

    __struct_fields__ = ("id", "name", "tags", "items")

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


@pytest.mark.parametrize(
    ("cls", "line"), [(AsDataclass, Line), (AsAttrs, AttrsLine), (AsPydantic, PydanticLine)], ids=lambda c: c.__name__
)
def test_records_become_instances_and_come_back(cls: type, line: type) -> None:
    binding = bind(CONTRACT, cls)
    instance = binding.from_record(RECORD)
    assert instance == cls(id=1, name="Ann", tags=frozenset({"x"}), items=[line(product_id=5)], owner="Bob")
    assert type(instance.items[0]) is line
    assert binding.to_record(instance) == RECORD


def test_derived_fields_need_not_be_declared() -> None:
    binding = bind(CONTRACT, WithoutDerived)
    instance = binding.from_record(RECORD)
    assert instance == WithoutDerived(1, "Ann", frozenset({"x"}), [{"product_id": 5, "price": None}])
    assert binding.to_record(instance) == {f: v for f, v in RECORD.items() if f != "owner"}


def test_a_struct_binds() -> None:
    binding = Binding(SMALL, entity("THING")(FakeStruct))
    made = binding.from_record(RECORD)
    assert made.__dict__ == {f: v for f, v in RECORD.items() if f != "owner"}


def test_dictionaries_bind_to_themselves_and_are_copied() -> None:
    binding = bind(CONTRACT, "THING")
    got = binding.from_record(RECORD)
    assert got == RECORD
    assert got is not RECORD
    assert binding.to_record({"name": "Ann"}) == {"name": "Ann"}


def test_a_dictionary_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidValue, match="did you mean 'name'") as caught:
        bind(CONTRACT, "THING").to_record({"nmae": "Ann"})
    assert caught.value.field == "nmae"
    assert caught.value.entity == "THING"


def test_another_class_s_instance_is_refused() -> None:
    with pytest.raises(InvalidValue, match="wants AsDataclass, not dict"):
        bind(CONTRACT, AsDataclass).to_record(RECORD)


def test_what_does_not_fit_is_told_at_binding_time() -> None:
    @entity("THING")
    @dataclass
    class Wrong:
        id: int
        nmae: str

    with pytest.raises(ConfigurationError) as caught:
        bind(CONTRACT, Wrong)
    assert "does not know nmae (did you mean 'name'?)" in str(caught.value)
    assert "needs items, name, tags" in str(caught.value)


def test_an_annotation_that_means_nothing_is_told_at_binding_time() -> None:
    fields: list[Any] = [("id", int), ("name", "Naem"), ("tags", Any), ("items", Any)]
    with pytest.raises(ConfigurationError, match="Unclear: name 'Naem' is not defined: its annotations must"):
        bind(CONTRACT, entity("THING")(dataclasses.make_dataclass("Unclear", fields)))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (Line, "decorate it"),
        ("THIMG", "did you mean 'THING'"),
        (entity("THING")(type("Bare", (), {})), "not a dataclass"),
    ],
)
def test_what_is_bound_to_no_entity_is_refused(target: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        bind(CONTRACT, target)


def test_declared_fields_are_those_of_the_constructor() -> None:
    assert declared_fields(AsDataclass) == ("id", "name", "tags", "items", "owner")
    assert declared_fields(AsAttrs) == ("id", "name", "tags", "items", "owner")
    assert declared_fields(AsPydantic) == ("id", "name", "tags", "items", "owner")


@dataclass
class _Acting:
    id: int | None
    name: str
    tags: frozenset[str]
    items: list[dict[str, Any]]
    owner: str | None


@dataclass
class _Finished(_Acting):
    def __post_init__(self) -> None:
        self.name = self.name.upper()


@dataclass
class _Watched(_Acting):
    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value.upper() if name == "name" else value)


@dataclass
class _Own(_Acting):
    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.name = self.name.upper()


class _Loud:
    """Takes a text, and gives it in capitals."""

    def __get__(self, instance: Any, owner: type) -> Any:
        return "" if instance is None else instance.__dict__["loud"]

    def __set__(self, instance: Any, value: str) -> None:
        instance.__dict__["loud"] = value.upper()


@dataclass
class _Described(_Acting):
    name: str = _Loud()  # type: ignore[assignment]  # a descriptor stands for the field
    tags: frozenset[str] = frozenset()
    items: list[dict[str, Any]] = field(default_factory=list)
    owner: str | None = None


_FIELDS = [(f.name, Any) for f in dataclasses.fields(_Acting)]
_Slotted = dataclasses.make_dataclass("_Slotted", _FIELDS, slots=True)
_Frozen = dataclasses.make_dataclass("_Frozen", _FIELDS, frozen=True)


@pytest.mark.parametrize("cls", [_Acting, _Finished, _Watched, _Own, _Described, _Slotted, _Frozen])
def test_an_instance_is_made_as_its_class_makes_it(cls: Any) -> None:
    made = Binding(SMALL, entity("THING")(cls)).from_record(RECORD)
    assert (type(made), made.name, made) == (cls, cls(**RECORD).name, cls(**RECORD))
    with pytest.raises(AttributeError):
        _ = made.absent
    if cls is not _Frozen:
        made.owner = "Eve"
        assert RECORD["owner"] == "Bob"
