"""Take Chinook from MySQL to DynamoDB, and prove that all of it arrived: `python -m examples.chinook.walk`.

Starts MySQL and DynamoDB Local in containers, as the integration tests do, loads the dump as it is, and runs the
`crossfade` command as anybody would. What this prints is what the README shows.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import make_url

from tests.images.engine import SetupError
from tests.integration.containers import Servers
from tests.integration.servers import DynamoServer, SqlServer, load_schema

HERE = Path(__file__).parent
CONTRACT = HERE / "migrationContract.json"
DUMP = HERE / "chinook-mysql.sql"
DATABASE = "Chinook_AutoIncrement"
PREFIX = "chinook_"
REPORT = "report.json"
ENTITIES = {
    "Album": "ALBUM",
    "Artist": "ARTIST",
    "Customer": "CUSTOMER",
    "Employee": "EMPLOYEE",
    "Genre": "GENRE",
    "Invoice": "INVOICE",
    "InvoiceLine": None,
    "MediaType": "MEDIATYPE",
    "Playlist": "PLAYLIST",
    "PlaylistTrack": "PLAYLIST_TRACK",
    "Track": "TRACK",
}
"""Every table, and the entity that its rows are; an invoice's lines are in it."""


class Failed(Exception):
    """A step did not do what it should."""


@dataclass(frozen=True)
class Walk:
    """The walk on two servers. Its files lie in `folder`, where the commands are run."""

    mysql: SqlServer
    dynamodb: DynamoServer
    folder: Path
    database: str = DATABASE
    prefix: str = PREFIX
    contract: Path = CONTRACT

    @property
    def settings(self) -> dict[str, str]:
        """What leads crossfade to both stores."""
        return {
            "CROSSFADE_CONTRACT": CONTRACT.name,
            "CROSSFADE_MYSQL_URL": self.mysql.url(self.database),
            "CROSSFADE_TABLE_PREFIX": self.prefix,
            **self.dynamodb.environment(),
        }

    def all(self) -> None:
        """Every step; raises Failed at the first that does not do what it should."""
        shutil.copy(self.contract, self.folder / CONTRACT.name)
        say(f"loading {DUMP.name} into {self.mysql.kind}")
        load_schema(self.mysql.url(), DUMP)
        self.run("contract", "check", CONTRACT.name)
        self.run("tables", "apply")
        self.run("tables", "plan", "--detailed-exitcode")
        # Few words: of long chunks only the end is told.
        self.run("backfill", "--chunk-seconds", "10")
        self.run("verify", "--report", REPORT, "--html", "report.html")
        self.compare()
        self.back()

    def back(self) -> None:
        """Make every row again, in a database without any, from the items. Raises Failed where one is another."""
        dump = DUMP.read_text(encoding="utf-8")
        tables = self.folder / "tables.sql"
        tables.write_text(dump[dump.index("CREATE TABLE") : dump.index("INSERT INTO")], encoding="utf-8")
        say("\nand back, into a database with the same tables and no rows")
        with self.mysql.database() as url:
            load_schema(url, tables)
            self.run("backfill", "--reverse", CROSSFADE_MYSQL_URL=url)
            self.run("verify", "--reverse", CROSSFADE_MYSQL_URL=url)
            other = str(make_url(url).database)
            differing = [table for table in ENTITIES if self.content(table) != self.content(table, other)]
        if differing:
            raise Failed(f"rows differ: {', '.join(differing)}")
        say("every row of all 11 tables came back, bit for bit")

    def run(self, *arguments: str, **settings: str) -> None:
        """Run the `crossfade` command in sight, with other settings. Raises Failed unless it exits 0."""
        say(f"\n$ crossfade {shlex.join(arguments)}")
        command = [str(Path(sys.executable).with_name("crossfade")), *arguments]
        done = subprocess.run(command, cwd=self.folder, env=os.environ | self.settings | settings, check=False)  # noqa: S603 - our own
        if done.returncode:
            raise Failed(f"crossfade {arguments[0]} ended with exit code {done.returncode}")

    def compare(self) -> None:
        """Print the report's counts beside SQL's. Raises Failed where they differ."""
        reported = json.loads((self.folder / REPORT).read_text(encoding="utf-8"))["entities"]
        say(f"\n{'table':15}{'rows in MySQL':>15}{'equal in the report':>21}")
        differing = []
        for table, entity in ENTITIES.items():
            counted, equal = self.rows(table), reported[entity]["equal"] if entity else self.lines()
            say(f"{table:15}{counted:15,}{equal:21,}" + ("" if entity else "  (in the items of their invoices)"))
            differing += [table] if counted != equal else []
        if differing:
            raise Failed(f"the counts differ: {', '.join(differing)}")
        say("every row of all 11 tables arrived")

    def rows(self, table: str) -> int:
        """How many rows MySQL counts."""
        ((found,),) = self.mysql.execute(f"SELECT COUNT(*) FROM `{table}`", database=self.database)  # noqa: S608 - ours
        return int(found)

    def content(self, table: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Every row of a table, in the order of its key."""
        return list(self.mysql.execute(f"SELECT * FROM `{table}` ORDER BY 1, 2", database=database or self.database))  # noqa: S608 - ours

    def lines(self) -> int:
        """How many invoice lines lie in the invoices' items."""
        with closing(self.dynamodb.client()) as client:
            pages = client.get_paginator("scan").paginate(TableName=f"{self.prefix}Sales", ConsistentRead=True)
            return sum(len(item.get("Lines", {}).get("L", ())) for page in pages for item in page["Items"])


def say(text: str) -> None:
    """Print at once, so that it stands before what a command prints next."""
    click.echo(text)
    sys.stdout.flush()


@contextmanager
def servers(*, keep: bool) -> Iterator[tuple[SqlServer, DynamoServer]]:
    """MySQL and DynamoDB Local in containers; removed afterwards, unless they are to stay and all went well."""
    run = uuid.uuid4().hex
    with tempfile.TemporaryDirectory() as folder:
        started = Servers(Path(folder), run, None if keep else os.getpid())
        try:
            yield started.sql("mysql"), started.dynamodb()
        except BaseException:
            started.remove()
            raise
        if not keep:
            started.remove()
            return
    say(f"\nThe servers stay. Remove them: docker rm -fv $(docker ps -q --filter label=crossfade.test.run={run})")


@click.command()
@click.option("--keep", is_flag=True, help="Leave the servers running, and say how to reach them.")
def main(keep: bool) -> None:
    """Take Chinook from MySQL to DynamoDB in containers, and prove that all of it arrived."""
    try:
        with servers(keep=keep) as (mysql, dynamodb), tempfile.TemporaryDirectory() as folder:
            walk = Walk(mysql, dynamodb, Path(folder))
            walk.all()
            if keep:
                settings = walk.settings | {"CROSSFADE_CONTRACT": str(CONTRACT.resolve())}
                exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in settings.items())
                say(f"\nTo go on by hand:\n{exports}")
    except (Failed, SetupError) as error:
        click.echo(f"chinook: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
