"""Units of work that are refused: for a write of theirs, or for what others changed meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dal import Add, F
from crossfade.dal.errors import (
    ConditionFailed,
    Conflict,
    CrossfadeError,
    DuplicateKey,
    DuplicateUnique,
    InvalidValue,
    MissingReference,
    NotFound,
    Referenced,
    VersionConflict,
)
from crossfade.dal.unit_of_work import WorkClosed
from tests.conformance.backend import Backend
from tests.conformance.samples import (
    book,
    book_id,
    branch,
    lent,
    loan,
    member,
    member_id,
    specimen,
    user,
)

# --------------------------------------------------------------------------------------------- errors


def failing(library: Backend, *writes: Any) -> CrossfadeError:
    """The error of a unit that makes `writes`, at the call or at commit; nothing of it may be kept."""

    def use() -> None:
        with library.work() as work:
            work.repository("SPECIMEN").create(specimen("bystander"))
            for write in writes:
                write(work)
            work.commit()

    with pytest.raises(CrossfadeError) as caught:
        use()
    assert library.of("SPECIMEN").get("bystander") is None
    return caught.value


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda w: w.repository("MEMBER").create(member(1)), DuplicateKey),
        (lambda w: w.repository("MEMBER").create(member(2, card=7)), DuplicateUnique),
        (lambda w: w.repository("MEMBER").put(member(2, card=7)), DuplicateUnique),
        (lambda w: w.repository("MEMBER").update(member_id(9), {"points": 1}), NotFound),
        (lambda w: w.repository("MEMBER").update(member_id(1), {"points": 1}, where=F("points") == 9), ConditionFailed),
        (lambda w: w.repository("MEMBER").update(member_id(1), {"points": 1}, version=9), VersionConflict),
        (lambda w: w.repository("MEMBER").update(member_id(1), {"points": Add(2**31)}), InvalidValue),
        (lambda w: w.repository("MEMBER").update(member_id(1), {"points": "x"}), InvalidValue),
        (lambda w: w.repository("MEMBER").delete(member_id(1), version=9), VersionConflict),
        (lambda w: w.repository("MEMBER").delete(member_id(1), where=F("points") == 9), ConditionFailed),
        (lambda w: w.repository("LOAN").create(loan(n_book=9)), MissingReference),
        (lambda w: w.repository("BOOK").delete(book_id(1)), Referenced),
    ],
)
def test_one_refused_write_refuses_the_unit(library: Backend, write: Any, error: type[CrossfadeError]) -> None:
    lent(library)
    library.of("MEMBER").update(member_id(1), {"card": 7})
    library.of("LOAN").create(loan())
    before = library.of("MEMBER").get(member_id(1))
    caught = failing(library, lambda w: w.repository("BRANCH").create(branch()), write)
    assert type(caught) is error
    assert library.of("MEMBER").get(member_id(1)) == before
    assert library.of("BRANCH").get("b1") is None


@pytest.mark.parametrize(
    ("writes", "error"),
    [
        ([("LOAN", loan(n_member=3)), ("MEMBER", member(3))], MissingReference),
        ([("MEMBER", member(2, card=7)), ("MEMBER", member(2, card=8))], DuplicateUnique),
    ],
    ids=["a child before its parent", "a value that is taken, then another"],
)
def test_what_a_unit_holds_in_between_is_judged(library: Backend, writes: Any, error: type[CrossfadeError]) -> None:
    lent(library)
    library.of("MEMBER").update(member_id(1), {"card": 7})
    caught = failing(library, *(lambda w, e=entity, r=row: w.repository(e).put(r) for entity, row in writes))
    assert type(caught) is error
    assert library.of("MEMBER").get(member_id(2)) is library.of("MEMBER").get(member_id(3)) is None


def test_an_update_of_what_is_not_there_where_another_entity_leads_to_it(shop: Backend) -> None:
    buyer = shop.of("USER").create(user())["id"]

    def act() -> None:
        with shop.work() as work:
            work.repository("CART").update({"user_id": buyer, "product_id": 1}, {"quantity": 2})
            work.commit()

    with pytest.raises(NotFound):
        act()


def test_a_refused_write_cannot_be_passed_over(library: Backend) -> None:
    library.of("BOOK").create(book(copies=1))

    def use() -> None:
        with library.work() as work:
            work.repository("SPECIMEN").create(specimen("half"))
            try:
                work.repository("BOOK").update(book_id(1), {"copies": Add(-2)}, where=F("copies") >= 2)
                work.repository("BOOK").update(book_id(9), {"copies": 1})
            except CrossfadeError:
                pass
            work.commit()

    with pytest.raises((CrossfadeError, WorkClosed)):
        use()
    assert library.of("SPECIMEN").get("half") is None
    assert library.of("BOOK").get(book_id(1))["copies"] == 1


def test_errors_of_a_unit_carry_fields(library: Backend) -> None:
    created = library.of("BRANCH").create(branch())
    error = failing(library, lambda w: w.repository("BRANCH").update("b1", {"floors": 2}, where=F("floors") == 9))
    assert isinstance(error, ConditionFailed)
    assert (error.entity, error.store, error.key) == ("BRANCH", library.store.name, {"code": "b1"})
    assert error.operation in {"update", "commit"}
    assert error.current == created


def test_two_creates_of_one_unique_value(library: Backend) -> None:
    error = failing(
        library,
        lambda w: w.repository("MEMBER").create(member(1, card=7)),
        lambda w: w.repository("MEMBER").create(member(2, card=7)),
    )
    assert isinstance(error, DuplicateUnique)
    assert library.of("MEMBER").get(member_id(1)) is None


def test_two_creates_of_one_key(library: Backend) -> None:
    error = failing(
        library, lambda w: w.repository("BRANCH").create(branch()), lambda w: w.repository("BRANCH").create(branch())
    )
    assert isinstance(error, DuplicateKey)


def test_what_is_created_and_deleted_again_must_not_have_been_there(library: Backend) -> None:
    created = library.of("BRANCH").create(branch())
    error = failing(
        library,
        lambda w: w.repository("BRANCH").create(branch()),
        lambda w: w.repository("BRANCH").delete(created["code"]),
    )
    assert isinstance(error, DuplicateKey)
    assert library.of("BRANCH").get(created["code"]) == created
    library.of("BRANCH").delete(created["code"])
    with library.work() as work:
        work.repository("BRANCH").create(branch())
        work.repository("BRANCH").delete(created["code"])
        work.commit()
    assert library.of("BRANCH").get(created["code"]) is None


# ------------------------------------------------------------------------------------------ conflicts


def test_what_was_read_is_unchanged_at_commit(library: Backend) -> None:
    """Either the change by another waits or fails, or the commit is refused."""
    library.of("SPECIMEN").create(specimen("read", whole=1))
    outcome: list[str] = []

    def change_from_outside() -> None:
        try:
            library.of("SPECIMEN").update("read", {"whole": 2})
        except Conflict:
            outcome.append("other refused")

    def use() -> None:
        with library.work() as work:
            seen = work.repository("SPECIMEN").get("read")["whole"]
            if library.kind in {"memory", "moto", "dynamodb"}:  # a lock would make this thread wait for itself
                change_from_outside()
            work.repository("SPECIMEN").create(specimen("made", whole=seen))
            work.commit()

    if library.kind in {"memory", "moto", "dynamodb"}:
        with pytest.raises(Conflict) as caught:
            use()
        assert caught.value.retryable
        assert library.of("SPECIMEN").get("made") is None
    else:
        use()
        assert library.of("SPECIMEN").get("made")["whole"] == library.of("SPECIMEN").get("read")["whole"]
    assert outcome == []


def test_what_was_read_as_absent_is_absent_at_commit(library: Backend) -> None:
    if library.kind not in {"memory", "moto", "dynamodb"}:
        with library.work() as work:
            assert work.repository("SPECIMEN").get("absent") is None
            work.repository("SPECIMEN").create(specimen("absent"))
            work.commit()
        assert library.of("SPECIMEN").get("absent") is not None
        return

    def use() -> None:
        with library.work() as work:
            assert work.repository("SPECIMEN").get("absent") is None
            library.of("SPECIMEN").create(specimen("absent", whole=5))
            work.repository("SPECIMEN").put(specimen("made"))
            work.commit()

    with pytest.raises(Conflict):
        use()
    assert library.of("SPECIMEN").get("made") is None
    assert library.of("SPECIMEN").get("absent")["whole"] == 5


def test_a_read_of_what_is_written_is_no_conflict(library: Backend) -> None:
    library.of("SPECIMEN").create(specimen("s1", whole=1))
    with library.work() as work:
        specimens = work.repository("SPECIMEN")
        seen = specimens.get("s1")["whole"]
        specimens.update("s1", {"whole": seen + 1})
        assert specimens.get("s1")["whole"] == 2
        work.commit()
    assert library.of("SPECIMEN").get("s1")["whole"] == 2
