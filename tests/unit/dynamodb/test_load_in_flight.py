"""Several requests in flight: when they go out, when their replies are read, and that nothing is lost in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from botocore import exceptions as boto
from hypothesis import given
from hypothesis import strategies as st

from crossfade.dal.errors import SchemaMismatch
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.client import Clients
from crossfade.dynamodb.load import Loader, Mode
from crossfade.dynamodb.load_ways import Ways, new_tokens
from crossfade.dynamodb.outcomes import PRESENT, WRITTEN, Pace
from crossfade.dynamodb.ready import Ready, item_text
from crossfade.dynamodb.retry import Pacer, Retry
from crossfade.dynamodb.steps import Steps
from crossfade.dynamodb.wire import binary_text
from crossfade.migration.errors import Stopped
from crossfade.migration.limiter import Limiter

IN_FLIGHT = 4
Fate = str
"""`made`, `throttled` and so on: see `Table.steps`."""


class Table:
    """A transport to a table, which does to each request what a test says.

    Attributes:
        fates: by the number of the request, from 0; `made` where there is none.
        log: what happened, in order.
        flying: how many requests are in flight.
        most: how many there were at most.
    """

    def __init__(self, fates: dict[int, Fate] | None = None) -> None:
        self.fates = fates or {}
        self.log: list[str] = []
        self.items: dict[str, str] = {}
        self.flying = self.most = self._count = 0

    def steps(self, operation: str, request: Any, *, again: bool, reader: Any = None) -> Steps[dict[str, Any]]:
        """As `Transport.steps`."""
        assert (again, reader) == (False, None)
        number, self._count = self._count, self._count + 1
        fate = self.fates.get(number, "made")
        if fate == "not connected":
            self.log.append(f"no connection {number}")
            raise boto.EndpointConnectionError(endpoint_url="http://x")
        self.log.append(f"send {number}")
        self.flying += 1
        self.most = max(self.most, self.flying)
        answer = (
            {} if fate in {"throttled", "lost request", "gone", "cut in vain"} else self._made(operation, request, fate)
        )
        try:
            yield
        except GeneratorExit:
            self.log.append(f"give up {number}")
            raise
        finally:
            self.flying -= 1
        self.log.append(f"read {number}")
        if fate in {"lost request", "lost reply"}:
            raise boto.ReadTimeoutError(endpoint_url="http://x")
        if fate in {"cut", "cut in vain"}:
            return {}
        if fate in {"throttled", "gone"}:
            code = {"throttled": "ThrottlingException", "gone": "ResourceNotFoundException"}[fate]
            response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise boto.ClientError(response, operation)
        return answer

    def _made(self, operation: str, request: Any, fate: Fate) -> dict[str, Any]:
        if operation == "BatchExecuteStatement":
            first = "ThrottlingError" if fate == "partly" else None
            each = enumerate(s["Parameters"] for s in request["Statements"])
            return {"Responses": [self._inserted(v[0]["S"], v[-1]["S"], None if i else first) for i, v in each]}
        ((table, puts),) = request["RequestItems"].items()
        puts = orjson.loads(orjson.dumps(puts))
        left = puts[:1] if fate == "partly" else []
        for put in puts[len(left) :]:
            item = put["PutRequest"]["Item"]
            self.items[item["PK"]["S"]] = item["_rev"]["S"]
        return {"UnprocessedItems": {table: left} if left else {}}

    def _inserted(self, key: str, token: str, error: str | None) -> dict[str, Any]:
        if error is None and key in self.items:
            error = "DuplicateItem"
        if error is not None:
            return {"Error": {"Code": error}}
        self.items[key] = token
        return {}


class Free:
    """A pace without a limit, which notes in a table's log what it is told."""

    def __init__(self, table: Table) -> None:
        self.log = table.log

    def take(self, units: float) -> float:
        self.log.append(f"take {units:g}")
        return 0.0

    def consumed(self, taken: float, units: float) -> None:
        self.log.append(f"consumed {units:g} of {taken:g}")

    def throttled(self) -> None:
        self.log.append("throttled")


