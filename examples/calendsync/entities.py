"""Entities and repositories of migrationContract.json, made by `crossfade contract generate`: do not edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypedDict

from crossfade.dal import Page, Range, TypedRepository, entity


@entity("USER")
@dataclass(kw_only=True)
class User:
    """USER, stored in calendsync; its key is id."""

    id: str | None = None
    email: str
    name: str
    provider: str | None = None
    provider_subject: str | None = field(default=None, repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None


class UserRepository(TypedRepository[User]):
    """The repository of USER with a method for each access pattern."""

    def by_email(
        self,
        email: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[User]:
        """CS1: To invite somebody, and to sign in by mail."""
        return self.find("by_email", limit=limit, cursor=cursor, email=email)

    def by_provider(
        self,
        provider: str | None,
        provider_subject: str | None,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[User]:
        """CS2: To sign in through a provider."""
        return self.find(
            "by_provider", limit=limit, cursor=cursor, provider=provider, provider_subject=provider_subject
        )


@entity("CALENDAR")
@dataclass(kw_only=True)
class Calendar:
    """CALENDAR, stored in calendsync; its key is id."""

    id: str | None = None
    name: str
    color: str
    description: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class CalendarRepository(TypedRepository[Calendar]):
    """The repository of CALENDAR with a method for each access pattern."""


@entity("MEMBERSHIP")
@dataclass(kw_only=True)
class Membership:
    """MEMBERSHIP, stored in calendsync; its key is calendar_id, user_id."""

    calendar_id: str
    user_id: str
    role: Literal["owner", "writer", "reader"]
    created_at: datetime | None = None
    updated_at: datetime | None = None


class MembershipRepository(TypedRepository[Membership]):
    """The repository of MEMBERSHIP with a method for each access pattern."""

    def of_calendar(
        self,
        calendar_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Membership]:
        """CS3: The members of a calendar, with their roles."""
        return self.find("of_calendar", limit=limit, cursor=cursor, calendar_id=calendar_id)

    def of_user(
        self,
        user_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Membership]:
        """CS4: The calendars of a user, with the user's roles."""
        return self.find("of_user", limit=limit, cursor=cursor, user_id=user_id)


class EntryKindMultiDay(TypedDict):
    """EntryKind where type is MultiDay."""

    type: Literal["MultiDay"]
    start: str
    end: str


class EntryKindAllDay(TypedDict):
    """EntryKind where type is AllDay."""

    type: Literal["AllDay"]


class EntryKindTimed(TypedDict):
    """EntryKind where type is Timed."""

    type: Literal["Timed"]
    start: str
    end: str


class EntryKindTask(TypedDict):
    """EntryKind where type is Task."""

    type: Literal["Task"]
    completed: bool


EntryKind = EntryKindMultiDay | EntryKindAllDay | EntryKindTimed | EntryKindTask


@entity("ENTRY")
@dataclass(kw_only=True)
class Entry:
    """ENTRY, stored in calendsync; its key is id."""

    id: str | None = None
    calendar_id: str
    date: date
    kind: EntryKind
    title: str
    description: str | None = None
    location: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class EntryRepository(TypedRepository[Entry]):
    """The repository of ENTRY with a method for each access pattern."""

    def of_calendar(
        self,
        calendar_id: str,
        *,
        date: date | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Entry]:
        """CS5: The entries of a calendar, or those from one day to another. Ordered by date, ascending."""
        return self.find("of_calendar", limit=limit, cursor=cursor, calendar_id=calendar_id, date=date)
