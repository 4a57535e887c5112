"""The same small workspace every time: four users, each with something of every kind, and agents with reviews.

`python -m examples.coagent.seed` writes it to the store of the environment that is configured.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import click

from crossfade.dal.errors import CrossfadeError
from examples.coagent.entities import (
    BrandAudit,
    Competitor,
    MarketingPlan,
    OAuthToken,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    ReviewAnalysis,
    SavedContent,
    TrainingProgress,
    UserProfile,
)
from examples.coagent.environment import open_app
from examples.coagent.repository import Backend, GenericRepository

USERS = ("ada", "ben", "cleo", "dan")
START = datetime(2026, 1, 1, 9, tzinfo=UTC)
_MODULES = ("basics", "listings", "negotiation", "photography")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def seed(backend: Backend) -> int:
    """Write the workspace; what is there already is replaced.

    Returns:
        The number of entities.

    Raises:
        CrossfadeError: the first reason for which one could not be written.
    """
    done = GenericRepository(backend).write_many(everything())
    if done.failed:
        raise next(iter(done.failed.values()))
    return len(done.written)


def everything() -> Iterator[Any]:
    """The entities, each with its key."""
    draw = random.Random(2026)  # noqa: S311 - the same every time, keeps no secret
    for user in USERS:
        yield UserProfile(
            user_id=user, name=user.title(), email=f"{user}@example.org", preferences={"theme": "dark", "tabs": [1, 2]}
        )
        yield from _marketing(user, draw)
        yield from _research(user, draw)
        yield from _learning(user, draw)
        yield from (_review(user, n, draw) for n in range(25))
        for provider in ("google", "meta"):
            yield OAuthToken(
                user_id=user,
                provider=provider,
                access_token=f"made-up-{draw.getrandbits(64):x}",
                scope="profile",
                expires_at=START + timedelta(days=365),
            )


def _marketing(user: str, draw: random.Random) -> Iterator[Any]:
    project = _id(draw)
    yield RealEstateAgentProfile(
        user_id=user,
        id=_id(draw),
        agency_name=f"{user.title()} & Co",
        years_experience=draw.randrange(30),
        rating=Decimal(draw.randrange(300, 501)) / 100,
        service_areas=["Springfield", "Shelbyville"],
    )
    yield Project(user_id=user, id=project, name="Spring listings", content_count=6)
    yield Project(user_id=user, id=_id(draw), name="Old ones", archived=True)
    for n in range(12):
        yield SavedContent(
            user_id=user,
            id=_id(draw),
            kind=draw.choice(("listing", "social", "email", "blog")),
            title=f"Text {n}",
            body="A house with a garden. " * draw.randrange(1, 9),
            project_id=project if n % 2 else None,
            tags=["garden"] * (n % 3),
        )
    for status in ("draft", "active", "done"):
        steps = [{"title": "Call", "done": status == "done"}]
        yield MarketingPlan(user_id=user, id=_id(draw), title=f"A {status} plan", status=status, steps=steps)


def _research(user: str, draw: random.Random) -> Iterator[Any]:
    for n in range(6):
        yield Competitor(
            user_id=user,
            id=_id(draw),
            name=f"Agency {n}",
            review_count=draw.randrange(200),
            average_rating=Decimal(draw.randrange(100, 501)) / 100,
            tracked=n != 5,
        )
    for n in range(4):
        findings = [{"field": "phone", "platform": "yelp"}] * n
        yield BrandAudit(user_id=user, id=_id(draw), status="completed", score=draw.randrange(101), findings=findings)
    yield BrandAudit(user_id=user, id=_id(draw), status="running")
    for n in range(3):
        sources = [{"url": f"https://example.org/{n}"}]
        yield ResearchReport(user_id=user, id=_id(draw), topic=f"Prices in area {n}", body="Up.", sources=sources)
    yield ReviewAnalysis(
        user_id=user, id=_id(draw), review_count=25, sentiment=Decimal("0.625"), keywords={"praised": ["patience"]}
    )


def _learning(user: str, draw: random.Random) -> Iterator[Any]:
    for module in _MODULES:
        lessons = draw.randrange(9)
        yield TrainingProgress(
            user_id=user,
            module=module,
            lessons_done=lessons,
            score=Decimal(draw.randrange(10001)) / 100 if lessons else None,
            completed_at=START + timedelta(hours=lessons) if lessons == 8 else None,
        )


def _review(agent: str, n: int, draw: random.Random) -> Review:
    return Review(
        agent_id=agent,
        id=_id(draw),
        author=f"Client {n}",
        source=draw.choice(("google", "google", "zillow", "realtor", "facebook")),
        rating=draw.choice((5, 5, 5, 4, 3, 1)),
        comment="Found us a house." if n % 3 else None,
        reviewed_on=date(2025, 1, 1) + timedelta(days=10 * n),
    )


def _id(draw: random.Random) -> str:
    """An id of the form of a ULID, the same every time."""
    return "01J" + "".join(draw.choices(_ALPHABET, k=23))


@click.command()
def main() -> None:
    """Write the small workspace to the store that COAGENT_ENVIRONMENT and crossfade's settings name."""
    try:
        with open_app() as app:
            click.echo(f"{seed(app)} entities")
    except CrossfadeError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
