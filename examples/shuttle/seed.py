"""A few shops with their jobs, usage, schemas and sessions: the same every time, but for the time of day.

    python -m examples.shuttle.seed

writes them to the store that the environment names (`CROSSFADE_STAGE` and so on).
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import crossfade
from examples.shop.backend import Backend
from examples.shuttle.service import CONTRACT, Shuttle
from examples.shuttle.times import milliseconds, wall_clock

DOMAINS = tuple(
    f"{name}.example.com" for name in ("alder", "birch", "cedar", "fir", "hazel", "larch", "maple", "rowan")
)
DAYS = 14
_PLANS = {"FREE": 50, "SMALL": 30, "MEDIUM": 15, "LARGE": 5}
_STATES = {"COMPLETED": 70, "FAILED": 10, "CANCELLED": 5, "QUEUED": 10, "PROCESSING": 5}
_HOUR = milliseconds(timedelta(hours=1))


def seed(backend: Backend) -> None:
    """Write some 240 entities: eight shops, one of them gone, and what belongs to each.

    Args:
        backend: an opened `crossfade.App`, or what is like it, on an empty store.
    """
    draw = random.Random(7)  # noqa: S311 - made-up data, the same every time
    shuttle = Shuttle(backend)
    for n, domain in enumerate(DOMAINS):
        shuttle.shops.install(
            domain,
            domain.partition(".")[0].title(),
            f"shpat_{n:032d}",
            plan=_weighted(draw, _PLANS),
            billing_status="ACTIVE" if n % 2 else "NONE",
            settings={"locale": draw.choice(["en", "de", "fr"]), "columns": ["title", "price"]},
        )
        _jobs(shuttle, draw, domain)
        _usage(shuttle, draw, domain)
        for version in range(1 + n % 3):
            shuttle.schemas.publish(domain, "products", {"key": "sku", "columns": ["title", "price"][: version + 1]})
        for user in range(n % 4):
            shuttle.sessions.store(f"{domain}-{user}", domain, f"shpua_{user:032d}", user_id=1000 + user)
        shuttle.sessions.store(f"offline_{domain}", domain, f"shpat_{n:032d}")
    shuttle.shops.uninstall(DOMAINS[-1])


def _jobs(shuttle: Shuttle, draw: random.Random, domain: str) -> None:
    now = wall_clock()
    for n in range(draw.randint(6, 12)):
        status = _weighted(draw, _STATES)
        failed = draw.randint(1, 5) if status == "FAILED" else 0
        fields: dict[str, Any] = {
            "created_at": now - (n * 24 + draw.randint(1, 23)) * _HOUR,
            "status": status,
            "total_rows": draw.randint(10, 5000),
            "failed_rows": failed,
            "error_summary": {"INVALID_PRICE": failed} if failed else None,
        }
        shuttle.jobs.queue(domain, "IMPORT" if draw.random() < 0.8 else "EXPORT", **fields)


def _usage(shuttle: Shuttle, draw: random.Random, domain: str) -> None:
    today = datetime.now(UTC).date()
    for n in range(DAYS):
        amounts = {"imports": draw.randint(0, 4), "exports": draw.randint(0, 2), "records": draw.randint(0, 5000)}
        shuttle.usage.add(domain, today - timedelta(days=n), **amounts)


def _weighted(draw: random.Random, weights: dict[str, int]) -> str:
    return draw.choices(list(weights), list(weights.values()))[0]


if __name__ == "__main__":
    with crossfade.open(CONTRACT) as app:
        seed(app)
