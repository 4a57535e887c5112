"""Plans of tables: from what is wanted and what is there to literal requests; nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.contract import Contract
from crossfade.dynamodb.table_action import Action, Permits, Refusal, TablePlan
from crossfade.dynamodb.table_apply import apply_tables
from crossfade.dynamodb.table_destroy import plan_destroy
from crossfade.dynamodb.table_plan import plan_tables
from crossfade.dynamodb.table_state import TableState
from crossfade.dynamodb.tables import create_requests
from tests.unit.dynamodb.fakes import stubbed
from tests.unit.dynamodb.samples import small

BY_T = {"index_name": "ByT", "pk": "T", "projection": "ALL"}
BY_RAW = {"index_name": "ByRaw", "pk": "raw", "sk": "id", "projection": "KEYS_ONLY"}


def made(of: Contract) -> dict[str, TableState]:
    """The states of the tables that a contract's own plan made."""
    found = {}
    for request in create_requests(of, ""):
        described = {"TableStatus": "ACTIVE", "TableArn": f"arn:{request['TableName']}", **request}
        described["BillingModeSummary"] = {"BillingMode": described.pop("BillingMode")}
        tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
        found[request["TableName"]] = TableState(described, tags=tags)
    for action in plan_tables(of, "", dict.fromkeys(found, TableState())).actions:
        state = found[action.table]
        if action.call == "UpdateTimeToLive":
            attribute = action.request["TimeToLiveSpecification"]["AttributeName"]
            found[action.table] = replace(state, ttl=(attribute, "ENABLED"))
        elif action.call == "UpdateContinuousBackups":
            found[action.table] = replace(state, recovery=True)
    return found


def steps(wanted: Contract, states: dict[str, TableState], **permits: bool) -> list[Any]:
    """The requests of a plan without refusals and notes, each with its operation."""
    plan = plan_tables(wanted, "", states, Permits(**permits))
    assert plan.refusals == ()
    assert plan.notes == ()
    return [(action.call, action.request) for action in plan.actions]


def refusals(wanted: Contract, states: dict[str, TableState], **permits: bool) -> list[str]:
    """The refusals of a plan, all of Things."""
    plan = plan_tables(wanted, "", states, Permits(**permits))
    assert {refusal.table for refusal in plan.refusals} <= {"Things"}
    return [refusal.says for refusal in plan.refusals]


def notes(wanted: Contract, states: dict[str, TableState], **permits: bool) -> list[str]:
    """The notes of a plan that does nothing."""
    plan = plan_tables(wanted, "", states, Permits(**permits))
    assert (plan.actions, plan.refusals) == ((), ())
    return list(plan.notes)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "ttl_attribute": st.just("ttl"),
            "stream": st.sampled_from(["KEYS_ONLY", "NEW_AND_OLD_IMAGES"]),
            "point_in_time_recovery": st.booleans(),
            "billing": st.sampled_from(["PAY_PER_REQUEST", "PROVISIONED"]),
            "deletion_protection": st.booleans(),
            "tags": st.dictionaries(st.sampled_from("abc"), st.text(min_size=1, max_size=3), max_size=3),
        },
    ),
    st.sets(st.sampled_from(["ByT", "ByRaw"])),
)
def test_after_a_plan_there_is_nothing_to_do(table: dict[str, Any], names: set[str]) -> None:
    wanted = small(*(index for index in (BY_T, BY_RAW) if index["index_name"] in names), **table)
    assert plan_tables(wanted, "", made(wanted)) == TablePlan()


