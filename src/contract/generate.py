"""Typed dataclasses and repositories from a contract, as the text of a Python module."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterable, Iterator

from crossfade.contract.model import AccessPattern, Attribute, Contract, Entity
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
    """
    body = [line for entity in contract.entities.values() for line in _entity(entity)]
    text = "\n".join(body)
    return "\n".join([_header(contract, text), *body]) + "\n"


def class_name(name: str) -> str:
    """`ORDER_ITEM` or `order-item` as `OrderItem`; a name with small letters in it keeps its humps."""
    words = re.split(r"[^A-Za-z0-9]+", name)
    return "".join(w[:1].upper() + (w[1:].lower() if w.isupper() else w[1:]) for w in words if w)


def type_hint(type_: ValueType, row: str = "") -> str:
    """The Python type of a field's value; `row` is the class of constructed rows."""
    if type_.kind == "enum":
        return f"Literal[{', '.join(map(_quoted, type_.values))}]"
    if type_.kind == "rows":
        return f"list[{row}]"
    return row if type_.kind == "row" else _HINTS[type_.kind]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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
    if found := used("Any", "Literal"):
        imports.append(f"from typing import {', '.join(found)}")
    names = sorted({*used("Page", "Range", "TypedRepository"), "entity"}, key=lambda n: (n.islower(), n))
    kept = '"""Entities and repositories of ' + contract.source.rsplit("/", 1)[-1]
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
        if attribute.value_type.columns:
            yield from _row(_row_name(name, attribute), attribute.value_type)
    yield from ["", "", f"@entity({_quoted(entity.name)})", "@dataclass(kw_only=True)", f"class {name}:"]
    yield f'    """{entity.name}, stored in {entity.table}; its key is {", ".join(entity.key)}."""'
    yield ""
    for attribute in entity.fields.values():
        yield f"    {_safe(attribute.field)}: {_field(entity, name, attribute)}"
    yield from _repository(entity, name)


def _row(name: str, type_: ValueType) -> Iterator[str]:
    yield from ["", "", "@dataclass(kw_only=True)", f"class {name}:", f'    """One row of {name}."""', ""]
    for column, column_type in type_.columns.items():
        yield f"    {_safe(column)}: {type_hint(column_type)} | None = None"


def _row_name(entity: str, attribute: Attribute) -> str:
    return entity + class_name(attribute.field)


def _safe(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is no Python name: give the attribute a `field`")
    return name


def _field(entity: Entity, owner: str, attribute: Attribute) -> str:
    hint = type_hint(attribute.value_type, _row_name(owner, attribute))
    if attribute.value_type.kind == "rows":
        return f"{hint} = field(default_factory=list)"
    filled_in = {entity.timestamps.created, entity.timestamps.updated, entity.version_field}
    filled_in |= {entity.id.field} if entity.id and entity.id.strategy != "given" else set()
    if attribute.nullable or not attribute.writable or attribute.field in filled_in or attribute.default is not None:
        return f"{hint} | None = None" if hint != "Any" else "Any = None"
    return hint


def _repository(entity: Entity, name: str) -> Iterator[str]:
    yield from ["", "", f"class {name}Repository(TypedRepository[{name}]):"]
    yield f'    """The repository of {entity.name} with a method for each access pattern."""'
    for pattern in entity.access_patterns.values():
        yield from _pattern(entity, name, pattern)


def _pattern(entity: Entity, owner: str, pattern: AccessPattern) -> Iterator[str]:
    def hint(field: str) -> str:
        return type_hint(entity.fields[field].value_type, _row_name(owner, entity.fields[field]))

    required = [f"{_safe(f)}: {_optional(hint(f), entity.fields[f].nullable)}" for f in pattern.by]
    open_ = [*([pattern.range] if pattern.range else []), *pattern.filter]
    optional = [f"{_safe(f)}: {hint(f)} | {_RANGE} | None = None" for f in dict.fromkeys(open_) if f not in pattern.by]
    page = ["limit: int | None = None", "cursor: str | None = None"]
    parameters = ["self", *required, "*", *optional, *page]
    given = [f"{f}={f}" for f in _unique([*pattern.by, *open_])]
    passed = [_quoted(pattern.name), "limit=limit", "cursor=cursor", *given]
    yield ""
    yield f"    def {_safe(pattern.name)}("
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
    lines = textwrap.wrap(text, width=_LINE - len('        """"""'))
    yield f'        """{lines[0]}' + ('"""' if len(lines) == 1 else "")
    yield from (f"        {line}" for line in lines[1:])
    if len(lines) > 1:
        yield '        """'


def _summary(pattern: AccessPattern) -> str:
    told = (pattern.description or f"By {', '.join(pattern.by) or 'nothing: all of them'}").replace('"', "'")
    told = told.rstrip(".") + ("" if told.endswith("?") else ".")
    ordered = f" Ordered by {pattern.range}, {pattern.order}ending." if pattern.range else ""
    return f"{f'{pattern.id}: ' if pattern.id else ''}{told}{ordered}"
