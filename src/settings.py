"""Settings: argument over environment over `crossfade.toml`, each with where it came from."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from crossfade.contract import rename_tables
from crossfade.contract.model import Contract
from crossfade.dal.errors import ConfigurationError

CONFIG_FILE = "crossfade.toml"
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `crossfade.open` needs to know; each name is an argument, an environment variable
    (`CROSSFADE_` and the name in capitals) and a key of `crossfade.toml`.

    The AWS side (region, endpoint, credentials) comes from the SDK's own chain; the region first from `AWS_REGION`.

    Attributes:
        contract: the contract's path.
        stage: the stage's name; there is no default, so that none is chosen by accident.
        mysql_url: such as `mysql://app@db.internal:3306/shop`, which means PyMySQL, or `mysql+mysqldb://...` for
            mysqlclient.
        mysql_password: for a URL without one. Environment or argument only, never a file.
        table_prefix: before every DynamoDB table's name.
        table_names: other names for the contract's tables, `Users=people, Orders=sales`; of a contract with one
            table the name alone will do. `table_prefix` goes before these, too; crossfade's own tables have that alone.
        cursor_secret: signs cursors; every process that shares cursors needs the same one.
            Environment or argument only.
        transport: how requests for data go to DynamoDB: `direct`, by crossfade itself, or `boto3`, for those who need
            botocore's hooks or a proxy.
        embedded: SQLite in a file and a DynamoDB imitation in the process instead of real servers.
        embedded_path: the folder of the embedded files.
        mysql_schema: MySQL DDL (`schema.sql`) from which the embedded database is made; default is
            the `schema.sql` beside the contract.
        stage_flag: the key of the OpenFeature flag that holds the stage.
        shadow_share: of the reads that are compared where the stage compares them, from 0 to 1.
        shadow_threads: compared reads at a time; each may hold a connection of either store.
        shadow_queue: reads that wait to be compared; further ones are skipped.
        shadow_deadline: seconds that the compared store may take.
    """

    contract: str | None = None
    stage: str | None = None
    mysql_url: str | None = None
    mysql_password: str | None = None
    table_prefix: str = ""
    table_names: str = ""
    cursor_secret: str | None = None
    transport: str = "direct"
    embedded: bool = False
    embedded_path: str = ".crossfade"
    mysql_schema: str | None = None
    stage_flag: str = "crossfade-stage"
    shadow_share: float = 1.0
    shadow_threads: int = 4
    shadow_queue: int = 100
    shadow_deadline: float = 2.0

    def __repr__(self) -> str:
        shown = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _SECRET | {"mysql_url"}}
        return f"Settings({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


_SECRET = {"mysql_password", "cursor_secret"}
_NAMES = tuple(f.name for f in fields(Settings))
_NUMBERS: Mapping[str, type[int] | type[float]] = {
    "shadow_share": float, "shadow_threads": int, "shadow_queue": int, "shadow_deadline": float,
}  # fmt: skip
_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "embedded": ((bool,), "a boolean"),
    **dict.fromkeys(_NUMBERS, ((int, float), "a number")),
}


def read_settings(
    arguments: Mapping[str, Any], environment: Mapping[str, str] | None = None, config: str | Path | None = None
) -> Settings:
    """The settings in force.

    Args:
        arguments: what the caller gave; None is not given.
        environment: the process's environment by default.
        config: the file; `CROSSFADE_CONFIG` or `crossfade.toml` in the working directory by default.

    Raises:
        ConfigurationError: an unknown or unreadable setting, with where it stands.
    """
    env = os.environ if environment is None else environment
    named = config or env.get("CROSSFADE_CONFIG")
    path = Path(named or CONFIG_FILE)
    if named and not path.is_file():
        raise ConfigurationError(f"there is no configuration file {path}")
    values: dict[str, Any] = _from_file(path) if path.is_file() else {}
    values |= {n: env[v] for n in _NAMES if (v := f"CROSSFADE_{n.upper()}") in env}
    values |= {n: v for n, v in arguments.items() if v is not None}
    values["embedded"] = _boolean(values.get("embedded", False))
    values |= {n: _number(n, values[n]) for n in _NUMBERS if n in values}
    check_table_prefix(values.get("table_prefix", ""))
    return Settings(**values)


def check_table_prefix(prefix: str, tables: Iterable[str] = ()) -> None:
    """Whether DynamoDB takes a prefix.

    Names have 3 to 255 characters of a-z, A-Z, 0-9, _, - and . (Amazon DynamoDB Developer Guide, "Naming rules").

    Args:
        prefix: before every table's name.
        tables: names that it stands before.

    Raises:
        ConfigurationError: it does not.
    """
    if not re.fullmatch(r"[A-Za-z0-9_.-]*", prefix):
        raise ConfigurationError(
            f"table_prefix takes a-z, A-Z, 0-9, _, - and ., not {prefix!r} (CROSSFADE_TABLE_PREFIX)"
        )
    for table in tables:
        if not 3 <= len(prefix + table) <= 255:
            raise ConfigurationError(
                f"with table_prefix, {table} has {len(prefix + table)} characters; DynamoDB takes 3 to 255 "
                "(CROSSFADE_TABLE_PREFIX)"
            )


def named_tables(contract: Contract, settings: Settings) -> Contract:
    """The contract with its tables under the names that the settings give them.

    Args:
        contract: as it was loaded, or as this function gave it.
        settings: the settings in force.

    Raises:
        ConfigurationError: a table that the contract does not have, or no name for one.
        ContractError: a name that DynamoDB does not take, or two tables with the same.
    """
    names: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in settings.table_names.split(","))):
        old, equals, new = (word.strip() for word in part.partition("="))
        if not equals and (len(contract.tables) == 1 or old in contract.tables):
            old, new = next(iter(contract.tables)), old
        if not new or not {old, new} & contract.tables.keys():
            known = ", ".join(contract.tables)
            raise ConfigurationError(
                f"table_names wants TABLE=NAME for {known}, not {part!r} (CROSSFADE_TABLE_NAMES, --table-names)"
            )
        names[old] = new
    return rename_tables(contract, names) if names.keys() & contract.tables.keys() else contract


def _from_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
    for name, value in found.items():
        if name not in _NAMES:
            raise ConfigurationError(f"{path}: {name!r} is no setting; there are {', '.join(_NAMES)}")
        if name in _SECRET:
            raise ConfigurationError(
                f"{path}: {name} does not belong in a file: use the environment (CROSSFADE_{name.upper()})"
            )
        types, kind = _KINDS.get(name, ((str,), "a string"))
        if type(value) not in types:
            raise ConfigurationError(f"{path}: {name} wants {kind}")
    for name in ("contract", "mysql_schema", "embedded_path"):
        if name in found:  # a path in a file is meant from that file's folder
            found[name] = str(path.parent / found[name])
    return found


def _boolean(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE | _FALSE:
        return text in _TRUE
    raise ConfigurationError(f"embedded is 1 or 0, not {value!r} (CROSSFADE_EMBEDDED)")


def _number(name: str, value: Any) -> float:
    kind = _NUMBERS[name]
    least, most = (0, 1) if name == "shadow_share" else (1 if kind is int else 0, math.inf)
    with suppress(ValueError):
        found = kind(str(value))
        if least <= found <= most and math.isfinite(found):
            return found
    range_ = f"from {least}" if most == math.inf else f"from {least} to {most}"
    raise ConfigurationError(
        f"{name} is a {'whole ' * (kind is int)}number {range_}, not {value!r} (CROSSFADE_{name.upper()})"
    )
