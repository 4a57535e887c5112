"""Coagent: every operation of its generic repository, and a life of each of its twelve kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from crossfade.dal import Add, Append, F, Remove
from crossfade.dal.errors import CrossfadeError
from examples.coagent.entities import (
    Competitor,
    MarketingPlan,
    OAuthToken,
    Project,
    Review,
    SavedContent,
    TrainingProgress,
    UserProfile,
)
from examples.coagent.errors import ConditionalCheckFailedError, ItemNotFoundError, ValidationError, error_name
from examples.coagent.keys import KINDS, ItemKey
from examples.coagent.repository import GenericRepository, Stored
from examples.coagent.seed import seed
from tests.systems.coagent_samples import CHANGES, new_id, payload, sample, somebody
from tests.systems.system import System, contract_path

Attempt = Callable[[GenericRepository], None]


def _life(kind: type[Any], coagent: GenericRepository) -> None:
    """Created, read, found, changed, replaced and deleted."""
    given = sample(kind, somebody())
    created = coagent.create(given)
    key = created.key
    assert (payload(created.data), created.entity_type) == (payload(given), kind.__name__)
    assert coagent.keys.parsed(key.partition, key.sort) == key
    assert coagent.get(key) == created.data
    assert coagent.get_with_metadata(key) == created
    assert coagent.query(key.partition, key.sort).items == [created]
    with pytest.raises(ConditionalCheckFailedError):
        coagent.create(given)
    field, value = CHANGES[kind]
    changed = coagent.update(key, {field: value})
    assert payload(changed.data) == payload(given) | {field: value}
    assert (changed.created_at, changed.updated_at >= created.updated_at) == (created.created_at, True)
    replaced = coagent.put(given)
    assert (payload(replaced.data), replaced.created_at) == (payload(given), created.created_at)
    assert coagent.get_with_metadata(key) == replaced
    assert (coagent.delete(key), coagent.delete(key), coagent.get(key)) == (True, False, None)
    assert coagent.query(key.partition).items == []


def _get(coagent: GenericRepository) -> None:
    key = coagent.keys.key(Project, user_id=somebody(), id=new_id())
    assert (coagent.get(key), coagent.get_with_metadata(key)) == (None, None)


def _metadata(coagent: GenericRepository) -> None:
    stored = coagent.create(sample(Review, "agent-" + somebody()))
    found = coagent.get_with_metadata(stored.key)
    assert found == stored
    assert (stored.entity_type, stored.key.partition) == ("Review", f"REVIEW#{stored.data.agent_id}")
    assert stored.key.sort == f"REVIEW#{stored.data.id}"
    for millis, moment in ((stored.created_at, stored.data.created_at), (stored.updated_at, stored.data.updated_at)):
        assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis) == moment


def _projects(coagent: GenericRepository, count: int = 5) -> list[Stored[Project]]:
    """Projects of one new user, in the order of their ids; every other one is archived."""
    owner, ids = somebody(), sorted(new_id() for _ in range(count))
    return [
        coagent.create(Project(user_id=owner, id=id_, name=f"P{n}", archived=bool(n % 2))) for n, id_ in enumerate(ids)
    ]


def _query(coagent: GenericRepository) -> None:
    made = _projects(coagent)
    partition = made[0].key.partition
    coagent.create(sample(UserProfile, made[0].data.user_id))
    assert coagent.query(partition, "PROJECT#").items == made
    assert coagent.query(partition, made[2].key.sort).items == [made[2]]
    assert coagent.query(partition, "CONTENT#").items == []
    assert coagent.query("REVIEW#" + somebody()).items == []
    for wrong in ("NOBODY#1", "USER", ""):
        with pytest.raises(ValidationError):
            coagent.query(wrong)


def _filter(coagent: GenericRepository) -> None:
    made = _projects(coagent, 7)
    partition, archived = made[0].key.partition, F("archived") == True  # noqa: E712 - builds a condition
    first = coagent.query(partition, "PROJECT#", where=archived, limit=2)
    assert first.items == [made[1], made[3]]
    rest = coagent.query(partition, "PROJECT#", where=archived, limit=2, cursor=first.cursor)
    assert (rest.items, rest.cursor) == ([made[5]], None)
    assert coagent.query(partition, "PROJECT#", where=F("name").one_of(["P0", "P6"])).items == [made[0], made[6]]
    with pytest.raises(ValidationError):
        coagent.query(partition, where=archived)  # not every kind of the partition can be archived


def _order(coagent: GenericRepository) -> None:
    made = _projects(coagent)
    found = coagent.query(made[0].key.partition, "PROJECT#", order="desc", limit=2)
    assert found.items == [made[4], made[3]]
    more = coagent.query(made[0].key.partition, "PROJECT#", order="desc", limit=3, cursor=found.cursor)
    assert (more.items, more.cursor) == ([made[2], made[1], made[0]], None)


def _partition(coagent: GenericRepository) -> None:
    """Everything of a user, of ten kinds, in the order of the sort keys, in pages of any size."""
    owner = somebody()
    made = [coagent.create(sample(kind, owner)) for kind in KINDS if kind not in {Review, OAuthToken}]
    made += [coagent.create(sample(kind, owner)) for kind in (Project, SavedContent)]
    expected = sorted(made, key=lambda s: s.key.sort)
    assert len(expected) == 12
    for order in ("asc", "desc"):
        for limit in (1, 5, 12, 100):
            assert _pages(coagent, f"USER#{owner}", limit, order) == (expected if order == "asc" else expected[::-1])
    assert [s.entity_type for s in coagent.query(f"USER#{owner}", "PRO").items] == ["UserProfile", "Project", "Project"]
    cursor = coagent.query(f"USER#{owner}", limit=3).cursor
    with pytest.raises(ValidationError):
        coagent.query(f"USER#{owner}", "PROJECT#", cursor=cursor)


def _pages(coagent: GenericRepository, partition: str, limit: int, order: Any) -> list[Stored[Any]]:
    found: list[Stored[Any]] = []
    cursor: str | None = None
    while True:
        page = coagent.query(partition, limit=limit, order=order, cursor=cursor)
        assert len(page.items) == limit or (page.cursor is None and page.items)
        found, cursor = found + page.items, page.cursor
        if cursor is None:
            return found


def _put(coagent: GenericRepository) -> None:
    given = sample(Competitor, somebody())
    first = coagent.put(given)
    second = coagent.put(replace(given, name="They", website=None))
    assert (second.data.name, second.data.website, second.created_at) == ("They", None, first.created_at)
    assert coagent.get(first.key) == second.data


def _create(coagent: GenericRepository) -> None:
    """The store gives id and times; who knows better may say when it was created."""
    stored = coagent.create(replace(sample(Project, somebody()), id=None))
    assert len(stored.data.id) == 26
    assert stored.created_at == stored.updated_at
    earlier = coagent.create(replace(sample(Project, somebody()), created_at=datetime(2020, 1, 1, tzinfo=UTC)))
    assert (earlier.created_at, earlier.updated_at >= stored.updated_at) == (1_577_836_800_000, True)


def _update(coagent: GenericRepository) -> None:
    key = coagent.create(sample(SavedContent, somebody())).key
    changed = coagent.update(key, {"title": "Another", "tags": Append("new"), "project_id": Remove()})
    assert (changed.data.title, changed.data.tags, changed.data.project_id) == (
        "Another",
        ["garden", "sun", "new"],
        None,
    )
    assert coagent.get(key) == changed.data
    done = coagent.create(sample(TrainingProgress, somebody())).key
    assert [coagent.update(done, {"lessons_done": Add(n)}).data.lessons_done for n in (1, 1, -3)] == [9, 10, 7]
    for wrong in ({"id": "x"}, {"nothing": 1}, {"title": None}, {"title": "x" * 201}):
        with pytest.raises(ValidationError):
            coagent.update(key, wrong)


def _conditions(coagent: GenericRepository) -> None:
    key = coagent.create(sample(MarketingPlan, somebody())).key
    active = F("status") == "active"
    assert coagent.update(key, {"status": "done"}, where=active).data.status == "done"
    with pytest.raises(ConditionalCheckFailedError) as refused:
        coagent.update(key, {"status": "draft"}, where=active)
    assert _named(refused) == ("ConditionalCheckFailedError", False)
    with pytest.raises(ConditionalCheckFailedError):
        coagent.delete(key, where=active)
    assert coagent.delete(key, where=F("status") == "done")


def _missing(coagent: GenericRepository) -> None:
    key = coagent.keys.key(Project, user_id=somebody(), id=new_id())
    with pytest.raises(ItemNotFoundError) as missing:
        coagent.update(key, {"name": "x"})
    assert _named(missing) == ("ItemNotFoundError", False)
    with pytest.raises(ValidationError) as refused:
        coagent.create(replace(sample(Project, somebody()), name=None))
    assert _named(refused) == ("ValidationError", False)
    assert (coagent.delete(key), coagent.get(key)) == (False, None)


def _named(refused: pytest.ExceptionInfo[Any]) -> tuple[str, bool]:
    error = refused.value
    assert isinstance(error, CrossfadeError)
    return error_name(error), error.retryable


def _by_id(coagent: GenericRepository) -> None:
    """A review by its id alone, through the index; what is written to it there is seen there."""
    made = [coagent.create(sample(Review, somebody())) for _ in range(2)]
    assert [coagent.find(Review, "by_id", id=s.data.id).items for s in made] == [[s] for s in made]
    changed = coagent.update(made[0].key, {"reply": "Thanks"})
    assert coagent.find(Review, "by_id", id=made[0].data.id).items == [changed]
    coagent.delete(made[0].key)
    assert coagent.find(Review, "by_id", id=made[0].data.id).items == []


def _reviews(coagent: GenericRepository) -> None:
    agent = somebody()
    made = [coagent.create(replace(sample(Review, agent), rating=n % 3 + 3)) for n in range(6)]
    newest = sorted(made, key=lambda s: s.key.sort, reverse=True)
    assert coagent.query(f"REVIEW#{agent}", "REVIEW#", order="desc").items == newest
    assert coagent.find(Review, "in_partition", agent_id=agent, rating=5, order="desc").items == [
        s for s in newest if s.data.rating == 5
    ]


def _tokens(coagent: GenericRepository) -> None:
    owner = somebody()
    kept = [coagent.put(replace(sample(OAuthToken, owner), provider=name)) for name in ("meta", "google", "zillow")]
    assert coagent.query(f"OAUTH#{owner}").items == sorted(kept, key=lambda s: s.key.sort)
    assert coagent.query(f"OAUTH#{owner}", "goo").items == [kept[1]]
    assert kept[0].key == ItemKey(OAuthToken, f"OAUTH#{owner}", "meta")
    assert kept[0].data.access_token not in repr(kept[0])


def _get_many(coagent: GenericRepository) -> None:
    """More than a request takes, of several kinds, some missing, some named twice."""
    owner = somebody()
    entities = [Project(user_id=owner, id=new_id(), name=f"P{n}") for n in range(130)]
    entities += [sample(kind, owner) for kind in (UserProfile, Review, OAuthToken)]
    assert not coagent.write_many(entities).failed
    keys = [coagent.keys.of(e) for e in entities]
    absent = coagent.keys.key(Project, user_id=owner, id=new_id())
    found = coagent.get_many([absent, *reversed(keys), keys[0]])
    assert list(found) == keys[::-1]
    assert [payload(found[k].data)["user_id"] for k in keys[:130]] == [owner] * 130
    assert found[keys[130]] == coagent.get_with_metadata(keys[130])
    assert coagent.get_many([]) == {}


def _write_many(coagent: GenericRepository) -> None:
    """Puts and deletes of several kinds, more than a request takes."""
    owner = somebody()
    old = [Project(user_id=owner, id=new_id(), name=f"P{n}") for n in range(30)]
    coagent.write_many(old)
    new: list[Any] = [sample(SavedContent, owner) for _ in range(30)] + [sample(UserProfile, owner)]
    gone, absent = [coagent.keys.of(e) for e in old], coagent.keys.key(Project, user_id=owner, id=new_id())
    done = coagent.write_many([*new, replace(old[0], name="Kept")], [*gone[1:], absent])
    assert set(done.written) == {coagent.keys.of(e) for e in new} | {*gone, absent}
    assert (len(done.written), done.failed) == (62, {})
    left = coagent.query(f"USER#{owner}", limit=100).items
    assert [s.entity_type for s in left] == ["SavedContent"] * 30 + ["UserProfile", "Project"]
    assert left[-1].data.name == "Kept"
    for puts, deletes in (
        ([new[0], new[0]], []),
        ([new[0]], [coagent.keys.of(new[0])]),
        ([replace(new[0], id=None)], []),
    ):
        with pytest.raises(ValidationError):
            coagent.write_many(puts, deletes)


_OPERATIONS: Mapping[str, Attempt] = {
    "get": _get,
    "get with metadata": _metadata,
    "query by partition and sort prefix": _query,
    "query with a filter": _filter,
    "query in order, with a limit and pages": _order,
    "query a whole partition": _partition,
    "put": _put,
    "create with automatic times": _create,
    "partial update": _update,
    "update and delete on conditions": _conditions,
    "what is missing or invalid": _missing,
    "review by id": _by_id,
    "reviews of an agent, newest first": _reviews,
    "tokens of a user": _tokens,
    "batch get": _get_many,
    "batch write": _write_many,
}


def _tried(attempt: Attempt) -> Callable[[Any], None]:
    return lambda app: attempt(GenericRepository(app))


SYSTEM = System(
    name="coagent",
    contract=contract_path("coagent"),
    patterns={
        **{kind.__name__: _tried(partial(_life, kind)) for kind in KINDS},
        **{name: _tried(attempt) for name, attempt in _OPERATIONS.items()},
    },
    seed=lambda app: seed(app) and None,
)
