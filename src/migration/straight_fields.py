"""The beginning of every function that reads rows as texts: lines that leave an entity's fields and keys in variables.

They do what projection and codec do one after the other, without values and a record in between, for what most rows
are. Whatever is unusual about one raises: then the long way is gone, which knows everything, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crossfade.contract.bounds import MAX_SORT_BYTES
from crossfade.contract.template import ESCAPE, Slot, Template
from crossfade.contract.types import MAX_DIGITS, ValueType
from crossfade.dal.source import Source
from crossfade.dynamodb.codec import Codec, StoredField
from crossfade.mysql.projection import Projection

_SHORT = MAX_SORT_BYTES // 4
"""Characters that are no more bytes than a key may have, whichever they are."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a column's text becomes what is stored, and the text in a key; `{0}` is where the text is.

    Attributes:
        wire: the DynamoDB type.
        json: the expression for its value, as JSON, in an f-string.
        value: the expression for its value, as boto3 has it.
        key: whether the text is what a key has of it.
        steps: what is done with the text before.
    """

    wire: str
    json: str
    value: str = "{0}"
    key: bool = True
    steps: tuple[str, ...] = ()


_TEXT = Form("S", "{{quote({0})}}")
_INTEGER = Form("N", '"{{{0}}}"')
_FORMS: Mapping[tuple[str, str | None], Form] = {
    ("bool", "BOOL"): Form("BOOL", "{{truth[{0}]}}", "boolean[{0}]", key=False),
    ("bytes", "B"): Form("B", '"{{binary({0})}}"', key=False),
    # What no calendar has raises.
    ("date", "S"): Form("S", '"{{{0}}}"', steps=("day({0})",)),
    ("datetime", "S"): Form("S", '"{{{0}}}"', steps=("moment({0})", '{0} = f"{{{0}[:10]}}T{{{0}[11:]}}Z"')),
    ("decimal", "N"): Form("N", '"{{plain({0})}}"', "plain({0})"),
    ("enum", "S"): _TEXT,
    ("int", "N"): _INTEGER,
    ("str", "S"): _TEXT,
}


def takes_record(made: Source) -> bool:
    """Whether a function looks at the record."""
    return "record[" in made.text or ", record)\n" in made.text


class Fields:
    """One entity's fields and keys, as the lines of a function that has a row, and its record where they name it.

    Attributes:
        codec, keys, entity: of the entity.
        names: what the lines refer to.
        forms: how the fields that are made of a text are stored; others take the field's value.
        nullable: the fields whose column may hold a null.
        variables: in which variable each field is left; `s` before it: what is stored of one without a form.
        key_variables: the same of keys; one with a null part is None.
    """

    def __init__(self, projection: Projection, codec: Codec) -> None:
        self.codec, self.keys, self.entity = codec, codec.keys, codec.entity
        self.names: dict[str, Any] = {
            "boolean": {"0": False, "1": True}, "check": self.keys.check, "day": date.fromisoformat,
            "key": self.keys.key_attribute, "moment": datetime.fromisoformat, "plain": _plain,
        }  # fmt: skip
        self._places = projection.places
        self.columns: dict[str, ValueType] = {
            name: projection.types[place].value_type for name, place in self._places.items()
        }
        source = projection.tables.source(self.entity.source_table)
        self.nullable = {name for name in self._places if source.columns[self.entity.fields[name].columns[0]].nullable}
        self.forms = {name: form for name, of in codec.fields.items() if (form := self._form(of)) is not None}
        self.variables = {name: f"a{number}" for number, name in enumerate(codec.fields)}
        keys = dict.fromkeys((*(n for pair in self.keys.indexes for n in pair), *self.keys.names))
        self.key_variables = {name: f"k{number}" for number, name in enumerate(keys)}

    def loaded(self, fields: Iterable[str]) -> Iterator[str]:
        """Lines that leave columns in the variables of their fields."""
        yield from (f"{self.variables[name]} = row[{self._places[name]}]" for name in fields if name in self.forms)

    def wire(self, name: str) -> str:
        """The DynamoDB type of a key."""
        return self.keys.table.key_types.get(name, "S")

    # -------------------------------------------------------------------- fields

    def field(self, of: StoredField) -> Iterator[str]:
        """Lines that leave a field in its variable."""
        variable, form = self.variables[of.name], self.forms.get(of.name)
        if form is None:
            # The field's own form, of its value; which may be none.
            self.names[f"encode_{variable}"] = of.how.encode
            yield f"{variable} = record[{of.name!r}]"
            yield f"s{variable} = None if {variable} is None else encode_{variable}({variable})"
            if self._is_key(of):
                yield f"s{variable} = s{variable} and check({of.path[0]!r}, s{variable})"
            return
        steps = [step.format(variable) for step in form.steps]
        if self._is_key(of) and form.wire == "S":
            steps.append(f"0 < len({variable}) <= {_SHORT} or check({of.path[0]!r}, {{'S': {variable}}})")
        if steps and of.name in self.nullable:
            yield f"if {variable} is not None:"
            steps = [f"    {step}" for step in steps]
        yield from steps

    def _is_key(self, of: StoredField) -> bool:
        return len(of.path) == 1 and of.path[0] in self.keys.table.key_types

    def _form(self, of: StoredField) -> Form | None:
        """How a field's text is stored; None where it takes the field's value."""
        form = _FORMS.get((self.entity.fields[of.name].value_type.kind, of.how.wire))
        column = self.columns.get(of.name)
        if form is None or column is None or not _usual(column, self.entity.fields[of.name].value_type):
            return None
        fixed = column.kind == "str" and column.fixed
        return Form(form.wire, form.json, form.value, form.key, ('{0} = {0}.rstrip(" ")',)) if fixed else form

    # ---------------------------------------------------------------------- keys

    def texts(self, name: str) -> list[str] | None:
        """The expressions of a key's parts; None where it takes the values of fields."""
        template = self.entity.keys[name]
        parts = [repr(part) if isinstance(part, str) else self._part(part) for part in template.parts]
        found = [part for part in parts if part is not None]
        whole = template.bare is not None and self.forms.get(template.bare.field) is _INTEGER
        return found if len(found) == len(parts) and (self.wire(name) == "S" or whole) else None

    def key(self, name: str) -> Iterator[str]:
        """Lines that leave a key's value in its variable; None where it has a null part."""
        template: Template = self.entity.keys[name]
        variable, texts = self.key_variables[name], self.texts(name)
        if texts is None:
            yield f"{variable} = key({name!r}, record)"
            return
        made = " + ".join(texts)
        null = " or ".join(f"{self.variables[field]} is None" for field in template.fields if field in self.nullable)
        yield f"{variable} = None if {null} else {made}" if null else f"{variable} = {made}"
        if self.wire(name) == "S":
            test = f"0 < len({variable}) <= {_SHORT} or check({name!r}, {{'S': {variable}}})"
            yield f"{variable} is None or {test}" if null else test

    def _part(self, slot: Slot) -> str | None:
        """The expression of a slot's text; None where it takes the field's value."""
        form, column = self.forms.get(slot.field), self.columns.get(slot.field)
        if form is None or column is None or not form.key or slot.fold or slot.default is not None:
            return None
        if column.kind != slot.type.kind or column.fsp != slot.type.fsp:
            return None
        made = self.variables[slot.field]
        if slot.spec in {"upper", "lower"} and column.kind in {"str", "enum"}:
            made = f"{made}.{slot.spec}()"
        elif slot.spec and slot.width and form is _INTEGER:
            made = f"{made}.zfill({slot.width})"
        elif slot.spec:
            return None
        for character in slot.escaped:
            made += f".replace({character!r}, {f'{ESCAPE}{ord(character):02X}'!r})"
        return made


def _usual(column: ValueType, field: ValueType) -> bool:
    """Whether the server's text for a column is what this module takes it for."""
    match column.kind:
        case "int":
            return "zerofill" not in column.source.lower()
        case "decimal":
            return "zerofill" not in column.source.lower() and 0 < (column.precision or 0) <= MAX_DIGITS
        case "str":
            return column.collation not in {None, "binary"}  # those may come as bytes
        case "bool":
            return column.source.lower().startswith("tinyint")
        case "bytes":
            return not (column.fixed or column.precision is not None or column.spatial)
        case "datetime":
            return column.fsp == field.fsp
        case _:
            return True


def _plain(text: str) -> str:
    """A decimal's text as DynamoDB gives it back: without needless zeros."""
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if text != "-0" else "0"
