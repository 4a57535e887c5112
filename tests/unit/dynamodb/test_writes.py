"""What happens to entities, as literal actions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crossfade.dal.change import Add
from crossfade.dal.condition import AllOf, Comparison
from crossfade.dal.key import Key
from crossfade.dynamodb.actions import (
    Astray,
    Changed,
    CheckItem,
    DeleteItem,
    Demand,
    Held,
    Missing,
    Occupied,
    PutItem,
    Refused,
    Stale,
    UpdateItem,
)
from crossfade.dynamodb.guards import Either, Has, Is, Lacks, Where
from crossfade.dynamodb.layout import Layout
from crossfade.dynamodb.writes import Step, Use, plan
from tests.unit.dynamodb.opened import START, contract_of

LAYOUT = Layout(contract_of("shop"), "p_", lambda: START)
USER, CATEGORY = LAYOUT.of("USER"), LAYOUT.of("CATEGORY")
REV = {"S": "new"}


def user(**fields: Any) -> dict[str, Any]:
    """A whole user."""
    made = dict.fromkeys(USER.entity.fields)
    named = {"id": 7, "username": "ann", "email": "a@x", "password_hash": "h", "is_seller": False, "super_admin": False}
    return {**made, **named, "created_at": START, "updated_at": START, **fields}


def stored(record: dict[str, Any], rev: str = "old", **attributes: Any) -> Any:
    """A user as it was read."""
    return USER.stored({**USER.codec.encode(record), "_rev": {"S": rev}, **attributes})


def _lookup(kind: str, value: str, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "pk": {"S": f"USER|{kind}|{value}"},
        "entity": {"S": "USER"},
        "target": {"M": USER.item_key(record)},
        "owner": {"M": {"id": {"N": "7"}}},
        "_rev": REV,
    }


OWN = Is("owner", {"M": {"id": {"N": "7"}}})
OWN_OR_NONE = (Either((OWN, Lacks("pk"))),)


def _held(number: int, text: str, *guard: Any) -> tuple[Demand, ...]:
    return (Demand(guard, Held("USER", Key(id=7), USER.lookups[number], text)),)


def test_create() -> None:
    record = user()
    at = {"PK": {"S": "a@x"}, "SK": {"S": "#META"}}
    by_key, by_name = _lookup("key", "7", record), _lookup("unique:username", "ann", record)
    assert plan(LAYOUT, [Step("USER", new=record)], "new") == (
        PutItem(
            "p_Users",
            at,
            {**USER.codec.encode(record), "_rev": REV},
            (Demand((Lacks("PK"),), Occupied("USER", Key(id=7))),),
        ),
        PutItem("p_crossfade_lookup", {"pk": by_key["pk"]}, by_key, _held(0, "USER|key|7", Lacks("pk"))),
        PutItem(
            "p_crossfade_lookup", {"pk": by_name["pk"]}, by_name, _held(1, "USER|unique:username|ann", Lacks("pk"))
        ),
    )


def test_a_change_of_the_item_alone_leaves_lookups_alone_and_keeps_what_others_wrote() -> None:
    old = stored(user(), colour={"S": "blue"})
    (put,) = plan(LAYOUT, [Step("USER", (old,), user(first_name="Ann"))], "new")
    assert isinstance(put, PutItem)
    assert put.item["colour"] == {"S": "blue"}
    assert put.item["first_name"] == {"S": "Ann"}
    assert put.demands == (Demand((Is("_rev", {"S": "old"}),), Changed("USER", old.key)),)


def test_a_move_leads_every_lookup_to_the_new_place() -> None:
    old, new = stored(user()), user(email="b@x")
    actions = plan(LAYOUT, [Step("USER", (old,), new)], "new")
    by_key, by_name = _lookup("key", "7", new), _lookup("unique:username", "ann", new)
    assert actions[0] == DeleteItem(
        "p_Users", old.key, (Demand((Is("_rev", {"S": "old"}),), Changed("USER", old.key)),)
    )
    assert actions[2:] == (
        PutItem("p_crossfade_lookup", {"pk": by_key["pk"]}, by_key, _held(0, "USER|key|7", *OWN_OR_NONE)),
        PutItem(
            "p_crossfade_lookup", {"pk": by_name["pk"]}, by_name, _held(1, "USER|unique:username|ann", *OWN_OR_NONE)
        ),
    )


def test_a_unique_value_given_up_is_freed_only_by_its_owner() -> None:
    old, new = stored(user()), user(username="bea")
    *_, freed = plan(LAYOUT, [Step("USER", (old,), new)], "new")
    text = "USER|unique:username|ann"
    assert freed == DeleteItem("p_crossfade_lookup", {"pk": {"S": text}}, (Demand(OWN_OR_NONE, Astray(text)),))
    kept = plan(LAYOUT, [Step("USER", (old,), new, astray=frozenset({text}))], "new")
    assert all(action.key != {"pk": {"S": text}} for action in kept)


def test_an_item_without_a_token_must_still_have_none() -> None:
    item = USER.codec.encode(user())
    (delete, *_) = plan(LAYOUT, [Step("USER", (USER.stored(item),))], "new")
    assert delete.demands[0].guard == (Has("PK"), Lacks("_rev"))


def test_a_lookup_that_leads_nowhere_is_taken_over_under_its_token() -> None:
    text = "USER|unique:username|ann"
    actions = plan(LAYOUT, [Step("USER", new=user(), vacant={text: "left"})], "new")
    assert actions[2].demands == _held(1, text, Is("_rev", {"S": "left"}))


AT = {"PK": {"S": "ROOT"}, "SK": {"S": "Goods"}}
THERE = (
    Has("PK"),
    Lacks("_deleted"),
    Where("CATEGORY", AllOf((Comparison("id", "=", 3),))),
)


def test_a_parent_is_counted_in_and_checked_in_one_action() -> None:
    product = Use("CATEGORY", Key(id=3), AT, (("PRODUCT", ("category_id",)),), {"name": "Goods"}, {"product_count": 1})
    other = Use("CATEGORY", Key(id=3), AT, adds={"product_count": 2})
    copied = Where("CATEGORY", AllOf((Comparison("name", "=", "Goods"),)))
    (update,) = plan(LAYOUT, [Step("USER", uses=(product,)), Step("CART", uses=(other,))], "new")
    assert update == UpdateItem(
        "p_Categories",
        AT,
        "CATEGORY",
        {"product_count": Add(3)},
        {"_rev": REV},
        (
            Demand(THERE, Missing("PRODUCT", ("category_id",), "CATEGORY", Key(id=3)), after=True),
            Demand((*THERE, copied), Stale("CATEGORY", Key(id=3)), after=True),
            Demand(THERE, Stale("CATEGORY", Key(id=3)), after=True),
        ),
    )


def test_a_parent_that_only_must_be_there_is_checked() -> None:
    use = Use("CATEGORY", Key(id=3), AT, (("PRODUCT", ("category_id",)),))
    (check,) = plan(LAYOUT, [Step("USER", uses=(use,))], "new")
    assert isinstance(check, CheckItem)
    assert plan(LAYOUT, [Step("USER", uses=(Use("CATEGORY", Key(id=3), AT, adds={"product_count": 0}),))], "new") == ()


def _category(**fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"id": 3, "name": "Goods", "parent_id": None, "created_at": datetime(2034, 1, 1, tzinfo=UTC)}
    return {**made, "parent_name": "ROOT", "product_count": 0, "child_count": 0, **fields}


def test_a_parent_that_is_written_too_takes_its_count_along() -> None:
    use = Use("CATEGORY", Key(id=3), AT, (("PRODUCT", ("category_id",)),), adds={"product_count": 1})
    put, *_ = plan(LAYOUT, [Step("CATEGORY", new=_category()), Step("USER", uses=(use,))], "new")
    assert isinstance(put, PutItem)
    assert put.item["product_count"] == {"N": "1"}
    assert [d.otherwise for d in put.demands] == [Occupied("CATEGORY", Key(id=3))]


def test_what_is_deleted_cannot_be_referred_to() -> None:
    old = CATEGORY.stored({**CATEGORY.codec.encode(_category()), "_rev": {"S": "old"}})
    use = Use("CATEGORY", Key(id=3), AT, (("PRODUCT", ("category_id",)),))
    with pytest.raises(Refused) as caught:
        plan(LAYOUT, [Step("CATEGORY", (old,)), Step("USER", uses=(use,))], "new")
    assert caught.value.final
    assert isinstance(caught.value.found[0][0], Missing)


def test_a_unique_value_passes_from_one_to_the_other_in_one_action() -> None:
    giver, taker = stored(user()), user(id=8, email="c@x")
    steps = [Step("USER", (giver,), user(username="bea")), Step("USER", new=taker)]
    (passed,) = [a for a in plan(LAYOUT, steps, "new") if a.key == {"pk": {"S": "USER|unique:username|ann"}}]
    assert isinstance(passed, PutItem)
    assert passed.item["owner"] == {"M": {"id": {"N": "8"}}}
    assert [d.guard for d in passed.demands] == [OWN_OR_NONE]
