"""The shuttle: SH1 to SH16, its operations, and what its contract makes of environments.

1 shop by domain, 2 jobs of a shop, 3 of a status, 4 of a status over all shops, 5 job by id, 6 usage of a day, 7 of a
month, 8 of a range of days, 9 current schema, 10 schema by version, 11 schemas of a shop, 12 session by id, 13 sessions
of a shop, 14 active shops, 15 jobs made in a range, 16 what has expired is gone at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from crossfade.dal.errors import MissingReference, NotFound
from examples.shop.backend import every
from examples.shuttle.entities import Job, Session
from examples.shuttle.seed import DOMAINS, seed
from examples.shuttle.service import JOB_KEPT, JobClosed, Shuttle
from examples.shuttle.sessions import OFFLINE_KEPT, ONLINE_KEPT, Sessions
from examples.shuttle.times import milliseconds, wall_clock
from tests.shop.world import at_once
from tests.systems.system import System, contract_path

NOW = 1_900_000_000_000
"""A time (in 2030) that nothing depends on."""
COUNTING = 32


@dataclass(frozen=True)
class Own:
    """The application, and names that nobody has used."""

    shuttle: Shuttle
    app: Any

    def domain(self) -> str:
        """A domain without a shop."""
        return f"{uuid.uuid4().hex[:12]}.example.com"

    def shop(self, **fields: Any) -> str:
        """A shop; returns its domain."""
        domain = self.domain()
        self.shuttle.shops.install(domain, "A shop", "shpat_x", **fields)
        return domain

    def jobs(self, shop: str, *statuses: str) -> list[str]:
        """Jobs of a shop, each a millisecond younger than the one before; returns their ids."""
        made = (
            self.shuttle.jobs.queue(shop, "IMPORT", status=status, created_at=NOW + n)
            for n, status in enumerate(statuses)
        )
        return [stored_id(job) for job in made]


def stored_id(job: Job) -> str:
    """The id of a stored job."""
    assert job.id is not None
    return job.id


def ids(found: list[Job]) -> list[str]:
    """The jobs' ids, in order."""
    return [stored_id(job) for job in found]


# ---------------------------------------------------------------------------------------------- shops


def shop_by_domain(own: Own) -> None:
    domain = own.shop(plan="SMALL", settings={"locale": "de", "columns": ["a", "b"]})
    found = own.shuttle.shops.get(domain)
    assert found is not None
    assert (found.domain, found.plan, found.billing_status, found.state) == (domain, "SMALL", "NONE", "ACTIVE")
    assert found.settings == {"locale": "de", "columns": ["a", "b"]}
    assert own.shuttle.shops.get(own.domain()) is None


def active_shops(own: Own) -> None:
    stays, leaves = own.shop(), own.shop()
    gone = own.shuttle.shops.uninstall(leaves)
    assert (gone.state, gone.billing_status) == ("UNINSTALLED", "CANCELLED")
    active = [shop.domain for shop in every_page(own.shuttle.shops.active)]
    assert active == sorted(active)
    assert stays in active
    assert leaves not in active
    assert set(DOMAINS[:-1]) <= set(active)
    assert DOMAINS[-1] not in active
    own.shuttle.shops.install(leaves, "Back again", "shpat_y")
    assert leaves in [shop.domain for shop in every_page(own.shuttle.shops.active)]


def shop_changes(own: Own) -> None:
    domain = own.shop()
    assert own.shuttle.shops.change(domain, plan="LARGE", billing_status="ACTIVE").plan == "LARGE"
    with pytest.raises(NotFound):
        own.shuttle.shops.change(own.domain(), plan="LARGE")


def shop_forgotten(own: Own) -> None:
    domain = own.shop()
    [job] = own.jobs(domain, "COMPLETED")
    own.shuttle.schemas.publish(domain, "products", {"columns": []})
    own.shuttle.usage.add(domain, date(2030, 1, 2), imports=1)
    own.shuttle.sessions.store(f"offline_{domain}", domain, "shpat_x")
    assert own.shuttle.shops.forget(domain)
    assert not own.shuttle.shops.forget(domain)
    assert own.shuttle.jobs.get(job) is None
    assert list(own.shuttle.schemas.of_shop(domain)) == []
    assert list(own.shuttle.sessions.of_shop(domain)) == []
    assert own.shuttle.usage.of_day(domain, date(2030, 1, 2)).imports == 1


# ----------------------------------------------------------------------------------------------- jobs


