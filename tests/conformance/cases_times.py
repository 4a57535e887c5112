"""Times of creation and change, versions, and the end of an entity's life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crossfade.dal import Add, F, Key
from crossfade.dal.errors import DuplicateUnique, NotFound, VersionConflict
from tests.conformance.backend import START, Backend
from tests.conformance.samples import branch, member, member_id, session, ticket, user

HOUR = timedelta(hours=1)
ENDS = datetime(2034, 5, 1, 13, tzinfo=UTC)


def test_times_are_the_clock_s(library: Backend) -> None:
    created = library.of("MEMBER").create(member())
    assert (created["created_at"], created["updated_at"]) == (START, START)
    library.clock.advance(minutes=1)
    updated = library.of("MEMBER").update(member_id(1), {"points": 1})
    assert (updated["created_at"], updated["updated_at"]) == (START, START + timedelta(minutes=1))


def test_a_given_time_of_creation_is_kept(library: Backend) -> None:
    early = datetime(2001, 1, 1, tzinfo=UTC)
    created = library.of("MEMBER").create(member(created_at=early, updated_at=early))
    assert (created["created_at"], created["updated_at"]) == (early, START)


def test_put_keeps_the_time_of_creation(library: Backend) -> None:
    library.of("MEMBER").create(member())
    library.clock.advance(minutes=1)
    put = library.of("MEMBER").put(member(name="Ann"))
    assert (put["created_at"], put["updated_at"]) == (START, START + timedelta(minutes=1))
    assert library.of("MEMBER").get(member_id(1)) == put


def test_times_in_a_unit_of_work(shop: Backend) -> None:
    key = shop.of("USER").create(user())["id"]
    shop.clock.advance(minutes=1)
    with shop.work() as work:
        work.repository("USER").update(key, {"first_name": "Ann"})
        work.commit()
    updated = shop.of("USER").get(key)
    assert (updated["created_at"], updated["updated_at"]) == (START, START + timedelta(minutes=1))


def test_times_as_milliseconds(library: Backend) -> None:
    tickets, start = library.of("TICKET"), int(START.timestamp() * 1000)
    created = tickets.create(ticket())
    assert (created["issued_at"], created["changed_at"]) == (start, start)
    library.clock.advance(milliseconds=7, microseconds=999)
    updated = tickets.update(1, {"seat": "B2", "issued_at": 5})
    assert (updated["issued_at"], updated["changed_at"]) == (start, start + 7)
    library.clock.advance(minutes=1)
    put = tickets.put(ticket())
    assert (put["issued_at"], put["changed_at"]) == (start, start + 60_007)
    assert tickets.get(1) == put


def test_versions_count_every_change(library: Backend) -> None:
    branches = library.of("BRANCH")
    assert branches.create(branch(version=7))["version"] == 1
    assert branches.update("b1", {"floors": 2})["version"] == 2
    assert branches.put(branch(version=1))["version"] == 3
    assert branches.update("b1", {})["version"] == 4
    branches.delete("b1")
    assert branches.put(branch())["version"] == 1


def test_a_stale_version_changes_nothing(library: Backend) -> None:
    branches = library.of("BRANCH")
    branches.create(branch())
    current = branches.update("b1", {"floors": 2}, version=1)
    with pytest.raises(VersionConflict) as caught:
        branches.update("b1", {"floors": 3}, version=1)
    assert (caught.value.current, caught.value.current_version) == (current, 2)
    assert branches.get("b1") == current


# ---------------------------------------------------------------------------------------- time to live


def test_an_expired_entity_is_absent_everywhere(library: Backend) -> None:
    sessions = library.of("SESSION")
    sessions.create(session(expires=ENDS))
    kept = sessions.create(session("t2", expires=ENDS + HOUR))
    assert len(sessions.find("of_member", member_id=member_id(1)).items) == 2
    library.clock.now = ENDS
    assert sessions.get("t1") is None
    assert sessions.get_many(["t1", "t2"]) == {Key(token="t2"): kept}
    assert sessions.find("of_member", member_id=member_id(1)).items == [kept]
    assert sessions.count("of_member", member_id=member_id(1)) == 1
    with pytest.raises(NotFound):
        sessions.update("t1", {"hits": Add(1)})
    with pytest.raises(NotFound):
        sessions.update("t1", {"hits": Add(1)}, where=F("hits") == 0)
    assert sessions.delete("t1") is False


@pytest.mark.parametrize(("before", "there"), [(1, True), (0, False)])
def test_the_end_itself_is_past(library: Backend, before: int, there: bool) -> None:
    library.of("SESSION").create(session(expires=ENDS))
    library.clock.now = ENDS - timedelta(seconds=before)
    assert (library.of("SESSION").get("t1") is not None) is there


def test_without_an_end_an_entity_lives_on(library: Backend) -> None:
    library.of("SESSION").create(session())
    library.clock.advance(days=365)
    assert library.of("SESSION").get("t1") is not None


def test_an_expired_entity_can_be_created_over(library: Backend) -> None:
    sessions = library.of("SESSION")
    sessions.create(session(expires=ENDS, hits=5))
    library.clock.now = ENDS
    created = sessions.create(session(expires=ENDS + HOUR))
    assert created["hits"] == 0
    assert sessions.get("t1") == created


def test_an_expired_entity_can_be_put_over(library: Backend) -> None:
    sessions = library.of("SESSION")
    sessions.create(session(expires=ENDS, hits=5, device="phone"))
    library.clock.now = ENDS
    assert sessions.put(session(device="phone"))["hits"] == 0


def test_an_expired_entity_holds_no_unique_value(library: Backend) -> None:
    sessions = library.of("SESSION")
    sessions.create(session(expires=ENDS, device="phone"))
    with pytest.raises(DuplicateUnique):
        sessions.create(session("t2", device="phone"))
    library.clock.now = ENDS
    created = sessions.create(session("t2", device="phone"))
    assert sessions.get("t2") == created
    assert sessions.get("t1") is None


def test_a_life_can_be_prolonged_while_it_lasts(library: Backend) -> None:
    sessions = library.of("SESSION")
    sessions.create(session(expires=ENDS))
    sessions.update("t1", {"expires": ENDS + HOUR})
    library.clock.now = ENDS
    assert sessions.get("t1") is not None
    sessions.update("t1", {"expires": None})
    library.clock.advance(days=99)
    assert sessions.get("t1") is not None


def test_a_life_can_be_ended(library: Backend) -> None:
    sessions = library.of("SESSION")
    sessions.create(session())
    sessions.update("t1", {"expires": library.clock() - HOUR})
    assert sessions.get("t1") is None


def test_an_end_in_milliseconds(library: Backend) -> None:
    tickets = library.of("TICKET")
    tickets.create(ticket(1, lives=HOUR))
    tickets.create(ticket(2))
    library.clock.now = START + HOUR - timedelta(milliseconds=1)
    assert tickets.get(1) is not None
    library.clock.advance(milliseconds=1)
    assert list(tickets.get_many([1, 2])) == [{"number": 2}]


def test_an_expired_entity_in_a_unit_of_work(library: Backend) -> None:
    library.of("SESSION").create(session(expires=ENDS, hits=5))
    library.clock.now = ENDS
    with library.work() as work:
        sessions = work.repository("SESSION")
        assert sessions.get("t1") is None
        sessions.create(session())
        work.commit()
    assert library.of("SESSION").get("t1")["hits"] == 0


def test_expired_entities_do_not_shorten_a_page(library: Backend) -> None:
    sessions = library.of("SESSION")
    for n in range(6):
        sessions.create(session(f"t{n}", expires=ENDS if n % 2 else None))
    library.clock.now = ENDS
    page = sessions.find("of_member", member_id=member_id(1), limit=2)
    assert [s["token"] for s in page.items] == ["t0", "t2"]
    rest = sessions.find("of_member", member_id=member_id(1), limit=2, cursor=page.cursor)
    assert ([s["token"] for s in rest.items], rest.cursor) == (["t4"], None)
