"""The parts of the shop that need no store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crossfade.dal import Page
from crossfade.dal.errors import ConditionFailed, Conflict, DuplicateUnique, NotFound
from examples.shop.backend import ATTEMPTS, retried
from examples.shop.entities import User
from examples.shop.errors import CartRefused, Issue
from examples.shop.passwords import hash_password, is_password
from examples.shop.plain import differences, plain
from examples.shop.web.access import Tokens


def failing(times: int, error: Exception) -> Callable[[], int]:
    """A unit of work that fails so many times, and then answers how often it was called."""
    calls: list[int] = []

    def unit() -> int:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return len(calls)

    return unit


@pytest.mark.parametrize("error", [Conflict("x"), ConditionFailed("x")])
def test_a_unit_is_tried_again_after_longer_and_longer_pauses(error: Exception) -> None:
    pauses: list[float] = []
    assert retried(failing(ATTEMPTS - 1, error), pauses.append) == ATTEMPTS
    assert len(pauses) == ATTEMPTS - 1
    assert all(0 <= pause <= 0.5 for pause in pauses)
    assert pauses[0] <= 0.01


def test_in_the_end_the_error_is_raised() -> None:
    pauses: list[float] = []
    with pytest.raises(Conflict):
        retried(failing(ATTEMPTS, Conflict("x")), pauses.append)
    assert len(pauses) == ATTEMPTS - 1


def test_other_errors_are_raised_at_once() -> None:
    pauses: list[float] = []
    with pytest.raises(NotFound):
        retried(failing(1, NotFound("x")), pauses.append)
    assert pauses == []


def test_passwords() -> None:
    stored = hash_password("correct horse")
    assert is_password("correct horse", stored)
    assert not is_password("wrong horse", stored)
    assert stored != hash_password("correct horse")
    assert hash_password("x", salt=b"s") == hash_password("x", salt=b"s")
    assert len(stored) <= 255


def test_tokens() -> None:
    tokens = Tokens("secret")
    token = tokens.write(7)
    assert tokens.read(token) == 7
    for forged in ("", "7", "8" + token[1:], token + "0", "x.y", Tokens("other").write(7), "٧" + token[1:], "7.é"):
        assert tokens.read(forged) is None


@dataclass(frozen=True)
class Thing:
    """Something with a value of each kind."""

    price: Decimal
    at: datetime
    parts: list[int]


def test_plain_values() -> None:
    thing = Thing(Decimal("1.50"), datetime(2026, 1, 1, tzinfo=UTC), [1, 2])
    shown = {"price": "1.50", "at": "2026-01-01T00:00:00+00:00", "parts": [1, 2]}
    assert plain(thing) == shown
    assert plain(Page([thing], "c", consistent=False)) == {"items": [shown], "cursor": "c"}
    assert plain({1: (thing,)}) == {"1": [shown]}
    assert plain(CartRefused([Issue(1, "stock", 2, 0)]))["issues"][0]["available"] == 0
    assert plain(DuplicateUnique("x", fields=["email"])) == {"error": "DuplicateUnique", "fields": ["email"]}
    assert "password_hash" not in plain(User(username="a", email="b", password_hash="c"))


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, []),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, [".a[1].b: 2, 3"]),
        ({"a": 1}, {"b": 1}, [".a: 1, None", ".b: None, 1"]),
        ([1], [1, 2], ["answer: [1], [1, 2]"]),
        (1, True, ["answer: 1, True"]),
        (None, {}, ["answer: None, {}"]),
    ],
)
def test_differences(one: Any, other: Any, where: list[str]) -> None:
    assert list(differences(one, other)) == where