def test_everything_is_made_where_nothing_is() -> None:
    wanted = small(BY_T, ttl_attribute="ttl", point_in_time_recovery=True)
    things, lookup, control = create_requests(wanted, "")
    recovery = {"PointInTimeRecoveryEnabled": True}
    backups = [
        ("UpdateContinuousBackups", {"TableName": name, "PointInTimeRecoverySpecification": recovery})
        for name in ("Things", "crossfade_lookup", "crossfade_control")
    ]
    ttls = [
        ("UpdateTimeToLive", {"TableName": n, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": a}})
        for n, a in (("Things", "ttl"), ("crossfade_lookup", "_ttl"))
    ]
    assert steps(wanted, dict.fromkeys(made(wanted), TableState())) == [
        ("CreateTable", things), ("CreateTable", lookup), ("CreateTable", control),
        ttls[0], backups[0], ttls[1], *backups[1:],
    ]  # fmt: skip


def test_two_new_indexes_are_two_requests() -> None:
    assert steps(small(BY_T, BY_RAW), made(small())) == [
        (
            "UpdateTable",
            {
                "TableName": "Things",
                "AttributeDefinitions": [{"AttributeName": "T", "AttributeType": "S"}],
                "GlobalSecondaryIndexUpdates": [
                    {
                        "Create": {
                            "IndexName": "ByT",
                            "KeySchema": [{"AttributeName": "T", "KeyType": "HASH"}],
                            "Projection": {"ProjectionType": "ALL"},
                        }
                    }
                ],
            },
        ),
        (
            "UpdateTable",
            {
                "TableName": "Things",
                "AttributeDefinitions": [
                    {"AttributeName": "raw", "AttributeType": "B"},
                    {"AttributeName": "id", "AttributeType": "N"},
                ],
                "GlobalSecondaryIndexUpdates": [
                    {
                        "Create": {
                            "IndexName": "ByRaw",
                            "KeySchema": [
                                {"AttributeName": "raw", "KeyType": "HASH"},
                                {"AttributeName": "id", "KeyType": "RANGE"},
                            ],
                            "Projection": {"ProjectionType": "KEYS_ONLY"},
                        }
                    }
                ],
            },
        ),
    ]


def test_a_table_with_another_key_is_refused_and_nothing_else_is_said_of_it() -> None:
    (says,) = refusals(small(BY_T, sk="raw", deletion_protection=True, tags={"a": "b"}), made(small()))
    assert says.startswith(
        "its key is id (N), not id (N), raw (B); a key cannot be changed: give the table another name"
    )


def test_an_index_that_differs_is_refused_or_made_anew() -> None:
    there = made(small(BY_T))
    wanted = small(BY_T | {"pk": "raw"})
    (says,) = refusals(wanted, there)
    assert says.startswith("the key of index ByT is T (S), not raw (B); an index cannot be changed")
    drop, add = steps(wanted, there, replace_indexes=True)
    delete = [{"Delete": {"IndexName": "ByT"}}]
    assert drop == ("UpdateTable", {"TableName": "Things", "GlobalSecondaryIndexUpdates": delete})
    assert add[1]["GlobalSecondaryIndexUpdates"][0]["Create"]["IndexName"] == "ByT"
    # An index that holds more serves as well.
    assert steps(small(BY_T | {"projection": "KEYS_ONLY"}), there) == []


def test_an_index_that_the_contract_does_not_have_is_left_or_removed() -> None:
    there = made(small(BY_T))
    assert notes(small(), there) == ["Things has an index ByT, which the contract does not (--remove-indexes)"]
    assert [request["GlobalSecondaryIndexUpdates"] for _, request in steps(small(), there, remove_indexes=True)] == [
        [{"Delete": {"IndexName": "ByT"}}]
    ]


def test_a_key_attribute_of_another_type_is_refused() -> None:
    there = made(small(BY_RAW))
    attributes = there["Things"].description["AttributeDefinitions"]  # type: ignore[index]  # made() describes it
    there["Things"].description["AttributeDefinitions"] = [  # type: ignore[index]  # as above
        a | {"AttributeType": "S"} if a["AttributeName"] == "raw" else a for a in attributes
    ]
    second = BY_RAW | {"index_name": "Other"}
    says = refusals(small(BY_RAW, second), there)
    assert any(s.startswith("index Other wants raw as B, and another key has it as S") for s in says)


def test_protection_is_given_and_taken_only_where_asked() -> None:
    protect = {"TableName": "Things", "DeletionProtectionEnabled": True}
    given_ = steps(small(deletion_protection=True), made(small()))
    assert ("UpdateTable", protect) in given_
    assert len(given_) == 3  # crossfade's own tables, too
    there = made(small(deletion_protection=True))
    assert notes(small(), there)[0].startswith("Things is protected against deletion, which the contract does not")
    assert ("UpdateTable", protect | {"DeletionProtectionEnabled": False}) in steps(small(), there, unprotect=True)


def test_billing() -> None:
    on_demand, provisioned = small(BY_T), small(BY_T, billing="PROVISIONED")
    least = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    assert steps(on_demand, made(provisioned)) == [
        ("UpdateTable", {"TableName": "Things", "BillingMode": "PAY_PER_REQUEST"})
    ]
    assert steps(provisioned, made(on_demand)) == [
        (
            "UpdateTable",
            {
                "TableName": "Things",
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": least,
                "GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "ByT", "ProvisionedThroughput": least}}],
            },
        )
    ]


def test_streams() -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    with_stream = small(stream="KEYS_ONLY")
    assert steps(with_stream, made(small())) == [
        ("UpdateTable", {"TableName": "Things", "StreamSpecification": stream})
    ]
    assert notes(small(), made(with_stream)) == [
        "Things has a stream of KEYS_ONLY, which the contract does not ask for"
    ]
    (says,) = refusals(small(stream="NEW_IMAGE"), made(with_stream))
    assert says.startswith("its stream has KEYS_ONLY, not NEW_IMAGE; a stream cannot be changed")


@pytest.mark.parametrize(
    ("found", "status", "outcome"),
    [
        (None, "DISABLED", "set"),
        ("ttl", "ENABLED", "nothing"),
        ("ttl", "ENABLING", "nothing"),
        ("ttl", "DISABLING", "refused"),
        ("other", "ENABLED", "refused"),
    ],
)
def test_time_to_live(found: str | None, status: str, outcome: str) -> None:
    wanted = small(ttl_attribute="ttl")
    there = made(wanted)
    there["Things"] = replace(there["Things"], ttl=(found, status))
    plan = plan_tables(wanted, "", there)
    assert [a.call for a in plan.actions] == (["UpdateTimeToLive"] if outcome == "set" else [])
    assert bool(plan.refusals) == (outcome == "refused")


def test_a_time_to_live_that_the_contract_does_not_know_is_told() -> None:
    assert notes(small(), made(small(ttl_attribute="ttl"))) == [
        "Things: items go by the time to live in ttl, of which the contract knows nothing"
    ]


def test_tags_are_added_and_those_of_others_left() -> None:
    wanted = small(tags={"team": "a", "cost": "b"})
    there = made(wanted)
    there["Things"] = replace(there["Things"], tags={"team": "x", "cost": "b", "theirs": "c"})
    assert steps(wanted, there) == [
        ("TagResource", {"ResourceArn": "arn:Things", "Tags": [{"Key": "team", "Value": "a"}]})
    ]


def test_what_an_endpoint_lacks_is_left_out_and_told() -> None:
    wanted = small(tags={"team": "a"}, point_in_time_recovery=True)
    there = {name: replace(state, tags="lacking", recovery="lacking") for name, state in made(wanted).items()}
    assert notes(wanted, there) == [
        "the endpoint has no point-in-time recovery: it is left out",
        "the endpoint has no tags: they are left out",
    ]


def test_a_plan_with_refusals_is_not_applied() -> None:
    client, _ = stubbed()
    action = Action("CreateTable", "a", "create it", {})
    with pytest.raises(ValueError, match="refusals"):
        apply_tables(client, TablePlan((action,), (Refusal("b", "no"),)))


# ------------------------------------------------------------------------ destroy


def test_all_that_is_there_is_destroyed() -> None:
    of = small(removal="destroy")
    there = made(of)
    del there["crossfade_lookup"]
    there["crossfade_lookup"] = TableState()
    plan = plan_destroy(of, "", there)
    assert [(a.call, a.request) for a in plan.actions] == [
        ("DeleteTable", {"TableName": "Things"}),
        ("DeleteTable", {"TableName": "crossfade_control"}),
    ]
    assert [a.table for a in plan_destroy(of, "", there, only=["Things"]).actions] == ["Things"]


def test_what_is_not_destroyed() -> None:
    retained = plan_destroy(small(), "", made(small()))
    assert retained.actions == ()
    assert [r.table for r in retained.refusals] == ["Things", "crossfade_lookup", "crossfade_control"]
    assert "--removal destroy" in retained.refusals[0].says
    assert plan_destroy(small(), "", made(small()), retained=True).refusals == ()
    protected = small(removal="destroy", deletion_protection=True)
    assert "--unprotect" in plan_destroy(protected, "", made(protected)).refusals[0].says
    stranger = plan_destroy(small(removal="destroy"), "", made(small(sk="raw")))
    assert [r.says for r in stranger.refusals] == [
        "its key is id (N), raw (B), not id (N): it is no table of this contract"
    ]