class World:
    """A loader over a table, with time that only passes in waits."""

    def __init__(self, table: Table, mode: Mode, pace: Callable[[World], Pace] | None = None) -> None:
        self.table, self.now = table, 0.0
        pacer = Pacer(
            Retry(deadline=1e6, attempts=10**9), sleep=self.sleep, clock=lambda: self.now, draw=lambda low, high: high
        )
        clients = Clients(None, None, None, table)  # type: ignore[arg-type]  # nothing else is asked
        self.loader = Loader(clients, mode=mode, pace=pace(self) if pace else Free(table), pacer=pacer)

    def sleep(self, seconds: float) -> None:
        self.table.log.append("sleep")
        self.now += seconds


def items(count: int) -> list[Ready]:
    """Items under the keys 0, 1 ..."""
    return [Ready("t", str(i), ("PK",), item_text({"PK": {"S": str(i)}})) for i in range(count)]


def happened(table: Table, *kinds: str) -> list[str]:
    """What happened of some kinds."""
    return [line for line in table.log if line.startswith(kinds)]


def test_the_next_requests_go_out_before_a_reply_is_read() -> None:
    table = Table()
    loaded = World(table, "replace").loader.load(items(6 * 25))
    assert loaded.outcomes == (WRITTEN,) * 150
    assert happened(table, "send", "read") == [
        "send 0", "send 1", "send 2", "send 3", "read 0", "send 4", "read 1", "send 5",
        "read 2", "read 3", "read 4", "read 5",
    ]  # fmt: skip
    # What is in flight is taken, and not given back before its reply is there.
    assert happened(table, "take", "consumed")[:5] == ["take 25"] * 4 + ["consumed 25 of 25"]


@pytest.mark.parametrize("mode", ["insert", "replace", "put"])
def test_as_many_as_there_may_be(mode: Mode) -> None:
    table = Table()
    if mode == "put":
        table._made = lambda operation, request, fate: {}  # type: ignore[method-assign]  # what is put is not looked at
    World(table, mode).loader.load(items(300))
    assert table.most == IN_FLIGHT


@pytest.mark.parametrize("mode", ["insert", "replace"])
def test_throttled_in_the_middle(mode: Mode) -> None:
    table = Table({1: "throttled"})
    loaded = World(table, mode).loader.load(items(8 * 25))
    assert loaded.outcomes == (WRITTEN,) * 200
    assert len(table.items) == 200
    seen = happened(table, "send", "read", "throttled", "sleep")
    # Requests 0 to 4 were under way; all of them are answered before the wait, and before anything else is sent.
    assert seen[seen.index("throttled") :][:6] == ["throttled", "read 2", "read 3", "read 4", "sleep", "send 5"]
    assert (seen.count("sleep"), loaded.units) == (1, 200)


@pytest.mark.parametrize(("mode", "again"), [("insert", PRESENT), ("replace", WRITTEN)])
def test_a_reply_that_is_lost_in_the_middle(mode: Mode, again: Any) -> None:
    table = Table({2: "lost reply", 3: "lost request"})
    loaded = World(table, mode).loader.load(items(5 * 25))
    assert loaded.outcomes == (WRITTEN,) * 50 + (again,) * 25 + (WRITTEN,) * 50
    assert len(table.items) == 125
    assert happened(table, "consumed").count("consumed 0 of 25") == 2


@pytest.mark.parametrize("mode", ["insert", "replace"])
def test_a_part_is_left_again_and_again(mode: Mode) -> None:
    table = Table(dict.fromkeys(range(40), "partly"))
    loaded = World(table, mode).loader.load(items(100))
    assert loaded.outcomes == (WRITTEN,) * 100
    assert (loaded.units, len(table.items)) == (100, 100)


