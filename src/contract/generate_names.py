"""Which names of a contract cannot be names in a generated module: what is no Python name, and what meets another."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator

from crossfade.contract.errors import Problem
from crossfade.contract.model import Attribute, Contract, Entity

OPERATIONS = frozenset(
    {"get", "get_many", "find", "count", "create", "put", "update", "delete", "put_many", "delete_many"}
    | {"_inner", "_passing"}
)
"""What `TypedRepository` has already: an access pattern of such a name would stand in its place."""
PARAMETERS = frozenset({"self", "pattern", "limit", "cursor", "order", "where"})
"""What `TypedRepository.find` takes besides a pattern's fields."""
IMPORTED = frozenset({"Any", "Decimal", "Literal", "Page", "Range", "TypedDict", "TypedRepository"})
"""What a generated module imports that a class could be called; the rest begins with a small letter."""


def class_name(name: str) -> str:
    """`ORDER_ITEM` or `order-item` as `OrderItem`; a name with small letters in it keeps its humps."""
    words = re.split(r"[^A-Za-z0-9]+", name)
    return "".join(w[:1].upper() + (w[1:].lower() if w.isupper() else w[1:]) for w in words if w)


def is_name(name: str) -> bool:
    """Whether Python takes a name as it is: it spells some letters otherwise, and `__x` of a class with its name."""
    plain = unicodedata.normalize("NFKC", name) == name
    return plain and name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def row_name(entity: str, attribute: Attribute) -> str:
    """The class of an attribute's rows, or of its value with variants; `entity` is the entity's class."""
    return entity + class_name(attribute.field)


def unusable_names(contract: Contract) -> Iterator[Problem]:
    """Every name of a contract that a generated module cannot have, with where it stands."""
    taken: dict[str, str] = {}
    for entity in contract.entities.values():
        for path, origin, made in _classes(entity):
            if not is_name(made):
                yield Problem(
                    path, f"{origin} makes the class {made!r}, which is no Python name", "give it another name"
                )
            elif made in IMPORTED:
                yield Problem(
                    path, f"{origin} makes the class {made}, which the module imports", "give it another name"
                )
            elif made in taken:
                told = f"{origin} makes the class {made}, as {taken[made]} does"
                yield Problem(path, told, "give one of them another name")
            taken.setdefault(made, origin)
        for attribute in entity.fields.values():
            yield from _fields(entity, attribute)
        yield from _patterns(entity)


def _classes(entity: Entity) -> Iterator[tuple[str, str, str]]:
    """The classes that an entity makes: where it stands, what makes it, and the class's name."""
    name = class_name(entity.name)
    origin = f"the entity {entity.name!r}"
    yield entity.path, origin, name
    if is_name(name):
        yield entity.path, f"{origin} (its repository)", f"{name}Repository"
    for attribute in entity.fields.values():
        type_ = attribute.value_type
        if type_.variants or type_.columns:
            row = row_name(name, attribute)
            yield attribute.path, f"the field {attribute.field!r} of {entity.name!r}", row
            for tag in type_.variants:
                yield attribute.path, f"the variant {tag!r} of {attribute.field!r}", row + class_name(tag)


def _fields(entity: Entity, attribute: Attribute) -> Iterator[Problem]:
    hint = 'give the attribute another "field"'
    if not is_name(attribute.field):
        yield Problem(attribute.path, f"the field {attribute.field!r} is no name for a Python attribute", hint)
    if attribute.field == "field" and any(_is_made_by_field(entity, other) for other in entity.fields.values()):
        yield Problem(attribute.path, "the field 'field' would hide the function that makes other fields", hint)
    for column in attribute.value_type.columns:
        if not is_name(column):
            yield Problem(
                attribute.path,
                f"{column!r} of {attribute.field!r} is no name for a Python attribute",
                "name it otherwise",
            )


def _patterns(entity: Entity) -> Iterator[Problem]:
    for n, pattern in enumerate(entity.access_patterns.values()):
        path = f"{entity.path}.access_patterns[{n}]"
        if not is_name(pattern.name):
            yield Problem(f"{path}.name", f"{pattern.name!r} is no name for a Python method", "give it another name")
        elif pattern.name in OPERATIONS:
            yield Problem(f"{path}.name", f"every repository has {pattern.name!r} already", "give it another name")
        for field in dict.fromkeys([*pattern.by, *([pattern.range] if pattern.range else []), *pattern.filter]):
            if field in PARAMETERS:
                told = f"the field {field!r} cannot be asked for: every access pattern has a parameter of this name"
                yield Problem(path, told, 'give the attribute another "field"')


def _is_made_by_field(entity: Entity, attribute: Attribute) -> bool:
    """Whether the class needs `dataclasses.field` for it: a list, or what is not to be shown."""
    return attribute.value_type.kind == "rows" or attribute.field in entity.sensitive