def jobs_of_a_shop(own: Own) -> None:
    shop = own.shop()
    made = own.jobs(shop, *["QUEUED"] * 5)
    first = own.shuttle.jobs.of_shop(shop, limit=3)
    assert ids(first.items) == made[:1:-1]
    rest = own.shuttle.jobs.of_shop(shop, limit=3, cursor=first.cursor)
    assert (ids(rest.items), rest.cursor) == (made[1::-1], None)
    assert own.shuttle.jobs.of_shop(own.domain()).items == []


def jobs_of_a_shop_by_status(own: Own) -> None:
    shop = own.shop()
    made = own.jobs(shop, "FAILED", "QUEUED", "FAILED", "COMPLETED", "FAILED")
    assert ids(own.shuttle.jobs.of_shop_by_status(shop, "FAILED").items) == [made[4], made[2], made[0]]
    assert ids(own.shuttle.jobs.of_shop_by_status(shop, "FAILED", limit=2).items) == [made[4], made[2]]
    assert own.shuttle.jobs.of_shop_by_status(shop, "CANCELLED").items == []


def jobs_by_status(own: Own) -> None:
    made = [*own.jobs(own.shop(), "QUEUED", "FAILED"), *own.jobs(own.shop(), "QUEUED")]
    found = list(every(own.app.repository(Job), "by_status", status="QUEUED", limit=7))
    assert found == sorted(found, key=lambda job: (job.created_at, job.id))
    assert {job for job in ids(found) if job in made} == {made[0], made[2]}
    assert {job.status for job in found} == {"QUEUED"}


def job_by_id(own: Own) -> None:
    shop = own.shop()
    made = own.shuttle.jobs.queue(shop, "EXPORT", error_summary={"rows": [{"line": 3, "why": "no price"}]})
    found = own.shuttle.jobs.get(stored_id(made))
    assert found == made
    assert (made.mode, made.status, made.total_rows) == ("UPSERT", "QUEUED", 0)
    assert made.expires_at - made.created_at == milliseconds(JOB_KEPT)
    assert own.shuttle.jobs.get("01ARZ3NDEKTSV4RRFFQ69G5FAV") is None
    with pytest.raises(MissingReference):
        own.shuttle.jobs.queue(own.domain(), "IMPORT")


def jobs_made_in_a_range(own: Own) -> None:
    shop = own.shop()
    made = own.jobs(shop, *["COMPLETED"] * 5)
    assert ids(own.shuttle.jobs.of_shop(shop, since=NOW + 1, until=NOW + 3).items) == made[3:0:-1]
    assert ids(own.shuttle.jobs.of_shop(shop, since=NOW + 3).items) == [made[4], made[3]]
    assert ids(own.shuttle.jobs.of_shop(shop, until=NOW).items) == [made[0]]


def job_from_start_to_end(own: Own) -> None:
    jobs = own.shuttle.jobs
    job = stored_id(jobs.queue(own.shop(), "IMPORT", total_rows=10))
    with pytest.raises(JobClosed):
        jobs.progress(job, 1)
    assert jobs.start(job).status == "PROCESSING"
    with pytest.raises(JobClosed):
        jobs.start(job)
    jobs.progress(job, 4, failed=1)
    done = jobs.progress(job, 6)
    assert (done.processed_rows, done.failed_rows) == (10, 1)
    ended = jobs.finish(job, "COMPLETED", {"INVALID_PRICE": 1})
    assert (ended.status, ended.error_summary) == ("COMPLETED", {"INVALID_PRICE": 1})
    with pytest.raises(JobClosed):
        jobs.cancel(job)
    with pytest.raises(NotFound):
        jobs.start("01ARZ3NDEKTSV4RRFFQ69G5FAV")


def one_worker_gets_the_job(own: Own) -> None:
    [job] = own.jobs(own.shop(), "QUEUED")
    done, failed = at_once(4, lambda _: own.shuttle.jobs.start(job))
    assert len(done) == 1
    assert [type(error) for error in failed] == [JobClosed] * 3


def job_cancelled(own: Own) -> None:
    waits, runs = own.jobs(own.shop(), "QUEUED", "PROCESSING")
    for job in (waits, runs):
        assert own.shuttle.jobs.cancel(job).status == "CANCELLED"


# ---------------------------------------------------------------------------------------------- usage


