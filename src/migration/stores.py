"""Both stores of one contract, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from crossfade.contract.model import Contract
from crossfade.dal.closing import Closing
from crossfade.dynamodb import DynamoDBStore
from crossfade.mysql import MySQLStore


@dataclass(frozen=True, slots=True)
class Stores(Closing):
    """Both stores, opened for one contract; close them at the end.

    Attributes:
        contract: the contract, with the types that it leaves to the database.
        mysql, dynamodb: the stores.
    """

    contract: Contract
    mysql: MySQLStore
    dynamodb: DynamoDBStore

    @property
    def target(self) -> str:
        """What tells this move's tables from another's; an endpoint may have several names."""
        store = self.dynamodb
        return f"{store.layout.control_table} in {store.clients.reads.meta.region_name}"

    def close(self) -> None:
        """Give back the connections of both."""
        self.mysql.close()
        self.dynamodb.close()
