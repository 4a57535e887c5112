"""The embedded stand-ins: SQLite in a file for MySQL, a moto server in the process for DynamoDB.

Enough to try everything in a minute. Never chosen by accident: `embedded=True`, `CROSSFADE_EMBEDDED=1`.

Several processes share a server that is a process of its own, `python -m crossfade.embedded`: they are led there by the
SDK's own settings, as to any other DynamoDB.
"""

from __future__ import annotations

import atexit
import logging
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from crossfade.contract.model import Contract
from crossfade.dal.errors import ConfigurationError
from crossfade.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from werkzeug.serving import BaseWSGIServer


class Endpoint(TypedDict):
    """Where a DynamoDB client connects."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


_lock = threading.Lock()
_started: Endpoint | None = None


def embedded_sqlite(contract: Contract, settings: Settings) -> str:
    """The URL of the embedded relational database; made from the contract's `schema.sql` if it is new.

    Raises:
        ConfigurationError: there is no `schema.sql`.
    """
    from crossfade.mysql import create_sqlite_file  # noqa: PLC0415 - loads SQLAlchemy

    path = Path(settings.embedded_path) / "mysql.sqlite"
    if not path.exists():
        ddl = Path(settings.mysql_schema or Path(contract.source).with_name("schema.sql"))
        if not ddl.is_file():
            raise ConfigurationError(
                f"the embedded database is made from MySQL DDL, and there is no {ddl}: pass mysql_schema=..., "
                "or set CROSSFADE_MYSQL_SCHEMA"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        create_sqlite_file(path, ddl.read_text(encoding="utf-8"))
    return f"sqlite:///{path}"


def embedded_dynamodb(contract: Contract, settings: Settings) -> Endpoint:
    """The endpoint of the process's own DynamoDB, with the contract's tables in it.

    Raises:
        ConfigurationError: the extra `crossfade[embedded]` is not installed.
    """
    from crossfade.dynamodb import create_client, create_tables  # noqa: PLC0415 - loads boto3

    endpoint = _server()
    create_tables(create_client(**endpoint), contract, settings.table_prefix)
    return endpoint


@contextmanager
def shared_dynamodb() -> Iterator[dict[str, str]]:
    """A DynamoDB of its own process, empty; gives the environment that leads the AWS SDK there.

    Raises:
        ConfigurationError: the extra `crossfade[embedded]` is not installed.
    """
    process = subprocess.Popen([sys.executable, "-m", "crossfade.embedded"], stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip() if process.stdout is not None else ""
        if not url:
            raise ConfigurationError("the embedded DynamoDB did not start")
        endpoint = _endpoint(url)
        yield {
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint["endpoint_url"],
            "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": endpoint["endpoint_url"],
            "AWS_REGION": endpoint["region_name"],
            "AWS_ACCESS_KEY_ID": endpoint["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": endpoint["aws_secret_access_key"],
        }
    finally:
        process.kill()
        process.communicate()


def _server() -> Endpoint:
    """Start the server once a process."""
    global _started  # noqa: PLW0603 - one server a process, like the process's environment
    with _lock:
        if _started is None:
            server = _made()
            threading.Thread(target=server.serve_forever, name="embedded-dynamodb", daemon=True).start()
            atexit.register(server.shutdown)
            _started = _endpoint(_url(server))
        return _started


def _made() -> BaseWSGIServer:
    """A server on a free port, which does not serve yet."""
    try:
        from moto.dynamodb.models.table import StreamShard  # noqa: PLC0415 - an optional extra
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - as above
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )
        from werkzeug.serving import make_server  # noqa: PLC0415 - comes with it
    except ImportError as error:
        raise ConfigurationError("the embedded DynamoDB needs the extra: crossfade[embedded]") from error
    # A cancelled transaction puts copies of the tables back. Were their streams copied, too, whoever reads one would go
    # on with what is thrown away, and learn of nothing any more. What was cancelled stays in the stream: no harm.
    StreamShard.__deepcopy__ = lambda self, _: self  # type: ignore[attr-defined]  # what copy.deepcopy looks for
    # A line a request, and a traceback for a request that moto does not know, would drown what is printed.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    imitation = _one_at_a_time(DomainDispatcherApplication(create_backend_app))
    return make_server("127.0.0.1", 0, imitation, threaded=True, request_handler=MotoRequestHandler)


def _url(server: BaseWSGIServer) -> str:
    host, port = server.server_address[:2]
    return f"http://{host!s}:{port}"


def _endpoint(url: str) -> Endpoint:
    return Endpoint(
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",  # noqa: S106 - the server takes any
    )


def _one_at_a_time(application: WSGIApplication) -> WSGIApplication:
    """The application without concurrency: in moto two threads can both pass the condition of a write."""
    turn = threading.Lock()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with turn:
            return list(application(environ, start_response))

    return answer


def _main() -> None:
    """Print the URL, and serve until the process ends."""
    server = _made()
    sys.stdout.write(f"{_url(server)}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    _main()
