"""Errors carry fields: what, which key, which store, which operation. And nothing that must stay secret."""

from __future__ import annotations

import logging
import pickle
from dataclasses import dataclass
from typing import Any

import pytest

from crossfade.dal import F, entity
from crossfade.dal.errors import (
    ConditionFailed,
    DuplicateKey,
    DuplicateUnique,
    InvalidValue,
    MissingReference,
    NotFound,
    Referenced,
    StoreError,
    VersionConflict,
)
from tests.conformance.backend import Backend
from tests.conformance.samples import Shop, branch, lent, loan, member, member_id, user

PIN = "very-secret-pin"


@entity("BRANCH")
@dataclass
class Branch:
    """A bound class, to see that errors carry the application's own."""

    code: str
    name: str
    parent_code: str | None = None
    floors: int | None = None
    hours: Any = None
    opened: Any = None
    version: int | None = None


def store_of(backend: Backend) -> str:
    """What the store calls itself."""
    return backend.store.name


def check(error: StoreError, backend: Backend, operation: str, name: str, key: Any) -> None:
    """Assert the fields that every error has."""
    assert (error.operation, error.entity, error.store) == (operation, name, store_of(backend))
    assert error.key == key
    assert error.retryable is False
    assert operation in str(error)
    assert name in str(error)


def test_not_found(library: Backend) -> None:
    with pytest.raises(NotFound) as caught:
        library.of("MEMBER").update(member_id(1), {"points": 1})
    check(caught.value, library, "update", "MEMBER", {"id": member_id(1)})


def test_duplicate_key(library: Backend) -> None:
    library.of("BRANCH").create(branch())
    with pytest.raises(DuplicateKey) as caught:
        library.of("BRANCH").create(branch())
    check(caught.value, library, "create", "BRANCH", {"code": "b1"})


def test_duplicate_unique(library: Backend) -> None:
    library.of("MEMBER").create(member(1, card=7))
    writes: dict[str, Any] = {
        "create": lambda: library.of("MEMBER").create(member(2, card=7)),
        "put": lambda: library.of("MEMBER").put(member(2, card=7)),
    }
    for operation, write in writes.items():
        with pytest.raises(DuplicateUnique) as caught:
            write()
        check(caught.value, library, operation, "MEMBER", {"id": member_id(2)})
        assert caught.value.fields == ("card",)


def test_condition_failed_carries_the_application_s_class(library: Backend) -> None:
    branches = library.of(Branch)
    created = branches.create(Branch("b1", "Main", floors=2))
    writes: dict[str, Any] = {
        "update": lambda: branches.update("b1", {"floors": 3}, where=F("floors") == 1),
        "delete": lambda: branches.delete("b1", where=F("floors") == 1),
    }
    for operation, write in writes.items():
        with pytest.raises(ConditionFailed) as caught:
            write()
        check(caught.value, library, operation, "BRANCH", {"code": "b1"})
        assert caught.value.current == created
        assert type(caught.value.current) is Branch


def test_version_conflict(library: Backend) -> None:
    branches = library.of(Branch)
    created = branches.create(Branch("b1", "Main"))
    with pytest.raises(VersionConflict) as caught:
        branches.update("b1", {"floors": 3}, version=5)
    check(caught.value, library, "update", "BRANCH", {"code": "b1"})
    assert (caught.value.current, caught.value.current_version) == (created, 1)
    assert isinstance(caught.value, ConditionFailed)


def test_missing_reference(library: Backend) -> None:
    lent(library)
    with pytest.raises(MissingReference) as caught:
        library.of("LOAN").create(loan(branch_code="b9"))
    check(caught.value, library, "create", "LOAN", {f: loan()[f] for f in ("member_id", "book_id", "copy")})
    assert (caught.value.fields, caught.value.target) == (("branch_code",), "BRANCH")


def test_referenced(library: Backend) -> None:
    lent(library)
    created = library.of("LOAN").create(loan())
    with pytest.raises(Referenced) as caught:
        library.of("BOOK").delete(created["book_id"])
    check(caught.value, library, "delete", "BOOK", {"id": created["book_id"]})
    assert caught.value.by == "LOAN"


def test_invalid_value(library: Backend) -> None:
    with pytest.raises(InvalidValue) as caught:
        library.of("MEMBER").create(member(points="many"))
    assert (caught.value.field, caught.value.entity) == ("points", "MEMBER")
    assert isinstance(caught.value, ValueError)


def test_errors_can_be_sent_to_another_process(library: Backend) -> None:
    library.of("BRANCH").create(branch())
    with pytest.raises(DuplicateKey) as caught:
        library.of("BRANCH").create(branch())
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert (type(again), str(again), again.key) == (DuplicateKey, str(caught.value), {"code": "b1"})


def test_secrets_are_in_no_message_and_no_log(library: Backend, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    members = library.of("MEMBER")
    members.create(member(1, pin=PIN, card=7))
    members.create(member(2, pin=PIN))
    writes: list[Any] = [
        lambda: members.create(member(1, pin=PIN)),
        lambda: members.create(member(3, pin=PIN, card=7)),
        lambda: members.update(member_id(2), {"pin": PIN + "x" * 60}),
        lambda: members.update(member_id(2), {"pin": PIN + "2", "card": 7}),
        lambda: members.update(member_id(1), {"pin": "new"}, where=F("pin") == PIN + "3"),
        lambda: members.update(member_id(9), {"pin": PIN}),
        lambda: members.delete(member_id(1), version=9),
    ]
    for write in writes:
        with pytest.raises((StoreError, InvalidValue)) as caught:
            write()
        assert PIN not in str(caught.value)
        assert PIN not in repr(caught.value)
        for context in (caught.value.__cause__, caught.value.__context__):
            assert PIN not in str(context)
    assert PIN not in "".join(record.getMessage() for record in caplog.records if "crossfade" in record.name)


def test_passwords_of_the_shop_are_in_no_message(shop: Backend) -> None:
    world = Shop(shop)
    with pytest.raises(DuplicateUnique) as caught:
        world.users.create(user(1, password_hash="scrypt$secret"))
    assert "scrypt$secret" not in str(caught.value)
