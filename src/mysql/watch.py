"""Who watches a transaction: told of every record before it is changed, so that nothing it reaches is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from crossfade.mysql.transaction import Transaction


class Watch(Protocol):
    """Watches one transaction."""

    def created(self, transaction: Transaction, entity: str, key: Mapping[str, Any]) -> None:
        """A record has been inserted, with its owned rows or before them."""

    def changing(
        self, transaction: Transaction, entity: str, key: Mapping[str, Any], fields: Collection[str] | None
    ) -> None:
        """A record, if there is one, is going to be changed.

        Args:
            transaction: the transaction.
            entity: the entity's name.
            key: the key.
            fields: the fields that may change; None for all.
        """

    def deleting(self, transaction: Transaction, entity: str, key: Mapping[str, Any]) -> None:
        """A record, if there is one, is going to be deleted, with all that goes with it."""
