"""Whether two key templates can make the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.contract.overlap import overlap
from crossfade.contract.template import Template
from crossfade.contract.template_parse import parse_template
from crossfade.contract.types import NUMBER, STR, ValueType, parse_sql_type

TYPES: dict[str, ValueType] = {
    "id": parse_sql_type("int unsigned"),
    "delta": parse_sql_type("int"),
    "name": STR,
    "day": parse_sql_type("date"),
    "at": parse_sql_type("datetime(3)"),
    "state": parse_sql_type("enum('open','done')"),
    "token": parse_sql_type("binary(4)"),
    "number": NUMBER,
}


def template(source: str) -> Template:
    return parse_template(source, types=TYPES, escape=True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#META", "#META", True),
        ("#META", "#METAL", False),
        ("V1#{id}", "V2#{id}", False),
        ("USER#{id}", "USER#{name}", True),
        ("USER#{id}", "USERS#{name}", False),
        ("{name}", "CART#{id:012d}", True),
        ("{id:012d}", "{id:011d}", False),
        ("{id:012d}", "{id}", True),
        ("{id}", "{state}", False),
        ("{state}", "open", True),
        ("{day}", "{at}", False),
        ("{day}", "2020-01-01", True),
        ("{day}", "today", False),
        ("{id}", "-{id}", False),
        ("{delta}", "-{id}", True),
        ("{name}#{id}", "a#b#{id}", False),
        ("{name}", "a#b#{id}", True),
        ("{id|NONE}", "NONE", True),
        ("{token}", "{id:08d}", True),
        ("{token}", "{id:09d}", False),
        ("{number}", "1.5", True),
        ("{id:flag}", "1", True),
        ("{id:flag}", "2", False),
    ],
)
def test_overlap(one: str, other: str, expected: bool) -> None:
    assert overlap(template(one), template(other)) is expected
    assert overlap(template(other), template(one)) is expected


PARTS = st.sampled_from(["{name}", "{id:03d}", "#", "A", "AB", "{state}", "{day}"])
SOURCES = st.lists(PARTS, min_size=1, max_size=4).map("".join)
TEXT = st.text(alphabet="AB#%x", max_size=3)


@given(SOURCES, SOURCES, TEXT, st.integers(0, 999), st.sampled_from(["open", "done"]), st.dates())
def test_equal_keys_overlap(one: str, other: str, name: str, number: int, state: str, day: object) -> None:
    values = {"name": name, "id": number, "state": state, "day": day}
    left, right = template(one), template(other)
    if left.build(values) == right.build(values):
        assert overlap(left, right)
