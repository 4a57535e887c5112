"""Entities and repositories of migrationContract.json, made by `crossfade contract generate`: do not edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from crossfade.dal import Page, Range, TypedRepository, entity


@entity("UserProfile")
@dataclass(kw_only=True)
class UserProfile:
    """UserProfile, stored in BayonCoAgent; its key is user_id."""

    user_id: str
    name: str
    email: str
    phone: str | None = None
    preferences: Any = None
    newsletter: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class UserProfileRepository(TypedRepository[UserProfile]):
    """The repository of UserProfile with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[UserProfile]:
        """The profile of a user, as what a partition holds."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id)


@entity("RealEstateAgentProfile")
@dataclass(kw_only=True)
class RealEstateAgentProfile:
    """RealEstateAgentProfile, stored in BayonCoAgent; its key is user_id, id."""

    user_id: str
    id: str | None = None
    agency_name: str
    license_number: str | None = None
    years_experience: int | None = None
    rating: Decimal | None = None
    service_areas: Any = None
    bio: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class RealEstateAgentProfileRepository(TypedRepository[RealEstateAgentProfile]):
    """The repository of RealEstateAgentProfile with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        id: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[RealEstateAgentProfile]:
        """The agent profiles of a user. Ordered by id, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, id=id)


@entity("Review")
@dataclass(kw_only=True)
class Review:
    """Review, stored in BayonCoAgent; its key is agent_id, id."""

    agent_id: str
    id: str | None = None
    author: str
    source: Literal["google", "zillow", "realtor", "facebook"]
    rating: int
    comment: str | None = None
    reviewed_on: date | None = None
    reply: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ReviewRepository(TypedRepository[Review]):
    """The repository of Review with a method for each access pattern."""

    def in_partition(
        self,
        agent_id: str,
        *,
        id: str | Range | None = None,
        rating: int | Range | None = None,
        source: Literal["google", "zillow", "realtor", "facebook"] | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Review]:
        """The reviews of an agent, by the time they were stored. Ordered by id, ascending."""
        return self.find(
            "in_partition", limit=limit, cursor=cursor, agent_id=agent_id, id=id, rating=rating, source=source
        )

    def by_id(
        self,
        id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Review]:
        """A review, where its agent is not known."""
        return self.find("by_id", limit=limit, cursor=cursor, id=id)


@entity("BrandAudit")
@dataclass(kw_only=True)
class BrandAudit:
    """BrandAudit, stored in BayonCoAgent; its key is user_id, id."""

    user_id: str
    id: str | None = None
    status: Literal["running", "completed", "failed"] | None = None
    score: int | None = None
    findings: Any = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class BrandAuditRepository(TypedRepository[BrandAudit]):
    """The repository of BrandAudit with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        id: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[BrandAudit]:
        """The audits of a user, oldest first. Ordered by id, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, id=id)


@entity("Competitor")
@dataclass(kw_only=True)
class Competitor:
    """Competitor, stored in BayonCoAgent; its key is user_id, id."""

    user_id: str
    id: str | None = None
    name: str
    website: str | None = None
    review_count: int | None = None
    average_rating: Decimal | None = None
    tracked: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class CompetitorRepository(TypedRepository[Competitor]):
    """The repository of Competitor with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        id: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Competitor]:
        """The competitors of a user. Ordered by id, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, id=id)


@entity("ResearchReport")
@dataclass(kw_only=True)
class ResearchReport:
    """ResearchReport, stored in BayonCoAgent; its key is user_id, id."""

    user_id: str
    id: str | None = None
    topic: str
    body: str | None = None
    sources: Any = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ResearchReportRepository(TypedRepository[ResearchReport]):
    """The repository of ResearchReport with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        id: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ResearchReport]:
        """The reports of a user. Ordered by id, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, id=id)


@entity("Project")
@dataclass(kw_only=True)
class Project:
    """Project, stored in BayonCoAgent; its key is user_id, id."""

    user_id: str
    id: str | None = None
    name: str
    archived: bool | None = None
    content_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ProjectRepository(TypedRepository[Project]):
    """The repository of Project with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        id: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Project]:
        """The projects of a user. Ordered by id, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, id=id)


@entity("SavedContent")
@dataclass(kw_only=True)
class SavedContent:
    """SavedContent, stored in BayonCoAgent; its key is user_id, id."""

    user_id: str
    id: str | None = None
    kind: Literal["listing", "social", "email", "blog"]
    title: str
    body: str
    project_id: str | None = None
    tags: Any = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class SavedContentRepository(TypedRepository[SavedContent]):
    """The repository of SavedContent with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        id: str | Range | None = None,
        kind: Literal["listing", "social", "email", "blog"] | Range | None = None,
        project_id: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[SavedContent]:
        """What a user saved, oldest first. Ordered by id, ascending."""
        return self.find(
            "in_partition", limit=limit, cursor=cursor, user_id=user_id, id=id, kind=kind, project_id=project_id
        )


@entity("TrainingProgress")
@dataclass(kw_only=True)
class TrainingProgress:
    """TrainingProgress, stored in BayonCoAgent; its key is user_id, module."""

    user_id: str
    module: str
    lessons_done: int | None = None
    score: Decimal | None = None
    completed_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class TrainingProgressRepository(TypedRepository[TrainingProgress]):
    """The repository of TrainingProgress with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        module: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[TrainingProgress]:
        """How far a user is, by module. Ordered by module, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, module=module)


@entity("MarketingPlan")
@dataclass(kw_only=True)
class MarketingPlan:
    """MarketingPlan, stored in BayonCoAgent; its key is user_id, id."""

    user_id: str
    id: str | None = None
    title: str
    status: Literal["draft", "active", "done"] | None = None
    budget: Decimal | None = None
    steps: Any = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class MarketingPlanRepository(TypedRepository[MarketingPlan]):
    """The repository of MarketingPlan with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        id: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[MarketingPlan]:
        """The plans of a user. Ordered by id, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, id=id)


@entity("ReviewAnalysis")
@dataclass(kw_only=True)
class ReviewAnalysis:
    """ReviewAnalysis, stored in BayonCoAgent; its key is user_id, id."""

    user_id: str
    id: str | None = None
    review_count: int | None = None
    sentiment: Decimal | None = None
    keywords: Any = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ReviewAnalysisRepository(TypedRepository[ReviewAnalysis]):
    """The repository of ReviewAnalysis with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        id: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ReviewAnalysis]:
        """The analyses of a user's reviews. Ordered by id, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, id=id)


@entity("OAuthToken")
@dataclass(kw_only=True)
class OAuthToken:
    """OAuthToken, stored in BayonCoAgent; its key is user_id, provider."""

    user_id: str
    provider: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    scope: str | None = None
    expires_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class OAuthTokenRepository(TypedRepository[OAuthToken]):
    """The repository of OAuthToken with a method for each access pattern."""

    def in_partition(
        self,
        user_id: str,
        *,
        provider: str | Range | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[OAuthToken]:
        """The providers that a user is connected to. Ordered by provider, ascending."""
        return self.find("in_partition", limit=limit, cursor=cursor, user_id=user_id, provider=provider)
