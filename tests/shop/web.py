"""The shop over HTTP: that the routes lead to the services, and what errors become."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from crossfade.dal import errors as e
from examples.shop import errors as own
from examples.shop.main import create_app
from examples.shop.web.problems import answer
from tests.shop.world import World


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    """A client of the application."""
    with TestClient(create_app(world.backend, secret="test")) as client:
        yield client


def register(client: TestClient, name: str) -> dict[str, str]:
    """Register a user; returns the headers of its requests."""
    body = {"username": name, "email": f"{name}@example.org", "password": "correct horse"}
    reply = client.post("/users", json=body)
    assert reply.status_code == 201, reply.text
    return {"Authorization": f"Bearer {reply.json()['token']}"}


def test_buying_and_selling(client: TestClient, world: World) -> None:
    things = world.category("Things")
    sally, ann = register(client, "sally"), register(client, "ann")
    product = {"name": "Pen", "category_id": things, "price": "1.50", "inventory_quantity": 5}
    assert client.post("/products", json=product, headers=sally).status_code == 403
    assert client.post("/me/seller", headers=sally).json()["is_seller"] is True
    pen = client.post("/products", json=product, headers=sally).json()["id"]
    assert client.get("/products", params={"q": "pen", "in_stock": True}).json()["items"][0]["id"] == pen
    assert client.get(f"/products/{pen}/details").json()["seller"]["username"] == "sally"

    assert client.post("/cart", json={"product_id": pen, "quantity": 2}, headers=ann).status_code == 201
    assert client.get("/cart", headers=ann).json()[0]["product_name"] == "Pen"
    assert client.get("/cart/check", headers=ann).json() == {"valid": True, "issues": [], "lines": 1}
    placed = client.post("/orders", headers=ann)
    assert (placed.status_code, placed.json()["total_amount"]) == (201, "3.00")
    order = placed.json()["id"]
    assert client.get("/cart/summary", headers=ann).json()["lines"] == 0
    assert client.get(f"/orders/{order}", headers=ann).json() == placed.json()
    assert client.get(f"/orders/{order}", headers=sally).status_code == 403
    assert client.get("/orders", headers=ann).json() == {"items": [placed.json()], "cursor": None}
    assert client.get("/me/dashboard", headers=sally).json()["statistics"]["times_ordered"] == 1
    assert client.delete(f"/products/{pen}", headers=sally).status_code == 409
    assert client.post(f"/orders/{order}/cancel", headers=ann).json()["status"] == "cancelled"
    assert client.get(f"/products/{pen}").json()["inventory_quantity"] == 5


def test_every_issue_of_a_cart(client: TestClient, world: World) -> None:
    pen, ink = world.goods(1, 0)
    ann = register(client, "ann")
    for product in (pen, ink):
        client.post("/cart", json={"product_id": product, "quantity": 2}, headers=ann)
    refused = client.post("/orders", headers=ann)
    assert refused.status_code == 409
    assert [(i["product_id"], i["available"]) for i in refused.json()["issues"]] == [(pen, 1), (ink, 0)]
    assert client.put(f"/cart/{pen}", json={"quantity": 1}, headers=ann).json()["quantity"] == 1
    assert client.delete(f"/cart/{ink}", headers=ann).status_code == 204
    assert client.delete(f"/cart/{ink}", headers=ann).status_code == 404
    assert client.get(f"/cart/{ink}", headers=ann).status_code == 404
    assert client.delete("/cart", headers=ann).json() == {"removed": 1}


def test_accounts(client: TestClient) -> None:
    ann = register(client, "ann")
    taken = {"username": "ann", "email": "a@example.org", "password": "correct horse"}
    refused = client.post("/users", json=taken)
    assert (refused.status_code, refused.json()["fields"]) == (409, ["username"])
    assert client.get("/users/taken", params={"username": "ann"}).json() == {"username": True}
    assert client.get("/me").status_code == 401
    assert client.get("/me", headers={"Authorization": "Bearer 1.forged"}).status_code == 401
    signed = client.post("/sign-in", json={"username": "ann", "password": "correct horse"})
    assert signed.json()["user"] == client.get("/me", headers=ann).json()
    assert "password_hash" not in signed.text
    assert client.post("/sign-in", json={"username": "ann", "password": "wrong"}).status_code == 401
    assert client.patch("/me", json={"first_name": "Ann"}, headers=ann).json()["first_name"] == "Ann"
    assert client.patch("/me", json={"email": "no email"}, headers=ann).status_code == 422
    assert client.post("/sign-out", headers=ann).status_code == 204
    assert client.delete("/me", headers=ann).status_code == 204
    assert client.get("/me", headers=ann).status_code == 401


def test_categories_are_for_admins(client: TestClient, world: World) -> None:
    ann = register(client, "ann")
    assert client.post("/categories", json={"name": "Books"}, headers=ann).status_code == 403
    user = world.shop.users.by_username("ann")
    assert user is not None
    assert user.id is not None
    world.shop.users.promote(user.id)
    books = client.post("/categories", json={"name": "Books"}, headers=ann).json()["id"]
    novels = client.post("/categories", json={"name": "Novels", "parent_id": books}, headers=ann).json()["id"]
    assert [n["category"]["name"] for n in client.get("/categories/tree").json()] == ["Books"]
    assert [c["name"] for c in client.get(f"/categories/{novels}/path").json()] == ["Books", "Novels"]
    assert client.get("/categories/search", params={"prefix": "No"}).json()["items"][0]["id"] == novels
    circle = client.patch(f"/categories/{books}", json={"parent_id": novels}, headers=ann)
    assert (circle.status_code, circle.json()["error"]) == (409, "CategoryCycle")
    assert client.patch(f"/categories/{novels}", json={"parent_id": None}, headers=ann).json()["parent_id"] is None
    assert client.get("/categories/taken", params={"name": "Books"}).json() is True
    assert client.delete(f"/categories/{novels}", headers=ann).status_code == 204
    assert client.delete(f"/categories/{novels}", headers=ann).status_code == 404
    assert client.get(f"/categories/{novels}").status_code == 404
    assert client.get("/admins", headers=ann).json()["items"][0]["username"] == "ann"


def test_if_match(client: TestClient, world: World) -> None:
    things = world.category("Things")
    sally = register(client, "sally")
    client.post("/me/seller", headers=sally)
    made = client.post("/products", json={"name": "Pen", "category_id": things, "price": "1"}, headers=sally)
    tag = made.headers["ETag"]
    path = f"/products/{made.json()['id']}"
    world.clock.tick()
    first = client.patch(path, json={"name": "One"}, headers={**sally, "If-Match": tag})
    assert (first.status_code, first.headers["ETag"] != tag) == (200, True)
    for stale in (tag, '"nonsense"'):
        second = client.patch(path, json={"name": "Two"}, headers={**sally, "If-Match": stale})
        assert second.status_code == 412
    assert client.get(path).json()["name"] == "One"


def test_bad_cursors_and_filters(client: TestClient, world: World) -> None:
    world.goods(1, 1)
    page = client.get("/products", params={"limit": 1}).json()
    rest = client.get("/products", params={"limit": 1, "cursor": page["cursor"]}).json()
    assert (len(page["items"]), len(rest["items"]), rest["cursor"]) == (1, 1, None)
    assert client.get("/products", params={"limit": 1, "cursor": "nonsense"}).status_code == 422
    assert client.get("/products", params={"limit": 0}).status_code == 422


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (e.NotFound("x"), 404, False),
        (e.DuplicateUnique("x", fields=["email"]), 409, False),
        (e.Referenced("x"), 409, False),
        (e.MissingReference("x", fields=["user_id"]), 422, False),
        (e.ConditionFailed("x"), 412, False),
        (e.VersionConflict("x"), 412, False),
        (e.Conflict("x"), 409, True),
        (e.CapacityExceeded("x"), 503, True),
        (e.StoreUnavailable("x"), 503, True),
        (e.OutcomeUnknown("x"), 500, False),
        (e.InvalidKey("email", "is empty"), 422, False),
        (own.OutOfStock(1, 2, 0), 409, False),
    ],
)
def test_errors_as_answers(error: Any, status: int, retry: bool) -> None:
    found = answer(error)
    assert (found.status_code, "retry-after" in found.headers) == (status, retry)
