"""Keys: canonical, hashable, equal to dictionaries."""

from __future__ import annotations

from typing import Any

import pytest

from crossfade.dal.errors import InvalidValue
from crossfade.dal.key import Key, key_of, make_key
from tests.unit.dal.samples import NOW, thing

SINGLE = thing()
DOUBLE = thing(key=("name", "seen"))


def test_a_key_equals_a_dictionary_and_is_a_dictionary_key() -> None:
    key = Key(id=7)
    assert key == {"id": 7} == key
    assert key == Key({"id": 7})
    assert {key: 1}[Key(id=7)] == 1
    assert key != Key(id=8)
    assert key != 7
    assert dict(key) == {"id": 7}
    assert repr(Key(a=1, b="x")) == "Key(a=1, b='x')"
    assert hash(Key(a=1, b=2)) == hash(Key(b=2, a=1))


@pytest.mark.parametrize("given", [7, {"id": 7}, Key(id=7)])
def test_make_key_takes_a_value_or_a_mapping(given: Any) -> None:
    assert make_key(SINGLE, given) == Key(id=7)


def test_make_key_makes_canonical_values() -> None:
    key = make_key(DOUBLE, {"seen": NOW, "name": "Ann"})
    assert list(key) == ["name", "seen"]
    assert key["seen"] == NOW
    assert key_of(DOUBLE, {"seen": NOW, "name": "Ann", "other": 1}) == key


@pytest.mark.parametrize(
    ("entity", "given", "field"),
    [
        (SINGLE, None, "id"),
        (SINGLE, "7", "id"),
        (SINGLE, -1, "id"),
        (SINGLE, {}, "key"),
        (SINGLE, {"id": 7, "name": "x"}, "key"),
        (SINGLE, {"ident": 7}, "key"),
        (SINGLE, {"id": None}, "id"),
        (DOUBLE, 7, "key"),
        (DOUBLE, {"name": "Ann"}, "key"),
        (DOUBLE, {"name": "Ann", "seen": NOW.replace(tzinfo=None)}, "seen"),
    ],
)
def test_make_key_refuses(entity: Any, given: Any, field: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        make_key(entity, given)
    assert caught.value.field == field
