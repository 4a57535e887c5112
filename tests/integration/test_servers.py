"""The test servers are what the other tests take them for."""

import os
import signal
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import boto3
import pymysql
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.images.engine import SetupError, run
from tests.images.polling import wait_until
from tests.images.prepare import prepare
from tests.integration import reaper
from tests.integration.containers import FaultServer, Servers
from tests.integration.servers import DynamoServer, SqlServer, load_schema

SCHEMA = """\
CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20) COLLATE utf8mb4_0900_bin, n INT DEFAULT 0);
INSERT INTO a (v) VALUES ('; not an end'), ('y');
DELIMITER ;;
CREATE TRIGGER a_bi BEFORE INSERT ON a FOR EACH ROW BEGIN
  SET NEW.n = 1; SET NEW.n = NEW.n + 1;
END;;
DELIMITER ;
INSERT INTO a (v) VALUES ('z');
"""


RUN_THAT_NEVER_ENDS = """\
import os, pathlib, signal, sys
from tests.integration.containers import Servers
Servers(pathlib.Path(sys.argv[1]), sys.argv[2], os.getpid()).dynamodb()
print("started", flush=True)
signal.pause()
"""


def python(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this module's own program


def containers(run_id: str) -> list[str]:
    return run("docker", "ps", "-aq", "--filter", f"label={reaper.RUN}={run_id}").split()


def make_table(server: DynamoServer, name: str) -> None:
    with closing(server.client()) as client:
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )


def test_mysql_is_mysql(mysql_server: SqlServer) -> None:
    ((version, gtid, row_format, metadata),) = mysql_server.execute(
        "SELECT VERSION(), @@gtid_mode, @@binlog_format, @@binlog_row_metadata"
    )
    assert int(version.split(".")[0]) in {8, 9}
    assert "MariaDB" not in version
    assert (gtid, row_format, metadata) == ("ON", "ROW", "FULL")


def test_mariadb_is_mariadb(mariadb_server: SqlServer) -> None:
    ((version, row_format),) = mariadb_server.execute("SELECT VERSION(), @@binlog_format")
    assert "MariaDB" in version
    assert tuple(int(part) for part in version.split(".")[:2]) >= (10, 6)
    assert row_format == "ROW"


@pytest.mark.parametrize("kind", ["mysql", "mariadb"])
def test_database_belongs_to_the_test_and_goes_with_it(kind: str, request: pytest.FixtureRequest) -> None:
    server: SqlServer = request.getfixturevalue(f"{kind}_server")
    with server.database() as url:
        name = make_url(url).database
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (id INT PRIMARY KEY)"))
            connection.execute(text("INSERT INTO t VALUES (1)"))
        left_open = engine.connect()
        left_open.execute(text("SELECT * FROM t FOR UPDATE"))
    left_open.invalidate()
    left_open.close()
    engine.dispose()
    assert server.execute("SHOW DATABASES LIKE %s", name) == ()


@pytest.mark.parametrize("kind", ["mysql", "mariadb"])
def test_schema_file_is_loaded(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url: str = request.getfixturevalue(f"{kind}_database")
    path = tmp_path / "schema.sql"
    path.write_text(SCHEMA)
    load_schema(url, path)
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT v, n FROM a ORDER BY id")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("; not an end", 0), ("y", 0), ("z", 2)]


def test_an_error_late_in_a_schema_file_is_not_lost(mysql_database: str, tmp_path: Path) -> None:
    path = tmp_path / "schema.sql"
    path.write_text("CREATE TABLE a (id INT);\nCREATE TABLE b (id NONSENSE);\n")
    with pytest.raises(pymysql.ProgrammingError, match="NONSENSE"):
        load_schema(mysql_database, path)


def test_dynamodb_transactions_are_all_or_nothing(dynamodb_server: DynamoServer, table_prefix: str) -> None:
    table = f"{table_prefix}t"
    make_table(dynamodb_server, table)
    with closing(dynamodb_server.client()) as client:
        client.put_item(TableName=table, Item={"pk": {"S": "taken"}})
        with pytest.raises(ClientError) as caught:
            client.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": table, "Item": {"pk": {"S": "new"}}}},
                    {
                        "Put": {
                            "TableName": table,
                            "Item": {"pk": {"S": "taken"}},
                            "ConditionExpression": "attribute_not_exists(pk)",
                        }
                    },
                ]
            )
        assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
        assert client.scan(TableName=table, ConsistentRead=True)["Items"] == [{"pk": {"S": "taken"}}]


