"""The shared calendars: CS1 to CS5, and every operation of the service."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crossfade.dal import between
from crossfade.dal.errors import DuplicateKey, DuplicateUnique, InvalidValue, MissingReference, NotFound
from examples.calendsync.entities import Calendar, Entry, Membership, User
from examples.calendsync.errors import BackToFront, Forbidden, LastOwner
from examples.calendsync.kinds import ALL_DAY, multi_day, task, timed
from examples.calendsync.roles import Role
from examples.calendsync.seed import demo, sow
from examples.calendsync.service import CONTRACT, Calendars
from examples.shop.backend import every
from tests.systems.system import System

DAY = date(2026, 3, 2)
NOBODY = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Own:
    """The calendars, and users that nobody else has."""

    calendars: Calendars
    app: Any

    def user(self, *, provider: str | None = None) -> str:
        """A user's id."""
        name = uuid.uuid4().hex
        made = self.calendars.sign_up(f"{name}@example.org", name, provider, name if provider else None)
        return str(made.id)

    def calendar(self, *others: Role) -> tuple[str, list[str]]:
        """A calendar's id and its members': its owner's, then one for each further role."""
        people = [self.user() for _ in range(len(others) + 1)]
        made = str(self.calendars.create(people[0], "Team", "#ff8800", "Who is where.").id)
        for user, role in zip(people[1:], others, strict=True):
            self.calendars.invite(people[0], made, user, role)
        return made, people


def users(own: Own) -> None:
    """By id, by email and by provider; both are unique, and the provider's index holds only those who have one."""
    name = uuid.uuid4().hex
    plain = own.calendars.sign_up(f" {name}@Example.org", "Ann")
    assert (plain.email, plain.provider) == (f"{name}@example.org", None)
    signed = own.calendars.sign_up(f"{name}@provided.org", "Bob", "google", name)
    twin = own.calendars.sign_up(f"{name}@other.org", "Cyd", "github", name)
    assert own.calendars.user(str(plain.id)) == plain
    assert own.calendars.user(NOBODY) is None
    assert own.calendars.user_by_email(f"{name}@EXAMPLE.ORG") == plain
    assert own.calendars.user_by_email(f"no-{name}@example.org") is None
    assert own.calendars.user_by_provider("google", name) == signed
    assert own.calendars.user_by_provider("github", name) == twin
    assert own.calendars.user_by_provider("google", f"no-{name}") is None
    for email, provider, subject in ((plain.email, None, None), (f"{name}@third.org", "google", name)):
        with pytest.raises(DuplicateUnique):
            own.calendars.sign_up(email, "Dan", provider, subject)
    users_ = own.app.repository(User)
    assert users_.update(plain.id, {"email": f"{name}@moved.org", "provider": "google", "provider_subject": "m" + name})
    assert own.calendars.user_by_email(f"{name}@example.org") is None
    assert own.calendars.user_by_email(f"{name}@moved.org") == own.calendars.user_by_provider("google", "m" + name)
    users_.update(plain.id, {"provider": None, "provider_subject": None})
    assert own.calendars.user_by_provider("google", "m" + name) is None


def calendars(own: Own) -> None:
    """By id, made with its owner in one unit, changed, and deleted with all that stands in it."""
    made, (owner, writer) = own.calendar("writer")
    found = own.calendars.calendar(owner, made)
    assert (found.name, found.color, found.description) == ("Team", "#ff8800", "Who is where.")
    assert own.calendars.change(owner, made, {"name": "Crew", "description": None}).name == "Crew"
    assert own.calendars.calendar(writer, made).description is None
    entry = own.calendars.entries.add(writer, made, "All hands", ALL_DAY, DAY)
    assert own.calendars.delete(owner, made)
    assert own.app.repository(Calendar).get(made) is None
    assert own.app.repository(Entry).get(entry.id) is None
    assert (own.calendars.calendars_of(owner), own.calendars.calendars_of(writer)) == ([], [])
    with pytest.raises(MissingReference):
        own.calendars.create(NOBODY, "Nobody's", "#000000")