def test_nobody_is_there() -> None:
    """Each try takes as long as a connection may: they are not made side by side."""
    table = Table(dict.fromkeys(range(3), "not connected"))
    World(table, "replace").loader.load(items(100))
    seen = happened(table, "no connection", "sleep", "send")
    assert seen[:7] == ["no connection 0", "sleep", "no connection 1", "sleep", "no connection 2", "sleep", "send 3"]


def test_an_end_in_the_middle_gives_up_what_is_in_flight() -> None:
    table = Table({1: "gone"})
    with pytest.raises(SchemaMismatch):
        World(table, "replace").loader.load(items(200))
    assert table.log[-4:] == ["consumed 0 of 25", "give up 2", "give up 3", "give up 4"]
    assert table.flying == 0


def test_who_waits_has_heard_all_replies() -> None:
    table = Table()
    world = World(table, "replace", lambda world: Limiter(100, clock=lambda: world.now))
    assert world.loader.load(items(40 * 25)).outcomes == (WRITTEN,) * 1000
    assert world.now == pytest.approx(9)  # and a second of credit
    seen = happened(table, "send", "read", "sleep")
    for at in [at for at, line in enumerate(seen) if line == "sleep"]:
        sent, read = (sum(line.startswith(kind) for line in seen[:at]) for kind in ("send", "read"))
        assert sent == read


def test_a_stop_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    world = World(table, "replace", lambda world: Limiter(100, clock=lambda: world.now))

    def stopped(seconds: float) -> None:
        raise Stopped("now")

    monkeypatch.setattr(world.loader, "_pacer", Pacer(sleep=stopped))
    with pytest.raises(Stopped):
        world.loader.load(items(200))
    assert happened(table, "send", "read")[-1] == "read 3"
    assert (table.flying, len(table.items)) == (0, 100)


def test_the_puts_of_several_tables_in_one_request_are_json_as_they_are_without() -> None:
    batch = [Ready(t, k, ("PK",), item_text({"PK": {"S": k}, "raw": {"B": b"1"}})) for t, k in ("ta", "ub", "tc")]
    tokens = new_tokens(3)
    wire, plain = (Ways(Calls(Clients(None, None, None, transport)), Free(Table())) for transport in (Table(), None))  # type: ignore[arg-type]  # nothing is asked
    sent = orjson.loads(orjson.dumps(wire._by_table(batch, tokens)))
    assert sent == orjson.loads(orjson.dumps(plain._by_table(batch, tokens), default=binary_text))
    assert {t: [p["PutRequest"]["Item"]["PK"]["S"] for p in of] for t, of in sent.items()} == {
        "t": ["a", "c"],
        "u": ["b"],
    }


def test_no_token_is_given_twice() -> None:
    given = [token for _ in range(40) for token in new_tokens(25)]
    assert len(set(given)) == len(given) == 1000
    assert {len(bytes.fromhex(token)) for token in given} == {16}


FATES = st.sampled_from(
    ["made", "partly", "throttled", "lost request", "lost reply", "not connected", "cut", "cut in vain"]
)


@given(
    st.lists(FATES, max_size=30),
    st.integers(0, 260),
    st.sampled_from(["insert", "replace"]),
    st.sets(st.integers(0, 99)),
)
def test_whatever_happens_every_item_is_there_and_none_was_replaced(
    fates: list[Fate], count: int, mode: Mode, there: set[int]
) -> None:
    table = Table(dict(enumerate(fates)))
    held = {str(i): "held" for i in there} if mode == "insert" else {}
    table.items.update(held)
    loaded = World(table, mode).loader.load(items(count))
    assert {str(i) for i in range(count)} <= set(table.items)
    assert {key: table.items[key] for key in held} == held
    assert set(loaded.outcomes) <= {WRITTEN, PRESENT}
    assert len(loaded.outcomes) == count
    assert all(loaded.outcomes[int(key)] == PRESENT for key in held if int(key) < count)
    assert (table.flying, table.most <= IN_FLIGHT) == (0, True)
