"""Key templates: `ORDER#{created_at}#{id:012d}` makes one key from several fields, and is read back.

A placeholder is `{field}`, with a format spec (`{id:012d}`, `{start:%Y}`, `{status:upper}`) and, after a
bar, a text for null (`{parent_id:012d|ROOT}`). A template with a null part and no such text yields no
key: that is how an index is sparse. Specs are those of Python for numbers, strftime's for times, and
`upper`, `lower` and `flag` (a bool: `1` when true, null when false).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from crossfade.contract.types import ANY, ValueType

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)(?::([^{}|]*))?(?:\|([^{}]*))?\}")
_PADDED = re.compile(r"^0(\d+)(?:d|\.(\d+)f)$")
_ESCAPE = "%"


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
    fold: Literal["casefold", "pad-space"] | None = None
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
        measure = _WIDTH.get(self.type.kind)
        return measure(self.type) if measure else None

    @property
    def exact(self) -> bool:
        """Whether the field's value can be read back from the text."""
        if self.fold or (self.spec in {"upper", "lower", "flag"}) or "%" in self.spec:
            return False
        padded = _PADDED.match(self.spec)
        return not self.spec or bool(padded and _keeps_scale(padded[2], self.type))

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
        """The text of `value`, or None where there is no key."""
        if value is None:
            return self.default
        raw = self._format(value)
        if raw is None:
            return self.default
        for character in self.escaped:
            raw = raw.replace(character, f"{_ESCAPE}{ord(character):02X}")
        return raw

    def value(self, text: str) -> Any:
        """The value that `text` was made of; None for the default. Only for an `exact` slot.

        Raises:
            ValueError: `text` is not a text of this slot.
        """
        for character in reversed(self.escaped):
            text = text.replace(f"{_ESCAPE}{ord(character):02X}", character)
        if self.default is not None and text == self.default:
            return None
        return _READ.get(self.type.kind, _read_any)(text)

    def _format(self, value: Any) -> str | None:
        if self.spec == "flag":
            return "1" if value else None
        if self.spec in {"upper", "lower"}:
            return str(getattr(str(value), self.spec)())
        if self.spec:
            # strftime writes the year 33 as it is; only with four digits does it sort.
            spec = self.spec.replace("%Y", f"{value.year:04d}") if isinstance(value, date) else self.spec
            return format(value, spec)
        text = _plain(value, self.type)
        if self.fold:
            text = text.rstrip(" ") if self.fold == "pad-space" else text.rstrip(" ").casefold()
        return text


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


def parse_template(
    source: str, *, types: Mapping[str, ValueType], folds: Mapping[str, Any] | None = None, escape: bool
) -> Template:
    """Parse the text of a template.

    Args:
        source: the template's text.
        types: the types of the fields it may take.
        folds: the fields with a collation to emulate.
        escape: whether delimiters inside values are escaped (version 2).

    Raises:
        ValueError: a brace without a placeholder, a spec that its field's type does not take, or a
            delimiter that cannot be escaped.
        KeyError: a placeholder names a field that is not in `types`.
    """
    parts: list[Part] = []
    position = 0
    for match in _PLACEHOLDER.finditer(source):
        parts.append(source[position : match.start()])
        parts.append(Slot(match[1], match[2] or "", match[3], types[match[1]], (folds or {}).get(match[1])))
        position = match.end()
    parts.append(source[position:])
    for literal in parts:
        if isinstance(literal, str) and ("{" in literal or "}" in literal):
            raise ValueError(f"a brace without a placeholder in {source!r}")
    kept = [p for p in parts if p]
    if escape:
        kept = [_escaped(p, kept[i + 1] if i + 1 < len(kept) else None) for i, p in enumerate(kept)]
    for part in kept:
        if isinstance(part, Slot):
            _check_spec(part)
    return Template(tuple(kept), source)


