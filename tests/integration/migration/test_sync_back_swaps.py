"""Unique values that change hands in DynamoDB do so in MySQL, whatever refers to their rows, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from crossfade.migration.sync_back import Unsynced
from tests.conformance.samples import book, chapter, loan, member
from tests.integration.migration.returning import returning
from tests.integration.migration.test_sync_back import stocked, user
from tests.integration.servers import DynamoServer, SqlServer
from tests.returning import Returning


@pytest.fixture
def shop(sql_server: SqlServer, dynamodb_server: DynamoServer) -> Iterator[Returning]:
    with returning("shop", sql_server, dynamodb_server) as made:
        yield made


@pytest.fixture
def library(sql_server: SqlServer, dynamodb_server: DynamoServer) -> Iterator[Returning]:
    with returning("library", sql_server, dynamodb_server) as made:
        yield made


def rotate(shop: Returning, users: list[dict[str, Any]], field: str) -> None:
    """Give each user's value to the next one."""
    values = [user[field] for user in users]
    for number, each in enumerate(users):
        shop.of("USER").update(each["id"], {field: f"moving{number}"})
    for each, value in zip(users, [values[-1], *values[:-1]], strict=True):
        shop.of("USER").update(each["id"], {field: value})


@pytest.mark.parametrize("count", [2, 3])
def test_a_circle_of_usernames_of_rows_that_others_refer_to(shop: Returning, count: int) -> None:
    """NOT NULL, unique, and each user is a seller: ON DELETE CASCADE would take the products along."""
    bob, thing = stocked(shop)
    users = [bob, *(shop.of("USER").create(user(f"u{n}")) for n in range(1, count))]
    for each in users:
        shop.back("USER", each)
    for order in permutations(users):
        rotate(shop, users, "username")
        users = [shop.of("USER").get(each["id"]) for each in users]
        outcomes = [shop.back("USER", each).outcome for each in order]
        assert outcomes == ["written", *["same"] * (count - 1)]
        shop.assert_equal()
        assert shop.row("products", id=thing["id"]) is not None


def test_two_unique_values_that_go_different_ways(shop: Returning) -> None:
    users = [shop.of("USER").create(user(name)) for name in ("a", "b", "c")]
    for each in users:
        shop.back("USER", each)
    rotate(shop, users, "username")
    rotate(shop, users[:2], "email")
    assert shop.back("USER", users[2]).outcome == "written"
    shop.assert_equal()


def test_a_chain_whose_end_is_free_or_gone(shop: Returning) -> None:
    users = [shop.of("USER").create(user(name)) for name in ("a", "b", "c", "d")]
    for each in users:
        shop.back("USER", each)
    shop.of("USER").delete(users[3]["id"])
    for number, name in ((2, "d"), (1, "c"), (0, "b")):
        shop.of("USER").update(users[number]["id"], {"username": name})
    assert shop.back("USER", users[0]).outcome == "written"
    shop.assert_equal()
    assert sorted(row["username"] for row in shop.all("users")) == ["b", "c", "d"]


def test_columns_that_no_field_has_are_kept(shop: Returning) -> None:
    users = [shop.of("USER").create(user(name)) for name in ("a", "b")]
    shop.execute("ALTER TABLE users ADD COLUMN score INT NOT NULL DEFAULT 0")
    for each in users:
        shop.back("USER", each)
    shop.execute("UPDATE users SET score = id * 10")
    rotate(shop, users, "username")
    shop.back("USER", users[1])
    with shop.engine.connect() as connection:
        found = {tuple(row) for row in connection.exec_driver_sql("SELECT id, username, score FROM users")}
    one, two = (each["id"] for each in users)
    assert found == {(one, "b", one * 10), (two, "a", two * 10)}


def test_constraints_that_only_real_values_meet(shop: Returning) -> None:
    shop.execute("ALTER TABLE users ADD CONSTRAINT whole CHECK (email LIKE '%%@x' AND CHAR_LENGTH(username) = 1)")
    users = [shop.of("USER").create(user(name)) for name in ("a", "b")]
    for each in users:
        shop.back("USER", each)
    rotate(shop, users, "username")
    rotate(shop, users, "email")
    shop.back("USER", users[0])
    shop.assert_equal()


