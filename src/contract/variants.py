"""The attribute key `variants`: JSON that has one of several shapes, and a tag that says which (a tagged union).

```json
"variants": {
  "tag": "type",
  "shapes": {
    "Timed": {"start": "datetime", "end": "datetime"},
    "AllDay": {},
    "Task": {"completed": "bool"}
  }
}
```

A value is an object with the tag and exactly the members of its shape, none of them null. Members are JSON: those of
type `date` are texts such as `2026-02-28`, those of type `datetime` such as `2026-02-28T09:30:00Z`, always in UTC.
What does not fit is refused before either store sees it; what a store holds already is read as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from crossfade.contract.shape import Problems, Raw, show
from crossfade.contract.sql_types import parse_sql_type
from crossfade.contract.value_type import ValueType

Shapes = Mapping[str, Mapping[str, ValueType]]


def read_variants(raw: Raw, attribute_type: str, problems: Problems) -> tuple[str, Shapes]:
    """The tag and the shapes that `variants` of an attribute's JSON declares.

    Args:
        raw: the value of `variants`, of the right form.
        attribute_type: what the attribute is stored as.
        problems: what is wrong goes here.
    """
    if attribute_type not in {"M", "S"}:
        problems.add(raw.path, f"{attribute_type} cannot hold an object with a tag", "M can, or S")
    tag, shapes = raw.get("tag", ""), {}
    for name, members in raw.get("shapes", {}).items():
        if tag in members:
            problems.add(members.at(tag), f"{show(tag)} is the tag, and cannot be a member")
        types = {member: _type(text, members.at(member), problems) for member, text in members.items()}
        shapes[name] = {member: type_ for member, type_ in types.items() if type_ is not None}
    return tag, shapes


def _type(text: str, path: str, problems: Problems) -> ValueType | None:
    try:
        found = parse_sql_type(text)
    except ValueError:
        found = None
    if found is None or found.kind not in _TESTS:
        problems.add(path, f"{show(text)} is no type of a JSON value", "such as bool, int, varchar(50), date, datetime")
        return None
    return found


def misfit(value: Any, tag: str, shapes: Shapes) -> str | None:
    """Why a JSON value has none of the shapes; None if it has one. Tells names, never a value."""
    if not isinstance(value, dict):
        return f"wants an object with the tag {tag!r}"
    name = value.get(tag)
    if not isinstance(name, str) or name not in shapes:
        return f"wants one of {', '.join(map(repr, shapes))} in {tag!r}"
    members = shapes[name]
    if unknown := sorted(set(value) - {tag} - set(members)):
        there = f"its members are {', '.join(members)}" if members else "it has no members"
        return f"is {name!r}, which has no {', '.join(map(repr, unknown))}: {there}"
    for member, type_ in members.items():
        test, wanted = _TESTS[type_.kind]
        if member not in value or not test(value[member], type_):
            return f"is {name!r}, which wants {member!r} as {wanted(type_)}"
    return None


def _int(value: Any, type_: ValueType) -> bool:
    low, high = type_.minimum, type_.maximum
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and (low is None or low <= value) and (high is None or value <= high)


def _float(value: Any, type_: ValueType) -> bool:
    del type_
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _str(value: Any, type_: ValueType) -> bool:
    size = len(value.encode() if type_.byte_length else value) if isinstance(value, str) else None
    return size is not None and (type_.length is None or size <= type_.length)


def _date(value: Any, type_: ValueType) -> bool:
    del type_
    return isinstance(value, str) and _reads(date.fromisoformat, r"\d{4}-\d\d-\d\d", value)


def _datetime(value: Any, type_: ValueType) -> bool:
    fraction = rf"\.\d{{{type_.fsp}}}" if type_.fsp else ""
    pattern = rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{fraction}Z"
    return isinstance(value, str) and _reads(datetime.fromisoformat, pattern, value)


def _reads(read: Callable[[str], date], pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text, re.ASCII) is not None and bool(read(text))
    except ValueError:
        return False


def _moment(type_: ValueType) -> str:
    return "a text like YYYY-MM-DDTHH:MM:SS" + ("." + "f" * type_.fsp if type_.fsp else "") + "Z"


_Test = Callable[[Any, ValueType], bool]
_TESTS: Mapping[str, tuple[_Test, Callable[[ValueType], str]]] = {
    "bool": (lambda v, t: isinstance(v, bool), lambda t: "true or false"),
    "int": (_int, lambda t: t.source),
    "float": (_float, lambda t: "a number"),
    "str": (_str, lambda t: t.source),
    "enum": (lambda v, t: isinstance(v, str) and v in t.values, lambda t: f"one of {', '.join(map(repr, t.values))}"),
    "date": (_date, lambda t: "a text like YYYY-MM-DD"),
    "datetime": (_datetime, _moment),
}
