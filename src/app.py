"""The composition root: settings -> store -> repositories. It alone knows both stores."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from crossfade.contract import load, plan_contract
from crossfade.contract.model import Contract
from crossfade.contract.plan import write_actions
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import Binding, bind
from crossfade.dal.errors import ConfigurationError
from crossfade.dal.prepare import Clock, Preparer
from crossfade.dal.repository import Repository, UnitOfWork
from crossfade.dal.stage import Stage, StageFlag, flag_stage, parse_stage
from crossfade.dal.store import Store
from crossfade.settings import Settings, read_settings

T = TypeVar("T")


def open(  # noqa: A001 - crossfade.open is the name that the interface gives it
    contract: str | Path | Contract | None = None,
    *,
    mysql_url: str | None = None,
    stage: str | Stage | None = None,
    table_prefix: str | None = None,
    config: str | Path | None = None,
    embedded: bool | None = None,
    flags: StageFlag | None = None,
    clock: Clock | None = None,
    **settings: str | None,
) -> App:
    """Open the application's data layer on the store that its stage names.

    Every argument but `contract` objects, `flags` and `clock` may instead stand in the environment or in
    `crossfade.toml`: see `Settings`. An argument wins over the environment, the environment over the file.

    Args:
        contract: the migration contract: its path, or one already loaded.
        mysql_url: the MySQL database; not needed in the stage `dynamodb`.
        stage: where the application stands.
        table_prefix: before every DynamoDB table's name.
        config: the configuration file.
        embedded: use the embedded stand-ins for both servers.
        flags: an OpenFeature client whose flag `stage_flag` names the stage.
        clock: gives the current time as an aware datetime; for tests.
        **settings: the remaining fields of `Settings`.

    Raises:
        ConfigurationError: a setting is missing or makes no sense.
        ContractError: the contract cannot be used; lists every problem.
    """
    given: dict[str, Any] = {**settings, "mysql_url": mysql_url, "table_prefix": table_prefix, "embedded": embedded}
    given |= {"stage": stage and str(stage), "contract": str(contract) if isinstance(contract, (str, Path)) else None}
    found = read_settings(given, config=config)
    return App(_contract(contract, found), found, flags=flags, clock=clock or _now)


class App:
    """One contract on the store that its stage names. Safe to share between threads; close it at the end.

    Attributes:
        contract: the contract.
        stage: the stage.
        store: the store that answers.
    """

    def __init__(self, contract: Contract, settings: Settings, *, flags: StageFlag | None = None, clock: Clock) -> None:
        self.stage = _stage(settings, flags)
        self._clock = clock
        self.store = _open_store(self.stage, contract, settings, clock)
        self.contract: Contract = self.store.contract
        self._signer = CursorSigner(_cursor_secret(settings, self.contract))
        self._plans = plan_contract(self.contract)
        self._actions = {name: write_actions(self.contract, name) for name in self.contract.entities}

    @overload
    def repository(self, entity: type[T]) -> Repository[T]: ...

    @overload
    def repository(self, entity: str) -> Repository[dict[str, Any]]: ...

    def repository(self, entity: type[T] | str) -> Repository[Any]:
        """The repository of a class bound by `@entity`, or of dictionaries by entity name.

        Raises:
            ConfigurationError: the contract has no such entity, or the class does not fit it.
        """
        binding = self._bind(entity)
        return self.store.repository(binding, self._tools(binding.entity.name))

    def unit_of_work(self) -> UnitOfWork:
        """A new unit of work over all entities."""
        return self.store.unit_of_work(self._bind, self._prepare, self._actions.__getitem__)

    def check(self) -> None:
        """Raise StoreUnavailable or SchemaMismatch unless the store is there and fits the contract."""
        self.store.check()

    def close(self) -> None:
        """Give back connections."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _bind(self, entity: Any) -> Binding[Any]:
        return bind(self.contract, entity)

    def _prepare(self, entity: str) -> Preparer:
        return Preparer(self.contract.entities[entity], self._clock)

    def _tools(self, entity: str) -> Tools:
        return Tools(self._prepare(entity), self._plans[entity], self._signer)


def _now() -> datetime:
    return datetime.now(UTC)


def _contract(given: str | Path | Contract | None, settings: Settings) -> Contract:
    if isinstance(given, Contract):
        return given
    if settings.contract is None:
        raise ConfigurationError(
            "no contract: pass contract=..., or set CROSSFADE_CONTRACT, or `contract` in crossfade.toml"
        )
    return load(settings.contract)


def _stage(settings: Settings, flags: StageFlag | None) -> Stage:
    fixed = parse_stage(settings.stage) if settings.stage else None
    stage = fixed if flags is None else flag_stage(flags, settings.stage_flag, fixed)
    if stage is None:
        raise ConfigurationError(
            "no stage: pass stage=..., or set CROSSFADE_STAGE, or `stage` in crossfade.toml (mysql or dynamodb)"
        )
    if stage not in _OPENERS:
        raise ConfigurationError(
            f"stage {stage.value!r} keeps two stores equal, which this version cannot do yet: use mysql or dynamodb"
        )
    return stage


def _cursor_secret(settings: Settings, contract: Contract) -> bytes:
    if settings.cursor_secret:
        return settings.cursor_secret.encode()
    return hashlib.sha256(f"crossfade cursor {contract.fingerprint}".encode()).digest()


def _open_store(stage: Stage, contract: Contract, settings: Settings, clock: Clock) -> Store:
    return _OPENERS[stage](contract, settings, clock)


def _open_mysql(contract: Contract, settings: Settings, clock: Clock) -> Store:
    from crossfade.mysql import open_store  # noqa: PLC0415 - an application on DynamoDB loads no SQLAlchemy

    url = settings.mysql_url
    if settings.embedded:
        from crossfade.embedded import embedded_sqlite  # noqa: PLC0415 - only where asked for

        url = embedded_sqlite(contract, settings)
    if not url:
        raise ConfigurationError(
            "no MySQL database: pass mysql_url=..., or set CROSSFADE_MYSQL_URL, or `mysql_url` in crossfade.toml"
        )
    return open_store(contract, url, password=settings.mysql_password, clock=clock)


def _open_dynamodb(contract: Contract, settings: Settings, clock: Clock) -> Store:
    from crossfade.dynamodb import open_store  # noqa: PLC0415 - an application on MySQL loads no boto3

    client: Mapping[str, Any] = {}
    if settings.embedded:
        from crossfade.embedded import embedded_dynamodb  # noqa: PLC0415 - only where asked for

        client = embedded_dynamodb(contract, settings)
    return open_store(contract, prefix=settings.table_prefix, clock=clock, **client)


_OPENERS = {Stage.MYSQL: _open_mysql, Stage.DYNAMODB: _open_dynamodb}
