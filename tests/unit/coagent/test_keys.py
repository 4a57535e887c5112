"""Item keys: made as the table says, read back, and in order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.dal import Range
from crossfade.dal.errors import InvalidValue
from examples.coagent.entities import OAuthToken, Project, RealEstateAgentProfile, Review, SavedContent, UserProfile
from examples.coagent.keys import KINDS, ItemKey, Slice, coagent_keys
from tests.unit.coagent.world import ENTITIES, FEW, names

KEYS = coagent_keys()
PUBLISHED = {
    "UserProfile": ("USER#u", "PROFILE"),
    "RealEstateAgentProfile": ("USER#u", "AGENT#x"),
    "Review": ("REVIEW#u", "REVIEW#x"),
    "BrandAudit": ("USER#u", "AUDIT#x"),
    "Competitor": ("USER#u", "COMPETITOR#x"),
    "ResearchReport": ("USER#u", "REPORT#x"),
    "Project": ("USER#u", "PROJECT#x"),
    "SavedContent": ("USER#u", "CONTENT#x"),
    "TrainingProgress": ("USER#u", "TRAINING#x"),
    "MarketingPlan": ("USER#u", "PLAN#x"),
    "ReviewAnalysis": ("USER#u", "ANALYSIS#x"),
    "OAuthToken": ("OAUTH#u", "x"),
}


def key(kind: type[Any], owner: str, name: str) -> ItemKey[Any]:
    """The item key of an entity of an owner."""
    return KEYS.key(kind, **dict(zip(ENTITIES[kind].key, (owner, name), strict=False)))


def test_every_kind_has_the_published_keys() -> None:
    made = {kind.__name__: (k.partition, k.sort) for kind in KINDS for k in [key(kind, "u", "x")]}
    assert made == PUBLISHED


@FEW
@given(st.sampled_from(KINDS), names(), names())
def test_a_key_leads_back_to_what_it_was_made_of(kind: type[Any], owner: str, name: str) -> None:
    made = key(kind, owner, name)
    assert KEYS.parsed(made.partition, made.sort) == made
    assert KEYS.fields(made) == dict(zip(ENTITIES[kind].key, (owner, name), strict=False))


@FEW
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(["u", "v"]), names()), min_size=2, unique=True))
def test_two_entities_never_have_one_key(given_: list[tuple[type[Any], str, str]]) -> None:
    by_fields = {(kind, KEYS.fields(key(kind, owner, name))): key(kind, owner, name) for kind, owner, name in given_}
    assert len({(k.partition, k.sort) for k in by_fields.values()}) == len(by_fields)


@FEW
@given(
    st.lists(st.tuples(st.sampled_from(KINDS), names())), st.sampled_from(["", "P", "PRO", "PROFILE", "CON", "AGENT#a"])
)
def test_slices_stand_in_the_order_of_the_sort_keys_and_leave_none_out(
    things: list[tuple[type[Any], str]], prefix: str
) -> None:
    keys = [k for kind, name in things if (k := key(kind, "u", name)).partition == "USER#u"]
    order = {part.kind: n for n, part in enumerate(KEYS.slices("USER#u", prefix))}
    fitting = sorted((k for k in keys if k.sort.startswith(prefix)), key=lambda k: k.sort.encode())
    assert [order[k.kind] for k in fitting] == sorted(order[k.kind] for k in fitting)


@pytest.mark.parametrize(
    ("partition", "prefix", "expected"),
    [
        ("USER#u", "PROFILE", [Slice(UserProfile, {"user_id": "u"})]),
        ("USER#u", "PROFILES", []),
        ("USER#u", "CONTENT#", [Slice(SavedContent, {"user_id": "u"})]),
        ("USER#u", "CONTENT#01", [Slice(SavedContent, {"user_id": "u", "id": Range(prefix="01")})]),
        ("USER#u", "PRO", [Slice(UserProfile, {"user_id": "u"}), Slice(Project, {"user_id": "u"})]),
        ("REVIEW#u", "", [Slice(Review, {"agent_id": "u"})]),
        ("OAUTH#u", "goo", [Slice(OAuthToken, {"user_id": "u", "provider": Range(prefix="goo")})]),
    ],
)
def test_slices(partition: str, prefix: str, expected: list[Slice]) -> None:
    assert KEYS.slices(partition, prefix) == expected


@pytest.mark.parametrize("partition", ["", "USER", "user#u", "AGENT#u"])
def test_a_partition_of_nobody_is_refused(partition: str) -> None:
    with pytest.raises(InvalidValue):
        KEYS.slices(partition)
    with pytest.raises(InvalidValue):
        KEYS.parsed(partition, "PROFILE")


def test_a_key_is_complete_and_of_its_kind() -> None:
    with pytest.raises(InvalidValue):
        KEYS.key(Project, user_id="u")
    with pytest.raises(InvalidValue):
        KEYS.of(RealEstateAgentProfile(user_id="u", agency_name="A"))
    with pytest.raises(InvalidValue):
        KEYS.fields(ItemKey(Project, "USER#u", "CONTENT#x"))
    with pytest.raises(InvalidValue):
        KEYS.parsed("USER#u", "NOTHING#x")
