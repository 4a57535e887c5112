"""The state machine of every store, with syncs back in between: in the end MySQL has what DynamoDB has.

`CROSSFADE_MACHINE_RUNS=500 pytest tests/integration/migration/test_back_machine.py` searches for longer, at random.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from crossfade.dal.key import Key
from tests.conformance.backend import schema_of
from tests.conformance.opening import Dynamo, Memory, Sql
from tests.conformance.state_machine import StoreMachine, run_machine
from tests.integration.servers import DynamoServer, SqlServer, load_schema
from tests.returning import Returning


class BackMachine(StoreMachine):
    """Operations on memory and DynamoDB; whatever was there once may be synced back at any time."""

    back: Returning

    def __init__(self) -> None:
        super().__init__()
        self.touched: dict[tuple[str, Key], None] = {}

    def note(self) -> list[tuple[str, Key]]:
        """Everything that is there now, or ever was when this was called."""
        for name in self.entities:
            fields = self.drawing.contract.entities[name].key
            for record in self.drawing.existing(name):
                self.touched[name, Key({f: record[f] for f in fields})] = None
        return list(self.touched)

    def each(self, act: Any) -> Any:
        """See `StoreMachine.each`; what is deleted was there before."""
        self.note()
        return super().each(act)

    @precondition(lambda self: not self.differed)
    @rule(data=st.data())
    def sync_some(self, data: st.DataObject) -> None:
        """Sync back some, as a relay does that is behind with others."""
        if known := self.note():
            self.back.relay.turn(data.draw(st.lists(st.sampled_from(known), max_size=6), label="back"))

    def teardown(self) -> None:
        """Sync back all that ever was there, in some order: MySQL has what memory has."""
        super().teardown()
        if self.differed:
            return
        self.back.relay.turn(reversed(self.note()))
        for _ in range(20):
            self.back.clock.now += timedelta(minutes=5)
            if not self.back.relay.turn().taken:
                break
        for name in self.entities:
            found = {self.back.key(name, r): r for r in self.back.records(name).values()}
            of = self.back.of(name)
            assert found == dict(of.get_many(list(found))), name
            living = [self.back.key(name, r) for r in self.drawing.existing(name)]
            assert found.keys() == of.get_many(living).keys(), name
        assert self.back.sync.parking.all(9) == []


@pytest.mark.parametrize("contract", ["shop", "library"])
@pytest.mark.parametrize("shard", [21, 22])
def test_whatever_is_written_comes_back(
    contract: str, shard: int, sql_server: SqlServer, dynamodb_server: DynamoServer
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(sql_server.database())
        load_schema(url, schema_of(contract))
        memory, sql = Memory(contract), Sql("mysql", contract, url)
        prefix = stack.enter_context(dynamodb_server.prefix())
        dynamo = Dynamo("dynamodb", contract, prefix, dynamodb_server.settings, tombstones=shard % 2 == 0)
        for opener in (memory, sql, dynamo):
            stack.callback(opener.close)

        class Machine(BackMachine):
            def __init__(self) -> None:
                super().__init__()
                self.back = Returning(sql.fresh(), self.backends[1])

        run_machine(contract, lambda: [memory.fresh(), dynamo.fresh()], runs=6, shard=shard, machine=Machine)
