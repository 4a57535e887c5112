"""Who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from crossfade.dal import Repository
from examples.shop.backend import Backend, every
from examples.shuttle.entities import Session
from examples.shuttle.times import milliseconds, wall_clock

ONLINE_KEPT = timedelta(hours=24)
OFFLINE_KEPT = timedelta(days=365)


class Sessions:
    """Who is signed in: a user for a day (online), or the shop itself for a year (offline)."""

    def __init__(self, backend: Backend, now: Callable[[], int] = wall_clock) -> None:
        self._sessions: Repository[Session] = backend.repository(Session)
        self._now = now

    def store(
        self, session_id: str, shop: str, access_token: str, *, user_id: int | None = None, scope: str = ""
    ) -> Session:
        """Store a session, or replace it: online where it is a user's, else offline."""
        made, online = self._now(), user_id is not None
        kept = ONLINE_KEPT if online else OFFLINE_KEPT
        return self._sessions.put(
            Session(
                id=session_id, shop=shop, access_token=access_token, is_online=online, user_id=user_id, scope=scope,
                created_at=made, expires_at=made + milliseconds(kept),
            )
        )  # fmt: skip

    def get(self, session_id: str) -> Session | None:
        """A session by its id; None from the moment on at which it expires."""
        return self._sessions.get(session_id)

    def of_shop(self, shop: str) -> Iterator[Session]:
        """A shop's sessions that have not expired, by id."""
        return every(self._sessions, "of_shop", shop=shop)

    def end(self, session_id: str) -> bool:
        """Sign out. False if there was no such session."""
        return self._sessions.delete(session_id)

    def end_all(self, shop: str) -> int:
        """Sign everybody of a shop out; how many they were.

        Raises:
            CrossfadeError: the first reason why a session was not ended; others may have been.
        """
        done = self._sessions.delete_many([session.id for session in self.of_shop(shop)])
        if done.failed:
            raise done.failed[0][1]
        return len(done.written)
