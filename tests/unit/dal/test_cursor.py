"""Cursors: bound to their query, signed, and the same text on every store."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.plan import QueryPlan
from crossfade.dal.condition import F
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.errors import InvalidCursor
from crossfade.dal.query import Query, Range
from tests.unit.dal.samples import NOW, thing

SIGNER = CursorSigner(b"secret")
ENTITY = thing()
PATTERN = AccessPattern("by_name", ("name",), range="seen")
PLAN = QueryPlan("THING", PATTERN, "query", sort_fields=("seen", "id"))
QUERY = Query(
    entity=ENTITY,
    plan=PLAN,
    by={"name": "Ann"},
    range=Range(ge=NOW),
    where=(F("stock") >= 3) & (F("tags") == frozenset({"x", "y", "z"})),
    descending=False,
    limit=10,
)
RECORD: dict[str, Any] = {"seen": NOW, "id": 2**63}


def sorted_by(*names: str) -> Query:
    return replace(QUERY, plan=replace(PLAN, sort_fields=names))


def test_a_cursor_holds_the_last_entity_s_sort_and_key() -> None:
    assert SIGNER.read(QUERY, SIGNER.write(QUERY, RECORD)) == (NOW, 2**63)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 0),
        ("name", "ünï\U0001f9ff\0"),
        ("price", Decimal("-10.50")),
        ("ratio", 0.1),
        ("born", date(1, 1, 1)),
        ("seen", datetime(33, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)),
        ("span", timedelta(hours=-800)),
        ("data", b"\x00\xff"),
        ("active", False),
    ],
)
def test_every_type_of_sort_value_comes_back(field: str, value: Any) -> None:
    query = sorted_by(field)
    (got,) = SIGNER.read(query, SIGNER.write(query, {field: value}))
    assert got == value
    assert type(got) is type(value)


def test_a_cursor_does_not_depend_on_limit_or_place() -> None:
    cursor = SIGNER.write(QUERY, RECORD)
    moved = replace(QUERY, limit=77, after=(NOW, 1))
    assert SIGNER.read(moved, cursor) == (NOW, 2**63)
    assert SIGNER.write(moved, RECORD) == cursor


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, by={"name": "Bob"}),
        replace(QUERY, range=Range(gt=NOW)),
        replace(QUERY, range=None),
        replace(QUERY, where=None),
        replace(QUERY, where=F("stock") >= 4),
        replace(QUERY, where=F("stock") > 3),
        replace(QUERY, descending=True),
        replace(QUERY, plan=replace(PLAN, pattern=replace(PATTERN, name="other"))),
        replace(QUERY, plan=replace(PLAN, sort_fields=("id",))),
        replace(QUERY, entity=replace(ENTITY, name="OTHER")),
    ],
)
def test_another_query_refuses_it(other: Query) -> None:
    with pytest.raises(InvalidCursor, match="another query"):
        SIGNER.read(other, SIGNER.write(QUERY, RECORD))


def test_another_secret_refuses_it() -> None:
    with pytest.raises(InvalidCursor, match="CROSSFADE_CURSOR_SECRET"):
        CursorSigner(b"other").read(QUERY, SIGNER.write(QUERY, RECORD))


@given(st.data())
def test_a_cursor_that_was_altered_is_refused(data: st.DataObject) -> None:
    cursor = SIGNER.write(QUERY, RECORD)
    place = data.draw(st.integers(0, len(cursor) - 1))
    character = data.draw(st.characters(codec="utf-8"))
    altered = data.draw(
        st.sampled_from([cursor[:place] + character + cursor[place + 1 :], cursor[:place] + cursor[place + 1 :]])
        | st.just(cursor[:place] + character + cursor[place:])
    )
    if altered == cursor:
        return
    with pytest.raises(InvalidCursor):
        SIGNER.read(QUERY, altered)


@pytest.mark.parametrize("cursor", ["", "=", "a", "!!!!", "AAAA", 5, None, b"AAAA", "ä" * 30])
def test_what_is_no_cursor_is_refused(cursor: Any) -> None:
    with pytest.raises(InvalidCursor):
        SIGNER.read(QUERY, cursor)


def test_the_values_do_not_show_the_arguments() -> None:
    """The equalities are hashed: a cursor in a URL does not tell whose list it pages through."""
    cursor = SIGNER.write(replace(QUERY, by={"name": "secret-name"}), RECORD)
    assert b"secret-name" not in base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def test_every_process_writes_the_same_cursor() -> None:
    """The order of a set's members differs between processes."""
    program = "from tests.unit.dal.test_cursor import QUERY, RECORD, SIGNER; print(SIGNER.write(QUERY, RECORD), end='')"
    texts = {
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in range(3)
    }
    assert texts == {SIGNER.write(QUERY, RECORD)}
