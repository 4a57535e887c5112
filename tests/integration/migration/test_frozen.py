"""A process that is frozen while the group moves, and goes on afterwards, cannot write under the old stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import crossfade
from crossfade.dal.errors import Conflict
from crossfade.dal.stage import Stage
from tests.integration.migration.commanded import Commanded, Place, commanded
from tests.integration.migration.live import Live, move
from tests.integration.migration.test_verify import run
from tests.integration.migration.writers import Writers


@pytest.fixture
def process(live: Live) -> Iterator[Commanded]:
    """An application in a process of its own."""
    with commanded(live.world) as made:
        yield made


class Names:
    """A category, as either store has it by itself."""

    def __init__(self, live: Live, process: Commanded) -> None:
        self._live = live
        self.id: int = process.do("CATEGORY", "create", {"name": "before"})["id"]

    def at(self, stage: str) -> str:
        """Its name in a store."""
        world = self._live.world
        settings: Any = {"mysql_url": world.url, "table_prefix": world.prefix, "stage": stage}
        with crossfade.open(world.contract, **settings) as app:
            return str((app.repository("CATEGORY").get(self.id) or {})["name"])

    def both(self) -> tuple[str, str]:
        """Its names in MySQL and DynamoDB."""
        return self.at("mysql"), self.at("dynamodb")


def advance(live: Live, to: Stage) -> None:
    move(live, "advance", to, "--force")


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("place", [None, "planned"])
def test_before_its_write_it_writes_to_the_new_authority(
    place: Place | None, unit: bool, live: Live, process: Commanded
) -> None:
    advance(live, Stage.SHADOW)
    category = Names(live, process)
    change = [category.id, {"name": "after"}]
    if place is None:
        process.freeze()
    process.ask("CATEGORY", *(["unit", ["update", *change]] if unit else ["update", *change]), freeze=place)
    process.frozen()
    advance(live, Stage.LIVE)
    assert category.both() == ("before", "before")
    process.go_on()
    process.result()
    assert category.both() == ("before", "after")  # nobody relays here: what MySQL has, it had before the flip


def test_in_the_middle_of_its_transaction_the_flip_gives_up_and_nothing_has_changed(
    live: Live, process: Commanded
) -> None:
    advance(live, Stage.SHADOW)
    category = Names(live, process)
    process.ask("CATEGORY", "update", category.id, {"name": "after"}, freeze="written")
    process.frozen()
    before = run("stage", "history", *live.world.arguments)
    with Writers(live.world) as others:
        others.wait(2)
        with pytest.raises(Conflict, match="writes in flight did not end in time: nothing has changed"):
            advance(live, Stage.LIVE)
        others.wait(2)
    assert others.errors == {}  # they waited with the flip, and went on
    assert run("stage", "history", *live.world.arguments) == before
    assert run("stage", "show", *live.world.arguments)[1].startswith("shop: shadow (epoch 2)")
    assert category.both() == ("before", "before")
    process.go_on()
    assert process.result()["name"] == "after"
    assert category.both() == ("after", "after")
    advance(live, Stage.LIVE)
    assert process.do("CATEGORY", "update", category.id, {"name": "at last"})["name"] == "at last"
    assert category.both() == ("after", "at last")


def test_while_it_carries_a_change_over_the_flip_gives_up(live: Live, process: Commanded) -> None:
    """What it holds in its hands would overwrite what the new authority has written since."""
    advance(live, Stage.SHADOW)
    category = Names(live, process)
    process.ask("CATEGORY", "update", category.id, {"name": "after"}, freeze="carrying")
    process.frozen()
    assert category.both() == ("after", "before")
    with pytest.raises(Conflict):
        advance(live, Stage.LIVE)
    process.go_on()
    assert process.result()["name"] == "after"
    assert category.both() == ("after", "after")
    advance(live, Stage.LIVE)


@pytest.mark.parametrize("place", [None, "asking"])
def test_before_it_asks_for_its_lease_it_writes_to_mysql_again(
    place: Place | None, live: Live, process: Commanded
) -> None:
    category = there(live, process)
    if place is None:
        process.freeze()
    process.ask("CATEGORY", "update", category.id, {"name": "after"}, freeze=place)
    process.frozen()
    back(live)
    assert category.both() == ("before", "before")
    process.go_on()
    assert process.result()["name"] == "after"
    assert category.both() == ("after", "after")
    live.clock.now = datetime.now(UTC)  # the process's
    live.drain()
    live.assert_equal()


def test_with_a_lease_that_it_sleeps_through_it_does_not_take_its_write_for_done(
    live: Live, process: Commanded
) -> None:
    category = there(live, process)
    process.ask("CATEGORY", "update", category.id, {"name": "after"}, freeze="leased")
    process.frozen()
    back(live)
    process.go_on()
    assert process.reply()["error"] == "OutcomeUnknown"
    # It came to DynamoDB, where it is of no account: a verification finds it, and the repair overrules it.
    assert category.both() == ("before", "after")
    assert process.do("CATEGORY", "get", category.id)["name"] == "before"
    arguments = live.world.arguments
    assert run("verify", *arguments, "--looks", "0", "--pause", "0", "--report", "report.json")[0] == 1
    assert run("repair", *arguments, "report.json")[0] == 0
    assert category.both() == ("before", "before")
    live.assert_equal()


def test_with_the_reply_of_a_write_that_was_in_time_the_write_is_in_mysql_too(live: Live, process: Commanded) -> None:
    category = there(live, process)
    process.ask("CATEGORY", "update", category.id, {"name": "after"}, freeze="answered")
    process.frozen()
    assert category.both() == ("before", "after")
    back(live)
    assert category.both() == ("after", "after")
    process.go_on()
    assert process.reply()["error"] == "OutcomeUnknown"  # it cannot tell
    assert process.do("CATEGORY", "get", category.id)["name"] == "after"
    live.drain()
    live.assert_equal()


def test_a_unit_that_was_begun_before_the_way_back_writes_nothing(live: Live, process: Commanded) -> None:
    category = there(live, process)
    process.ask("CATEGORY", "unit", ["update", category.id, {"name": "after"}], freeze="leased")
    process.frozen()
    back(live)
    process.go_on()
    assert process.reply()["error"] == "Conflict"
    assert category.both() == ("before", "before")


def there(live: Live, process: Commanded) -> Names:
    """A category of a shop that DynamoDB has the authority of, which was there before."""
    live.world.stream()
    advance(live, Stage.SHADOW)
    category = Names(live, process)
    advance(live, Stage.LIVE)
    assert process.do("CATEGORY", "get", category.id)["name"] == "before"
    return category


def back(live: Live) -> None:
    """Give the authority back."""
    move(live, "rollback", Stage.SHADOW, "--quiet", "0.2")
