"""`load`: a contract file, or the same as a mapping, as a frozen `Contract` with every default resolved.

Everything wrong is reported at once, in one `ContractError`.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crossfade.contract.entities import EntityBuilder
from crossfade.contract.errors import ContractError
from crossfade.contract.model import Contract, Deployment, Entity, Index, KeyType, Note, Table
from crossfade.contract.model_derivation import Aggregate
from crossfade.contract.reader import check, fingerprint, parse_json, plain, read_file
from crossfade.contract.shape import Problems, Raw, show, step, suggest
from crossfade.contract.source import SourceSchema

RESERVED = ("_rev", "_deleted")
_ENTITY_KEYS = (
    "attributes", "entity_type", "key", "id", "version_field", "timestamps", "unique", "ttl", "envelope", "sensitive",
    "tolerate", "references", "access_patterns", "seed", "estimate",
)  # fmt: skip
DEFAULT_GROUP = "default"


def load(
    contract: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Any], *, schema: SourceSchema | None = None
) -> Contract:
    """Load and validate a contract.

    Args:
        contract: a file's path, or the JSON itself (an object, or version 1's older list).
        schema: the source, if known: gives types, nullability and identity where the contract leaves them out.

    Returns:
        The contract, every default resolved.

    Raises:
        ContractError: with every problem found, each with its JSON path.
    """
    if isinstance(contract, (str, os.PathLike)):
        return loads(read_file(contract), os.fspath(contract), schema=schema)
    return _load(plain(contract), "<memory>", Problems(), schema)


def loads(text: str, source: str = "<text>", *, schema: SourceSchema | None = None) -> Contract:
    """Load a contract from its JSON text.

    Args:
        text: the JSON.
        source: what to call it in messages.
        schema: as for `load`.

    Raises:
        ContractError: as for `load`.
    """
    value, problems = parse_json(text, source)
    return _load(value, source, problems, schema)


def resolve(contract: Contract, schema: SourceSchema) -> Contract:
    """The contract with the types, the nullability and the identities that it leaves to its source.

    Args:
        contract: from `load`.
        schema: the source.

    Raises:
        ContractError: as for `load`.
    """
    return _load(contract.definition, contract.source, Problems(), schema)


def rename_tables(contract: Contract, names: Mapping[str, str]) -> Contract:
    """The contract with some of its tables under other names.

    It is another contract: checkpoints and cursors of the first are none of its own.

    Args:
        contract: from `load`.
        names: the new names by the old ones.

    Raises:
        ContractError: a name is none that DynamoDB takes, or two tables would have the same.
    """
    definition = copy.deepcopy(contract.definition)
    tables = definition if isinstance(definition, list) else definition["tables"]
    for table in tables:
        table["table"] = names.get(table["table"], table["table"])
    return _load(definition, contract.source, Problems(), None)


def _load(value: Any, source: str, problems: Problems, schema: SourceSchema | None) -> Contract:
    version, raw = check(value, problems)
    built = None
    if raw is not None:
        found = _Builder(version, problems, schema).contract(raw, source, fingerprint(value))
        built = replace(found, definition=value)
    if problems or built is None:
        raise ContractError(source, problems)
    return built


class _Builder:
    def __init__(self, version: int, problems: Problems, schema: SourceSchema | None) -> None:
        self.version = version
        self.problems = problems
        self.schema = schema
        self.notes: list[Note] = []
        self.tables: dict[str, Table] = {}
        self.entities: dict[str, Entity] = {}

    def contract(self, raw: Raw, source: str, digest: str) -> Contract:
        for table in raw.get("tables", []):
            if "table" in table:
                self._table(table)
        for entity in self.entities.values():
            self._check_references(entity)
        groups = self._groups(raw)
        return Contract(self.version, self.tables, self.entities, groups, source, digest, tuple(self.notes))

    # --------------------------------------------------------------------------------------- tables

    def _table(self, raw: Raw) -> None:
        name: str = raw["table"]
        if name in self.tables:
            self.problems.add(raw.at("table"), f"the table {show(name)} is there twice")
        multi = raw.get("type") == "multi-entity" or ("type" not in raw and "entities" in raw)
        members = self._members(raw, multi)
        indexes = self._indexes(raw)
        pk, sk = self._key_names(raw, members, multi)
        key_types: dict[str, tuple[KeyType, str]] = {}
        builder = EntityBuilder(
            self.version, name, pk, sk, indexes, raw.get("ttl_attribute"), not multi,
            self.schema, self.problems, self.notes, key_types,
        )  # fmt: skip
        built = []
        for member, entity_name, root in members:
            if entity_name in self.entities:
                where = "entity_type" if "entity_type" in member else "table"
                self.problems.add(member.at(where), f"the entity {show(entity_name)} is there twice")
            entity = builder.build(member, entity_name, root)
            self.entities[entity_name] = entity
            built.append(entity)
        self._check_indexes(indexes, built)
        type_attribute = raw.get("type_attribute", "_type")
        self._check_reserved(raw, built, type_attribute)
        types = {n: t for n, (t, _) in key_types.items()}
        self.tables[name] = Table(
            name, pk, sk, types, tuple(indexes), type_attribute, tuple(e.name for e in built), _deployment(raw),
            raw.get("estimated_item_size_bytes"), tuple(raw.get("satisfies", ())), raw.path,
        )  # fmt: skip

    def _members(self, raw: Raw, multi: bool) -> list[tuple[Raw, str, str]]:
        """The JSON objects of a table's entities, each with its name and source table.

        A single entity stands on the table itself, or alone in `entities`.
        """
        if "entities" in raw:
            for key in (k for k in _ENTITY_KEYS if k in raw):
                self.problems.add(raw.at(key), 'belongs into "entities"')
            members = [(e, e["entity_type"]) for e in raw["entities"] if "entity_type" in e]
            if not multi and len(members) > 1:
                self.problems.add(raw.at("entities"), f"has {len(members)} entities", '"type": "multi-entity"')
        elif multi:
            self.problems.add(raw.path, '"entities" is missing')
            members = []
        else:
            if "attributes" not in raw:
                self.problems.add(raw.path, '"attributes" is missing')
            members = [(raw, raw.get("entity_type", raw["table"]))]
        found = []
        for member, name in members:
            _as_list(member)
            root = member.get("source_table") or raw.get("source_table")
            if root is None:
                self.problems.add(member.path, '"source_table" is missing')
            found.append((member, name, root or ""))
        return found

    def _key_names(self, raw: Raw, members: list[tuple[Raw, str, str]], multi: bool) -> tuple[str, str | None]:
        if not multi:
            if "pk" not in raw:
                self.problems.add(raw.path, '"pk" is missing')
            return raw.get("pk", "PK"), raw.get("sk")
        sorted_ = "sk" in raw or any("sk_template" in m for m, _, _ in members)
        return raw.get("pk", "PK"), raw.get("sk", "SK") if sorted_ else None

    def _indexes(self, raw: Raw) -> list[Index]:
        found: list[Index] = []
        for given in raw.get("gsis", []):
            name = given.get("index_name") or given.get("name")
            if not name or "pk" not in given:
                continue
            if any(i.name == name for i in found):
                self.problems.add(given.path, f"the index {show(name)} is there twice")
            projection = given.get("projection", "ALL")
            projected = given.get("projected_attributes", [])
            if bool(projected) != (projection == "INCLUDE"):
                self.problems.add(given.path, '"projected_attributes" goes with "projection": "INCLUDE"')
            found.append(Index(name, given["pk"], given.get("sk"), projection, tuple(projected), given.path))
        return found

    def _check_indexes(self, indexes: list[Index], entities: list[Entity]) -> None:
        made = {name for e in entities for name in e.keys}
        known = {a.name for e in entities for a in e.attributes}
        for index in indexes:
            for key, name in (("pk", index.pk), ("sk", index.sk)):
                if name and name not in made and entities:
                    hint = suggest(name, known, "attributes")
                    self.problems.add(step(index.path, key), f"no entity has the key attribute {show(name)}", hint)
            for i, name in enumerate(index.attributes):
                if name not in known:
                    path = step(step(index.path, "projected_attributes"), i)
                    self.problems.add(
                        path, f"no entity has the attribute {show(name)}", suggest(name, known, "attributes")
                    )

    def _check_reserved(self, raw: Raw, entities: list[Entity], type_attribute: str) -> None:
        for entity in entities:
            for attribute in entity.attributes:
                if attribute.name in RESERVED or attribute.name == type_attribute:
                    what = "the entity type" if attribute.name == type_attribute else "crossfade itself"
                    self.problems.add(
                        attribute.path,
                        f"{show(attribute.name)} is taken by {what}",
                        'another name, or "type_attribute"',
                    )
        ttl = raw.get("ttl_attribute")
        clash = [a for e in entities for a in e.attributes if a.name == ttl and not (e.ttl and e.ttl.field == a.field)]
        for attribute in clash:
            self.problems.add(
                attribute.path, f"{show(ttl)} is the table's TTL attribute", "made from the entity's ttl field"
            )

    # --------------------------------------------------------------------------- across entities

    def _check_references(self, entity: Entity) -> None:
        for i, reference in enumerate(entity.references):
            path = step(f"{entity.path}.references", i)
            other = self.entities.get(reference.entity)
            if other is None:
                hint = suggest(reference.entity, self.entities, "entities")
                self.problems.add(f"{path}.entity", f"there is no entity {show(reference.entity)}", hint)
                continue
            if other.key and len(reference.fields) != len(other.key):
                message = f"{len(reference.fields)} fields refer to the {len(other.key)} of {other.name}'s key"
                self.problems.add(f"{path}.fields", message, f"in the order {', '.join(other.key)}")
            if reference.pattern and reference.pattern not in entity.access_patterns:
                hint = suggest(reference.pattern, entity.access_patterns, "access patterns")
                self.problems.add(
                    f"{path}.pattern", f"{entity.name} has no access pattern {show(reference.pattern)}", hint
                )
            if reference.counted_by:
                self._check_counter(reference.counted_by, other, f"{path}.counted_by")

    def _check_counter(self, name: str, other: Entity, path: str) -> None:
        counters = [
            f
            for f, a in other.fields.items()
            if isinstance(a.derivation, Aggregate) and a.derivation.operation == "COUNT"
        ]
        if name not in counters:
            self.problems.add(
                path, f"{other.name} has no COUNT field {show(name)}", suggest(name, counters, "COUNT fields")
            )

    def _groups(self, raw: Raw) -> dict[str, tuple[str, ...]]:
        given = raw.get("groups")
        if not isinstance(given, Raw):
            return {DEFAULT_GROUP: tuple(self.entities)}
        seen: dict[str, str] = {}
        for group, names in given.items():
            for i, name in enumerate(names):
                path = step(step(raw.at("groups"), group), i)
                if name not in self.entities:
                    self.problems.add(
                        path, f"there is no entity {show(name)}", suggest(name, self.entities, "entities")
                    )
                elif name in seen:
                    self.problems.add(path, f"{show(name)} is in group {show(seen[name])} already")
                seen.setdefault(name, group)
        for name in self.entities:
            if name not in seen:
                self.problems.add(raw.at("groups"), f"{show(name)} is in no group")
        return {group: tuple(names) for group, names in given.items()}


def _as_list(member: Raw) -> None:
    """Turn the older form's map of attributes into the list of the newer one."""
    attributes = member.get("attributes")
    if isinstance(attributes, Raw):
        for name, attribute in attributes.items():
            attribute["name"] = name
        member["attributes"] = list(attributes.values())


def _deployment(raw: Raw) -> Deployment:
    keys = ("ttl_attribute", "stream", "point_in_time_recovery", "billing", "deletion_protection", "removal")
    return Deployment(**{k: raw[k] for k in keys if k in raw}, tags=dict(raw.get("tags", {})))
