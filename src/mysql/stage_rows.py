"""The rows that say where the groups stand: read under a lock by every write, changed by a move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from crossfade.dal.errors import ConfigurationError, SchemaMismatch
from crossfade.dal.stage import Stage, Standing, Standings, parse_stage
from crossfade.mysql.own_tables import STAGE
from crossfade.mysql.prepared import Prepared
from crossfade.mysql.transaction import Transaction

_Select = sa.Select[tuple[str, str, int, int, str | None]]


class StageRows:
    """The rows of a contract's groups.

    Whoever has another target than a group's is refused, whatever it asks: it would read and write elsewhere.

    Args:
        groups: the groups' names.
        target: where the groups are moved to; None for those who touch nothing there.
    """

    def __init__(self, groups: Sequence[str], target: str | None = None) -> None:
        self._groups, self._target = tuple(groups), target
        self._select = (
            sa.select(STAGE.c.group_name, STAGE.c.stage, STAGE.c.epoch, STAGE.c.ahead, STAGE.c.target)
            .where(sa.or_(sa.false(), *(STAGE.c.group_name == group for group in self._groups)))
            .order_by(STAGE.c.group_name)  # everybody locks them in one order
        )
        self._look, self._share = Prepared(self._select), Prepared(self._select.with_for_update(read=True))

    def look(self, transaction: Transaction) -> Standings:
        """Where the groups stand, without a lock: for reads. Raises SchemaMismatch if nothing says so."""
        return self._standings(transaction, self._look)

    def share(self, transaction: Transaction) -> Standings:
        """Where the groups stand, which no move changes until the transaction ends. Raises as `look`."""
        return self._standings(transaction, self._share)

    def hold(self, transaction: Transaction, group: str) -> Standing:
        """Where one group stands; nothing of it is written until the transaction ends. Raises as `look`."""
        chosen = self._select.where(STAGE.c.group_name == group).with_for_update()
        found = self._found(transaction, chosen)
        if group not in found:
            raise _nothing(group)
        return found[group]

    def move(self, transaction: Transaction, group: str, to: Standing, at: datetime) -> None:
        """Let a group, which is held, stand elsewhere, from the commit on."""
        values = _values(to, at)
        if self._target is not None:
            values["target"] = None if to.stage is Stage.MYSQL else self._target
        transaction.execute(STAGE.update().where(STAGE.c.group_name == group).values(values))

    def begin(self, transaction: Transaction, at: datetime) -> None:
        """Let the groups of which nothing is known stand at the first stage."""
        found = self._found(transaction, self._select.with_for_update())
        for group in self._groups:
            if group not in found:
                transaction.execute(STAGE.insert().values(group_name=group, **_values(Standing(), at)))

    def _standings(self, transaction: Transaction, statement: Prepared) -> Standings:
        found = self._found(transaction, statement)
        for group in self._groups:
            if group not in found:
                raise _nothing(group)
        return found

    def _found(self, transaction: Transaction, statement: Prepared | _Select) -> dict[str, Standing]:
        try:
            rows = transaction.fetch(statement)
        except SchemaMismatch as error:
            raise SchemaMismatch("crossfade has no tables here: run `crossfade install`", store="mysql") from error
        for group, _, _, _, target in rows:
            if None not in (target, self._target) and target != self._target:
                raise ConfigurationError(
                    f"the group {group} is moved to {target}, and this is {self._target}: give the same region and "
                    "table prefix (AWS_REGION, CROSSFADE_TABLE_PREFIX)"
                )
        return {group: Standing(parse_stage(stage), int(epoch), int(ahead)) for group, stage, epoch, ahead, _ in rows}


def _values(standing: Standing, at: datetime) -> dict[str, object]:
    moment = at.astimezone(UTC).replace(tzinfo=None)
    return {
        "stage": standing.stage.value, "epoch": standing.epoch, "ahead": standing.ahead, "changed_at": moment,
    }  # fmt: skip


def _nothing(group: str) -> SchemaMismatch:
    return SchemaMismatch(f"nothing says where the group {group} stands: run `crossfade install`", store="mysql")
