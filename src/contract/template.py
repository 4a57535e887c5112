"""Key templates: `ORDER#{created_at}#{id:012d}` makes one key from several fields, and is read back.

A placeholder is `{field}`, with a format spec (`{id:012d}`, `{start:%Y}`, `{status:upper}`) and, after a
bar, a text for null (`{parent_id:012d|ROOT}`). A template with a null part and no such text yields no
key: that is how an index is sparse. Specs are those of Python for numbers, strftime's for times, and
`upper`, `lower` and `flag` (a bool: `1` when true, null when false).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from crossfade.contract.errors import InvalidValue
from crossfade.contract.fold import Fold, folded
from crossfade.contract.key_text import plain_text, read_text, text_width
from crossfade.contract.types import ANY, ValueType

_PADDED = re.compile(r"^0(\d+)(?:d|\.(\d+)f)$")
ESCAPE = "%"


@dataclass(frozen=True, slots=True)
class Slot:
    """One placeholder.

    Attributes:
        field: the field it takes.
        spec: the format spec; empty for the field's plain text.
        default: the text for null; None where null yields no key.
        type: the field's type, which fixes its plain text.
        fold: emulation of the source column's collation.
        escaped: the characters that are escaped inside the value; empty for the last part and for version 1.
    """

    field: str
    spec: str = ""
    default: str | None = None
    type: ValueType = ANY
    fold: Fold | None = None
    escaped: str = ""

    @property
    def width(self) -> int | None:
        """The number of characters of every text of this slot, or None where it varies."""
        if self.default is not None:
            return None
        if padded := _PADDED.match(self.spec):
            return int(padded[1])
        if self.spec:
            return None
        return text_width(self.type)

    @property
    def exact(self) -> bool:
        """Whether the field's value can be read back from the text."""
        if self._whole_day:
            return True
        if self.fold or (self.spec in {"upper", "lower", "flag"}) or "%" in self.spec:
            return False
        padded = _PADDED.match(self.spec)
        return not self.spec or bool(padded and _keeps_scale(padded[2], self.type))

    @property
    def _whole_day(self) -> bool:
        """Whether it is a date in a form of its own that says all of it, such as `%Y%m%d`."""
        return self.type.kind == "date" and sorted(re.findall(r"%(.)", self.spec)) == ["Y", "d", "m"]

    @property
    def searchable(self) -> bool:
        """Whether its text finds the row: it is the value, or what the column compares as equal to it."""
        return self.exact or bool(self.fold and not self.spec and self.type.kind == "str")

    @property
    def ordered(self) -> bool:
        """Whether texts sort as the values do: fixed width, or text that nothing follows."""
        if self.fold or self.spec in {"upper", "lower", "flag"}:
            return False
        if self.type.kind in {"int", "year", "decimal", "number", "any"}:
            return bool(_PADDED.match(self.spec)) and (self.type.minimum is None or self.type.minimum >= 0)
        if self.spec:
            return _sorted_strftime(self.spec)
        return self.type.kind in {"date", "datetime"} or (self.type.kind == "str" and not self.escaped)

    def text(self, value: Any) -> str | None:
        """The text of `value`, or None where there is no key.

        Raises:
            InvalidValue: there is no text of such a value: a set, or a document.
        """
        if value is None:
            return self.default
        raw = self._format(value)
        if raw is None:
            return self.default
        for character in self.escaped:
            raw = raw.replace(character, f"{ESCAPE}{ord(character):02X}")
        return raw

    def value(self, text: str) -> Any:
        """The value that `text` was made of; None for the default. Only for an `exact` slot.

        Raises:
            ValueError: `text` is not a text of this slot.
        """
        for character in reversed(self.escaped):
            text = text.replace(f"{ESCAPE}{ord(character):02X}", character)
        if self.default is not None and text == self.default:
            return None
        if self._whole_day:
            return datetime.strptime(text, self.spec).replace(tzinfo=UTC).date()
        return read_text(text, self.type)

    def _format(self, value: Any) -> str | None:
        if self.spec == "flag":
            return "1" if value else None
        if isinstance(value, (frozenset, set, dict, list)):
            raise InvalidValue(self.field or "a key", "a set or a document has no text that a key could be made of")
        if self.spec in {"upper", "lower"}:
            return str(getattr(str(value), self.spec)())
        if self.spec:
            # strftime writes the year 33 as it is; only with four digits does it sort.
            spec = self.spec.replace("%Y", f"{value.year:04d}") if isinstance(value, date) else self.spec
            return format(value, spec)
        return folded(plain_text(value, self.type), self.fold)


