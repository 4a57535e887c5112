"""Who may do what in a calendar: a reader reads, a writer changes entries, too, an owner everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from crossfade.dal import Repository
from examples.calendsync.entities import Membership
from examples.calendsync.errors import Forbidden

Role = Literal["owner", "writer", "reader"]
_RANK: Mapping[Role, int] = {"reader": 1, "writer": 2, "owner": 3}


class Roles:
    """The roles of users in calendars, read by key: what was acknowledged counts at once.

    Args:
        memberships: the memberships.
    """

    def __init__(self, memberships: Repository[Membership]) -> None:
        self._memberships = memberships

    def of(self, user_id: str, calendar_id: str) -> Role | None:
        """A user's role in a calendar; None for others than its members."""
        found = self._memberships.get(membership_key(calendar_id, user_id))
        return found.role if found else None

    def need(self, user_id: str, calendar_id: str, needed: Role) -> None:
        """Raise Forbidden where a user's role does not allow what `needed` does."""
        role = self.of(user_id, calendar_id)
        if role is None or _RANK[role] < _RANK[needed]:
            raise Forbidden(needed)


def membership_key(calendar_id: str, user_id: str) -> dict[str, str]:
    """The key of a user's membership in a calendar."""
    return {"calendar_id": calendar_id, "user_id": user_id}
