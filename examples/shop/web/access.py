"""Who asks: bearer tokens that hold the user's id, signed; and the shop that answers."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request

from examples.shop.entities import User
from examples.shop.shop import Shop


class Tokens:
    """Signs and reads tokens. Signing out is forgetting one (AP6).

    Args:
        secret: the signing key, the same in every process.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def write(self, user_id: int) -> str:
        """The token of a user."""
        return f"{user_id}.{self._tag(str(user_id))}"

    def read(self, token: str) -> int | None:
        """The id of the token's user, or None for a token that this secret did not sign."""
        user_id, _, tag = token.partition(".")
        genuine = user_id.isdecimal() and hmac.compare_digest(tag.encode(), self._tag(user_id).encode())
        return int(user_id) if genuine else None

    def _tag(self, text: str) -> str:
        return hmac.digest(self._secret, text.encode(), "sha256").hex()


def the_shop(request: Request) -> Shop:
    """The shop that the application was created with."""
    shop: Shop = request.app.state.shop
    return shop


def the_tokens(request: Request) -> Tokens:
    """The tokens of the application."""
    tokens: Tokens = request.app.state.tokens
    return tokens


TheShop = Annotated[Shop, Depends(the_shop)]
TheTokens = Annotated[Tokens, Depends(the_tokens)]


def current_user(shop: TheShop, tokens: TheTokens, authorization: Annotated[str | None, Header()] = None) -> User:
    """The user of the request's token (AP7). Answers 401 without one."""
    scheme, _, token = (authorization or "").partition(" ")
    user_id = tokens.read(token) if scheme.lower() == "bearer" else None
    user = shop.users.of_token(user_id) if user_id is not None else None
    if user is None:
        raise HTTPException(401, "sign in first", {"WWW-Authenticate": "Bearer"})
    return user


def current_admin(user: Annotated[User, Depends(current_user)]) -> User:
    """The same, if it is a super admin. Answers 403 otherwise."""
    if not user.super_admin:
        raise HTTPException(403, "for super admins")
    return user


Me = Annotated[User, Depends(current_user)]
Admin = Annotated[User, Depends(current_admin)]


def own_id(user: User) -> int:
    """The id of a stored user."""
    if user.id is None:
        raise ValueError("this user was never stored")
    return user.id
