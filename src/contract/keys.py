"""Key templates of one entity: from `pk_template`, or from the attribute that is the key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import get_args

from crossfade.contract.model import Attribute, AttributeType, Index, KeyType, Note
from crossfade.contract.shape import Problems, Raw, show, suggest
from crossfade.contract.source import SourceSchema
from crossfade.contract.template import Template
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import ANY, ValueType

_NAME = re.compile(r"\{([A-Za-z_]\w*)(?=[:|}])")
_NUMERIC = {"int", "decimal", "float", "number", "year"}


@dataclass
class Keys:
    """The keys of one entity.

    Attributes:
        attributes: the entity's; fields for columns that only a template names are added to it.
        single: whether the entity has its table for itself, so that every index holds it.
        types: the type of every key attribute met, with the path that says so.
    """

    raw: Raw
    version: int
    root: str
    schema: SourceSchema | None
    attributes: list[Attribute]
    single: bool
    problems: Problems
    notes: list[Note]
    types: dict[str, tuple[KeyType, str]] = field(default_factory=dict)

    def templates(self, pk: str, sk: str | None, indexes: list[Index]) -> dict[str, Template]:
        """The template of every key attribute that this entity has."""
        found: dict[str, Template | None] = {}
        for name, key in ((pk, "pk"), (sk, "sk")):
            if name is not None:
                found[name] = self._table_key(name, key)
        for index in indexes:
            for name in (index.pk, index.sk):
                if name is not None and name not in found:
                    found[name] = self._attribute_key(name, index.path, needed=self.single)
        self._fill(found)
        return {name: template for name, template in found.items() if template is not None}

    def _table_key(self, name: str, key: str) -> Template | None:
        text = self.raw.get(f"{key}_template")
        if text is None:
            return self._attribute_key(name, self.raw.path, needed=True)
        path = self.raw.at(f"{key}_template")
        template = self.parse(text, path)
        attribute = self._named(name)
        if attribute and not attribute.plumbing and (template is None or template.source != f"{{{attribute.field}}}"):
            self.problems.add(
                attribute.path, f"{show(name)} is the key that {key}_template makes; a field cannot be stored there"
            )
        # A key that is the field itself, under the field's own name, is stored as the field is.
        itself = attribute is not None and not attribute.plumbing and attribute.type in get_args(KeyType)
        self._type(name, attribute.type if attribute and itself else "S", path)  # type: ignore[arg-type] # checked above
        return template

    def _attribute_key(self, name: str, path: str, *, needed: bool) -> Template | None:
        attribute = self._named(name)
        if attribute is None:
            return self._without_attribute(name, path, needed=needed)
        if attribute.type not in get_args(KeyType):
            message = f"the key attribute {show(name)} has type {attribute.type}"
            self.problems.add(f"{attribute.path}.type", message, "a key is S, N or B")
        else:
            self._type(name, attribute.type, attribute.path)  # type: ignore[arg-type] # checked above
        transformation = attribute.transformation
        if transformation and transformation.kind == "string-format":
            return self.parse(*self._format(attribute))
        if transformation and transformation.kind == "static":
            text = str(transformation.value)
            return Template((text,), text) if text else None
        twin = next((a for a in self._fields() if a.column and a.column == attribute.column), None)
        return self.parse(f"{{{twin.field if attribute.plumbing and twin else attribute.field}}}", attribute.path)

    def _without_attribute(self, name: str, path: str, *, needed: bool) -> Template | None:
        text = name if "{" in name else "#".join(f"{{{part}}}" for part in name.split("#"))
        names = _NAME.findall(text)
        if not needed and not all(self._field(n) for n in names):
            return None
        whole = bool(names) and (self.version == 1 or (text != f"{{{name}}}" and all(self._field(n) for n in names)))
        if not whole:
            known = [a.name for a in self.attributes]
            wanted = "pk_template or sk_template" if not self.single else "an attribute of that name"
            self.problems.add(
                path, f"the key attribute {show(name)} is missing: {wanted}", suggest(name, known, "attributes")
            )
            return None
        if text == f"{{{name}}}" and self._field(name) is None:
            self.notes.append(Note("implied-key", path, f"the key attribute {show(name)} is not among the attributes"))
        self._type(name, "S", path)
        return self.parse(text, path)

    def parse(self, text: str, path: str, *, escape: bool | None = None) -> Template | None:
        """The template of `text`; None, with a problem, where it names what is not there."""
        renamed: dict[str, str] = {}
        for name in _NAME.findall(text):
            found = self._field(name) or self._implied(name, path)
            if found is None:
                return None
            renamed[name] = found
        source = _NAME.sub(lambda m: "{" + renamed[m[1]], text)
        types = {a.field: a.value_type for a in self.attributes}
        folds = {a.field: a.fold for a in self.attributes if a.fold}
        try:
            return parse_template(
                source, types=types, folds=folds, escape=self.version == 2 if escape is None else escape
            )
        except (ValueError, TypeError) as error:
            self.problems.add(path, str(error))
        except KeyError as error:
            self.problems.add(path, f"no field {error} for {show(text)}")
        return None

    def _field(self, name: str) -> str | None:
        """The field that a placeholder means: by its own name, or by its column's; none that a template makes."""
        for attribute in self.attributes:
            if attribute.field == name and not _templated(attribute) and not (attribute.plumbing and attribute.column):
                return attribute.field
        return next((a.field for a in self._fields() if a.column == name), None)

    def _implied(self, name: str, path: str) -> str | None:
        known = self.schema.tables.get(self.root) if self.schema else None
        if self.version == 2 or (known and name not in known.columns) or self._named(name):
            named = self._named(name)
            fields = [a.field for a in self._fields() if not _templated(a)]
            if named and _templated(named):
                self.problems.add(path, f"{{{name}}} is made by a template itself", "use the fields it is made of")
                return None
            hint = suggest(name, [*fields, *(known.columns if known and self.version == 1 else ())], "fields")
            self.problems.add(path, f"{{{name}}} has no source: {show(name)} is no field", hint)
            return None
        column = known.columns[name] if known else None
        self.attributes.append(implied_field(name, self.root, column.type if column else None, path))
        self.notes.append(Note("implied-field", path, f"the column {self.root}.{name} became the field {show(name)}"))
        return name

    def _fill(self, found: dict[str, Template | None]) -> None:
        for i, attribute in enumerate(self.attributes):
            transformation = attribute.transformation
            if transformation and transformation.kind == "string-format":
                text, path = self._format(attribute)
                template = found[attribute.name] if attribute.name in found else self.parse(text, path, escape=False)
                self.attributes[i] = replace(attribute, transformation=replace(transformation, template=template))

    def _format(self, attribute: Attribute) -> tuple[str, str]:
        raw = next(r for r in self.raw["attributes"] if r.path == attribute.path)
        given: Raw = raw["transformation"]
        key = "template" if "template" in given else "format"
        return given.get(key, ""), given.at(key)

    def _type(self, name: str, type_: KeyType, path: str) -> None:
        self.types.setdefault(name, (type_, path))

    def _named(self, name: str) -> Attribute | None:
        return next((a for a in self.attributes if a.name == name), None)

    def _fields(self) -> list[Attribute]:
        return [a for a in self.attributes if not a.plumbing]


def _templated(attribute: Attribute) -> bool:
    return attribute.transformation is not None and attribute.transformation.kind in {"string-format", "static"}


def implied_field(column: str, root: str, type_: ValueType | None, path: str) -> Attribute:
    """The field that is added for a column which the contract uses without an attribute for it."""
    stored: AttributeType = "N" if type_ and type_.kind in _NUMERIC else "B" if type_ and type_.kind == "bytes" else "S"
    return Attribute(
        column, stored, column, type_ or ANY, source_table=root, columns=(column,), nullable=False, path=path
    )