def usage_of_a_day(own: Own) -> None:
    shop, day = own.domain(), date(2030, 2, 28)
    assert own.shuttle.usage.of_day(shop, day).imports == 0
    own.shuttle.usage.add(shop, day, imports=2, records=100)
    own.shuttle.usage.add(shop, day, imports=1, errors=3)
    found = own.shuttle.usage.of_day(shop, day)
    assert (found.imports, found.exports, found.records, found.errors) == (3, 0, 100, 3)


def usage_of_a_month(own: Own) -> None:
    shop = own.domain()
    for day in (date(2030, 1, 31), date(2030, 2, 1), date(2030, 2, 28)):
        own.shuttle.usage.add(shop, day, exports=1)
    assert [own.shuttle.usage.of_month(shop, month).exports for month in ("2030-01", "2030-02", "2030-03")] == [1, 2, 0]
    assert [(m.shop, m.exports) for m in own.shuttle.usage.bill("2030-02") if m.shop == shop] == [(shop, 2)]


def usage_of_a_range_of_days(own: Own) -> None:
    shop, first = own.domain(), date(2029, 12, 30)
    for n in range(5):
        own.shuttle.usage.add(shop, first + timedelta(days=n), records=10 * n)
    found = own.shuttle.usage.days(shop, date(2029, 12, 31), date(2030, 1, 2))
    assert [(usage.day, usage.records) for usage in found] == [
        (date(2029, 12, 31), 10),
        (date(2030, 1, 1), 20),
        (date(2030, 1, 2), 30),
    ]


def counted_at_once(own: Own) -> None:
    shop, day = own.domain(), date(2030, 5, 1)
    _, failed = at_once(COUNTING, lambda n: own.shuttle.usage.add(shop, day, imports=1, records=n))
    assert failed == []
    found = own.shuttle.usage.of_day(shop, day), own.shuttle.usage.of_month(shop, "2030-05")
    assert [(usage.imports, usage.records) for usage in found] == [(COUNTING, sum(range(COUNTING)))] * 2


# -------------------------------------------------------------------------------------------- schemas


def schemas(own: Own) -> None:
    shop, began = own.shop(), wall_clock()
    assert own.shuttle.schemas.current(shop, "products") is None
    for n in range(1, 13):
        assert own.shuttle.schemas.publish(shop, "products", {"columns": n}).version == n
    own.shuttle.schemas.publish(shop, "articles", {"columns": 0})
    current = own.shuttle.schemas.current(shop, "products")
    assert current is not None
    assert (current.version, current.definition) == (12, {"columns": 12})
    assert began <= (current.created_at or 0) <= wall_clock()


def schema_by_version(own: Own) -> None:
    shop = own.shop()
    for n in (1, 2):
        own.shuttle.schemas.publish(shop, "products", {"columns": n})
    found = own.shuttle.schemas.get(shop, "products", 1)
    assert found is not None
    assert found.definition == {"columns": 1}
    assert own.shuttle.schemas.get(shop, "products", 3) is None


def schemas_of_a_shop(own: Own) -> None:
    shop = own.shop()
    for name in ("products", "articles", "products"):
        own.shuttle.schemas.publish(shop, name, {})
    found = [(schema.name, schema.version) for schema in own.shuttle.schemas.of_shop(shop)]
    assert found == [("articles", 1), ("products", 1), ("products", 2)]
    first = own.shuttle.schemas.versions(shop, "products", limit=1)
    rest = own.shuttle.schemas.versions(shop, "products", limit=1, cursor=first.cursor)
    assert [schema.version for schema in (*first.items, *rest.items)] == [2, 1]
    with pytest.raises(MissingReference):
        own.shuttle.schemas.publish(own.domain(), "products", {})


def published_at_once(own: Own) -> None:
    shop = own.shop()
    done, failed = at_once(4, lambda n: own.shuttle.schemas.publish(shop, "products", {"columns": n}))
    assert failed == []
    assert sorted(schema.version for schema in done) == [1, 2, 3, 4]


# ------------------------------------------------------------------------------------------- sessions


def session_by_id(own: Own) -> None:
    shop, sessions = own.domain(), own.shuttle.sessions
    online = sessions.store(f"{shop}-1", shop, "shpua_1", user_id=1, scope="read_products")
    offline = sessions.store(f"offline_{shop}", shop, "shpat_1")
    assert (online.expires_at - online.created_at, online.is_online) == (milliseconds(ONLINE_KEPT), True)
    assert (offline.expires_at - offline.created_at, offline.is_online) == (milliseconds(OFFLINE_KEPT), False)
    assert sessions.get(f"{shop}-1") == online
    assert sessions.store(f"{shop}-1", shop, "shpua_2", user_id=1).access_token == "shpua_2"
    assert sessions.end(f"{shop}-1")
    assert sessions.get(f"{shop}-1") is None
    assert not sessions.end(f"{shop}-1")


