"""Typed dataclasses and repositories from a contract, as the text of a Python module."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator

from crossfade.contract.errors import ContractError
from crossfade.contract.generate_names import class_name, is_name, row_name, unusable_names
from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.types import Kind, ValueType

_HINTS: dict[Kind, str] = {
    "bool": "bool",
    "int": "int",
    "year": "int",
    "decimal": "Decimal",
    "float": "float",
    "number": "int | Decimal",
    "str": "str",
    "set": "frozenset[str]",
    "date": "date",
    "datetime": "datetime",
    "time": "timedelta",
    "bytes": "bytes",
    "json": "Any",
    "any": "Any",
}
_RANGE = "Range"
_LINE = 120


def generate_module(contract: Contract) -> str:
    """The module's text: one dataclass an entity (and owned row), one repository an entity.

    Args:
        contract: the contract. Its names become Python names: `ORDER_ITEM` is `OrderItem`.

    Returns:
        Formatted Python that passes `mypy --strict`.

    Raises:
        ContractError: names that a module cannot have: no Python names, or two for one thing; lists every one.
    """
    if problems := list(unusable_names(contract)):
        raise ContractError(contract.source, problems)
    body = [line for entity in contract.entities.values() for line in _entity(entity)]
    text = "\n".join(body)
    return "\n".join([_header(contract, text), *body]) + "\n"


def type_hint(type_: ValueType, row: str = "") -> str:
    """The Python type of a field's value; `row` is the class of constructed rows, or of a value with variants."""
    if type_.variants:
        return row
    if type_.kind == "enum":
        return f"Literal[{', '.join(map(_quoted, type_.values))}]"
    if type_.kind == "rows":
        return f"list[{row}]"
    if type_.members == "N":
        return "frozenset[int]"
    return row if type_.kind == "row" else _HINTS[type_.kind]


def _quoted(text: str) -> str:
    """The text as a literal: what JSON escapes, Python reads alike, and so it does half a surrogate pair's escape."""
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def _told(text: str) -> str:
    """The text as a docstring has it: in one line, without what would end it or begin an escape."""
    return _quoted(" ".join(text.replace('"', "'").split()))[1:-1]


def _header(contract: Contract, body: str) -> str:
    def used(*names: str) -> list[str]:
        return [n for n in names if re.search(rf"\b{re.escape(n)}\b", body)]

    imports = []
    if "field(" in body:
        imports.append("from dataclasses import dataclass, field")
    else:
        imports.append("from dataclasses import dataclass")
    if found := used("date", "datetime", "timedelta"):
        imports.append(f"from datetime import {', '.join(found)}")
    if used("Decimal"):
        imports.append("from decimal import Decimal")
    if found := used("Any", "Literal", "TypedDict"):
        imports.append(f"from typing import {', '.join(found)}")
    names = sorted({*used("Page", "Range", "TypedRepository"), "entity"}, key=lambda n: (n.islower(), n))
    kept = '"""Entities and repositories of ' + _told(contract.source.rsplit("/", 1)[-1])
    made = 'made by `crossfade contract generate`: do not edit."""'
    return "\n".join(
        [
            f"{kept}, {made}",
            "",
            "from __future__ import annotations",
            "",
            *imports,
            "",
            f"from crossfade.dal import {', '.join(names)}",
        ]
    )


def _entity(entity: Entity) -> Iterator[str]:
    name = class_name(entity.name)
    for attribute in entity.fields.values():
        if attribute.value_type.variants:
            yield from _variants(row_name(name, attribute), attribute.value_type)
        if attribute.value_type.columns:
            yield from _row(row_name(name, attribute), attribute.value_type)
    yield from ["", "", f"@entity({_quoted(entity.name)})", "@dataclass(kw_only=True)", f"class {name}:"]
    yield f'    """{_told(entity.name)}, stored in {entity.table}; its key is {", ".join(entity.key)}."""'
    yield ""
    for attribute in entity.fields.values():
        yield f"    {attribute.field}: {_field(entity, name, attribute)}"
    yield from _repository(entity, name)


def _row(name: str, type_: ValueType) -> Iterator[str]:
    yield from ["", "", "@dataclass(kw_only=True)", f"class {name}:", f'    """One row of {name}."""', ""]
    for column, column_type in type_.columns.items():
        yield f"    {column}: {type_hint(column_type)}{'' if column in type_.required else ' | None = None'}"