def test_tables_of_a_prefix_go_with_it(dynamodb_server: DynamoServer) -> None:
    with dynamodb_server.prefix() as prefix:
        make_table(dynamodb_server, f"{prefix}a")
        make_table(dynamodb_server, f"{prefix}b")
        assert dynamodb_server.tables(prefix) == [f"{prefix}a", f"{prefix}b"]
    assert dynamodb_server.tables(prefix) == []


def test_environment_leads_the_sdk_to_dynamodb_local(dynamodb_endpoint: str, table_prefix: str) -> None:

    with closing(boto3.session.Session().client("dynamodb")) as client:
        assert client.meta.endpoint_url == dynamodb_endpoint
        assert client.describe_limits()["AccountMaxReadCapacityUnits"] > 0


def test_dynamodb_write_that_timed_out_is_applied_later(fault_dynamodb: FaultServer[DynamoServer]) -> None:
    make_table(fault_dynamodb.server, "late")
    impatient = fault_dynamodb.server.client(Config(read_timeout=1))
    with closing(impatient) as client, fault_dynamodb.paused(), pytest.raises(ReadTimeoutError):
        client.put_item(TableName="late", Item={"pk": {"S": "1"}})
    with closing(fault_dynamodb.server.client()) as client:
        wait_until(lambda: "Item" in client.get_item(TableName="late", Key={"pk": {"S": "1"}}))


def test_mysql_write_that_timed_out_is_applied_later(fault_mysql: FaultServer[SqlServer]) -> None:
    server = fault_mysql.server
    with server.database() as url:
        name = make_url(url).database
        server.execute("CREATE TABLE late (id INT PRIMARY KEY)", database=name)
        impatient = server.connect(name, timeout=1)
        timed_out = pytest.raises(pymysql.OperationalError, match="timed out")
        with closing(impatient), impatient.cursor() as cursor, fault_mysql.paused(), timed_out:
            cursor.execute("INSERT INTO late VALUES (1)")
        wait_until(lambda: server.execute("SELECT id FROM late", database=name) == ((1,),))


def test_killed_mysql_comes_back_at_its_address_with_what_was_committed(
    fault_mysql: FaultServer[SqlServer],
) -> None:
    server = fault_mysql.server
    with server.database() as url:
        name = make_url(url).database
        server.execute("CREATE TABLE k (id INT PRIMARY KEY)", database=name)
        server.execute("INSERT INTO k VALUES (1)", database=name)
        with closing(server.connect(name)) as connection, connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("INSERT INTO k VALUES (2)")
            fault_mysql.kill()
            with pytest.raises(pymysql.OperationalError):
                cursor.execute("COMMIT")
        with pytest.raises(pymysql.OperationalError):
            server.connect(timeout=1)
        fault_mysql.start()
        assert server.execute("SELECT id FROM k", database=name) == ((1,),)


def test_killed_dynamodb_comes_back_at_its_address_with_its_items(
    fault_dynamodb: FaultServer[DynamoServer],
) -> None:
    make_table(fault_dynamodb.server, "killed")
    with closing(fault_dynamodb.server.client()) as client:
        client.put_item(TableName="killed", Item={"pk": {"S": "1"}})
        fault_dynamodb.kill()
        with pytest.raises(EndpointConnectionError):
            client.put_item(TableName="killed", Item={"pk": {"S": "2"}})
        fault_dynamodb.start()
        assert client.scan(TableName="killed", ConsistentRead=True)["Items"] == [{"pk": {"S": "1"}}]


def test_servers_of_a_killed_run_are_removed(servers: Servers, tmp_path: Path) -> None:
    run_id = uuid.uuid4().hex
    with python(RUN_THAT_NEVER_ENDS, str(tmp_path / "servers"), run_id) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        assert len(containers(run_id)) == 1
        process.send_signal(signal.SIGKILL)
    wait_until(lambda: containers(run_id) == [])


def test_what_an_earlier_run_left_is_swept_away(servers: Servers) -> None:
    with python("") as ended:
        pass
    left, kept = uuid.uuid4().hex, uuid.uuid4().hex
    image = prepare().images["dynamodb"]
    for run_id, owner in ((left, ended.pid), (kept, os.getpid())):
        labels = reaper.labels(run_id, owner)
        run("docker", "create", *(f"--label={name}={value}" for name, value in labels.items()), image)
    reaper.sweep()
    assert containers(left) == []
    assert len(containers(kept)) == 1
    reaper.remove(kept)


def test_no_engine_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(SetupError, match="no container engine answers at DOCKER_HOST"):
        prepare()


def test_a_named_image_that_cannot_be_had_is_an_error(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSFADE_TEST_MYSQL_IMAGE", "crossfade-test/absent:0")
    with pytest.raises(SetupError, match="CROSSFADE_TEST_MYSQL_IMAGE=crossfade-test/absent:0"):
        prepare()
