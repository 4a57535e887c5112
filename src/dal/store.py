"""A store, as the composition root and the tests see it: what makes repositories and units of work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from crossfade.contract.model import Contract
from crossfade.dal.base import Tools
from crossfade.dal.entity import Binding
from crossfade.dal.prepare import Preparer
from crossfade.dal.repository import Repository, UnitOfWork


class Store(Protocol):
    """One backend, opened for one contract. Safe to share between threads."""

    name: str

    @property
    def contract(self) -> Contract:
        """The contract, with the types that it leaves to the database."""

    def repository(self, binding: Binding[Any], tools: Tools) -> Repository[Any]:
        """The repository of one entity."""

    def unit_of_work(
        self,
        bind: Callable[[Any], Binding[Any]],
        prepare: Callable[[str], Preparer],
        actions: Callable[[str], int],
    ) -> UnitOfWork:
        """A new unit of work; the arguments are those of `BaseUnitOfWork`."""

    def check(self) -> None:
        """Ask the backend whether it is there and has the tables that the contract needs.

        Raises:
            StoreUnavailable: it cannot be reached, or refuses the credentials.
            SchemaMismatch: a table, column or index is missing or differs; the message lists each.
        """

    def close(self) -> None:
        """Give back connections."""
