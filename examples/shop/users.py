"""Users and sellers (AP1 to AP7, AP45, AP46, AP48).

Uniqueness is the store's: a name or an email that is taken makes `create` and `update` raise
DuplicateUnique, however many ask at the same time.
"""

from __future__ import annotations

from typing import Any

from crossfade.dal import F, Page, Repository
from crossfade.dal.errors import ConditionFailed, NotFound
from examples.shop.backend import Backend, only
from examples.shop.entities import User
from examples.shop.errors import NotSeller, WrongPassword
from examples.shop.passwords import hash_password, is_password

_PROFILE = frozenset({"username", "email", "first_name", "last_name"})


class Users:
    """The accounts of the shop."""

    def __init__(self, backend: Backend) -> None:
        self._users: Repository[User] = backend.repository(User)

    def register(
        self, username: str, email: str, password: str, *, first_name: str | None = None, last_name: str | None = None
    ) -> User:
        """Create an account (AP1).

        Raises:
            DuplicateUnique: the username or the email is taken.
        """
        user = User(
            username=username,
            email=email,
            password_hash=hash_password(password),
            first_name=first_name,
            last_name=last_name,
        )
        return self._users.create(user)

    def sign_in(self, username: str, password: str) -> User:
        """The user whose password this is (AP2). On DynamoDB a new account may take a moment to be found.

        Raises:
            WrongPassword: there is none.
        """
        user = self.by_username(username)
        if user is None or not is_password(password, user.password_hash):
            raise WrongPassword("no account with this username and password")
        return user

    def profile(self, user_id: int) -> User:
        """The user (AP3), as the last acknowledged write left it.

        Raises:
            NotFound: there is none.
        """
        user = self._users.get(user_id)
        if user is None:
            raise NotFound("there is no such user", entity="USER", key={"id": user_id})
        return user

    def of_token(self, user_id: int) -> User | None:
        """The user of a signed token (AP7), or None.

        Asked with every request, so it takes the cheaper way, whose answer may be moments old; an account
        that it does not know yet is read by key.
        """
        return only(self._users.find("by_id", id=user_id)) or self._users.get(user_id)

    def by_username(self, username: str) -> User | None:
        """The user of a name, or None."""
        return only(self._users.find("by_username", username=username))

    def by_email(self, email: str) -> User | None:
        """The user of an email, or None."""
        return only(self._users.find("by_email", email=email))

    def username_taken(self, username: str) -> bool:
        """Whether a user has the name; a form's early answer, `register` decides."""
        return self._users.count("by_username", username=username) > 0

    def email_taken(self, email: str) -> bool:
        """Whether a user has the email; a form's early answer, `register` decides."""
        return self._users.count("by_email", email=email) > 0

    def update_profile(self, user_id: int, **changes: Any) -> User:
        """Change name, email, first or last name (AP4). With the email, cart and orders move along.

        Raises:
            NotFound: there is no such user.
            DuplicateUnique: the username or the email is taken.
            TypeError: a field that is no part of the profile.
        """
        return self._users.update(user_id, _profile(changes))

    def change_password(self, user_id: int, old: str, new: str) -> None:
        """Replace the password.

        Raises:
            NotFound: there is no such user.
            WrongPassword: the old one is another.
        """
        user = self.profile(user_id)
        if not is_password(old, user.password_hash):
            raise WrongPassword("the old password is another")
        self._users.update(
            user_id, {"password_hash": hash_password(new)}, where=F("password_hash") == user.password_hash
        )

    def delete(self, user_id: int) -> bool:
        """Delete the account with its cart, orders and products; False if there is none.

        Raises:
            Referenced: others ordered one of its products.
        """
        return self._users.delete(user_id)

    def become_seller(self, user_id: int) -> User:
        """Let the user sell (AP5, AP45). Raises NotFound."""
        return self._users.update(user_id, {"is_seller": True})

    def seller_profile(self, user_id: int) -> User:
        """The seller (AP46).

        Raises:
            NotFound: there is no such user.
            NotSeller: the user does not sell.
        """
        user = self.profile(user_id)
        if not user.is_seller:
            raise NotSeller(f"user {user_id} does not sell")
        return user

    def update_seller(self, user_id: int, **changes: Any) -> User:
        """Change a seller's profile (AP48).

        Raises:
            NotSeller: the user does not sell.
            NotFound, DuplicateUnique, TypeError: as for `update_profile`.
        """
        try:
            return self._users.update(user_id, _profile(changes), where=F("is_seller") == True)  # noqa: E712 - builds a condition
        except ConditionFailed:
            raise NotSeller(f"user {user_id} does not sell") from None

    def promote(self, user_id: int) -> User:
        """Make the user a super admin. Raises NotFound."""
        return self._users.update(user_id, {"super_admin": True})

    def demote(self, user_id: int) -> User:
        """Take the super admin's rights away. Raises NotFound."""
        return self._users.update(user_id, {"super_admin": False})

    def super_admins(self, *, limit: int | None = None, cursor: str | None = None) -> Page[User]:
        """All super admins, by username."""
        return self._users.find("super_admins", limit=limit, cursor=cursor)


def _profile(changes: dict[str, Any]) -> dict[str, Any]:
    if others := sorted(set(changes) - _PROFILE):
        raise TypeError(f"{', '.join(others)}: no part of the profile")
    return changes
