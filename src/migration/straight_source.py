"""The source of the functions that make items of rows (`straight`): for each entity one, from its contract."""

from __future__ import annotations

from collections.abc import Iterator
from json.encoder import encode_basestring

from crossfade.dal.source import Source
from crossfade.dynamodb.codec import Codec, StoredField
from crossfade.dynamodb.ready import item_text
from crossfade.dynamodb.wire import binary_text
from crossfade.migration.straight_fields import Fields, Form
from crossfade.mysql.projection import Projection


def straight_source(projection: Projection, codec: Codec) -> Source:
    """The source of the function for an entity whose rows can be read as texts.

    It takes a row and its record (None will do where the source does not name it), and gives the JSON of the item but
    for `_rev`, time to live and the last brace; the values of the item key; and in how many indexes it will be. It
    raises one of `compiled.IRREGULAR` where the row is not as most are.
    """
    return _Writing(projection, codec).source()


class _Writing(Fields):
    """The source of one entity's function, being written."""

    def __init__(self, projection: Projection, codec: Codec) -> None:
        super().__init__(projection, codec)
        self.names |= {
            "binary": binary_text,
            "item_text": item_text,
            "quote": encode_basestring,
            "truth": {"0": "false", "1": "true"},
        }

    def source(self) -> Source:
        """All of it."""
        codec, names = self.codec, self.keys.names
        key_attributes = {*names, *self.keys.index_names}
        fields = [of for of in codec.fields.values() if of.path[0] not in names]
        lines = [*self._beginning(), *self._indexed()]
        typed = "".join(f"f{self._piece(of)!r}[1:] or " for of in fields if of.path == (codec.type_attribute,))
        lines.append(f"type_ = {typed}{item_text({codec.type_attribute: codec.type_value})[1:]!r}")
        plain = [of for of in fields if len(of.path) == 1 and of.path[0] != codec.type_attribute]
        pieces = ["{{{type_}", *map(self._piece, plain)]
        if codec.entity.envelope is not None:
            inside = "".join(self._piece(of) for of in fields if len(of.path) > 1)
            lines.append(f"inside = f{inside!r}[1:]")
            pieces.append("," + _literal(f'{_json(codec.entity.envelope)}:{{"M":{{') + "{inside}" + "}}}}")
        for name in self.key_variables:
            if name in key_attributes:
                lines += self._stored_key(name)
                pieces.append(f"{{t{self.key_variables[name]}}}")
        made = ", ".join(f"t{self.key_variables[name]}" for name in names)
        count = " + ".join(f"held{number}" for number in range(len(self.keys.indexes))) or "0"
        lines.append(f"return f{''.join(pieces)!r}, ({made},), {count}")
        body = "\n".join(f"    {line}" for line in lines)
        return Source(f"def codec(row, record):\n{body}\n", self.names)

    def _beginning(self) -> Iterator[str]:
        """Lines that leave fields and keys in their variables; columns that hold no null are looked at at once."""
        yield from self.loaded(self.forms)
        if never := " or ".join(f"{self.variables[n]} is None" for n in self.forms if n not in self.nullable):
            yield f"if {never}:"
            yield "    raise ValueError('a column that holds no null does')"
        yield from (line for of in self.codec.fields.values() for line in self.field(of))
        yield from (line for name in self.key_variables for line in self.key(name))

    def _indexed(self) -> Iterator[str]:
        """Lines that say which indexes have the item; a part of its own key must not be null."""
        missing = " or ".join(f"{self.key_variables[name]} is None" for name in self.keys.names)
        yield from (f"if {missing}:", "    raise ValueError('a part of the key is null')")
        for number, pair in enumerate(self.keys.indexes):
            yield f"held{number} = {' and '.join(f'{self.key_variables[n]} is not None' for n in pair)}"

    def field(self, of: StoredField) -> Iterator[str]:
        """The same, and its part of the JSON beside it, where it may be absent."""
        yield from super().field(of)
        variable, form = self.variables[of.name], self.forms.get(of.name)
        if form is None:
            start = f",{_json(of.path[-1])}:"
            yield f't{variable} = "" if s{variable} is None else {start!r} + item_text(s{variable}) + "}}"'
        elif of.name in self.nullable:
            yield f't{variable} = "" if {variable} is None else f{self._stored(of, form)!r}'

    def _piece(self, of: StoredField) -> str:
        """A field's part of the JSON, in an f-string."""
        form = self.forms.get(of.name)
        if form is None or of.name in self.nullable:
            return f"{{t{self.variables[of.name]}}}"
        return self._stored(of, form)

    def _stored(self, of: StoredField, form: Form) -> str:
        start = _literal(f",{_json(of.path[-1])}:{{{_json(form.wire)}:")
        return start + form.json.format(self.variables[of.name]) + "}}"

    def _stored_key(self, name: str) -> Iterator[str]:
        """Lines that leave a key's part of the JSON beside its value."""
        variable, start = self.key_variables[name], f",{_json(name)}:"
        if self.texts(name) is None:
            made = f'{start!r} + item_text({variable}) + "}}"'
        else:
            value = f"{{quote({variable})}}" if self.wire(name) == "S" else f'"{{{variable}}}"'
            made = f"f{_literal(start + '{' + _json(self.wire(name)) + ':') + value + '}}'!r}"
        held = " or ".join(f"held{number}" for number, pair in enumerate(self.keys.indexes) if name in pair)
        yield f"t{variable} = {made}" if name in self.keys.names else f't{variable} = {made} if {held} else ""'


def _json(text: str) -> str:
    return str(encode_basestring(text))


def _literal(text: str) -> str:
    """A text as an f-string has it."""
    return text.replace("{", "{{").replace("}", "}}")
