"""What a rehearsal needs before it begins: rows, crossfade's own tables, DynamoDB's tables, and the first stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from crossfade.contract.plural import several
from crossfade.dal.errors import ConfigurationError, StoreError
from crossfade.dal.stage import Stage
from crossfade.dynamodb import create_tables
from crossfade.migration.cutover import Cutover
from crossfade.migration.dual_write import Groups
from crossfade.migration.stores import Stores
from crossfade.mysql.insert import count_rows
from crossfade.mysql.install import install, missing
from crossfade.seed import SeedPlan, plan_seed
from crossfade.seed.run import inspect, write


@dataclass(frozen=True)
class Preparation:
    """What has to be done.

    Attributes:
        stores: both stores.
        group: the group that is to move.
        rows: how many each table of the contract holds.
        plan: the rows that are made, where there are none.
        installed: whether crossfade's own tables are in MySQL.
        stage: where the group stands.
    """

    stores: Stores
    group: str
    rows: dict[str, int]
    plan: SeedPlan
    installed: bool
    stage: Stage

    @property
    def filled(self) -> int:
        """How many rows there are."""
        return sum(self.rows.values())

    def lines(self) -> Iterator[str]:
        """What will be done, in sentences."""
        entities = ", ".join(self.stores.contract.groups[self.group])
        url = self.stores.mysql.engine.url.render_as_string(hide_password=True)
        yield f"MySQL: {url}"
        yield f"DynamoDB: {self.stores.dynamodb.clients.writes.meta.endpoint_url}, {self._tables}"
        if self.filled:
            yield f"uses what is there, {several(self.filled, 'row')}: writes and deletes some of it, and makes others"
        else:
            yield f"makes {several(sum(self.plan.counts.values()), 'row')}, and goes on writing and deleting rows"
        yield f"moves the group {self.group} ({entities}) from stage to stage"
        if not self.installed:
            yield "makes crossfade's own tables in MySQL"
        elif self.stage != Stage.MYSQL:
            yield f"moves the group, which stands at {self.stage}, back to {Stage.MYSQL} before it begins"
        yield "makes the tables in DynamoDB that are missing"

    @property
    def _tables(self) -> str:
        prefix = self.stores.dynamodb.prefix
        return f"tables that begin with {prefix}" if prefix else "tables without a prefix"

    def make(self) -> None:
        """Do it. Raises StoreError, and ConfigurationError where the group cannot be moved back."""
        stores = self.stores
        create_tables(stores.dynamodb.clients.writes, stores.contract, stores.dynamodb.prefix)
        if not self.installed:
            install(stores.mysql.engine, list(stores.contract.groups), _now())
        if not self.filled:
            write(stores.mysql, self.plan, inspect(stores.mysql, self.plan))
        cutover = Cutover(Groups.open(stores, _now), _now)
        while (at := cutover.standing(self.group)).stage is not Stage.MYSQL or at.ahead:
            try:
                cutover.make(cutover.rollback(self.group), who="crossfade rehearse", why="before a rehearsal")
            except StoreError as error:
                raise ConfigurationError(f"the group {self.group} cannot be moved back: {error}") from error


def prepared(stores: Stores, group: str, rows: int, seed: int) -> Preparation:
    """What has to be done for a rehearsal. Nothing is written.

    Args:
        stores: both stores.
        group: the group that is to move.
        rows: how many rows to make of every table, where there are none.
        seed: another seed makes other rows.

    Raises:
        SeedError: no rows can be made for these tables.
        StoreError: MySQL cannot be read.
    """
    plan = plan_seed(stores.mysql.schema, stores.contract, rows=rows, seed=seed)
    engine = stores.mysql.engine
    counts = {table: count_rows(engine, stores.mysql.schema, table) for table in plan.tables}
    installed = not missing(engine)
    stage = Cutover(Groups.open(stores, _now), _now).standing(group).stage if installed else Stage.MYSQL
    return Preparation(stores, group, counts, plan, installed, stage)


def _now() -> datetime:
    return datetime.now(UTC)
