"""Accounts and sellers over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from examples.shop.web import views
from examples.shop.web.access import Admin, Me, TheShop, TheTokens, own_id
from examples.shop.web.views import View

router = APIRouter(tags=["users"])
Username = Annotated[str, Field(min_length=1, max_length=50)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=255)]
Password = Annotated[str, Field(min_length=8, max_length=200)]
Name = Annotated[str | None, Field(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=100)]


class Registration(BaseModel):
    """A new account."""

    username: Username
    email: Email
    password: Password
    first_name: Name = None
    last_name: Name = None


class Credentials(BaseModel):
    """A username and its password."""

    username: str
    password: str


class Profile(BaseModel):
    """What is to change; what is left out stays."""

    username: Username | None = None
    email: Email | None = None
    first_name: Name = None
    last_name: Name = None


@router.post("/users", status_code=201)
def register(body: Registration, shop: TheShop, tokens: TheTokens) -> View:
    """AP1: create an account and sign in."""
    user = shop.users.register(
        body.username, body.email, body.password, first_name=body.first_name, last_name=body.last_name
    )
    return {"user": views.account(user), "token": tokens.write(own_id(user))}


@router.post("/sign-in")
def sign_in(body: Credentials, shop: TheShop, tokens: TheTokens) -> View:
    """AP2."""
    user = shop.users.sign_in(body.username, body.password)
    return {"user": views.account(user), "token": tokens.write(own_id(user))}


@router.post("/sign-out", status_code=204)
def sign_out(me: Me) -> Response:
    """AP6: nothing to do here; the caller forgets the token."""
    del me
    return Response(status_code=204)


@router.get("/users/taken")
def taken(shop: TheShop, username: str | None = None, email: str | None = None) -> dict[str, bool]:
    """Whether a username or an email is taken."""
    asked = {}
    if username is not None:
        asked["username"] = shop.users.username_taken(username)
    if email is not None:
        asked["email"] = shop.users.email_taken(email)
    return asked


@router.get("/me")
def profile(me: Me, shop: TheShop) -> View:
    """AP3."""
    return views.account(shop.users.profile(own_id(me)))


@router.patch("/me")
def update_profile(body: Profile, me: Me, shop: TheShop) -> View:
    """AP4."""
    return views.account(shop.users.update_profile(own_id(me), **body.model_dump(exclude_unset=True)))


@router.delete("/me", status_code=204)
def delete(me: Me, shop: TheShop) -> Response:
    """Delete the account with everything that is its own."""
    shop.users.delete(own_id(me))
    return Response(status_code=204)


@router.post("/me/seller")
def become_seller(me: Me, shop: TheShop) -> View:
    """AP5, AP45."""
    return views.account(shop.users.become_seller(own_id(me)))


@router.patch("/me/seller")
def update_seller(body: Profile, me: Me, shop: TheShop) -> View:
    """AP48."""
    return views.account(shop.users.update_seller(own_id(me), **body.model_dump(exclude_unset=True)))


@router.get("/me/dashboard")
def dashboard(me: Me, shop: TheShop) -> View:
    """AP47, with the statistics of AP17."""
    return vars(shop.products.dashboard(own_id(shop.users.seller_profile(own_id(me)))))


@router.get("/sellers/{user_id}")
def seller_profile(user_id: int, shop: TheShop) -> View:
    """AP46."""
    return views.seller(shop.users.seller_profile(user_id))


@router.get("/admins")
def admins(admin: Admin, shop: TheShop, limit: Limit = 20, cursor: str | None = None) -> View:
    """All super admins."""
    del admin
    return views.page(shop.users.super_admins(limit=limit, cursor=cursor), views.account)


@router.put("/admins/{user_id}")
def promote(user_id: int, admin: Admin, shop: TheShop) -> View:
    """Make a user a super admin."""
    del admin
    return views.account(shop.users.promote(user_id))


@router.delete("/admins/{user_id}")
def demote(user_id: int, admin: Admin, shop: TheShop) -> View:
    """Take a super admin's rights away."""
    del admin
    return views.account(shop.users.demote(user_id))
