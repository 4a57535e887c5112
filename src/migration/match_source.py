"""The sources of the functions that compare rows with items (`match`): for each entity two, from its contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from crossfade.dal.source import Source
from crossfade.dynamodb.codec import REV, StoredField
from crossfade.dynamodb.page_reader import SCALARS, struct
from crossfade.dynamodb.shelf import Shelf
from crossfade.dynamodb.wire import Path
from crossfade.migration.straight_fields import Fields
from crossfade.mysql.projection import Projection

_PLACES = """
def codec(rows, records):
    places = []
    for row, record in zip(rows, records):
        {lines}
        places.append(({values},))
    return places
"""
_DIFFERING = """
def codec(rows, records, places, items):
    there = {{({values},): item for item in items}}
    differing = []
    for number, (row, record, place) in enumerate(zip(rows, records, places)):
        {lines}
        try:
            item = there[place]
            if {tests}:
                continue
        except (AttributeError, KeyError):
            pass  # an attribute is missing, or the item
        differing.append(number)
    return differing
"""


class Matching(Fields):
    """The sources of one entity's functions, being written.

    Both raise one of `compiled.IRREGULAR` where a row is not as most are.

    Attributes:
        places: of what takes rows, and their records (None will do where no source names them), and gives the values
            of each one's item key.
        differing: of what takes rows and records, what `places` gave of them, and the items that there are, and gives
            the numbers of the rows whose items are not to the letter what they are to be.
        item: the type of such an item: all that a write of the entity makes but for `_rev`. What else an item has is
            somebody else's, and makes no difference.

    Raises:
        ValueError: an attribute has a name, or two forms, for which there is no such type.
    """

    def __init__(self, projection: Projection, shelf: Shelf) -> None:
        super().__init__(projection, shelf.codec)
        self._attributes: dict[Path, tuple[str, str]] = {}
        self.places = self._places_source()
        self.differing = self._differing_source(shelf.known_attributes - {REV})
        self.item = self._item()

    def _places_source(self) -> Source:
        names = self.keys.names
        used = dict.fromkeys(field for name in names for field in self.entity.keys[name].fields)
        lines = [*self._read(used), *(line for name in names for line in self.key(name))]
        missing = " or ".join(f"{self.key_variables[name]} is None" for name in names)
        lines += [f"if {missing}:", "    raise ValueError('a part of the key is null')"]
        return self._source(_PLACES, lines, values=", ".join(map(self._key_value, names)))

    def _differing_source(self, known: Iterable[str]) -> Source:
        names, envelope = self.keys.names, self.entity.envelope
        values = [f"{self._found((name,), self.wire(name))}.{self.wire(name)}" for name in names]
        indexed = [name for name in self.key_variables if name not in names]
        lines = [*self._read(self.codec.fields), *(line for name in indexed for line in self.key(name))]
        tests = ["(inside := item.inside.M) is not None"] if envelope is not None else []
        tests.append(f"{self._found((self.codec.type_attribute,), 'S')}.S == {self.codec.type_value['S']!r}")
        tests += [self._test(of) for of in self.codec.fields.values() if of.path[0] not in names]
        tests += [self._index_test(name) for name in indexed if name in self.keys.index_names]
        others = {envelope, *(path[0] for path in self._attributes)}
        tests += [f"{self._found((name,), '')} is None" for name in sorted(known) if name not in others]
        return self._source(_DIFFERING, lines, values=", ".join(values), tests=" and ".join(tests))

    def _read(self, fields: Iterable[str]) -> Iterator[str]:
        """Lines that leave fields in their variables."""
        yield from self.loaded(fields)
        yield from (line for name in fields for line in self.field(self.codec.fields[name]))

    def _source(self, text: str, lines: Sequence[str], **parts: str) -> Source:
        return Source(text.format(lines="\n        ".join(lines), **parts), self.names)

    # --------------------------------------------------------------------- tests

    def _test(self, of: StoredField) -> str:
        """The test of a field's attribute."""
        variable, form, wire = self.variables[of.name], self.forms.get(of.name), of.how.wire or ""
        if form is None and of.how.scalar is None:
            return f"{self._found(of.path, '')} == s{variable}"
        found = self._found(of.path, wire)
        test = f"{found}.{wire} == {self._value(of)}"
        if form is None:
            return f"({found} is None if s{variable} is None else {test})"
        return f"({found} is None if {variable} is None else {test})" if of.name in self.nullable else test

    def _value(self, of: StoredField) -> str:
        """The expression for what stands under the type of a scalar that is not null."""
        variable, form = self.variables[of.name], self.forms.get(of.name)
        if form is None:
            return f"s{variable}[{of.how.wire!r}]"
        if self.entity.fields[of.name].value_type.kind == "decimal" and self.columns[of.name].scale:
            return f'{variable}.rstrip("0").rstrip(".")'  # without the call; of -0 the long way tells
        return form.value.format(variable)

    def _index_test(self, name: str) -> str:
        """The test of an index key, which is there where all keys of one of its indexes are."""
        found, wire = self._found((name,), self.wire(name)), self.wire(name)
        pairs = [pair for pair in self.keys.indexes if name in pair]
        held = " or ".join(" and ".join(self._there(n) for n in pair) for pair in pairs)
        return f"({found}.{wire} == {self._key_value(name)} if {held} else {found} is None)"

    def _there(self, name: str) -> str:
        """The expression for whether a key has no null part; that of the item has none."""
        return "True" if name in self.keys.names else f"{self.key_variables[name]} is not None"

    def _key_value(self, name: str) -> str:
        """The expression for what stands under the type of a key."""
        return self.key_variables[name] + (f"[{self.wire(name)!r}]" if self.texts(name) is None else "")

    # ---------------------------------------------------------------------- item

    def _found(self, path: Path, wire: str) -> str:
        """The expression for an attribute of the item, of which is known that it has this DynamoDB type; any, if empty.

        Raises ValueError where it was known to have another one.
        """
        name, known = self._attributes.setdefault(path, (f"x{len(self._attributes)}", wire))
        if known != wire:
            raise ValueError(f"{path[-1]} is read in two forms")
        return f"{'item' if len(path) == 1 else 'inside'}.{name}"

    def _item(self) -> type[Struct]:
        """The type of an item. Its names are ours: an attribute may be called what Python has no name for."""
        fields: dict[int, list[tuple[str, str, Any]]] = {1: [], 2: []}
        for path, (name, wire) in self._attributes.items():
            fields[len(path)].append((name, path[-1], SCALARS[wire] if wire else Any))
        if self.entity.envelope is not None:
            held = struct("Map", [("M", "M", struct("Inside", fields[2]))])
            fields[1].append(("inside", self.entity.envelope, held))
        return struct("Item", fields[1])