def members(own: Own) -> None:
    """CS3: the members of a calendar with their roles, then their users in one batch."""
    made, people = own.calendar("writer", "reader")
    owner, writer, reader = people
    found = {m.user.id: m.role for m in own.calendars.members(reader, made)}
    assert found == {owner: "owner", writer: "writer", reader: "reader"}
    order = [m.user_id for m in every(own.app.repository(Membership), "of_calendar", calendar_id=made, limit=2)]
    assert order == sorted(people)
    with pytest.raises(DuplicateKey):
        own.calendars.invite(owner, made, reader, "writer")
    with pytest.raises(MissingReference):
        own.calendars.invite(owner, made, NOBODY, "reader")
    own.calendars.set_role(owner, made, reader, "writer")
    assert own.calendars.role(reader, made) == "writer"
    nothing: Any = None
    for act in (own.calendars.invite, own.calendars.set_role):
        with pytest.raises(InvalidValue) as caught:
            act(owner, made, reader, nothing)
        assert (caught.value.field, own.calendars.role(reader, made)) == ("role", "writer")
    own.calendars.remove(writer, made, writer)
    assert own.calendars.role(writer, made) is None
    with pytest.raises(NotFound):
        own.calendars.set_role(owner, made, writer, "reader")


def calendars_of_a_user(own: Own) -> None:
    """CS4: the calendars of a user with roles; a user who goes leaves none of them behind."""
    (first, (owner, shared)), (second, _) = own.calendar("reader"), own.calendar()
    own_one = str(own.calendars.create(shared, "Mine", "#00ff00").id)
    found = {s.calendar.id: (s.calendar.name, s.role) for s in own.calendars.calendars_of(shared)}
    assert found == {first: ("Team", "reader"), own_one: ("Mine", "owner")}
    assert second not in found
    assert own.app.repository(User).delete(shared)
    assert own.calendars.calendars_of(shared) == []
    assert [m.user.id for m in own.calendars.members(owner, first)] == [owner]


def entries_of_some_days(own: Own) -> None:
    """CS5: from one day to another, both included, by day; pages go on where they ended."""
    made, (owner, reader) = own.calendar("reader")
    written = [
        own.calendars.entries.add(owner, made, f"Day {n}", task(), DAY + timedelta(n))
        for n in (3, -1, 0, 6, 7, 0)
    ]  # fmt: skip
    found = own.calendars.entries.entries(reader, made, DAY, DAY + timedelta(6))
    assert sorted(e.title for e in found) == ["Day 0", "Day 0", "Day 3", "Day 6"]
    assert [e.date for e in found] == [DAY, DAY, DAY + timedelta(3), DAY + timedelta(6)]
    assert {e.id for e in found} == {written[n].id for n in (0, 2, 3, 5)}
    (one,) = own.calendars.entries.entries(reader, made, DAY - timedelta(9), DAY - timedelta(1))
    assert one == written[1]
    assert own.calendars.entries.entries(reader, made, DAY + timedelta(8), DAY + timedelta(9)) == []
    repository = own.app.repository(Entry)
    arguments = {"calendar_id": made, "date": between(DAY, DAY + timedelta(7)), "limit": 2}
    first = repository.find("of_calendar", **arguments)
    second = repository.find("of_calendar", cursor=first.cursor, **arguments)
    third = repository.find("of_calendar", cursor=second.cursor, **arguments)
    assert [e.title for page in (first, second, third) for e in page.items] == [
        "Day 0", "Day 0", "Day 3", "Day 6", "Day 7"
    ]  # fmt: skip
    assert repository.count("of_calendar", calendar_id=made) == 6


