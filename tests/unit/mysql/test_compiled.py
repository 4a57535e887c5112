"""Straight-line decoders make what the projection makes field by field; statements are compiled once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from crossfade.contract.errors import InvalidValue
from crossfade.mysql import create
from crossfade.mysql.prepared import Prepared
from crossfade.mysql.projection import Projection
from crossfade.mysql.transaction import Transaction
from crossfade.mysql.types import ColumnType
from tests.unit.mysql.compiling import contract, records

_VALUES = {
    "bool": 1, "int": 7, "year": 2034, "decimal": Decimal("3.50"), "float": 0.5, "str": "text",
    "date": date(2034, 5, 1), "datetime": datetime(2034, 5, 1, 12, tzinfo=UTC).replace(tzinfo=None),
    "time": timedelta(hours=25),
    "bytes": b"\x00\xff", "json": '["a"]',
}  # fmt: skip
_ENTITIES = [(name, entity) for name in ("shop", "library") for entity in contract(name).entities]


def _stored(type_: ColumnType) -> Any:
    """What the driver would give for a column."""
    kind = type_.value_type
    if kind.spatial:
        return b"\x00\x00\x00\x00\x01\x01\x00\x00\x00" + bytes(16)
    if kind.kind == "set":
        return '["a"]' if kind.members else ",".join(kind.values[:1])
    if kind.kind == "bool" and kind.source.startswith("bit"):
        return b"\x01"
    return kind.values[0] if kind.kind == "enum" else _VALUES[kind.kind]


def _rows(projection: Projection) -> list[list[Any]]:
    """A row of values, one of nulls, and one for each column that alone is null."""
    full = [_stored(of) for of in projection.types]
    alone = [[*full[:i], None, *full[i + 1 :]] for i in range(len(full))]
    return [full, [None] * len(full), *alone]


@pytest.mark.parametrize(("name", "entity"), _ENTITIES)
def test_a_record_is_what_its_fields_are(name: str, entity: str) -> None:
    projection = records(entity, name).projection
    many: dict[str, Any] = {field: [] for field in projection.to_many}
    compared = 0
    for row in _rows(projection):
        expected, refused = _interpreted(projection, row, many)
        if refused is not None:
            with pytest.raises(InvalidValue) as caught:
                projection.decode(row, many)
            assert str(caught.value) == refused
            continue
        found = projection.decode(row, many)
        assert found == expected
        assert {f: type(v) for f, v in found.items()} == {f: type(v) for f, v in expected.items()}
        compared += 1
    assert compared > 1


def _interpreted(projection: Projection, row: list[Any], many: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The record, made field by field; or why there is none."""
    made = dict(many)
    try:
        typed = [of.decoded(value) for of, value in zip(projection.types, row, strict=True)]
        for field in projection.entity.fields:
            if field not in many:
                made[field] = projection.value(field, typed, made)
    except InvalidValue as error:
        return {}, str(error)
    return made, None


def test_texts_of_joined_rows_are_left_out_where_they_are_not_there() -> None:
    projection = records("PRODUCT").projection
    chain = projection.chains["category_path"]
    row = [_stored(of) for of in projection.types]
    for place, text in zip(chain.texts, ("Phones", "Electronics", None), strict=True):
        row[place] = text
    found = projection.decode(row, {})
    assert (found["category_path"], found["category_name"]) == ("Phones < Electronics", "Phones")
    assert found["created_at"] == datetime(2034, 5, 1, 12, tzinfo=UTC)


def test_a_statement_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    compile_ = sa.Select.compile

    def counting(*args: Any, **kwargs: Any) -> Any:
        made.append(args)
        return compile_(*args, **kwargs)

    monkeypatch.setattr(sa.Select, "compile", counting)
    engine = sa.create_engine("mysql+pymysql://u@h/d", paramstyle="format")
    fresh = Prepared(records("PRODUCT")._by_key.statement)
    found = [fresh.of(engine.dialect, {"id": n}) for n in (1, 2)]
    assert [text.endswith("WHERE products.id = %s") for text, _ in found] == [True, True]
    assert [values for _, values in found] == [(1,), (2,)]
    assert len(made) == 1
    other = sa.create_engine("mysql+pymysql://u@h/e", paramstyle="format")
    assert fresh.of(other.dialect, {"id": 1}) == found[0]
    assert len(made) == 2


def test_a_statement_s_constants_stay() -> None:
    engine = create("sqlite://")
    doubled = Prepared(sa.select(sa.bindparam("n", type_=sa.Integer()) * sa.literal(2)))
    with Transaction(engine, writes=False) as transaction:
        assert [transaction.fetch(doubled, {"n": n})[0][0] for n in (1, 2)] == [2, 4]
    text, values = doubled.of(engine.dialect, {"n": 5})
    assert (text.count("?"), values) == (2, (5, 2))
    engine.dispose()
