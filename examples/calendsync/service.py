"""The shared calendars: users, their calendars, and who is in them. No store is named here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossfade.dal.errors import Conflict, NotFound
from examples.calendsync.entities import Calendar, Membership, User
from examples.calendsync.entries import Entries
from examples.calendsync.errors import Forbidden, LastOwner
from examples.calendsync.roles import Role, Roles, membership_key
from examples.shop.backend import Backend, every, only, retried

CONTRACT = Path(__file__).resolve().parents[2] / "contracts" / "examples" / "calendsync" / "migrationContract.json"


@dataclass(frozen=True)
class Member:
    """A user in a calendar."""

    user: User
    role: Role


@dataclass(frozen=True)
class Shared:
    """A calendar of a user's."""

    calendar: Calendar
    role: Role


class Calendars:
    """Every operation of the calendars; a user's role is looked at when one begins.

    `Calendars(crossfade.open(...))` runs on whatever store was configured.

    Args:
        backend: an open `crossfade.App`.

    Attributes:
        entries: what stands in them.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._users = backend.repository(User)
        self._calendars = backend.repository(Calendar)
        self._memberships = backend.repository(Membership)
        self._roles = Roles(self._memberships)
        self.entries = Entries(backend)

    # ---------------------------------------------------------------------------------------- users

    def sign_up(self, email: str, name: str, provider: str | None = None, subject: str | None = None) -> User:
        """A new user; with a provider, `subject` is what that one calls them.

        Raises:
            DuplicateUnique: the email, or the provider's subject, is taken.
        """
        user = User(email=_email(email), name=name, provider=provider, provider_subject=subject)
        return self._users.create(user)

    def user(self, user_id: str) -> User | None:
        """A user by id."""
        return self._users.get(user_id)

    def user_by_email(self, email: str) -> User | None:
        """A user by email, in whatever case it is written."""
        return only(self._users.find("by_email", email=_email(email)))

    def user_by_provider(self, provider: str, subject: str) -> User | None:
        """A user by what a provider calls them."""
        return only(self._users.find("by_provider", provider=provider, provider_subject=subject))

    # ------------------------------------------------------------------------------------ calendars

    def create(self, user_id: str, name: str, color: str, description: str | None = None) -> Calendar:
        """A new calendar, owned by the user who makes it: both or neither are there afterwards.

        Raises:
            MissingReference: there is no such user.
        """
        with self._backend.unit_of_work() as work:
            made: Calendar = work.repository(Calendar).create(Calendar(name=name, color=color, description=description))
            work.repository(Membership).create(Membership(calendar_id=_id(made), user_id=user_id, role="owner"))
            work.commit()
        return made

    def calendar(self, as_user: str, calendar_id: str) -> Calendar:
        """A calendar by id. Raises Forbidden for others than its members."""
        self._roles.need(as_user, calendar_id, "reader")
        found = self._calendars.get(calendar_id)
        if found is None:  # deleted since
            raise Forbidden("reader")
        return found

    def change(self, as_user: str, calendar_id: str, changes: Mapping[str, Any]) -> Calendar:
        """Give a calendar another name, color or description. Raises Forbidden for others than its owners."""
        self._roles.need(as_user, calendar_id, "owner")
        return self._calendars.update(calendar_id, changes)

    def delete(self, as_user: str, calendar_id: str) -> bool:
        """Delete a calendar, its memberships and its entries. Raises Forbidden for others than its owners."""
        self._roles.need(as_user, calendar_id, "owner")
        return self._calendars.delete(calendar_id)

    def calendars_of(self, user_id: str) -> list[Shared]:
        """The calendars of a user, with the user's role in each, by the calendars' ids."""
        roles = {m.calendar_id: m.role for m in every(self._memberships, "of_user", user_id=user_id)}
        found = self._calendars.get_many(roles)
        return [Shared(calendar, roles[key["id"]]) for key, calendar in found.items()]

    # -------------------------------------------------------------------------------------- members

    def role(self, user_id: str, calendar_id: str) -> Role | None:
        """A user's role in a calendar; None for others than its members."""
        return self._roles.of(user_id, calendar_id)

    def members(self, as_user: str, calendar_id: str) -> list[Member]:
        """The members of a calendar with their roles: one query, then their users in one batch.

        Raises:
            Forbidden: for others than its members.
        """
        self._roles.need(as_user, calendar_id, "reader")
        roles = {m.user_id: m.role for m in every(self._memberships, "of_calendar", calendar_id=calendar_id)}
        found = self._users.get_many(roles)
        return [Member(user, roles[key["id"]]) for key, user in found.items()]

    def invite(self, as_user: str, calendar_id: str, user_id: str, role: Role) -> Membership:
        """Make a user a member.

        Raises:
            Forbidden: for others than the calendar's owners.
            DuplicateKey: the user is a member already; see `set_role`.
            MissingReference: there is no such user.
        """
        self._roles.need(as_user, calendar_id, "owner")
        return self._memberships.create(Membership(calendar_id=calendar_id, user_id=user_id, role=role))

    def set_role(self, as_user: str, calendar_id: str, user_id: str, role: Role) -> None:
        """Give a member another role.

        Raises:
            Forbidden: for others than the calendar's owners.
            LastOwner: nobody else owns it.
            NotFound: the user is no member.
            InvalidValue: there is no such role.
        """
        self._roles.need(as_user, calendar_id, "owner")
        self._give(calendar_id, user_id, {"role": role})

    def remove(self, as_user: str, calendar_id: str, user_id: str) -> None:
        """Take a member out; members may leave by themselves. Errors as for `set_role`."""
        self._roles.need(as_user, calendar_id, "reader" if as_user == user_id else "owner")
        self._give(calendar_id, user_id, None)

    def _give(self, calendar_id: str, user_id: str, changes: Mapping[str, Role] | None) -> None:
        """Change or (None) end a membership, in one unit with a look at another owner, who stays one until its end."""
        key = membership_key(calendar_id, user_id)

        def unit() -> None:
            others = [
                m.user_id
                for m in every(self._memberships, "of_calendar", calendar_id=calendar_id)
                if m.role == "owner" and m.user_id != user_id
            ]
            with self._backend.unit_of_work() as work:
                memberships = work.repository(Membership)
                if memberships.get(key) is None:
                    raise NotFound("is no member", entity="MEMBERSHIP", key=key)
                if changes != {"role": "owner"}:
                    if not others:
                        raise LastOwner("somebody has to own the calendar")
                    other = memberships.get(membership_key(calendar_id, others[0]))
                    if other is None or other.role != "owner":
                        raise Conflict("the owners changed since", entity="MEMBERSHIP", key=key)
                if changes is None:
                    memberships.delete(key)
                else:
                    memberships.update(key, changes)
                work.commit()

        retried(unit)


def _email(given: str) -> str:
    return given.strip().casefold()


def _id(calendar: Calendar) -> str:
    if calendar.id is None:
        raise ValueError("the store gave no id")
    return calendar.id