def _escaped(part: Part, following: Part | None) -> Part:
    if isinstance(part, Slot) and isinstance(following, str) and part.width is None:
        if following[0].isdigit():  # an escape is made of digits
            raise ValueError(f"{following!r} begins with a digit, so where {{{part.field}}} ends is unknown")
        return replace(part, escaped=_ESCAPE + (following[0] if following[0] != _ESCAPE else ""))
    return part


def _check_spec(slot: Slot) -> None:
    sample = _SAMPLES.get(slot.type.kind)
    if not slot.spec or slot.spec in {"upper", "lower", "flag"} or sample is None:
        return
    try:
        format(sample, slot.spec)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{{{slot.field}:{slot.spec}}}: {error}") from None


def _keeps_scale(digits: str | None, type_: ValueType) -> bool:
    return (type_.scale or 0) <= int(digits or 0) if type_.kind == "decimal" else digits is None


def _sorted_strftime(spec: str) -> bool:
    codes = [c for c in re.findall(r"%(.)", spec) if c != "%"]
    return bool(codes) and codes == [c for c in "YmdHMSf" if c in codes] and codes == list("YmdHMSf")[: len(codes)]


def iso(moment: datetime, fsp: int) -> str:
    """Fixed-width ISO 8601 in UTC with `fsp` fractional digits and Z: sorts as time."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return text + (f".{moment.microsecond:06d}"[: fsp + 1] if fsp else "") + "Z"


def clock(size: timedelta, fsp: int) -> str:
    """A TIME as MySQL writes it: `-838:59:59.000`, hours with two digits at least."""
    micros = size // timedelta(microseconds=1)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, fraction = divmod(micros, 1_000_000)
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text + (f".{fraction:06d}"[: fsp + 1] if fsp else "")


def read_clock(text: str) -> timedelta:
    """The TIME that `clock` wrote. Raises ValueError for anything else."""
    match = re.fullmatch(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?", text)
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    size = timedelta(
        hours=int(match[2]),
        minutes=int(match[3]),
        seconds=int(match[4]),
        microseconds=int((match[5] or "0").ljust(6, "0")),
    )
    return -size if match[1] else size


def _plain(value: Any, type_: ValueType) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return iso(value, type_.fsp)
        case date():
            return value.isoformat()
        case timedelta():
            return clock(value, type_.fsp)
        case bytes():
            return value.hex()
        case Decimal():
            return format(value, "f")
        case float():
            return repr(value)
        case int() | str():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no key text")


def _read_bool(text: str) -> bool:
    return {"true": True, "false": False}[text] if text in {"true", "false"} else _reject(text)


def _reject(text: str) -> Any:
    raise ValueError(f"not a value of this slot: {text!r}")


def _read_decimal(text: str) -> Decimal:
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else _reject(text)


def _read_int(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d+", text) else _reject(text)


def _read_any(text: str) -> Any:
    return text


_READ: dict[str, Callable[[str], Any]] = {
    "bool": _read_bool,
    "int": _read_int,
    "year": _read_int,
    "decimal": _read_decimal,
    "number": lambda t: _read_int(t) if "." not in t else _read_decimal(t),
    "float": float,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": read_clock,
    "bytes": bytes.fromhex,
}
_WIDTH: dict[str, Callable[[ValueType], int | None]] = {
    "date": lambda t: 10,
    "datetime": lambda t: 20 + (t.fsp + 1 if t.fsp else 0),
    "bytes": lambda t: 2 * t.length if t.fixed and t.length else None,
}
_SAMPLES: dict[str, Any] = {
    "int": 1,
    "year": 1,
    "decimal": Decimal(1),
    "number": 1,
    "float": 1.0,
    "date": date(2000, 1, 1),
    "datetime": datetime(2000, 1, 1, tzinfo=UTC),
    "str": "a",
    "enum": "a",
    "bool": True,
    "time": timedelta(),
    "bytes": b"",
}
