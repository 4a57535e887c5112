"""What a rehearsal writes: the mark of every entity, and records that the stores take."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from crossfade.contract import load
from crossfade.rehearsal.subjects import LARGEST, Subject, key_of_texts, name_of, name_of_new, subjects, texts_of
from examples.shop.shop import CONTRACT

CART = {"id": 9, "user_id": 3, "product_id": 4, "quantity": 2, "created_at": None, "updated_at": None}
USER = {
    "id": 3, "username": "ann", "email": "ann@example.org", "password_hash": "x", "first_name": "Ann",
    "last_name": None, "is_seller": True, "super_admin": False, "created_at": None, "updated_at": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, Subject]:
    contract = load(CONTRACT)
    return subjects(contract, contract.entities)


def like(subject: Subject, *templates: dict[str, Any]) -> Subject:
    return replace(subject, templates=templates)


def test_every_entity_of_the_shop_has_a_mark(found: dict[str, Subject]) -> None:
    assert {name: subject.mark for name, subject in found.items()} == {
        "USER": "first_name", "CART": "quantity", "ORDER": "total_amount", "PRODUCT": "name", "CATEGORY": "name",
    }  # fmt: skip
    assert {name for name, subject in found.items() if subject.alone} == {"CART", "ORDER"}
    assert {name for name, subject in found.items() if subject.names_itself} == {"CART"}


def test_the_mark_tells_which_write_it_was(found: dict[str, Subject]) -> None:
    user, order = found["USER"], found["ORDER"]
    assert user.change(LARGEST) == {"first_name": "r99999999"}
    assert user.seen(USER | user.change(12)) == user.token(12) == "r12"
    assert order.seen({"total_amount": Decimal("12.00")}) == order.token(12) == 12
    assert order.seen({"total_amount": Decimal("12.50")}) == "12.50"
    assert user.seen({"first_name": None}) == "(null)"
    assert user.seen(None) is None


def test_a_new_record_shares_no_unique_value_with_its_template(found: dict[str, Subject]) -> None:
    made = like(found["USER"], USER).made(1_000_001, Random(1))
    assert made == {
        "username": "1000001ann", "email": "1000001ann@example.org", "password_hash": "x", "first_name": "r1000001",
        "last_name": None, "is_seller": True, "super_admin": False,
    }  # fmt: skip
    long = like(found["USER"], USER | {"username": "a" * 49 + "z"}).made(7, Random(1))["username"]
    assert len(long) == 50
    assert long.startswith("7a")
    assert long.endswith("z")


def test_references_of_a_key_are_drawn_from_the_templates(found: dict[str, Subject]) -> None:
    cart = like(found["CART"], CART, CART | {"user_id": 5, "product_id": 6})
    keys = {(r["user_id"], r["product_id"]) for n in range(100) for r in [cart.made(n, Random(n))]}
    assert keys == {(3, 4), (3, 6), (5, 4), (5, 6)}
    assert "id" not in cart.made(1, Random(1))


def test_keys_survive_as_texts(found: dict[str, Subject]) -> None:
    entity = found["CART"].entity
    texts = texts_of(entity, CART)
    assert key_of_texts(entity, texts) == {"user_id": 3, "product_id": 4}
    assert name_of(entity, CART) == "CART 3/4"
    assert name_of_new(entity, 5) == "CART +5"
