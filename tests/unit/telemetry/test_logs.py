"""Log lines: JSON, one correlation id for what belongs together, and nothing that somebody stored."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from opentelemetry.trace import format_trace_id

from crossfade import correlate
from crossfade.app import App
from crossfade.cli.main import main
from crossfade.dal.correlation import correlation_id
from crossfade.dal.errors import CrossfadeError, StoreUnavailable
from crossfade.dal.stage import Stage
from crossfade.logs import JsonFormatter, json_logs
from tests.unit.cli.embedded import SHOP
from tests.unit.migration.embedded import Shop
from tests.unit.telemetry.recorded import Recorded

Open = Callable[[Stage], App]
SECRET = "scrypt$of-nobodys-business"
PERSON = {"username": "made-up-name", "email": "made-up@example.org", "password_hash": SECRET}


@contextmanager
def lines(level: int = logging.DEBUG) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Gives what was logged within the block."""
    stream = io.StringIO()
    with json_logs(stream, level):
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_a_line_has(open_app: Open) -> None:
    app = open_app(Stage.DUAL_WRITE)
    with lines() as logged, correlate("request-7"):
        app.repository("CATEGORY").create({"name": "Books"})
    line = logged()[-1]
    seconds = line.pop("seconds")
    assert line.pop("time").endswith("+00:00")
    assert line.pop("message") == f"CATEGORY.create took {seconds * 1000:.1f} ms"
    assert line == {
        "level": "DEBUG", "logger": "crossfade.operation", "correlation_id": "request-7",
        "crossfade.entity": "CATEGORY", "crossfade.operation": "create", "crossfade.group": "shop",
        "crossfade.stage": "dual_write", "crossfade.store": "mysql",
    }  # fmt: skip
    assert {of["correlation_id"] for of in logged()} == {"request-7"}
    assert [of["logger"] for of in logged()] == [*["crossfade.sync"] * 3, "crossfade.operation"]


def test_each_operation_has_an_id_of_its_own_where_nobody_gives_one(open_app: Open) -> None:
    app = open_app(Stage.DUAL_WRITE)
    with lines() as logged:
        app.repository("CATEGORY").create({"name": "Books"})
        app.repository("CATEGORY").get(1)
    write, read = logged()[:4], logged()[4:]
    assert len({of["correlation_id"] for of in write}) == 1
    assert {of["correlation_id"] for of in write} != {of["correlation_id"] for of in read}
    assert correlation_id() is None


def test_a_traces_id_goes_before_the_given_one_which_the_span_has(told: Recorded, open_app: Open) -> None:
    app = open_app(Stage.MYSQL)
    with lines() as logged, correlate("request-7"):
        app.repository("CATEGORY").get(1)
    span = told.only("CATEGORY.get")
    assert span.context is not None
    (line,) = logged()
    assert line["correlation_id"] == line["trace_id"] == format_trace_id(span.context.trace_id)
    assert (span.attributes or {})["crossfade.correlation_id"] == "request-7"


def test_an_applications_own_records_have_the_id_and_no_exceptions_text() -> None:
    formatter = JsonFormatter()
    with pytest.raises(ValueError, match="invalid literal") as failed:
        int(SECRET)
    error = failed.type, failed.value, failed.tb
    record = logging.LogRecord("shop", logging.ERROR, "shop.py", 1, "%s failed", ("it",), error)
    with correlate("request-7"):
        line = json.loads(formatter.format(record))
    assert (line["correlation_id"], line["message"], line["error.type"]) == ("request-7", "it failed", "ValueError")
    assert "test_logs.py" in line["stack"]
    assert SECRET not in json.dumps(line)


USES: list[Callable[[Any], Any]] = [
    lambda users: users.create(PERSON),
    lambda users: users.create(PERSON),  # refused: it is not unique
    lambda users: users.find("by_email", email=PERSON["email"]),
    lambda users: users.update(1, {"password_hash": SECRET + "!"}),
    lambda users: users.update(1, {"password_hash": SECRET * 500}),  # refused: it is too long
    lambda users: users.update(404, {"password_hash": SECRET}),
    lambda users: users.get_many([1, 2]),
    lambda users: users.put_many([PERSON | {"email": "x"}]),
    lambda users: users.delete(1),
]


def unavailable(*_: Any) -> Any:
    """A DynamoDB that does not answer, and quotes what it was asked."""
    raise StoreUnavailable(f"nobody takes {PERSON}", store="dynamodb")


@pytest.mark.parametrize("there", [True, False])
def test_nothing_that_somebody_stored_is_told(
    told: Recorded, open_app: Open, shop: Shop, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    app = open_app(Stage.SHADOW)
    if not there:
        monkeypatch.setattr("crossfade.migration.sync.Sync.look", unavailable)
    with lines() as logged:
        for use in USES:
            with suppress(CrossfadeError):
                use(app.repository("USER"))
        shop.later()
        shop.relay.turn()
        app.close()
    assert {"crossfade.operation", "crossfade.sync", "crossfade.relay", "crossfade.shadow"} <= {
        of["logger"] for of in logged()
    }
    spans = [(s.name, dict(s.attributes or {}), s.status.description, s.events) for s in told.spans()]
    everything = repr((logged(), spans, told.every_point()))
    for value in (SECRET, PERSON["username"], PERSON["email"], PERSON["email"].upper()):
        assert value not in everything


def test_the_commands_log(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    stores = ["--embedded", "--contract", str(SHOP), "--table-prefix", f"{tmp_path.name}-"]
    for command in (["install"], ["--log-json", "stage", "advance", "--why", "to begin"]):
        with pytest.raises(SystemExit) as ended:
            main([*command, *stores])
        assert ended.value.code == 0
    (line,) = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert (line["logger"], line["crossfade.stage"], line["level"]) == ("crossfade.stage", "dual_write", "INFO")
    assert logging.getLogger("crossfade").level == logging.NOTSET