def _variants(name: str, type_: ValueType) -> Iterator[str]:
    """A class for each shape, and their union, which a type checker narrows by the tag."""
    made = []
    for tag, members in type_.variants.items():
        made.append(name + class_name(tag))
        hints = {type_.tag: f"Literal[{_quoted(tag)}]", **{m: _json_hint(t) for m, t in members.items()}}
        if all(map(is_name, hints)):
            told = f'    """{name} where {type_.tag} is {_told(tag)}."""'
            yield from ["", "", f"class {made[-1]}(TypedDict):", told, ""]
            yield from (f"    {member}: {hint}" for member, hint in hints.items())
        else:
            yield from ["", "", f"{made[-1]} = TypedDict(", f"    {_quoted(made[-1])},", "    {"]
            yield from (f"        {_quoted(member)}: {hint}," for member, hint in hints.items())
            yield from ["    },", ")"]
    line = f"{name} = {' | '.join(made)}"
    yield from ["", "", *([line] if len(line) <= _LINE else [f"{name} = (", *_joined(made), ")"])]


def _json_hint(type_: ValueType) -> str:
    """The Python type of a value inside of JSON, where times are texts."""
    return "str" if type_.kind in {"date", "datetime"} else type_hint(type_)


def _joined(names: list[str]) -> Iterator[str]:
    yield f"    {names[0]}"
    yield from (f"    | {name}" for name in names[1:])


def _field(entity: Entity, owner: str, attribute: Attribute) -> str:
    hint = type_hint(attribute.value_type, row_name(owner, attribute))
    # A printed or logged instance must not tell what is sensitive.
    hidden = ["repr=False"] if attribute.field in entity.sensitive else []
    if attribute.value_type.kind == "rows":
        return f"{hint} = field({', '.join(['default_factory=list', *hidden])})"
    filled_in = {entity.timestamps.created, entity.timestamps.updated, entity.version_field}
    filled_in |= {entity.id.field} if entity.id and entity.id.strategy != "given" else set()
    optional = attribute.nullable or not attribute.writable or attribute.default is not None
    if not optional and attribute.field not in filled_in:
        return f"{hint} = field(repr=False)" if hidden else hint
    hint = hint if hint == "Any" else f"{hint} | None"
    return f"{hint} = field(default=None, repr=False)" if hidden else f"{hint} = None"


def _repository(entity: Entity, name: str) -> Iterator[str]:
    yield from ["", "", f"class {name}Repository(TypedRepository[{name}]):"]
    yield f'    """The repository of {_told(entity.name)} with a method for each access pattern."""'
    for pattern in entity.access_patterns.values():
        yield from _pattern(entity, name, pattern)


def _pattern(entity: Entity, owner: str, pattern: AccessPattern) -> Iterator[str]:
    def hint(field: str) -> str:
        return type_hint(entity.fields[field].value_type, row_name(owner, entity.fields[field]))

    required = [f"{f}: {_optional(hint(f), entity.fields[f].nullable)}" for f in pattern.by]
    open_ = [*([pattern.range] if pattern.range else []), *pattern.filter]
    optional = [f"{f}: {hint(f)} | {_RANGE} | None = None" for f in dict.fromkeys(open_) if f not in pattern.by]
    page = ["limit: int | None = None", "cursor: str | None = None"]
    parameters = ["self", *required, "*", *optional, *page]
    given = [f"{f}={f}" for f in _unique([*pattern.by, *open_])]
    passed = [_quoted(pattern.name), "limit=limit", "cursor=cursor", *given]
    yield ""
    yield f"    def {pattern.name}("
    yield from (f"        {p}," for p in parameters)
    yield f"    ) -> Page[{owner}]:"
    yield from _docstring(_summary(pattern))
    yield from _call("self.find", passed)


def _optional(hint: str, nullable: bool) -> str:
    return f"{hint} | None" if nullable and hint != "Any" else hint


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _call(function: str, arguments: list[str]) -> Iterator[str]:
    """A return of a call, broken as the formatter breaks it."""
    line = f"        return {function}({', '.join(arguments)})"
    inner = f"            {', '.join(arguments)}"
    if len(line) <= _LINE:
        yield line
        return
    yield f"        return {function}("
    yield from [inner] if len(inner) <= _LINE else (f"            {a}," for a in arguments)
    yield "        )"


def _docstring(text: str) -> Iterator[str]:
    # A long word is not broken: it may hold an escape.
    lines = textwrap.wrap(_told(text), width=_LINE - len('        """"""'), break_long_words=False)
    yield f'        """{lines[0]}' + ('"""' if len(lines) == 1 else "")
    yield from (f"        {line}" for line in lines[1:])
    if len(lines) > 1:
        yield '        """'


def _summary(pattern: AccessPattern) -> str:
    told = pattern.description or f"By {', '.join(pattern.by) or 'nothing: all of them'}"
    told = told.rstrip(".") + ("" if told.endswith("?") else ".")
    ordered = f" Ordered by {pattern.range}, {pattern.order}ending." if pattern.range else ""
    return f"{f'{pattern.id}: ' if pattern.id else ''}{told}{ordered}"
