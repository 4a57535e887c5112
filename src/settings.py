"""Settings: argument over environment over `crossfade.toml`, each with where it came from."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from crossfade.dal.errors import ConfigurationError

CONFIG_FILE = "crossfade.toml"
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `crossfade.open` needs to know; each name is an argument, an environment variable
    (`CROSSFADE_` and the name in capitals) and a key of `crossfade.toml`.

    The AWS side (region, endpoint, credentials) comes from the SDK's own chain.

    Attributes:
        contract: the contract's path.
        stage: the stage's name; there is no default, so that none is chosen by accident.
        mysql_url: such as `mysql+pymysql://app@db.internal/shop`.
        mysql_password: for a URL without one. Environment or argument only, never a file.
        table_prefix: before every DynamoDB table's name.
        cursor_secret: signs cursors; every process that shares cursors needs the same one.
            Environment or argument only.
        embedded: SQLite in a file and a DynamoDB imitation in the process instead of real servers.
        embedded_path: the folder of the embedded files.
        mysql_schema: MySQL DDL (`schema.sql`) from which the embedded database is made; default is
            the `schema.sql` beside the contract.
        stage_flag: the key of the OpenFeature flag that holds the stage.
    """

    contract: str | None = None
    stage: str | None = None
    mysql_url: str | None = None
    mysql_password: str | None = None
    table_prefix: str = ""
    cursor_secret: str | None = None
    embedded: bool = False
    embedded_path: str = ".crossfade"
    mysql_schema: str | None = None
    stage_flag: str = "crossfade-stage"

    def __repr__(self) -> str:
        shown = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _SECRET | {"mysql_url"}}
        return f"Settings({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


_SECRET = {"mysql_password", "cursor_secret"}
_NAMES = tuple(f.name for f in fields(Settings))


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
    return Settings(**values)


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
        if not isinstance(value, bool if name == "embedded" else str):
            raise ConfigurationError(f"{path}: {name} wants a {'boolean' if name == 'embedded' else 'string'}")
    for name in ("contract", "mysql_schema", "embedded_path"):
        if name in found:  # a path in a file is meant from that file's folder
            found[name] = str(path.parent / found[name])
    return found


def _boolean(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE | _FALSE:
        return text in _TRUE
    raise ConfigurationError(f"embedded is 1 or 0, not {value!r} (CROSSFADE_EMBEDDED)")