def test_values_that_compare_without_case_and_may_be_null(library: Returning) -> None:
    one, two = (library.of("MEMBER").create(member(n, card=n)) for n in (1, 2))
    library.of("BOOK").create(book(1, chapters=[chapter("One")]))
    library.of("LOAN").create(loan())
    for of in (("MEMBER", one), ("MEMBER", two), ("BOOK", book(1)), ("LOAN", loan())):
        library.back(*of)
    for each, fields in ((one, {"email": "x", "card": None}), (two, {"email": "M1@Example.com", "card": 1})):
        library.of("MEMBER").update(each["id"], fields)
    library.of("MEMBER").update(one["id"], {"email": "M2@EXAMPLE.COM", "card": 2})
    library.back("MEMBER", one)
    library.assert_equal()
    assert library.row("loans") is not None


def test_a_unique_index_that_dynamodb_knows_nothing_of(shop: Returning) -> None:
    """Both items have the value: one row does, and the other one waits until it is changed."""
    shop.execute("ALTER TABLE users ADD UNIQUE KEY uq_last (last_name)")
    users = [shop.of("USER").create(user(name, last_name="Same")) for name in ("a", "b")]
    assert shop.back("USER", users[0]).outcome == "written"
    with pytest.raises(Unsynced, match="another one has one of its unique values") as caught:
        shop.back("USER", users[1])
    assert caught.value.waits
    assert [row["id"] for row in shop.all("users")] == [users[0]["id"]]
    shop.of("USER").update(users[0]["id"], {"last_name": "Other"})
    assert shop.back("USER", users[1]).outcome == "written"
    shop.assert_equal()


def test_keys_that_only_mysql_takes_for_one(library: Returning) -> None:
    """Two items, of which MySQL has room for one: it stays that one's."""
    library.execute("ALTER TABLE sessions MODIFY token VARCHAR(64) COLLATE utf8mb4_general_ci NOT NULL")
    for token in ("T", "t"):
        library.of("SESSION").create({"token": token, "member_id": token})
    assert library.back("SESSION", "T").outcome == "written"
    with pytest.raises(Unsynced, match="another one has one of its unique values"):
        library.back("SESSION", "t")
    library.of("SESSION").delete("t")
    assert library.back("SESSION", "t").outcome == "same"
    assert [row["token"] for row in library.all("sessions")] == ["T"]
    library.of("SESSION").create({"token": "t", "member_id": "t"})
    library.of("SESSION").delete("T")
    assert library.back("SESSION", "t").outcome == "written"
    assert [row["member_id"] for row in library.all("sessions")] == ["t"]


def test_unique_values_of_owned_rows(library: Returning) -> None:
    library.execute("ALTER TABLE chapters ADD UNIQUE KEY uq_title (title)")
    one = library.of("BOOK").create(book(1, chapters=[chapter("A"), chapter("B")]))
    two = library.of("BOOK").create(book(2, chapters=[chapter("C")]))
    for each in (one, two):
        library.back("BOOK", each)
    library.of("BOOK").update(one["id"], {"chapters": [chapter("C"), chapter("B")]})
    library.of("BOOK").update(two["id"], {"chapters": [chapter("A")]})
    library.back("BOOK", one)
    library.assert_equal()
    assert sorted(row["title"] for row in library.all("chapters")) == ["A", "B", "C"]


def test_the_server_checks_again_afterwards(shop: Returning) -> None:
    """The connection that was without checks for a moment is a pooled one."""
    users = [shop.of("USER").create(user(name)) for name in ("a", "b")]
    for each in users:
        shop.back("USER", each)
    rotate(shop, users, "username")
    shop.back("USER", users[0])
    connections = [shop.engine.connect() for _ in range(3)]
    checks = [c.exec_driver_sql("SELECT @@foreign_key_checks").scalar_one() for c in connections]
    for connection in connections:
        connection.close()
    assert checks == [1, 1, 1]
