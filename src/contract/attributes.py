"""The attributes of one entity: from checked JSON to `Attribute`. Templates come after, when types are known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from crossfade.contract.dates import strftime_pattern
from crossfade.contract.derivations import Derived
from crossfade.contract.errors import InvalidValue
from crossfade.contract.joins import Joins
from crossfade.contract.model import Attribute
from crossfade.contract.model_derivation import Aggregate, Derivation, OwnColumns, ToMany, ToOne, Transformation
from crossfade.contract.shape import Problems, Raw, show
from crossfade.contract.source import SourceSchema, constant_default
from crossfade.contract.types import ANY, BOOL, BYTES, JSON, NUMBER, STR, ValueType, canonical, declared
from crossfade.contract.variants import read_variants

_UNLOCKED: dict[str, ValueType] = {
    "S": STR, "N": NUMBER, "B": BYTES, "BOOL": BOOL, "M": JSON, "L": JSON, "NULL": ANY,
    **dict.fromkeys(("SS", "NS", "BS"), ValueType("set")),
}  # fmt: skip
# What a stored form says about an attribute whose source type is not known.
_BY_FORMAT: dict[str, ValueType] = {
    "iso8601": ValueType("datetime", fsp=6),
    "epoch-s": ValueType("datetime"),
    "epoch-ms": ValueType("datetime", fsp=3),
    "json": JSON,
    "hex": BYTES,
    "base64": BYTES,
}


@dataclass
class Sources:
    """What the attributes of one entity are built from.

    Attributes:
        root: the entity's source table.
        key_attributes: names of the table's and its indexes' key attributes.
    """

    root: str
    schema: SourceSchema | None
    problems: Problems
    key_attributes: frozenset[str]
    derived: Derived = field(init=False)

    def build(self, raws: list[Raw]) -> list[Attribute]:
        """The attributes, without the templates of string-format transformations."""
        self.derived = Derived(self.root, Joins(self.root, raws, self.problems), self.problems, self.schema)
        found: list[Attribute] = []
        for raw in raws:
            attribute = self._attribute(raw)
            twin = [a for a in found if a.column is not None and a.column == attribute.column and not a.plumbing]
            later = [
                r
                for r in raws
                if r is not raw and _plain_column(r) == attribute.column and r["name"] not in self.key_attributes
            ]
            duplicate = attribute.column is not None and bool(twin or later)
            found.append(self._with_plumbing(raw, attribute, duplicate))
        self._check_names(found)
        return found

    def _attribute(self, raw: Raw) -> Attribute:
        self._check_one_way(raw)
        derivation, inferred = self.derived.build(raw)
        transformation = self._transformation(raw)
        table = raw.get("source_table", self.root)
        columns = tuple(raw.get("source_column", ()))
        older = raw.get("join")
        if isinstance(older, Raw) and "local_column" in older:
            table, columns = self.root, (older["local_column"],)
        plain = not any(k in raw for k in ("join", "calculation", "transformation"))
        if plain:
            self._check_plain(raw, table, columns)
        source = self.schema.column(self.root, columns[0]) if self.schema and len(columns) == 1 and plain else None
        type_ = raw.get("type", "S")
        value_type = declared(
            self._value_type(raw, inferred or (source.type if source else None), transformation), type_
        )
        value_type = self._with_variants(raw, value_type)
        if source is not None:
            source = replace(source, type=declared(source.type, type_))
        self._check_otherwise(raw, derivation, value_type)
        always = _never_null(derivation) or self.derived.never_null(derivation)
        nullable = raw.get("nullable", source.nullable if source else not always)
        return Attribute(
            name=raw["name"],
            type=type_,
            field=raw.get("field", raw["name"]),
            value_type=value_type,
            source_table=table,
            columns=columns,
            derivation=derivation,
            transformation=transformation,
            format=raw.get("format")
            or ("json" if type_ == "S" and value_type.kind in {"rows", "row", "json"} else None),
            maintain=raw.get("maintain"),
            fold=raw.get("fold"),
            nullable=nullable,
            default=self._default(raw, value_type) if "default" in raw else source and constant_default(source),
            denormalized=raw.get("denormalized", False),
            justification=raw.get("justification"),
            path=raw.path,
        )

    def _check_one_way(self, raw: Raw) -> None:
        ways = [k for k in ("join", "calculation", "transformation") if k in raw]
        if len(ways) > 1:
            self.problems.add(raw.path, f"{' and '.join(ways)} exclude each other", "one of them per attribute")
        if raw.get("maintain") and not {"join", "calculation"} & raw.keys():
            self.problems.add(
                raw.at("maintain"), "is for joined and calculated values; this is a column of the row itself"
            )
        join = raw.get("join")
        constructed = isinstance(join, Raw) and join.get("type") == "json-construction"
        if raw.get("owned") and not constructed:
            self.problems.add(raw.at("owned"), "is for a json-construction: child rows that belong to this entity")

    def _check_plain(self, raw: Raw, table: str, columns: tuple[str, ...]) -> None:
        if not columns:
            self.problems.add(raw.path, '"source_column" is missing', "or a join, a calculation, a transformation")
        elif len(columns) > 1:
            message = f"{len(columns)} columns make one value only through a join, a calculation or a transformation"
            self.problems.add(raw.at("source_column"), message)
        if table != self.root:
            message = f"{show(table)} is not the entity's own table {show(self.root)}"
            self.problems.add(raw.at("source_table"), message, "a column of another table wants a join")

    def _value_type(self, raw: Raw, known: ValueType | None, transformation: Transformation | None) -> ValueType:
        given = self.derived.source_type(raw.get("source_type"), raw.at("source_type"))
        if known is not None and known.kind in {"rows", "row"}:
            return known
        if transformation is not None:
            return _transformed_type(raw.get("type", "S"), transformation)
        unlocked = _BY_FORMAT.get(raw.get("format", "")) or _UNLOCKED[raw.get("type", "S")]
        return given or known or unlocked

    def _with_variants(self, raw: Raw, type_: ValueType) -> ValueType:
        given = raw.get("variants")
        if not isinstance(given, Raw):
            return type_
        if type_.kind != "json":
            self.problems.add(given.path, f"is for JSON, not {type_.source or type_.kind}")
        tag, shapes = read_variants(given, raw.get("type", "S"), self.problems)
        return replace(type_, tag=tag, variants=shapes)

    def _check_otherwise(self, raw: Raw, derivation: Derivation | None, type_: ValueType) -> None:
        if not isinstance(derivation, ToOne) or derivation.separator is not None:
            return
        try:
            canonical(derivation.otherwise, type_, "value")
        except InvalidValue as error:
            join: Raw = raw["join"]
            key = "else_value" if "else_value" in join else "null_value"
            self.problems.add(join.at(key), f"{show(derivation.otherwise)} {error.reason}")

    def _default(self, raw: Raw, type_: ValueType) -> Any:
        value = raw["default"]
        if type_.kind in {"decimal", "number"} and isinstance(value, str):
            value = Decimal(value) if value.replace(".", "", 1).lstrip("-").isdigit() else value
        if type_.kind == "float" and isinstance(value, Decimal):
            value = float(value)
        try:
            return canonical(value, type_, "default")
        except InvalidValue as error:
            self.problems.add(raw.at("default"), f"{show(raw['default'])} {error.reason}")
            return None

    def _transformation(self, raw: Raw) -> Transformation | None:
        given = raw.get("transformation")
        if not isinstance(given, Raw):
            return None
        kind = given["type"]
        if kind in {"date-format", "number-format", "json-parse"} and len(raw.get("source_column", ())) != 1:
            self.problems.add(raw.path, f'{kind} wants one "source_column"')
        pattern = given.get("format")
        try:
            if kind == "date-format" and pattern:
                pattern = strftime_pattern(pattern)
            if kind == "number-format":
                pattern = f".{given['decimals']}f" if "decimals" in given else (pattern or "").lstrip("%")
                format(Decimal(1), pattern)
        except ValueError as error:
            self.problems.add(given.at("format"), f"{show(given.get('format'))}: {error}")
        return Transformation(
            kind, pattern if kind in {"date-format", "number-format"} else None, None, given.get("value")
        )

    def _with_plumbing(self, raw: Raw, attribute: Attribute, duplicate: bool) -> Attribute:
        is_key = attribute.name in self.key_attributes
        made = attribute.transformation is not None and attribute.transformation.kind in {"string-format", "static"}
        plumbing = raw.get("plumbing", is_key and (made or duplicate))
        if plumbing and attribute.column is not None and not duplicate:
            hint = "leave plumbing out, or make the key of a field: a string-format transformation"
            self.problems.add(raw.at("plumbing"), f"column {attribute.column} would have no field", hint)
        if plumbing and raw.get("field"):
            self.problems.add(raw.at("field"), "plumbing is never seen as a field: leave one of the two out")
        return replace(attribute, plumbing=True) if plumbing else attribute

    def _check_names(self, attributes: list[Attribute]) -> None:
        names: set[str] = set()
        fields: set[str] = set()
        for attribute in attributes:
            if attribute.name in names:
                self.problems.add(attribute.path, f"the attribute {show(attribute.name)} is there twice")
            elif not attribute.plumbing and attribute.field in fields:
                self.problems.add(attribute.path, f"the field {show(attribute.field)} is there twice")
            names.add(attribute.name)
            if not attribute.plumbing:
                fields.add(attribute.field)
                if not attribute.field.isidentifier():
                    hint = 'letters, digits and _; version 2 can give the attribute a "field"'
                    self.problems.add(attribute.path, f"{show(attribute.field)} is no name for a field", hint)


def _never_null(derivation: Derivation | None) -> bool:
    match derivation:
        case ToMany(shape=shape):
            return shape == "array"
        case Aggregate(operation=operation):
            return operation in {"COUNT", "SUM"}
        case _:
            return isinstance(derivation, OwnColumns)


def _plain_column(raw: Raw) -> str | None:
    plain = not any(k in raw for k in ("join", "calculation", "transformation"))
    columns = raw.get("source_column", ())
    return columns[0] if plain and len(columns) == 1 else None


def _transformed_type(type_: str, transformation: Transformation) -> ValueType:
    match transformation.kind:
        case "json-parse":
            return JSON
        case "number-format" if type_ == "N":
            return NUMBER
        case "static":
            return _UNLOCKED[type_]
        case _:
            return STR
