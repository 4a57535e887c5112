"""What a person is shown cannot act on a terminal, is not endless, and has no sensitive value."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.dal.redaction import digest
from crossfade.dynamodb.wire import Item
from crossfade.migration.report import Difference
from crossfade.migration.shown import headline, identified, visible

HOSTILE = "\x1b[2J\x07\r\n\u202egnp.exe\u2066\u200b\x9b31m\U000e0041"


@settings(deadline=None)
@given(st.text(st.characters()))
def test_nothing_shown_can_act(text: str) -> None:
    shown = visible(text, 10_000)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(shown) >= len(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]ünï[/]", "plain [bold]ünï[/]"),
        ("a\x1b[31m\x00", r"a\x1b[31m\x00"),
        ("a\u202eb\u2029", r"a\u202eb\u2029"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert visible("x" * 5_000, 10) == "x" * 10 + "… (4,990 more characters)"
    assert visible("x" * 10, 10) == "x" * 10


def test_a_headline_is_one_line_whatever_it_is_made_of() -> None:
    difference = Difference(
        "extra", HOSTILE, HOSTILE, {HOSTILE: {"S": HOSTILE}}, {HOSTILE: HOSTILE}, lookup=True, reason=HOSTILE
    )
    assert headline(difference).isprintable()
    assert " (lookup item)" in headline(difference)


def test_an_item_key_with_something_sensitive_in_it_is_told_by_digest() -> None:
    key: Item = {"PK": {"S": "bob@x"}, "n": {"N": "7"}, "b": {"B": b"\x00"}}
    plain = Difference("extra", None, "Users", key)
    assert identified(plain) == "PK=bob@x, n=7, b=AA=="
    hidden = Difference("extra", None, "Users", key, sensitive=True)
    assert identified(hidden) == f"PK={digest('bob@x')}, n={digest('7')}, b={digest('AA==')}"
    assert "bob" not in headline(hidden)
