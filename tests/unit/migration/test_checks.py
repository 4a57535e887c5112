"""What must hold before rows are walked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace as Of
from typing import TYPE_CHECKING, Any

import pytest

from crossfade.contract import load, parse_schema
from crossfade.dal.errors import SchemaMismatch
from crossfade.dynamodb import DynamoDBStore, create_tables
from crossfade.migration import checks
from tests.unit.imitation import imitation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHOP = Path(__file__).parents[3] / "contracts" / "migrationContract.json"


def stores(key: str) -> Any:
    """Stores of one entity whose rows are told apart by some columns."""
    script = f"CREATE TABLE notes (id INT NOT NULL, tags SET('a','b') NOT NULL, PRIMARY KEY ({key}));"
    table = parse_schema(script).tables["notes"]
    tables = Of(source=lambda name: table, identity=lambda name: table.primary_key)
    mysql = Of(check=lambda: None, records=lambda name: Of(projection=Of(tables=tables)))
    contract = Of(entities={"NOTE": Of(source_table="notes")})
    return Of(contract=contract, mysql=mysql, dynamodb=Of(check=lambda: None))


def test_rows_whose_key_holds_a_set_cannot_be_walked() -> None:
    checks.check(stores("id"))
    with pytest.raises(SchemaMismatch, match=r"notes\.tags, of the key that tells rows apart, is a SET"):
        checks.check(stores("id, tags"))


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with imitation() as made:
        yield made


def test_what_applying_cannot_do_is_not_advised(client: DynamoDBClient) -> None:
    contract = load(SHOP)
    opened = stores("id")
    opened.contract, opened.dynamodb = contract, DynamoDBStore(contract, client, prefix="a-")
    create_tables(client, contract, "a-")
    checks.check(opened)
    client.delete_table(TableName="a-Users")
    with pytest.raises(SchemaMismatch, match=r"there is no table a-Users: .* make it with `crossfade tables apply`"):
        checks.check(opened)
    client.create_table(
        TableName="a-Users",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(SchemaMismatch, match=r"table a-Users: its key .*: `crossfade tables plan` says") as caught:
        checks.check(opened)
    assert "apply" not in str(caught.value)