Part = str | Slot


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: literal texts and slots in order."""

    parts: tuple[Part, ...]
    source: str

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The placeholders, in order."""
        return tuple(p for p in self.parts if isinstance(p, Slot))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it takes, each once, in order."""
        return tuple(dict.fromkeys(slot.field for slot in self.slots))

    @property
    def bare(self) -> Slot | None:
        """The slot of a template that is nothing but one plain field, whose key keeps the field's type."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if isinstance(only, Slot) and not only.spec and only.default is None else None

    @property
    def constant(self) -> str | None:
        """The text of a template without slots, or None."""
        return "".join(p for p in self.parts if isinstance(p, str)) if not self.slots else None

    def build(self, values: Mapping[str, Any]) -> str | None:
        """The key text for the fields in `values`; None where a null part yields no key.

        Raises:
            KeyError: a field is not in `values`.
        """
        texts = [p if isinstance(p, str) else p.text(values[p.field]) for p in self.parts]
        return "".join(t for t in texts if t is not None) if None not in texts else None

    def prefix(self, values: Mapping[str, Any]) -> str | None:
        """The longest leading text that `values` fix: up to the first slot whose field is not in them.

        None where a slot before that yields no key.
        """
        texts: list[str] = []
        for part in self.parts:
            if isinstance(part, Slot):
                if part.field not in values:
                    break
                text = part.text(values[part.field])
                if text is None:
                    return None
                texts.append(text)
            else:
                texts.append(part)
        return "".join(texts)

    def parse(self, text: str) -> dict[str, Any]:
        """The fields' values read back from a key; inexact slots give none.

        Raises:
            ValueError: `text` was not made by this template.
        """
        found: dict[str, Any] = {}
        for part, piece in self._split(text):
            if part.exact:
                value = part.value(piece)
                if found.setdefault(part.field, value) != value:
                    raise ValueError(f"{text!r} holds two values for {part.field}")
        if self.slots and self._rebuilds(found) not in {None, text}:
            raise ValueError(f"{text!r} is not a key of {self.source!r}")
        return found

    def search(self, text: str) -> dict[str, Any]:
        """The fields by which a row can be looked for that yields the key `text`.

        As `parse`, and with the text of folded fields too: their columns compare it as equal to the value.

        Raises:
            ValueError: as `parse`.
        """
        found = self.parse(text)
        for part, piece in self._split(text):
            if part.searchable:
                found.setdefault(part.field, part.value(piece))
        return found

    def _rebuilds(self, found: Mapping[str, Any]) -> str | None:
        return self.build(found) if all(f in found for f in self.fields) else None

    def _split(self, text: str) -> Iterator[tuple[Slot, str]]:
        position = 0
        for i, part in enumerate(self.parts):
            if isinstance(part, str):
                if not text.startswith(part, position):
                    raise ValueError(f"{text!r} is not a key of {self.source!r}: no {part!r} at {position}")
                position += len(part)
                continue
            end = self._end(text, position, i)
            yield part, text[position:end]
            position = end
        if position != len(text):
            raise ValueError(f"{text!r} is not a key of {self.source!r}: {text[position:]!r} is left over")

    def _end(self, text: str, start: int, i: int) -> int:
        part, following = self.parts[i], self.parts[i + 1] if i + 1 < len(self.parts) else None
        assert isinstance(part, Slot)  # noqa: S101 - narrows the type; `_split` calls it for slots only
        if following is None:
            return len(text)
        end = start + (part.width or 0)
        if isinstance(following, str) and not (part.width and text.startswith(following, end)):
            end = text.find(following, start)  # a number may be wider than its padding
        if end < start or (part.width is None and isinstance(following, Slot)):
            raise ValueError(f"{text!r} is not a key of {self.source!r}: where {part.field} ends is unknown")
        return end


def _keeps_scale(digits: str | None, type_: ValueType) -> bool:
    return (type_.scale or 0) <= int(digits or 0) if type_.kind == "decimal" else digits is None


def _sorted_strftime(spec: str) -> bool:
    codes = [c for c in re.findall(r"%(.)", spec) if c != "%"]
    return bool(codes) and codes == [c for c in "YmdHMSf" if c in codes] and codes == list("YmdHMSf")[: len(codes)]