def kinds(own: Own) -> None:
    """Each kind of entry by id, as it was written; what is none is refused, and a change brings the day along."""
    made, (owner,) = own.calendar()
    service = own.calendars.entries
    start = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    written = {
        "MultiDay": service.add(owner, made, "Fair", multi_day(DAY, DAY + timedelta(2)), location="Hall 3"),
        "AllDay": service.add(owner, made, "Release", ALL_DAY, DAY, description="At last."),
        "Timed": service.add(owner, made, "Review", timed(start, start + timedelta(hours=1))),
        "Task": service.add(owner, made, "Invoice", task(), DAY),
    }
    for kind, entry in written.items():
        assert service.entry(owner, str(entry.id)) == entry
        assert (entry.kind["type"], entry.date) == (kind, DAY)
    assert written["MultiDay"].kind == {"type": "MultiDay", "start": "2026-03-02", "end": "2026-03-04"}
    assert written["Timed"].kind == {"type": "Timed", "start": "2026-03-02T09:30:00Z", "end": "2026-03-02T10:30:00Z"}
    assert service.complete(owner, str(written["Task"].id)).kind == {"type": "Task", "completed": True}
    assert service.complete(owner, str(written["AllDay"].id)) == written["AllDay"]
    moved = service.edit(owner, str(written["Timed"].id), {"kind": multi_day(DAY + timedelta(1), DAY + timedelta(1))})
    assert (moved.date, moved.kind["type"]) == (DAY + timedelta(1), "MultiDay")
    assert service.edit(owner, str(moved.id), {"title": "Retreat", "date": moved.date}).date == moved.date
    with pytest.raises(InvalidValue) as caught:
        service.edit(owner, str(moved.id), {"date": DAY})
    assert (caught.value.field, service.entry(owner, str(moved.id)).date) == ("date", moved.date)
    assert service.edit(owner, str(written["Task"].id), {"date": moved.date}).date == moved.date
    _refused(service, owner, made)
    assert service.erase(owner, str(moved.id))
    with pytest.raises(NotFound):
        service.entry(owner, str(moved.id))


def _refused(service: Any, owner: str, made: str) -> None:
    with pytest.raises(BackToFront):
        service.add(owner, made, "Backwards", multi_day(DAY, DAY - timedelta(1)))
    for kind in (
        {"type": "Party"},
        {"type": "AllDay", "completed": False},
        {"type": "Task", "completed": "no"},
        {"type": "Timed", "start": "2026-03-02", "end": "2026-03-02"},
        {"type": "MultiDay", "start": "2026-03-02"},
    ):
        with pytest.raises(InvalidValue) as caught:
            service.add(owner, made, "Odd", kind, DAY)
        assert caught.value.field == "kind"
    with pytest.raises(InvalidValue) as caught:
        service.add(owner, made, "Some day", task())
    assert caught.value.field == "date"


def roles(own: Own) -> None:
    """A reader reads, a writer changes entries, an owner everything; strangers learn nothing."""
    made, (owner, writer, reader, guest) = own.calendar("writer", "reader", "reader")
    stranger, service = own.user(), own.calendars.entries
    entry = str(service.add(writer, made, "Plan", task(), DAY).id)
    reading: list[Callable[[str], object]] = [
        lambda user: own.calendars.calendar(user, made),
        lambda user: own.calendars.members(user, made),
        lambda user: service.entries(user, made, DAY, DAY),
        lambda user: service.entry(user, entry),
    ]
    writing: list[Callable[[str], object]] = [
        lambda user: service.add(user, made, "More", ALL_DAY, DAY),
        lambda user: service.edit(user, entry, {"title": "New plan"}),
        lambda user: service.complete(user, entry),
        lambda user: service.erase(user, entry),
    ]
    owning: list[Callable[[str], object]] = [
        lambda user: own.calendars.change(user, made, {"color": "#123456"}),
        lambda user: own.calendars.invite(user, made, stranger, "reader"),
        lambda user: own.calendars.set_role(user, made, writer, "reader"),
        lambda user: own.calendars.remove(user, made, guest),
        lambda user: own.calendars.delete(user, made),
    ]
    for acts, without in ((reading, (stranger,)), (writing, (stranger, reader)), (owning, (stranger, reader, writer))):
        for user in without:
            for act in acts:
                with pytest.raises(Forbidden):
                    act(user)
    for acts, user in ((reading, reader), (writing, writer), (owning, owner)):
        for act in acts:
            act(user)
    assert own.calendars.calendars_of(owner) == own.calendars.calendars_of(stranger) == []


