"""What shops used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from crossfade.dal import Add, Repository, between
from crossfade.dal.errors import DuplicateKey, NotFound
from examples.shop.backend import Backend, every, retried
from examples.shuttle.entities import UsageDaily, UsageMonthly

T = TypeVar("T")
_NOTHING = {"imports": 0, "exports": 0, "records": 0, "errors": 0}


def _count(repository: Repository[T], key: Mapping[str, Any], first: T, amounts: Mapping[str, int]) -> None:
    """Add to the counters of an entity, which the first to count makes."""
    changes = {name: Add(amount) for name, amount in amounts.items()}

    def once() -> None:
        try:
            repository.update(key, changes)
        except NotFound:
            try:
                repository.create(first)
            except DuplicateKey:
                repository.update(key, changes)

    retried(once)


class Usage:
    """What shops used, a day and a month at a time. Each counter counts exactly, however many count at once."""

    def __init__(self, backend: Backend) -> None:
        self._days: Repository[UsageDaily] = backend.repository(UsageDaily)
        self._months: Repository[UsageMonthly] = backend.repository(UsageMonthly)

    def add(self, shop: str, day: date, **amounts: int) -> None:
        """Add to a shop's counters of a day and of its month: imports, exports, records, errors.

        Either is one atomic step, and they are two writes: after a failure in between, the day alone has counted.
        """
        month = f"{day:%Y-%m}"
        _count(self._days, {"shop": shop, "day": day}, UsageDaily(shop=shop, day=day, **amounts), amounts)
        _count(self._months, {"shop": shop, "month": month}, UsageMonthly(shop=shop, month=month, **amounts), amounts)

    def of_day(self, shop: str, day: date) -> UsageDaily:
        """What a shop used on a day; nothing where nobody counted."""
        return self._days.get({"shop": shop, "day": day}) or UsageDaily(shop=shop, day=day, **_NOTHING)

    def of_month(self, shop: str, month: str) -> UsageMonthly:
        """What a shop used in a month such as `2026-11`; nothing where nobody counted."""
        found = self._months.get({"shop": shop, "month": month})
        return found or UsageMonthly(shop=shop, month=month, **_NOTHING)

    def days(self, shop: str, first: date, last: date) -> Iterator[UsageDaily]:
        """The days from `first` to `last`, both included, on which a shop used something, in order."""
        return every(self._days, "of_shop", shop=shop, day=between(first, last))

    def bill(self, month: str) -> Iterator[UsageMonthly]:
        """What every shop used in a month, by shop."""
        return every(self._months, "of_month", month=month)
