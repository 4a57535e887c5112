"""`lock`: the source's column types written into a contract's JSON, so that reading it needs no MySQL."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crossfade.contract.load import load
from crossfade.contract.model import Attribute
from crossfade.contract.model_derivation import OwnColumns, ToMany, ToOne
from crossfade.contract.source import SourceSchema

_STEP = re.compile(r'\.([^.\[]+)|\[(\d+)\]|\["([^"]*)"\]')
_OF_ROWS = ("source_types", "required")
_LOCKED = ("source_type", *_OF_ROWS, "nullable", "default")


def lock(contract: Mapping[str, Any] | Sequence[Any], schema: SourceSchema) -> Any:
    """Write the types of `schema` into a contract.

    Every attribute gets `source_type`; a plain column `nullable` where it is NOT NULL, and its constant
    `default`; a joined value `nullable` where foreign keys show that it never is null; a construction
    `source_types`, and `required` where its rows are owned: the columns that an inserted row must have,
    and those that MySQL numbers.
    What was locked before is replaced; what the schema does not know stays as it is.
    Pure: `contract` is not changed.

    Args:
        contract: the JSON, of either version.
        schema: the source.

    Returns:
        The JSON with the types, keys in their old order and new ones behind `source_column`.

    Raises:
        ContractError: the contract cannot be loaded.
    """
    locked = copy.deepcopy(contract)
    fresh = load(_unlocked(contract), schema=schema)
    for entity in fresh.entities.values():
        for attribute in entity.attributes:
            node = _locate(locked, attribute.path)
            if isinstance(node, dict) and "type" in node:
                _lock(node, attribute, schema)
    return locked


def _lock(node: dict[str, Any], attribute: Attribute, schema: SourceSchema) -> None:
    found: dict[str, Any] = {}
    type_ = attribute.value_type
    if isinstance(attribute.derivation, (ToMany, OwnColumns)):
        types = {c.name: c.type.source for c in attribute.derivation.columns if c.type.source}
        if types:
            construction = node["join"]["construction"]
            construction["source_types"] = types
            if required := [c.name for c in attribute.derivation.columns if c.required]:
                construction["required"] = required
            else:
                construction.pop("required", None)
    elif type_.source and attribute.transformation is None:
        found["source_type"] = type_.source
    column = schema.column(attribute.source_table or "", attribute.column) if attribute.column else None
    if column is not None:
        if not column.nullable or "nullable" in node:
            found["nullable"] = column.nullable
        if attribute.default is not None:
            found["default"] = str(attribute.default) if isinstance(attribute.default, Decimal) else attribute.default
        else:
            node.pop("default", None)
    if isinstance(attribute.derivation, ToOne) and not attribute.nullable:
        found["nullable"] = False
    _insert(node, found)


def _insert(node: dict[str, Any], found: Mapping[str, Any]) -> None:
    """Replace the keys that are there, and put the others behind the source column."""
    anchor = next((k for k in ("source_column", "source_table", "type") if k in node), "")
    members = list(node.items())
    node.clear()
    for key, value in members:
        node[key] = found.get(key, value)
        if key == anchor:
            present = {k for k, _ in members}
            node.update({k: v for k, v in found.items() if k not in present})


def _unlocked(value: Any) -> Any:
    """The contract without the types of an earlier lock, so that the schema's count.

    A type stays where the schema may not know it: of joined values, whose `nullable` is the author's.
    """
    if isinstance(value, Mapping):
        plain = "source_column" in value and not any(k in value for k in ("join", "calculation", "transformation"))
        dropped = _LOCKED if plain else ("source_type", *_OF_ROWS)
        is_attribute = "type" in value or "select_columns" in value
        return {k: _unlocked(v) for k, v in value.items() if not (is_attribute and k in dropped)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_unlocked(v) for v in value]
    return value


def _locate(value: Any, path: str) -> Any:
    for name, index, quoted in _STEP.findall(path):
        try:
            value = value[int(index)] if index else value[name or quoted]
        except (KeyError, IndexError, TypeError):
            return None
    return value