def moves(own: Own) -> None:
    """An entry moves from one calendar to another for who writes in both."""
    (here, (owner, writer)), (theirs, (other,)) = own.calendar("writer"), own.calendar()
    service = own.calendars.entries
    entry = str(service.add(writer, here, "Plan", task(), DAY).id)
    own.calendars.invite(other, theirs, owner, "reader")
    for user, target in ((writer, theirs), (owner, theirs), (owner, NOBODY)):
        with pytest.raises(Forbidden):
            service.edit(user, entry, {"calendar_id": target})
    assert service.edit(writer, entry, {"calendar_id": here}).calendar_id == here
    own.calendars.set_role(other, theirs, owner, "writer")
    assert service.edit(owner, entry, {"calendar_id": theirs}).calendar_id == theirs
    assert [str(e.id) for e in service.entries(other, theirs, DAY, DAY)] == [entry]
    with pytest.raises(Forbidden):
        service.entry(writer, entry)


def the_last_owner(own: Own) -> None:
    """A calendar is never without an owner."""
    made, (owner, second) = own.calendar("writer")
    with pytest.raises(LastOwner):
        own.calendars.remove(owner, made, owner)
    with pytest.raises(LastOwner):
        own.calendars.set_role(owner, made, owner, "reader")
    own.calendars.set_role(owner, made, second, "owner")
    own.calendars.set_role(owner, made, owner, "reader")
    assert (own.calendars.role(owner, made), own.calendars.role(second, made)) == ("reader", "owner")
    own.calendars.remove(owner, made, owner)
    with pytest.raises(LastOwner):
        own.calendars.remove(second, made, second)


def made_up_entries(own: Own) -> None:
    """The seed: kinds as often as declared, around the highlighted day, the same each time."""
    (one, (owner,)), (two, _) = own.calendar(), own.calendar()
    assert (sow(own.app, one, DAY, 20), sow(own.app, two, DAY, 20)) == (20, 20)
    found = own.calendars.entries.entries(owner, one, DAY - timedelta(14), DAY + timedelta(14))
    assert Counter(e.kind["type"] for e in found) == {"MultiDay": 3, "AllDay": 4, "Timed": 9, "Task": 4}
    assert sum(e.date == DAY for e in found) >= 4
    again = every(own.app.repository(Entry), "of_calendar", calendar_id=two)
    assert sorted(_told(e) for e in again) == sorted(_told(e) for e in found)


def _told(entry: Entry) -> str:
    return f"{entry.date} {entry.title} {entry.kind} {entry.location}"


def _on(attempt: Callable[[Own], None]) -> Callable[[Any], None]:
    return lambda app: attempt(Own(Calendars(app), app))


def _seed(app: Any) -> None:
    for n, count in enumerate((60, 20)):
        sow(app, demo(app), DAY, count, n)


_USERS, _ROLES, _KINDS = _on(users), _on(roles), _on(kinds)
_CALENDARS, _MEMBERS = _on(calendars), _on(members)
SYSTEM = System(
    name="calendsync",
    contract=CONTRACT,
    patterns={
        "CS1, user by email": _USERS,
        "CS2, user by provider": _USERS,
        "user by id": _USERS,
        "calendar by id": _CALENDARS,
        "calendar deleted with its entries": _CALENDARS,
        "CS3, members of a calendar": _MEMBERS,
        "change of role": _MEMBERS,
        "CS4, calendars of a user": _on(calendars_of_a_user),
        "CS5, entries of some days": _on(entries_of_some_days),
        "entry by id": _KINDS,
        "every kind of entry": _KINDS,
        "entry moved to another calendar": _on(moves),
        "what a reader may": _ROLES,
        "what a writer may": _ROLES,
        "what an owner may": _ROLES,
        "the last owner": _on(the_last_owner),
        "made-up entries": _on(made_up_entries),
    },
    seed=_seed,
)
