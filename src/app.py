"""The composition root: settings -> store -> repositories. It alone knows both stores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar, overload

from crossfade.contract import load, plan_contract
from crossfade.contract.model import Contract
from crossfade.contract.own_tables import CONTROL, LOOKUP
from crossfade.contract.plan import write_actions
from crossfade.dal.base import Tools
from crossfade.dal.closing import Closing
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import Binding, bind
from crossfade.dal.errors import ConfigurationError
from crossfade.dal.flag import FlagWatch, StageFlag, flag_stage
from crossfade.dal.prepare import Clock, Preparer
from crossfade.dal.repository import Repository, UnitOfWork
from crossfade.dal.shadow_read import Limits
from crossfade.dal.stage import Stage, Standing, parse_stage
from crossfade.dal.store import Store
from crossfade.dal.told import ToldRepository, ToldUnitOfWork
from crossfade.settings import Settings, check_table_prefix, named_tables, read_settings

if TYPE_CHECKING:
    from crossfade.dynamodb import DynamoDBStore
    from crossfade.migration.routed import RoutedStore
    from crossfade.migration.stores import Stores
    from crossfade.mysql import MySQLStore

T = TypeVar("T")

INSTALLED = "installed"
"""The setting that leaves the stage to what `crossfade install` made in MySQL, and `crossfade stage` moves."""


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
    **settings: str | float | None,
) -> App:
    """Open the application's data layer on the store that its stage names.

    Every argument but `contract` objects, `flags` and `clock` may instead stand in the environment or in
    `crossfade.toml`: see `Settings`. An argument wins over the environment, the environment over the file.

    Args:
        contract: the migration contract: its path, or one already loaded.
        mysql_url: the MySQL database; not needed in the stage `dynamodb`.
        stage: where the application stands; `installed` for where `crossfade stage` says in MySQL, from call to call.
        table_prefix: before every DynamoDB table's name.
        config: the configuration file.
        embedded: use the embedded stand-ins for both servers.
        flags: an OpenFeature client whose flag `stage_flag` names the stage; where it is installed, the flag moves
            nothing, and a log line tells where it asks for another one.
        clock: gives the current time as an aware datetime; for tests.
        **settings: the remaining fields of `Settings`.

    Raises:
        ConfigurationError: a setting is missing or makes no sense.
        ContractError: the contract cannot be used; lists every problem.
    """
    given: dict[str, Any] = {**settings, "mysql_url": mysql_url, "table_prefix": table_prefix, "embedded": embedded}
    found = _settings(contract, config, given | {"stage": stage and str(stage)})
    return App(_contract(contract, found), found, flags=flags, clock=clock or _now)


def open_stores(
    contract: str | Path | Contract | None = None,
    *,
    config: str | Path | None = None,
    clock: Clock | None = None,
    **settings: Any,
) -> Stores:
    """Open both stores of a contract, to move data from one to the other. Nothing is connected yet.

    Args:
        contract: the migration contract: its path, or one already loaded.
        config: the configuration file.
        clock: gives the current time as an aware datetime; for tests.
        **settings: fields of `Settings`; from the environment or the file where they are left out or None.

    Raises:
        ConfigurationError: a setting is missing or makes no sense.
        ContractError: the contract cannot be used; lists every problem.
        StoreUnavailable: the contract leaves types to the database, which cannot be reached.
    """
    from crossfade.migration.stores import Stores  # noqa: PLC0415 - an application on one store loads one driver

    found = _settings(contract, config, settings)
    now = clock or _now
    mysql = _open_mysql(_contract(contract, found), found, now)
    return Stores(mysql.contract, mysql, _open_dynamodb(mysql.contract, found, now))


def open_mysql(
    contract: str | Path | Contract | None = None,
    *,
    config: str | Path | None = None,
    clock: Clock | None = None,
    **settings: Any,
) -> MySQLStore:
    """Open the relational store of a contract alone. Arguments and errors are those of `open_stores`."""
    found = _settings(contract, config, settings)
    return _open_mysql(_contract(contract, found), found, clock or _now)


class App(Closing):
    """One contract on the store that its stage names. Safe to share between threads; close it at the end.

    Once it is closed, its repositories and new units of work raise RuntimeError.

    Attributes:
        contract: the contract.
        stage: the stage; None where it is the one that is installed.
        store: the store that answers.
    """

    def __init__(self, contract: Contract, settings: Settings, *, flags: StageFlag | None = None, clock: Clock) -> None:
        self.stage = None if settings.stage == INSTALLED else _stage(settings, flags)
        self.store = _open_store(self.stage, contract, settings, clock, flags)
        self.contract: Contract = self.store.contract
        self._signer = CursorSigner(_cursor_secret(settings, self.contract))
        self._plans = plan_contract(self.contract)
        self._preparers = {name: Preparer(of, clock) for name, of in self.contract.entities.items()}
        self._actions = {name: write_actions(self.contract, name) for name in self.contract.entities}
        self._groups = {entity: name for name, entities in self.contract.groups.items() for entity in entities}
        self._standing = None if self.stage is None else Standing(self.stage)
        self._closed = Event()

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
        name = binding.entity.name
        made = self.store.repository(binding, self._tools(name))
        return ToldRepository(made, name, self._groups[name], self._standing, self._closed)

    def unit_of_work(self) -> UnitOfWork:
        """A new unit of work over all entities."""
        made = self.store.unit_of_work(self._bind, self._preparers.__getitem__, self._actions.__getitem__)
        return ToldUnitOfWork(made, self._standing, self._closed)

    def check(self) -> None:
        """Raise StoreUnavailable or SchemaMismatch unless the store is there and fits the contract."""
        self.store.check()

    def close(self) -> None:
        """Give back connections; what shadow reads saw is added before."""
        self._closed.set()
        self.store.close()

    def _bind(self, entity: Any) -> Binding[Any]:
        return bind(self.contract, entity)

    def _tools(self, entity: str) -> Tools:
        return Tools(self._preparers[entity], self._plans[entity], self._signer)


def _now() -> datetime:
    return datetime.now(UTC)


def _settings(contract: str | Path | Contract | None, config: str | Path | None, given: dict[str, Any]) -> Settings:
    path = str(contract) if isinstance(contract, (str, Path)) else None
    return read_settings(given | {"contract": path}, config=config)


def _contract(given: str | Path | Contract | None, settings: Settings) -> Contract:
    if isinstance(given, Contract):
        return named_tables(given, settings)
    if not settings.contract:
        raise ConfigurationError(
            "no contract: pass contract=..., or set CROSSFADE_CONTRACT, or `contract` in crossfade.toml"
        )
    return named_tables(load(settings.contract), settings)


def _stage(settings: Settings, flags: StageFlag | None) -> Stage:
    fixed = _named(settings.stage) if settings.stage else None
    stage = fixed if flags is None else flag_stage(flags, settings.stage_flag, fixed)
    if stage is None:
        raise ConfigurationError(
            "no stage: pass stage=..., or set CROSSFADE_STAGE, or `stage` in crossfade.toml (mysql, dynamodb, or "
            "installed for the one that `crossfade stage` moves)"
        )
    if stage not in _OPENERS:
        raise ConfigurationError(
            f"stage {stage.value!r} keeps two stores equal, which wants a stage that every process sees: use "
            f"{INSTALLED!r}, and `crossfade stage`"
        )
    return stage


def _named(stage: str) -> Stage:
    try:
        return parse_stage(stage)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}, and {INSTALLED} for the one that `crossfade stage` moves") from None


def _cursor_secret(settings: Settings, contract: Contract) -> bytes:
    if settings.cursor_secret:
        return settings.cursor_secret.encode()
    return hashlib.sha256(f"crossfade cursor {contract.fingerprint}".encode()).digest()


def _open_store(
    stage: Stage | None, contract: Contract, settings: Settings, clock: Clock, flags: StageFlag | None
) -> Store:
    return (
        _open_routed(contract, settings, clock, flags) if stage is None else _OPENERS[stage](contract, settings, clock)
    )


def _open_routed(contract: Contract, settings: Settings, clock: Clock, flags: StageFlag | None) -> RoutedStore:
    from crossfade.migration.routed import RoutedStore  # noqa: PLC0415 - an application on one store loads one driver
    from crossfade.migration.stores import Stores  # noqa: PLC0415 - as above

    mysql = _open_mysql(contract, settings, clock)
    # MySQL has a copy, or had one: what is deleted must not come back from there.
    dynamodb = _open_dynamodb(mysql.contract, settings, clock, tombstones=True)
    stores = Stores(mysql.contract, mysql, dynamodb)
    limits = Limits(threads=settings.shadow_threads, queue=settings.shadow_queue, deadline=settings.shadow_deadline)
    watch = None if flags is None else FlagWatch(flags, settings.stage_flag).look
    return RoutedStore(stores, clock, share=settings.shadow_share, limits=limits, refreshed=watch).watch()


def _open_mysql(contract: Contract, settings: Settings, clock: Clock, *, alone: bool = False) -> MySQLStore:
    from crossfade.mysql import open_store  # noqa: PLC0415 - an application on DynamoDB loads no SQLAlchemy

    url = settings.mysql_url
    if settings.embedded:
        from crossfade.embedded import embedded_sqlite  # noqa: PLC0415 - only where asked for

        url = embedded_sqlite(contract, settings)
    if not url:
        raise ConfigurationError(
            "no MySQL database: pass mysql_url=..., or set CROSSFADE_MYSQL_URL, or `mysql_url` in crossfade.toml"
        )
    return open_store(contract, url, password=settings.mysql_password, clock=clock, alone=alone)


def _open_dynamodb(contract: Contract, settings: Settings, clock: Clock, *, tombstones: bool = False) -> DynamoDBStore:
    from crossfade.dynamodb import open_store  # noqa: PLC0415 - an application on MySQL loads no boto3

    check_table_prefix(settings.table_prefix, (*contract.tables, LOOKUP, CONTROL))
    client: Mapping[str, Any] = {}
    if settings.embedded:
        from crossfade.embedded import embedded_dynamodb  # noqa: PLC0415 - only where asked for

        client = embedded_dynamodb(contract, settings)
    return open_store(
        contract,
        prefix=settings.table_prefix,
        clock=clock,
        tombstones=tombstones,
        transport=settings.transport,
        **client,
    )


_OPENERS: Mapping[Stage, Callable[[Contract, Settings, Clock], Store]] = {
    Stage.MYSQL: partial(_open_mysql, alone=True),
    Stage.DYNAMODB: _open_dynamodb,
}
