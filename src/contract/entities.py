"""One entity: attributes, keys, identity, and what version 2 says about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from crossfade.contract.attributes import Sources
from crossfade.contract.keys import Keys, implied_field
from crossfade.contract.model import WHOLE_ANSWER, Attribute, Entity, Index, KeyType, Note
from crossfade.contract.model_derivation import OwnColumns, ToOne
from crossfade.contract.model_rules import AccessPattern, Estimate, IdRule, Reference, Timestamps, Ttl
from crossfade.contract.seed import read_seed
from crossfade.contract.shape import Problems, Raw, show, step, suggest
from crossfade.contract.source import SourceSchema
from crossfade.contract.template import Template

_MOMENTS = frozenset({"datetime", "date"})
_NUMBERS = frozenset({"int", "decimal", "float", "number", "year"})
_UNIT_HINT = "datetime for a moment, s or ms for a number since 1970"


@dataclass
class EntityBuilder:
    """Builds the entities of one table.

    Attributes:
        indexes: the table's.
        ttl_attribute: the table's, for entities that expire.
        key_types: the type of every key attribute, and the path that says so; filled on the way.
    """

    version: int
    table: str
    pk: str
    sk: str | None
    indexes: list[Index]
    ttl_attribute: str | None
    single: bool
    schema: SourceSchema | None
    problems: Problems
    notes: list[Note]
    key_types: dict[str, tuple[KeyType, str]]

    def build(self, raw: Raw, name: str, root: str) -> Entity:
        """The entity `name` with rows of table `root`; as complete as its JSON allows."""
        raws = [r for r in raw.get("attributes", []) if "name" in r]
        raw["attributes"] = raws
        names = {n for i in self.indexes for n in (i.pk, i.sk) if n} | {self.pk} | ({self.sk} if self.sk else set())
        attributes = Sources(root, self.schema, self.problems, frozenset(names)).build(raws)
        keys = Keys(raw, self.version, root, self.schema, attributes, self.single, self.problems, self.notes)
        templates = keys.templates(self.pk, self.sk, self.indexes)
        self._merge_types(keys)
        key = self._key(raw, name, root, attributes, templates)
        attributes = [replace(a, nullable=False) if a.field in key and not a.plumbing else a for a in attributes]
        self.notes += [
            Note("own-columns", a.path, f"{show(a.name)} is an object of the row's own columns")
            for a in attributes
            if isinstance(a.derivation, OwnColumns)
        ]
        entity = Entity(name, self.table, root, tuple(attributes), templates, key, path=raw.path)
        return self._extras(raw, entity)

    def _merge_types(self, keys: Keys) -> None:
        for name, (type_, path) in keys.types.items():
            known, where = self.key_types.setdefault(name, (type_, path))
            if known != type_:
                message = f"the key attribute {show(name)} has type {type_} here and {known} at {where}"
                self.problems.add(path, message, "one type per key attribute of a table")

    # ------------------------------------------------------------------------------------ identity

    def _key(
        self, raw: Raw, name: str, root: str, attributes: list[Attribute], templates: dict[str, Template]
    ) -> tuple[str, ...]:
        if "key" in raw:
            return self._declared_key(raw, attributes)
        source = self.schema.tables.get(root) if self.schema else None
        by_column = {a.column: a.field for a in attributes if a.column and not a.plumbing}
        if source and source.primary_key and all(c in by_column for c in source.primary_key):
            return tuple(by_column[c] for c in source.primary_key)
        if "id" in by_column:
            return (by_column["id"],)
        found = self._from_item_key(root, attributes, templates)
        if not found:
            if self.pk in templates:
                hint = 'version 2 can say it: "key": [...]' if self.version == 1 else 'say it: "key": [...]'
                self.problems.add(raw.path, f"what identifies {show(name)} cannot be told", hint)
            return ()
        message = f"{show(name)} is taken to be identified by {', '.join(found)}, as its item key is"
        self.notes.append(Note("inferred-key", raw.path, message))
        return found

    def _declared_key(self, raw: Raw, attributes: list[Attribute]) -> tuple[str, ...]:
        fields = {a.field: a for a in attributes if not a.plumbing}
        for i, field in enumerate(raw["key"]):
            path = step(raw.at("key"), i)
            self._known(field, fields, path)
            if field in fields and fields[field].column is None:
                self.problems.add(path, f"{show(field)} is no column of the row itself", "identity is made of columns")
        self._no_doubles(raw["key"], raw.at("key"))
        return tuple(raw["key"])

    def _from_item_key(self, root: str, attributes: list[Attribute], templates: dict[str, Template]) -> tuple[str, ...]:
        """The item key's fields; for a joined one, the fields of the columns that it was joined by."""
        found: list[str] = []
        by_name = {a.field: a for a in attributes}
        names = (f for n in (self.pk, self.sk) if n in templates for f in templates[n].fields)
        for attribute in (by_name[n] for n in dict.fromkeys(names)):
            if attribute.column is not None:
                found.append(attribute.field)
            elif isinstance(attribute.derivation, ToOne) or attribute.transformation is not None:
                found += (self._column_field(c, root, attributes, attribute.path) for c in attribute.columns)
            else:
                return ()
        return tuple(dict.fromkeys(found))

    def _column_field(self, column: str, root: str, attributes: list[Attribute], path: str) -> str:
        field = next((a.field for a in attributes if a.column == column and not a.plumbing), None)
        if field is None:
            known = self.schema.column(root, column) if self.schema else None
            attributes.append(implied_field(column, root, known.type if known else None, path))
            self.notes.append(
                Note("implied-field", path, f"the column {root}.{column} became the field {show(column)}")
            )
        return field or column

    # -------------------------------------------------------------------------------------- extras

    def _extras(self, raw: Raw, entity: Entity) -> Entity:
        fields = entity.fields
        return replace(
            entity,
            id=self._id(raw, entity),
            version_field=self._version_field(raw, fields),
            timestamps=self._timestamps(raw, fields),
            unique=self._unique(raw, fields),
            ttl=self._ttl(raw, fields),
            envelope=self._envelope(raw, entity),
            sensitive=frozenset(self._fields(raw, "sensitive", fields)),
            tolerate=self._tolerate(raw, entity),
            references=self._references(raw, entity),
            access_patterns=self._patterns(raw, fields),
            seed=read_seed(raw, fields, self.problems),
            estimate=self._estimate(raw, entity),
        )

    def _known(self, field: str, known: Iterable[str], path: str) -> bool:
        if field in set(known):
            return True
        self.problems.add(path, f"there is no field {show(field)}", suggest(field, known, "fields"))
        return False

    def _no_doubles(self, names: list[str], path: str) -> None:
        for name in {n for n in names if names.count(n) > 1}:
            self.problems.add(path, f"{show(name)} is there twice")

    def _fields(self, raw: Raw, key: str, known: Iterable[str]) -> list[str]:
        names: list[str] = raw.get(key, [])
        self._no_doubles(names, raw.at(key))
        return [n for i, n in enumerate(names) if self._known(n, known, step(raw.at(key), i))]

    def _id(self, raw: Raw, entity: Entity) -> IdRule | None:
        given = raw.get("id")
        if isinstance(given, Raw):
            if not {"field", "strategy"} <= given.keys() or not self._known(
                given["field"], entity.fields, given.at("field")
            ):
                return None
            if entity.fields[given["field"]].column is None:
                self.problems.add(given.at("field"), f"{show(given['field'])} is no column of the row itself")
            return IdRule(given["field"], given["strategy"])
        table = self.schema.tables.get(entity.source_table) if self.schema else None
        automatic = {c.name for c in table.columns.values() if c.auto_increment} if table else set()
        found = next((f for f, a in entity.fields.items() if a.column in automatic), None)
        return IdRule(found, "auto_increment") if found else None

    def _version_field(self, raw: Raw, fields: Any) -> str | None:
        given = raw.get("version_field")
        if given is None or not self._known(given, fields, raw.at("version_field")):
            return None
        if fields[given].value_type.kind not in {"int", "number"} or fields[given].column is None:
            self.problems.add(raw.at("version_field"), f"{show(given)} is no column of whole numbers")
        return str(given)

    def _timestamps(self, raw: Raw, fields: Any) -> Timestamps:
        given = raw.get("timestamps")
        if not isinstance(given, Raw):
            return Timestamps()
        named = {k: v for k, v in given.items() if k != "unit"}
        kept = {k: v for k, v in named.items() if self._known(v, fields, given.at(k))}
        unit = given.get("unit", "datetime")
        for key, field in kept.items():
            if fields[field].column is None:
                self.problems.add(given.at(key), f"{show(field)} is no column of the row itself")
            self._check_unit(unit, fields[field], given.at("unit" if "unit" in given else key))
        return Timestamps(**kept, unit=unit)

    def _check_unit(self, unit: str, attribute: Attribute, path: str) -> None:
        """Problem where the attribute is known to hold no times in this unit."""
        kind = attribute.value_type.kind
        if kind in (_MOMENTS if unit != "datetime" else _NUMBERS):
            self.problems.add(path, f"{show(unit)} does not fit {show(attribute.field)}", _UNIT_HINT)

    def _unique(self, raw: Raw, fields: Any) -> tuple[tuple[str, ...], ...]:
        found: list[tuple[str, ...]] = []
        for i, names in enumerate(raw.get("unique", [])):
            path = step(raw.at("unique"), i)
            self._no_doubles(names, path)
            known = all([self._known(n, fields, path) for n in names])  # noqa: C419 - every unknown one is told
            if known and tuple(names) in found:
                self.problems.add(path, f"[{', '.join(names)}] is there twice")
            elif known:
                found.append(tuple(names))
        return tuple(found)

    def _ttl(self, raw: Raw, fields: Any) -> Ttl | None:
        given = raw.get("ttl")
        if (
            not isinstance(given, Raw)
            or "field" not in given
            or not self._known(given["field"], fields, given.at("field"))
        ):
            return None
        if self.ttl_attribute is None:
            self.problems.add(raw.at("ttl"), "the table has no TTL attribute", 'give the table a "ttl_attribute"')
        moment = fields[given["field"]].value_type.kind in _MOMENTS
        unit = given.get("unit", "datetime" if moment else None)
        if unit is None:
            self.problems.add(given.path, '"unit" is missing', "s, ms or datetime")
            return None
        if moment != (unit == "datetime"):
            self.problems.add(given.at("unit"), f"{show(unit)} does not fit {show(given['field'])}", _UNIT_HINT)
        return Ttl(given["field"], unit)

    def _envelope(self, raw: Raw, entity: Entity) -> str | None:
        given = raw.get("envelope")
        if given is not None and any(a.name == given for a in entity.attributes):
            self.problems.add(raw.at("envelope"), f"{show(given)} is the name of an attribute")
        return given

    def _tolerate(self, raw: Raw, entity: Entity) -> dict[str, str]:
        found: dict[str, str] = {}
        for given in raw.get("tolerate", []):
            if not {"field", "reason"} <= given.keys():
                continue
            name, path = given["field"], given.at("field")
            self._known(name, (*entity.fields, *WHOLE_ANSWER), path)
            if name in entity.key:
                self.problems.add(path, f"{show(name)} is part of the key, which two answers tell records by")
            if name in found:
                self.problems.add(path, f"{show(name)} is there twice")
            if not given["reason"].strip():
                self.problems.add(given.at("reason"), "a tolerance needs a reason")
            found[name] = given["reason"]
        return found

    def _references(self, raw: Raw, entity: Entity) -> tuple[Reference, ...]:
        found = []
        for given in raw.get("references", []):
            if not {"fields", "entity"} <= given.keys():
                continue
            for i, name in enumerate(given["fields"]):
                self._known_dotted(name, entity, step(given.at("fields"), i))
            found.append(
                Reference(
                    tuple(given["fields"]),
                    given["entity"],
                    given.get("on_delete", "restrict"),
                    given.get("pattern"),
                    given.get("counted_by"),
                )
            )
        return tuple(found)

    def _known_dotted(self, name: str, entity: Entity, path: str) -> None:
        outer, _, inner = name.partition(".")
        if not self._known(outer, entity.fields, path) or not inner:
            return
        columns = entity.fields[outer].value_type.columns
        if inner not in columns:
            self.problems.add(path, f"{show(outer)} has no column {show(inner)}", suggest(inner, columns, "columns"))

    def _patterns(self, raw: Raw, fields: Any) -> dict[str, AccessPattern]:
        found: dict[str, AccessPattern] = {}
        for given in raw.get("access_patterns", []):
            if "name" not in given:
                continue
            if given["name"] in found:
                self.problems.add(given.at("name"), f"the access pattern {show(given['name'])} is there twice")
            by, filters = self._fields(given, "by", fields), self._fields(given, "filter", fields)
            ranged = given.get("range")
            if ranged is not None and not self._known(ranged, fields, given.at("range")):
                ranged = None
            for name in {n for n in (*by, *filters, ranged) if n and [*by, *filters, ranged].count(n) > 1}:
                self.problems.add(given.path, f"{show(name)} is more than one of by, range, filter")
            names = [i.name for i in self.indexes]
            if "index" in given and given["index"] not in names:
                hint = suggest(given["index"], names, "indexes")
                self.problems.add(given.at("index"), f"{self.table} has no index {show(given['index'])}", hint)
            options = {k: given[k] for k in ("id", "order", "unique", "index", "scan", "description") if k in given}
            options |= {k: float(given[k]) for k in ("rps", "items") if k in given}
            found[given["name"]] = AccessPattern(
                given["name"], tuple(by), range=ranged, filter=tuple(filters), path=given.path, **options
            )
        return found

    def _estimate(self, raw: Raw, entity: Entity) -> Estimate:
        given = raw.get("estimate")
        if not isinstance(given, Raw):
            return Estimate()
        updates = self._fields(given, "updates", entity.fields)
        for i, name in enumerate(updates):
            if name in entity.key or name not in entity.writable:
                path = step(given.at("updates"), i)
                self.problems.add(path, f"{show(name)} is no field that an update can change")
        known: dict[str, Any] = {k: float(v) if k.endswith("_rps") else v for k, v in given.items()}
        return Estimate(**{**known, "updates": tuple(updates)})
