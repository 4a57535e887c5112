"""Loading: joins that lead nowhere, and what is no contract at all."""

from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import ContractError, load, loads
from tests.unit.contract.editing import book
from tests.unit.contract.examples import bookshop


def chain(one: str, two: str) -> list[dict[str, Any]]:
    def joined(name: str, table: str, condition: str) -> dict[str, Any]:
        join = {
            "type": "foreign-key",
            "target_table": table,
            "join_condition": condition,
            "select_column": f"{table}.name",
        }
        return {"name": name, "type": "S", "join": join}

    return [joined("left", "lefts", one), joined("right", "rights", two)]


def test_joins_in_a_circle() -> None:
    contract = bookshop()
    book(contract)["attributes"] += chain("lefts.id = rights.left_id", "rights.id = lefts.right_id")
    with pytest.raises(ContractError, match="in a circle: left -> right -> left"):
        load(contract)


def test_an_ambiguous_alias() -> None:
    contract = bookshop()
    others = chain("lefts.id = books.left_id", "rights.id = lefts.right_id")
    again = dict(others[0], name="again", join=dict(others[0]["join"], join_condition="lefts.id = books.other_id"))
    book(contract)["attributes"] += [*others, again]
    with pytest.raises(ContractError, match='"lefts" is ambiguous: "left" and "again" join it differently'):
        load(contract)


def test_an_alias_used_twice() -> None:
    contract = bookshop()
    hops = [
        {"target_table": "authors", "join_condition": "authors.id = books.author_id", "select_column": "name"},
        {"target_table": "authors", "join_condition": "authors.id = books.author_id", "select_column": "name"},
    ]
    book(contract)["attributes"].append({"name": "both", "type": "S", "join": {"type": "chain", "joins": hops}})
    with pytest.raises(ContractError, match="used twice"):
        load(contract)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1, column 1"),
        ("{\n  'a': 1}", "line 2, column 3"),
        ('{"tables": [1,]}', "line 1"),
        ("NaN", "NaN is not a JSON number"),
        ('{"tables": [{"table": "Abc", "table": "Abd"}]}', "$.tables[0].table: is there twice"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", '"tables" is missing'),
        ("[]", "1 at least"),
        ("null", "wants a list, not null"),
        ('"text"', "not \"text\""),
    ],
)  # fmt: skip
def test_what_is_no_contract(text: str, told: str) -> None:
    with pytest.raises(ContractError) as caught:
        loads(text, "file.json")
    assert told in str(caught.value)
    assert str(caught.value).startswith("file.json: ")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No such file"):
        load(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(ContractError, match="not UTF-8 at byte 7"):
        load(tmp_path / "latin.json")
    with pytest.raises(ContractError, match="cannot be read"):
        load(tmp_path)


def test_a_value_that_holds_itself() -> None:
    endless: dict[str, Any] = {}
    endless["tables"] = [endless]
    with pytest.raises(ContractError, match="nested too deeply"):
        load(endless)
