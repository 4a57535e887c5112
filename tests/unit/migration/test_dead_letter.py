"""A dead letter says which row and why, and no sensitive value."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from crossfade.migration.copy import dead_letter


def layout(*sensitive: str, key: tuple[str, ...] = ("id",)) -> Any:
    entity = SimpleNamespace(key=key, sensitive=frozenset(sensitive))
    return SimpleNamespace(contract=SimpleNamespace(entities={"E": entity}))


def test_sensitive_values_are_left_out_of_the_reason() -> None:
    record = {"id": 7, "secret": "hunter2", "rows": [{"pin": "1234"}, {"pin": None}], "empty": ""}
    letter = dead_letter(layout("secret", "rows.pin", "empty"), "E", record, "hunter2 and 1234 are too long")
    assert (letter.key, letter.reason) == ({"id": 7}, "*** and *** are too long")


def test_a_sensitive_key_tells_rows_apart_without_its_value() -> None:
    letters = [dead_letter(layout("mail", key=("mail",)), "E", {"mail": m}, "r") for m in ("a@x", "b@x")]
    keys = [str((letter.key or {})["mail"]) for letter in letters]
    assert keys[0] != keys[1]
    assert all(k.startswith("sha256:") and "@" not in k for k in keys)


def test_a_key_is_as_json_holds_it() -> None:
    letter = dead_letter(layout(key=("a", "b")), "E", {"a": b"\x00\xff", "b": "ä"}, "r")
    assert letter.key == {"a": "00ff", "b": "ä"}