def sessions_of_a_shop(own: Own) -> None:
    shop, sessions = own.domain(), own.shuttle.sessions
    for n in (2, 1, 3):
        sessions.store(f"{shop}-{n}", shop, "shpua", user_id=n)
    assert [session.user_id for session in sessions.of_shop(shop)] == [1, 2, 3]
    assert sessions.end_all(shop) == 3
    assert list(sessions.of_shop(shop)) == []


def expired_sessions(own: Own) -> None:
    shop, repository = own.domain(), own.app.repository(Session)
    ago = Sessions(own.app, lambda: wall_clock() - milliseconds(ONLINE_KEPT))
    ago.store(f"{shop}-1", shop, "shpua", user_id=1)
    ago.store(f"offline_{shop}", shop, "shpat")
    own.shuttle.sessions.store(f"{shop}-2", shop, "shpua", user_id=2)
    repository.update(f"{shop}-2", {"expires_at": wall_clock()})
    gone = [f"{shop}-1", f"{shop}-2"]
    assert [own.shuttle.sessions.get(session) for session in gone] == [None, None]
    assert repository.get_many(gone) == {}
    with own.app.unit_of_work() as work:
        assert [work.repository(Session).get(session) for session in gone] == [None, None]
    assert [session.id for session in own.shuttle.sessions.of_shop(shop)] == [f"offline_{shop}"]
    assert repository.count("of_shop", shop=shop) == 1
    assert not own.shuttle.sessions.end(gone[0])
    with pytest.raises(NotFound):
        repository.update(gone[1], {"scope": "none"})
    assert own.shuttle.sessions.store(gone[0], shop, "shpua_2", user_id=1).access_token == "shpua_2"


def expired_jobs(own: Own) -> None:
    shop = own.shop()
    ended = stored_id(own.shuttle.jobs.queue(shop, "IMPORT", created_at=NOW, expires_at=wall_clock()))
    [kept] = own.jobs(shop, "QUEUED")
    jobs = own.shuttle.jobs
    assert jobs.get(ended) is None
    assert ids(jobs.of_shop(shop).items) == ids(jobs.of_shop_by_status(shop, "QUEUED").items) == [kept]
    assert ended not in ids(list(every(own.app.repository(Job), "by_status", status="QUEUED")))
    with pytest.raises(NotFound):
        jobs.start(ended)


def every_page(find: Callable[..., Any]) -> list[Any]:
    """Everything that an operation finds, in pages of five."""
    page = find(limit=5)
    found = list(page.items)
    while page.cursor is not None:
        page = find(limit=5, cursor=page.cursor)
        found += page.items
    return found


PATTERNS: dict[str, Callable[[Own], None]] = {
    "SH1 shop by domain": shop_by_domain,
    "SH2 jobs of a shop, newest first": jobs_of_a_shop,
    "SH3 jobs of a shop by status": jobs_of_a_shop_by_status,
    "SH4 jobs by status, oldest first": jobs_by_status,
    "SH5 job by id": job_by_id,
    "SH6 usage of a day": usage_of_a_day,
    "SH7 usage of a month": usage_of_a_month,
    "SH8 usage of a range of days": usage_of_a_range_of_days,
    "SH9 current schema": schemas,
    "SH10 schema by version": schema_by_version,
    "SH11 schemas of a shop": schemas_of_a_shop,
    "SH12 session by id": session_by_id,
    "SH13 sessions of a shop": sessions_of_a_shop,
    "SH14 active shops": active_shops,
    "SH15 jobs made in a range": jobs_made_in_a_range,
    "SH16 expired sessions": expired_sessions,
    "SH16 expired jobs": expired_jobs,
    "a shop changes": shop_changes,
    "a shop is forgotten": shop_forgotten,
    "a job from start to end": job_from_start_to_end,
    "of four workers one gets a job": one_worker_gets_the_job,
    "a job is cancelled": job_cancelled,
    f"{COUNTING} count at once": counted_at_once,
    "four publish at once": published_at_once,
}


def _on_app(tried: Callable[[Own], None]) -> Callable[[Any], None]:
    return lambda app: tried(Own(Shuttle(app), app))


SYSTEM = System("shuttle", contract_path("shuttle"), {name: _on_app(p) for name, p in PATTERNS.items()}, seed)
