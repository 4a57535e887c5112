"""Entities and repositories of migrationContract.json, made by `crossfade contract generate`: do not edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from crossfade.dal import Page, Range, TypedRepository, entity


@entity("SHOP")
@dataclass(kw_only=True)
class Shop:
    """SHOP, stored in InavorShuttleTable; its key is domain."""

    domain: str
    name: str
    plan: Literal["FREE", "SMALL", "MEDIUM", "LARGE"] | None = None
    access_token: str = field(repr=False)
    installed_at: int
    uninstalled_at: int | None = None
    billing_status: Literal["NONE", "PENDING", "ACTIVE", "CANCELLED"] | None = None
    settings: Any = None
    state: str | None = None


class ShopRepository(TypedRepository[Shop]):
    """The repository of SHOP with a method for each access pattern."""

    def by_state(
        self,
        state: str,
        *,
        domain: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Shop]:
        """SH14: The active shops (SH14), or those that left. A shop by its domain (SH1) is read by key. Ordered by
        domain, ascending.
        """
        return self.find("by_state", limit=limit, cursor=cursor, state=state, domain=domain)


@entity("JOB")
@dataclass(kw_only=True)
class Job:
    """JOB, stored in InavorShuttleTable; its key is id."""

    id: str | None = None
    shop: str
    type: Literal["IMPORT", "EXPORT"]
    mode: Literal["CREATE", "UPDATE", "UPSERT"] | None = None
    status: Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"] | None = None
    total_rows: int | None = None
    processed_rows: int | None = None
    failed_rows: int | None = None
    error_summary: Any = None
    created_at: int
    finished_at: int | None = None
    expires_at: int


class JobRepository(TypedRepository[Job]):
    """The repository of JOB with a method for each access pattern."""

    def of_shop(
        self,
        shop: str,
        *,
        created_at: int | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Job]:
        """SH2: A shop's jobs, newest first; created in a range (SH15). Ordered by created_at, descending."""
        return self.find("of_shop", limit=limit, cursor=cursor, shop=shop, created_at=created_at)

    def of_shop_by_status(
        self,
        shop: str,
        status: Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"],
        *,
        created_at: int | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Job]:
        """SH3: By shop, status. Ordered by created_at, descending."""
        return self.find(
            "of_shop_by_status", limit=limit, cursor=cursor, shop=shop, status=status, created_at=created_at
        )

    def by_status(
        self,
        status: Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"],
        *,
        created_at: int | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Job]:
        """SH4: What there is to work on, over all shops, oldest first. Ordered by created_at, ascending."""
        return self.find("by_status", limit=limit, cursor=cursor, status=status, created_at=created_at)


@entity("USAGE_DAILY")
@dataclass(kw_only=True)
class UsageDaily:
    """USAGE_DAILY, stored in InavorShuttleTable; its key is shop, day."""

    shop: str
    day: date
    imports: int | None = None
    exports: int | None = None
    records: int | None = None
    errors: int | None = None


class UsageDailyRepository(TypedRepository[UsageDaily]):
    """The repository of USAGE_DAILY with a method for each access pattern."""

    def of_shop(
        self,
        shop: str,
        *,
        day: date | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[UsageDaily]:
        """SH8: A shop's usage over a range of days; strongly consistent. One day (SH6) is read by key. Ordered by
        day, ascending.
        """
        return self.find("of_shop", limit=limit, cursor=cursor, shop=shop, day=day)

    def of_day(
        self,
        day: date,
        *,
        shop: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[UsageDaily]:
        """Every shop's usage of a day. Ordered by shop, ascending."""
        return self.find("of_day", limit=limit, cursor=cursor, day=day, shop=shop)


@entity("USAGE_MONTHLY")
@dataclass(kw_only=True)
class UsageMonthly:
    """USAGE_MONTHLY, stored in InavorShuttleTable; its key is shop, month."""

    shop: str
    month: str
    imports: int | None = None
    exports: int | None = None
    records: int | None = None
    errors: int | None = None


class UsageMonthlyRepository(TypedRepository[UsageMonthly]):
    """The repository of USAGE_MONTHLY with a method for each access pattern."""

    def of_shop(
        self,
        shop: str,
        *,
        month: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[UsageMonthly]:
        """SH7: A shop's usage by month; strongly consistent. One month is read by key. Ordered by month, ascending."""
        return self.find("of_shop", limit=limit, cursor=cursor, shop=shop, month=month)

    def of_month(
        self,
        month: str,
        *,
        shop: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[UsageMonthly]:
        """Every shop's usage of a month. Ordered by shop, ascending."""
        return self.find("of_month", limit=limit, cursor=cursor, month=month, shop=shop)


@entity("SCHEMA")
@dataclass(kw_only=True)
class Schema:
    """SCHEMA, stored in InavorShuttleTable; its key is shop, name, version."""

    shop: str
    name: str
    version: int
    definition: Any
    created_at: int | None = None


class SchemaRepository(TypedRepository[Schema]):
    """The repository of SCHEMA with a method for each access pattern."""

    def versions(
        self,
        shop: str,
        name: str,
        *,
        version: int | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Schema]:
        """SH9: Newest first: the current one is the first of them. A version (SH10) is read by key. Ordered by
        version, descending.
        """
        return self.find("versions", limit=limit, cursor=cursor, shop=shop, name=name, version=version)

    def of_shop(
        self,
        shop: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Schema]:
        """SH11: A shop's schemas in all their versions; also for its deletion."""
        return self.find("of_shop", limit=limit, cursor=cursor, shop=shop)


@entity("SESSION")
@dataclass(kw_only=True)
class Session:
    """SESSION, stored in InavorShuttleTable; its key is id."""

    id: str
    shop: str
    is_online: bool
    user_id: int | None = None
    scope: str | None = None
    access_token: str = field(repr=False)
    created_at: int
    expires_at: int


class SessionRepository(TypedRepository[Session]):
    """The repository of SESSION with a method for each access pattern."""

    def of_shop(
        self,
        shop: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Session]:
        """SH13: A shop's sessions that have not expired. One (SH12) is read by key."""
        return self.find("of_shop", limit=limit, cursor=cursor, shop=shop)
