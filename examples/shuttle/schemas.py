"""What shops' imports look like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossfade.dal import Page, Repository
from crossfade.dal.errors import Conflict, DuplicateKey
from examples.shop.backend import Backend, every, retried
from examples.shuttle.entities import Schema


class Schemas:
    """What a shop's imports look like. A version is never changed: the next one is the current one."""

    def __init__(self, backend: Backend) -> None:
        self._schemas: Repository[Schema] = backend.repository(Schema)

    def publish(self, shop: str, name: str, definition: Mapping[str, Any]) -> Schema:
        """The next version of a schema; of two that publish at once, each gets a version of its own.

        Raises:
            MissingReference: there is no such shop.
        """
        return retried(lambda: self._publish(shop, name, dict(definition)))

    def current(self, shop: str, name: str) -> Schema | None:
        """The newest version, or None: the first of those that are read newest first."""
        page = self._schemas.find("versions", shop=shop, name=name, limit=1)
        return page.items[0] if page.items else None

    def get(self, shop: str, name: str, version: int) -> Schema | None:
        """One version, or None."""
        return self._schemas.get({"shop": shop, "name": name, "version": version})

    def versions(self, shop: str, name: str, *, limit: int | None = None, cursor: str | None = None) -> Page[Schema]:
        """All versions, newest first."""
        return self._schemas.find("versions", shop=shop, name=name, limit=limit, cursor=cursor)

    def of_shop(self, shop: str) -> Iterator[Schema]:
        """Every version of every schema of a shop, by name and version."""
        return every(self._schemas, "of_shop", shop=shop)

    def _publish(self, shop: str, name: str, definition: dict[str, Any]) -> Schema:
        newest = self.current(shop, name)
        version = 1 if newest is None else newest.version + 1
        made = Schema(shop=shop, name=name, version=version, definition=definition)
        try:
            return self._schemas.create(made)
        except DuplicateKey as error:
            raise Conflict("another version was published first", entity="SCHEMA", key=error.key) from error
