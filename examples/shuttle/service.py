"""What the application does. Which store answers, it never learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from crossfade.dal import Add, F, Page, Range, Repository
from crossfade.dal.errors import ConditionFailed, InvalidValue
from examples.shop.backend import Backend
from examples.shuttle.entities import Job, Shop
from examples.shuttle.schemas import Schemas
from examples.shuttle.sessions import Sessions
from examples.shuttle.times import milliseconds, wall_clock
from examples.shuttle.usage import Usage

CONTRACT = Path(__file__).parents[2] / "contracts" / "examples" / "shuttle" / "migrationContract.json"

Status = Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"]

JOB_KEPT = timedelta(days=90)


class JobClosed(Exception):
    """The job is not in a state in which this could be done to it."""


class Shops:
    """The shops that have installed the application."""

    def __init__(self, backend: Backend, now: Callable[[], int] = wall_clock) -> None:
        self._shops: Repository[Shop] = backend.repository(Shop)
        self._sessions = Sessions(backend, now)
        self._now = now

    def install(self, domain: str, name: str, access_token: str, **fields: Any) -> Shop:
        """A shop that installs the application, or does so again: what it was before is replaced."""
        return self._shops.put(
            Shop(domain=domain, name=name, access_token=access_token, installed_at=self._now(), **fields)
        )

    def get(self, domain: str) -> Shop | None:
        """A shop by its domain, or None."""
        return self._shops.get(domain)

    def change(self, domain: str, **fields: Any) -> Shop:
        """Change a shop's plan, billing status, settings or token. Raises NotFound."""
        return self._shops.update(domain, fields)

    def uninstall(self, domain: str) -> Shop:
        """Note that a shop has left; it is among the active ones no more.

        Raises:
            NotFound: there is no such shop.
        """
        return self._shops.update(domain, {"uninstalled_at": self._now(), "billing_status": "CANCELLED"})

    def forget(self, domain: str) -> bool:
        """Delete a shop with its jobs and its schemas, and sign everybody out; what it used is kept.

        The sessions go first, one by one: if this is interrupted, the same again does the rest.

        Returns:
            False if there is no such shop.
        """
        self._sessions.end_all(domain)
        return self._shops.delete(domain)

    def active(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Shop]:
        """The shops that have not left, by domain."""
        return self._shops.find("by_state", state="ACTIVE", limit=limit, cursor=cursor)


class Jobs:
    """Bulk imports and exports."""

    def __init__(self, backend: Backend, now: Callable[[], int] = wall_clock) -> None:
        self._jobs: Repository[Job] = backend.repository(Job)
        self._now = now

    def queue(self, shop: str, kind: Literal["IMPORT", "EXPORT"], **fields: Any) -> Job:
        """A new job; it is kept for 90 days.

        Raises:
            MissingReference: there is no such shop.
        """
        made = self._now()
        given = {"created_at": made, "expires_at": made + milliseconds(JOB_KEPT), **fields}
        return self._jobs.create(Job(shop=shop, type=kind, **given))

    def get(self, job_id: str) -> Job | None:
        """A job by its id, or None."""
        return self._jobs.get(job_id)

    def start(self, job_id: str) -> Job:
        """Take a job that waits; of two workers that try, one gets it.

        Raises:
            JobClosed: it does not wait any more.
            NotFound: there is no such job.
        """
        return self._move(job_id, {"status": "PROCESSING"}, "QUEUED")

    def progress(self, job_id: str, processed: int, failed: int = 0) -> Job:
        """Add to what a running job has done. Raises JobClosed or NotFound."""
        return self._move(job_id, {"processed_rows": Add(processed), "failed_rows": Add(failed)}, "PROCESSING")

    def finish(
        self, job_id: str, status: Literal["COMPLETED", "FAILED"], errors: Mapping[str, Any] | None = None
    ) -> Job:
        """End a running job, with a summary of its errors.

        Raises:
            InvalidValue: a status in which a job does not end.
            JobClosed: it does not run.
            NotFound: there is no such job.
        """
        if status not in {"COMPLETED", "FAILED"}:
            raise InvalidValue("status", f"a job ends COMPLETED or FAILED, not {status!r}", entity="JOB")
        given = {"status": status, "finished_at": self._now(), "error_summary": errors}
        return self._move(job_id, given, "PROCESSING")

    def cancel(self, job_id: str) -> Job:
        """Cancel a job that has not ended. Raises JobClosed or NotFound."""
        return self._move(job_id, {"status": "CANCELLED", "finished_at": self._now()}, "QUEUED", "PROCESSING")

    def of_shop(
        self, shop: str, *, since: int | None = None, until: int | None = None, limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Job]:  # fmt: skip
        """A shop's jobs, newest first; only those made from `since` on, up to `until` (both included)."""
        made = Range(ge=since, le=until)
        return self._jobs.find("of_shop", shop=shop, created_at=made, limit=limit, cursor=cursor)

    def of_shop_by_status(
        self, shop: str, status: Status, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[Job]:
        """A shop's jobs of a status, newest first."""
        return self._jobs.find("of_shop_by_status", shop=shop, status=status, limit=limit, cursor=cursor)

    def by_status(self, status: Status, *, limit: int | None = None, cursor: str | None = None) -> Page[Job]:
        """All shops' jobs of a status, oldest first: what there is to work on."""
        return self._jobs.find("by_status", status=status, limit=limit, cursor=cursor)

    def _move(self, job_id: str, changes: Mapping[str, Any], *allowed: Status) -> Job:
        try:
            return self._jobs.update(job_id, changes, where=F("status").one_of(allowed))
        except ConditionFailed as error:
            raise JobClosed(f"job {job_id} is not {' or '.join(allowed)}") from error


class Shuttle:
    """The application, on whatever store its backend is opened on.

    Args:
        backend: gives the repositories.
        now: the time in milliseconds since 1970; for tests.
    """

    def __init__(self, backend: Backend, now: Callable[[], int] = wall_clock) -> None:
        self.shops = Shops(backend, now)
        self.jobs = Jobs(backend, now)
        self.usage = Usage(backend)
        self.schemas = Schemas(backend)
        self.sessions = Sessions(backend, now)
