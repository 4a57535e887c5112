"""Entities and repositories of migrationContract.json, made by `crossfade contract generate`: do not edit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from crossfade.dal import Page, Range, TypedRepository, entity


@entity("EVENT")
@dataclass(kw_only=True)
class Event:
    """EVENT, stored in ProductivityData; its key is user_id, id."""

    user_id: str
    id: str | None = None
    title: str
    description: str | None = None
    is_all_day: bool | None = None
    start_utc: datetime
    end_utc: datetime
    start_tzid: str | None = None
    location: str | None = None
    color: str | None = None
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] | None = None
    tags: frozenset[str]
    reminder_minutes: frozenset[int]
    hold_until: datetime | None = None
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class EventRepository(TypedRepository[Event]):
    """The repository of EVENT with a method for each access pattern."""

    def agenda(
        self,
        user_id: str,
        *,
        start_utc: datetime | Range | None = None,
        status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Event]:
        """PR1: A user's events from one time to another (PR1), across New Year (PR2), with a tag (PR9). Ordered by
        start_utc, ascending.
        """
        return self.find("agenda", limit=limit, cursor=cursor, user_id=user_id, start_utc=start_utc, status=status)


@entity("MASTER")
@dataclass(kw_only=True)
class Master:
    """MASTER, stored in ProductivityData; its key is user_id, id."""

    user_id: str
    id: str | None = None
    title: str
    description: str | None = None
    is_all_day: bool | None = None
    start_utc: datetime
    end_utc: datetime
    start_tzid: str | None = None
    location: str | None = None
    color: str | None = None
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] | None = None
    tags: frozenset[str]
    reminder_minutes: frozenset[int]
    rrule: str
    rrule_until: datetime | None = None
    exdate: Any
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class MasterRepository(TypedRepository[Master]):
    """The repository of MASTER with a method for each access pattern."""

    def agenda(
        self,
        user_id: str,
        *,
        start_utc: datetime | Range | None = None,
        status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Master]:
        """PR1: The series that begin then: what they are repeated to is for whoever shows them. Ordered by
        start_utc, ascending.
        """
        return self.find("agenda", limit=limit, cursor=cursor, user_id=user_id, start_utc=start_utc, status=status)

    def series(
        self,
        id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Master]:
        """PR7: A series by its id alone; its instances are `INSTANCE.series`."""
        return self.find("series", limit=limit, cursor=cursor, id=id)


@entity("INSTANCE")
@dataclass(kw_only=True)
class Instance:
    """INSTANCE, stored in ProductivityData; its key is user_id, master_id, day."""

    user_id: str
    master_id: str
    day: date
    title: str
    description: str | None = None
    is_all_day: bool | None = None
    start_utc: datetime
    end_utc: datetime
    start_tzid: str | None = None
    location: str | None = None
    color: str | None = None
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] | None = None
    tags: frozenset[str]
    reminder_minutes: frozenset[int]
    recurrence_id: datetime
    modified_fields: Any
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class InstanceRepository(TypedRepository[Instance]):
    """The repository of INSTANCE with a method for each access pattern."""

    def agenda(
        self,
        user_id: str,
        *,
        start_utc: datetime | Range | None = None,
        status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Instance]:
        """PR1: The occurrences that differ from their series. Ordered by start_utc, ascending."""
        return self.find("agenda", limit=limit, cursor=cursor, user_id=user_id, start_utc=start_utc, status=status)

    def series(
        self,
        master_id: str,
        *,
        day: date | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Instance]:
        """PR7: What differs in a series, by date. Ordered by day, ascending."""
        return self.find("series", limit=limit, cursor=cursor, master_id=master_id, day=day)

    def of_master(
        self,
        user_id: str,
        master_id: str,
        *,
        day: date | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Instance]:
        """PR8: The same in the user's own partition, strongly consistent: to end a series, and to delete it. Ordered
        by day, ascending.
        """
        return self.find("of_master", limit=limit, cursor=cursor, user_id=user_id, master_id=master_id, day=day)


@entity("USER_META")
@dataclass(kw_only=True)
class UserMeta:
    """USER_META, stored in ProductivityData; its key is user_id."""

    user_id: str
    preferences: Any
    stats: Any
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class UserMetaRepository(TypedRepository[UserMeta]):
    """The repository of USER_META with a method for each access pattern."""
