"""From a file, a text or a mapping to checked JSON objects, with every problem found on the way."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from crossfade.contract.errors import ContractError, Problem
from crossfade.contract.format import contract_shape
from crossfade.contract.shape import MISSING, Problems, Raw, show, step

VERSIONS = ("1", "2")


def read_file(path: str | os.PathLike[str]) -> str:
    """The text of a contract file.

    Raises:
        ContractError: there is no such file, it cannot be read, or it is not UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContractError(str(path), [Problem("$", f"cannot be read: {error.strerror or error}")]) from None
    except UnicodeDecodeError as error:
        raise ContractError(str(path), [Problem("$", f"is not UTF-8 at byte {error.start}")]) from None


def parse_json(text: str, source: str) -> tuple[Any, Problems]:
    """The JSON value of `text`, numbers with a fraction as Decimal; duplicate keys are problems.

    Raises:
        ContractError: the text is not JSON, with line and column.
    """
    try:
        value = json.loads(text, object_pairs_hook=_Members, parse_float=Decimal, parse_constant=_no_constant)
        problems = Problems()
        _find_doubled(value, "$", problems)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ContractError(source, [Problem("$", f"is not JSON: {error.msg} at {where}")]) from None
    except RecursionError:
        raise ContractError(source, [Problem("$", "is not a contract: nested too deeply")]) from None
    except ValueError as error:
        raise ContractError(source, [Problem("$", f"is not JSON: {error}")]) from None
    return value, problems


class _Members(dict[str, Any]):
    """A JSON object that remembers the keys it was given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [key for key, _ in pairs]
        self.doubled = sorted({n for n in names if names.count(n) > 1}) if len(names) > len(self) else []


def _find_doubled(value: Any, path: str, problems: Problems) -> None:
    if isinstance(value, _Members):
        for key in value.doubled:
            problems.add(step(path, key), "is there twice in one object")
        for key, member in value.items():
            _find_doubled(member, step(path, key), problems)
    elif isinstance(value, list):
        for i, member in enumerate(value):
            _find_doubled(member, step(path, i), problems)


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def check(value: Any, problems: Problems) -> tuple[int, Raw | None]:
    """Check the shape of a contract.

    Returns:
        The version, and what is usable: an object with `tables`; None where nothing is.
    """
    version = _version(value, problems)
    checked = contract_shape(version).check(value, "$", problems)
    if checked is MISSING:
        return version, None
    return version, checked if isinstance(checked, Raw) else Raw("$", {"tables": checked, "older": True})


def _version(value: Any, problems: Problems) -> int:
    if not isinstance(value, Mapping) or "version" not in value:
        return 1
    given = value["version"]
    if isinstance(given, bool) or str(given) not in VERSIONS:
        problems.add("$.version", f"{show(given)} is not a version", 'allowed: "1", "2"')
        return 2
    return int(str(given))


def plain(value: Any) -> Any:
    """`value` as JSON values: mappings as dicts, sequences as lists, floats as Decimal.

    Raises:
        ContractError: it is nested too deeply, or holds itself.
    """
    try:
        return _plain(value)
    except RecursionError:
        raise ContractError("<memory>", [Problem("$", "is not a contract: nested too deeply")]) from None


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {k: _plain(v) for k, v in value.items()}
        case str() | bytes():
            return value
        case Sequence():
            return [_plain(v) for v in value]
        case float():
            return Decimal(repr(value))
        case _:
            return value


def fingerprint(value: Any) -> str:
    """Hexadecimal SHA-256 of a JSON value in canonical form: keys sorted, no blanks."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_number)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
