"""What goes along with the writes of an application whose stage is fixed at `mysql`: they end where a move begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from crossfade.dal.errors import ConfigurationError
from crossfade.dal.stage import Stage
from crossfade.mysql.own_tables import STAGE
from crossfade.mysql.stage_rows import StageRows
from crossfade.mysql.transaction import Transaction

_REFRESH = 1.0  # seconds


class Alone:
    """The hooks of every transaction that writes. Safe to share between threads.

    A write past an installed stage would be carried over by nobody: acknowledged, and not there after the flip. So the
    stages are looked at, once a second at most.

    Args:
        groups: the contract's groups.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, groups: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rows, self._clock = StageRows(groups), clock
        self._looked = float("-inf")

    def begun(self, transaction: Transaction) -> None:
        """See `Hooks.begun`.

        Raises:
            ConfigurationError: a group has left the stage `mysql`.
            SchemaMismatch: the stages are those of another contract's groups.
        """
        now = self._clock()
        if now - self._looked < _REFRESH:
            return
        installed = sa.inspect(transaction.connection).has_table(STAGE.name)
        for group, standing in self._rows.look(transaction).items() if installed else ():
            if standing.stage is not Stage.MYSQL or standing.ahead:
                raise ConfigurationError(
                    f'the group {group} stands at {standing}: a write with stage="mysql" would go past it and be lost. '
                    'Open with stage="installed" (CROSSFADE_STAGE=installed)'
                )
        self._looked = now

    def committing(self, transaction: Transaction) -> None:
        """See `Hooks.committing`."""

    def landed(self) -> bool:
        """See `Hooks.landed`: nothing tells."""
        return False

    def committed(self) -> None:
        """See `Hooks.committed`."""
