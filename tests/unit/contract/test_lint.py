"""Lint: every rule has an example that trips it, and good contracts trip none."""

import json
from pathlib import Path
from typing import Any

import pytest

from crossfade.contract import RULES, ContractError, Finding, Partition, Statistics, lint, load, parse_schema
from crossfade.contract.lint_rules_values import STORABLE
from crossfade.contract.types import ValueType
from crossfade.dynamodb.values import storage
from tests.unit.contract.examples import BOOKSHOP_SQL, bookshop
from tests.unit.contract.examples_v1 import older, workshop

ROOT = Path(__file__).parents[3]
CASES = Path(__file__).parents[1] / "contract_cases"
BY_CODE = {rule.code: rule for rule in RULES}
EXAMPLES = sorted(p for p in CASES.glob("CF*.json") if not p.name.endswith(".stats.json"))
REFUSED = sorted(CASES.glob("LOAD-*.json"))
GOOD = sorted([*ROOT.glob("contracts/**/*ontract.json"), *ROOT.glob("tests/contracts/unusual/*ontract.json")])
# An example may break a second rule by what it must show: a key attribute that is none identifies nothing.
ALSO = {"CF101": {"CF103"}}


def statistics(path: Path) -> Statistics | None:
    if not path.exists():
        return None
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Statistics(
        given.get("largest", {}),
        tuple(Partition(**p) for p in given.get("partitions", ())),
        {name: (least, greatest) for name, (least, greatest) in given.get("magnitudes", {}).items()},
        given.get("unheld", {}),
    )


def lint_file(path: Path) -> tuple[Finding, ...]:
    script = path.with_suffix(".sql")
    schema = parse_schema(script.read_text(encoding="utf-8")) if script.exists() else None
    return lint(load(path), schema, statistics(path.with_suffix(".stats.json")))


def test_every_rule_has_an_example() -> None:
    assert {p.name[:5] for p in EXAMPLES} == set(BY_CODE)
    assert len(BY_CODE) == len(RULES)
    assert [r.code for r in RULES] == sorted(BY_CODE)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_trips_its_rule(path: Path) -> None:
    code = path.name[:5]
    found = lint_file(path)
    assert code in {f.code for f in found}
    others = {f.code for f in found if f.code != code and f.severity != "info"}
    assert others <= ALSO.get(code, set())
    for finding in found:
        assert finding.path.startswith("$")
        assert finding.message
        assert (finding.severity, finding.hint) == (BY_CODE[finding.code].severity, BY_CODE[finding.code].hint)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("LOAD-alias-never-joined", '"owner.name" names a row that is not joined'),
        ("LOAD-template-without-source", "did you mean 'id'?"),
        ("LOAD-key-not-a-scalar", "a key is S, N or B"),
        ("LOAD-index-attribute-missing", 'no entity has the key attribute "GSI1PK"'),
    ],
)
def test_what_loading_refuses_already(name: str, told: str) -> None:
    with pytest.raises(ContractError) as caught:
        load(CASES / f"{name}.json")
    assert told in str(caught.value)


def test_every_refused_example_is_tested() -> None:
    assert len(REFUSED) == 4


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.parent.name)
def test_good_contracts_trip_none(path: Path) -> None:
    script = path.with_name("schema.sql")
    schema = parse_schema(script.read_text(encoding="utf-8")) if script.exists() else None
    assert [f for f in lint(load(path), schema) if f.severity != "info"] == []


def test_examples_trip_none() -> None:
    assert [f for f in lint(load(bookshop()), parse_schema(BOOKSHOP_SQL)) if f.severity != "info"] == []
    for example in (workshop(), older()):
        assert [f for f in lint(load(example)) if f.severity != "info"] == []


def test_findings_are_each_told_once_and_by_rule() -> None:
    found = lint(load(workshop()))
    assert len(set(found)) == len(found)
    assert [f.code for f in found] == sorted(f.code for f in found)


def test_no_statistics_no_measured_findings() -> None:
    statistics_ = Statistics(
        {"BOOK": 10**9}, (Partition("BOOK", None, "x", 10**6, 0.9),), {"BOOK.nothing": (0.0, 1e300)}
    )
    contract = load(bookshop())
    assert {f.code for f in lint(contract, None, statistics_)} >= {"CF602", "CF603"}
    assert not {f.code for f in lint(contract)} & {"CF601", "CF602", "CF603"}
    unknown = Statistics(
        {"NOPE": 10**9}, (Partition("NOPE", None, "x", 10**6, 0.9),), {"NOPE.x": (0.0, 1e300)}, {"NOPE.x": "2"}
    )
    assert lint(contract, None, unknown) == lint(contract)


@pytest.mark.parametrize(("rows", "share", "found"), [(10_000, 0.2, True), (9_999, 0.9, False), (10**6, 0.19, False)])
def test_a_partition_is_skewed_by_its_share_of_many_rows(rows: int, share: float, found: bool) -> None:
    statistics_ = Statistics(partitions=(Partition("BOOK", None, "x", rows, share),))
    assert ("CF603" in {f.code for f in lint(load(bookshop()), None, statistics_)}) is found


@pytest.mark.parametrize("kind", sorted(STORABLE))
def test_what_is_storable_is_what_the_codec_stores(kind: Any) -> None:
    """One table for lint, one for DynamoDB: the layers do not see each other, so that they are compared here."""
    type_ = ValueType(kind, precision=5, scale=2) if kind == "decimal" else ValueType(kind)
    for attribute_type in ("S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL"):
        for format_ in (None, "iso8601", "epoch-s", "epoch-ms", "json", "hex", "base64"):
            allowed = attribute_type in STORABLE[kind] and format_ in {None, *STORABLE[kind][attribute_type]}
            try:
                storage(type_, attribute_type, format_)
            except ValueError:
                assert not allowed, (attribute_type, format_)
            else:
                assert allowed, (attribute_type, format_)
