"""The shadow reads of one process: what compares them, and where what they saw goes."""

from __future__ import annotations

from crossfade.dal.observation_buffer import ObservationBuffer
from crossfade.dal.shadow_read import Limits, ShadowReads
from crossfade.dal.tolerance import tolerances
from crossfade.migration.dual_write import Groups
from crossfade.migration.settling import Settling
from crossfade.mysql.observations import MySQLObservations


class Shadowing:
    """Compares reads, and adds what it sees to MySQL. Starts no thread before the first one.

    Attributes:
        reads: compares.
        buffer: what was seen, on its way to MySQL.

    Args:
        groups: what writes share.
        share: of the reads that are compared, from 0 to 1.
        limits: what they may take.
    """

    def __init__(self, groups: Groups, share: float, limits: Limits) -> None:
        stores = groups.stores
        self._settling = Settling(groups)
        self.buffer = ObservationBuffer(MySQLObservations(stores.mysql.engine))
        self.reads = ShadowReads(
            self.buffer.observe,
            share=share,
            limits=limits,
            settled=self._settling,
            tolerances=tolerances(stores.contract),
        )

    def close(self, wait: float = 1.0) -> None:
        """Compare no more, and add what was seen.

        Args:
            wait: seconds that either may take.
        """
        self._settling.close()
        self.reads.close(wait)
        self.buffer.close(wait)
