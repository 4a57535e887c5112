"""Complete entities of coagent's twelve kinds."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ulid import ULID

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

_AT = datetime(2031, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)


def somebody() -> str:
    """The id of a user that there is not yet."""
    return uuid.uuid4().hex


def new_id() -> str:
    """An id that sorts behind the ones before."""
    return str(ULID())


def sample(kind: type[Any], owner: str) -> Any:
    """A complete entity of a kind with a key of its own, of a user or an agent; what is not given has its default."""
    return _SAMPLES[kind](owner)


# No value here is the column's default.
_SAMPLES: Mapping[type[Any], Callable[[str], Any]] = {
    UserProfile: lambda owner: UserProfile(
        user_id=owner, name="Ann", email="ann@example.org", phone="+1 555", newsletter=False,
        preferences={"theme": "dark", "tabs": [1, {"n": None}], "ratio": 0.5},
    ),
    RealEstateAgentProfile: lambda owner: RealEstateAgentProfile(
        user_id=owner, id=new_id(), agency_name="Ann & Co", license_number="L-1", years_experience=7,
        rating=Decimal("4.90"), service_areas=["Springfield"], bio="Überall zu Hause",
    ),
    Review: lambda owner: Review(
        agent_id=owner, id=new_id(), author="Bo", source="zillow", rating=4, comment="", reply=None,
        reviewed_on=date(2026, 2, 28),
    ),
    BrandAudit: lambda owner: BrandAudit(
        user_id=owner, id=new_id(), status="completed", score=0, findings=[{"field": "phone", "platform": "yelp"}]
    ),
    Competitor: lambda owner: Competitor(
        user_id=owner, id=new_id(), name="Them", website="https://example.org", review_count=3,
        average_rating=Decimal("0.00"), tracked=False,
    ),
    ResearchReport: lambda owner: ResearchReport(
        user_id=owner, id=new_id(), topic="Prices", body="Up " * 500, sources=[]
    ),
    Project: lambda owner: Project(user_id=owner, id=new_id(), name="Spring", archived=True, content_count=2),
    SavedContent: lambda owner: SavedContent(
        user_id=owner, id=new_id(), kind="blog", title="A house", body="", project_id=new_id(), tags=["garden", "sun"]
    ),
    TrainingProgress: lambda owner: TrainingProgress(
        user_id=owner, module="basics", lessons_done=8, score=Decimal("99.50"), completed_at=_AT
    ),
    MarketingPlan: lambda owner: MarketingPlan(
        user_id=owner, id=new_id(), title="Plan", status="active", budget=Decimal("1000.00"),
        steps=[{"title": "Call", "done": False}],
    ),
    ReviewAnalysis: lambda owner: ReviewAnalysis(
        user_id=owner, id=new_id(), review_count=25, sentiment=Decimal("-0.125"), keywords={"praised": ["patience"]}
    ),
    OAuthToken: lambda owner: OAuthToken(
        user_id=owner, provider="google", access_token="a" * 2048, refresh_token="r", scope="profile", expires_at=_AT
    ),
}  # fmt: skip
CHANGES: Mapping[type[Any], tuple[str, Any]] = {
    UserProfile: ("preferences", {"theme": "light"}),
    RealEstateAgentProfile: ("service_areas", ["Springfield", "Shelbyville"]),
    Review: ("reply", "Thank you"),
    BrandAudit: ("findings", []),
    Competitor: ("average_rating", Decimal("4.20")),
    ResearchReport: ("body", None),
    Project: ("content_count", 3),
    SavedContent: ("project_id", None),
    TrainingProgress: ("completed_at", None),
    MarketingPlan: ("status", "done"),
    ReviewAnalysis: ("sentiment", Decimal("1.000")),
    OAuthToken: ("access_token", "another"),
}
"""By kind: a field and another value of it."""


def payload(entity: Any) -> dict[str, Any]:
    """The fields of an entity but for the times."""
    return {f.name: getattr(entity, f.name) for f in fields(entity) if f.name not in {"created_at", "updated_at"}}
