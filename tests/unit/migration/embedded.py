"""The shop on SQLite and on moto in this process, as migration sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crossfade.contract.plan import plan_contract, write_actions
from crossfade.dal.base import Tools
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.entity import bind
from crossfade.dal.prepare import Preparer
from crossfade.dal.stage import Stage, Standing
from crossfade.migration.dual_write import Groups
from crossfade.migration.relay import Relay
from crossfade.migration.stores import Stores
from crossfade.mysql import create_sqlite_file, open_store
from crossfade.mysql.install import install
from crossfade.mysql.outbox import GRACE, Entry
from crossfade.mysql.transaction import read, run
from tests.unit.dynamodb.opened import CONTRACTS, START, Opened, contract_of, opened

GROUP = "shop"


@dataclass
class Shop:
    """Both stores of the shop, with crossfade's own tables."""

    stores: Stores
    process: Opened
    now: datetime = START
    groups: Groups = field(init=False)

    def __post_init__(self) -> None:
        install(self.stores.mysql.engine, [GROUP], self.now)
        self.groups = Groups.open(self.stores, self.clock)
        self.outbox = self.groups.outboxes[GROUP]
        self.relay = Relay(self.groups, GROUP)

    def clock(self) -> datetime:
        """The time."""
        return self.now

    def later(self, wait: timedelta = GRACE) -> None:
        """Let time pass."""
        self.now += wait

    @property
    def standing(self) -> Standing:
        """Where the group stands."""
        return read(self.stores.mysql.engine, self.groups.rows.look)[GROUP]

    def move(self, stage: Stage) -> Standing:
        """Let the group stand elsewhere."""
        to = self.standing.to(stage)
        run(self.stores.mysql.engine, lambda t: self.groups.rows.move(t, GROUP, to, self.now))
        return to

    def of(self, entity: str, planned: Standing | None = None) -> Any:
        """A repository of MySQL, whose writes are planned with a standing; with the group's where there is none."""
        hooks = self.groups.hooks({GROUP: planned or self.standing})
        return self.stores.mysql.repository(bind(self.stores.contract, entity), self.tools(entity), hooks)

    def work(self) -> Any:
        """A unit of work on MySQL."""
        contract = self.stores.contract
        return self.stores.mysql.unit_of_work(
            lambda entity: bind(contract, entity),
            self._prepare,
            lambda entity: write_actions(contract, entity),
            self.groups.hooks({GROUP: self.standing}),
        )

    def copy(self, entity: str, key: Any) -> Any:
        """What DynamoDB has of a record."""
        return self.process.of(entity).get(key)

    def waiting(self) -> list[Entry]:
        """What the outbox holds."""
        return [row.entry for row in read(self.stores.mysql.engine, self.outbox.look)]

    def drain(self) -> None:
        """Relay until nothing is left."""
        while self.waiting():
            self.relay.turn(fresh=True)

    def _prepare(self, entity: str) -> Preparer:
        return Preparer(self.stores.contract.entities[entity], self.clock)

    def tools(self, entity: str) -> Tools:
        """What a store makes an entity's repository with."""
        return Tools(self._prepare(entity), plan_contract(self.stores.contract)[entity], CursorSigner(b"test"))


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """The shop, empty, at the first stage."""
    file = folder / "shop.sqlite"
    create_sqlite_file(file, CONTRACTS["shop"].with_name("schema.sql").read_text(encoding="utf-8"))
    with opened("shop") as process:
        mysql = open_store(contract_of("shop"), f"sqlite:///{file}", clock=process.clock)
        try:
            yield Shop(Stores(mysql.contract, mysql, process.store), process)
        finally:
            mysql.close()
