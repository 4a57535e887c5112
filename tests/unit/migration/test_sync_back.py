"""The way back on SQLite and moto: which cannot do without checks for a moment, and checks all in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossfade.dal.key import Key
from crossfade.dal.stage import Stage, StageMoved
from crossfade.migration.sync_back import Unsynced
from crossfade.mysql.install import obstacles
from tests.conformance.opening import Moto, Sqlite
from tests.conformance.samples import book, branch, chapter, loan, member
from tests.returning import Returning
from tests.unit.imitation import SETTINGS, imitation


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Returning]:
    sqlite = Sqlite("library", tmp_path)
    with imitation():
        moto = Moto("moto", "library", "t_", {"endpoint_url": None, **SETTINGS}, tombstones=True)
        yield Returning(sqlite.fresh(), moto.fresh())
        moto.close()
    sqlite.close()


def lent(library: Returning) -> list[tuple[str, Any]]:
    """Two members, one with a loan of a book."""
    made = [("MEMBER", member(1)), ("MEMBER", member(2)), ("BOOK", book(1, chapters=[chapter()])), ("LOAN", loan())]
    for entity, record in made:
        library.of(entity).create(record)
    return made


def test_children_before_their_parents(library: Returning) -> None:
    turned = library.turn(*reversed(lent(library)))
    assert (turned.written, turned.parked) == (4, 0)
    library.assert_equal()


def test_unique_values_change_hands(library: Returning) -> None:
    made = lent(library)
    library.turn(*made)
    for number, email in ((1, "moving"), (2, "M1@example.com"), (1, "m2@EXAMPLE.com")):
        library.of("MEMBER").update(member(number)["id"], {"email": email})
    assert library.back("MEMBER", member(1)).outcome == "written"
    assert library.back("MEMBER", member(2)).outcome == "same"
    library.assert_equal()
    assert library.row("loans") is not None


def test_what_would_refer_to_nothing_is_refused_in_the_end(library: Returning) -> None:
    """The holder of a value is gone, and MySQL still has a loan of it."""
    made = lent(library)
    library.turn(*made)
    library.of("MEMBER").delete(member(1)["id"])
    library.of("MEMBER").update(member(2)["id"], {"email": member(1)["email"]})
    with pytest.raises(Unsynced, match="refers to something that does not exist"):
        library.back("MEMBER", member(2))
    assert library.turn(*made).parked == 0
    assert library.turn().parked == 0
    library.assert_equal()


def test_a_parent_that_goes_takes_rows_along_whose_items_decide(library: Returning) -> None:
    library.of("BRANCH").create(branch("b1"))
    library.of("BRANCH").create(branch("b2", parent_code="b1"))
    library.turn(("BRANCH", branch("b1")), ("BRANCH", branch("b2")))
    library.of("BRANCH").delete("b1")
    assert library.back("BRANCH", branch("b1")).outcome == "deleted"
    (parked,) = library.sync.parking.all(9)
    assert library.sync.parked(parked) == ("BRANCH", Key(code="b2"))
    assert (parked.attempts, parked.detail["reason"]) == (0, "MySQL changed it along with BRANCH")
    assert "1 entity waits to be copied back" in obstacles(library.engine, [library.group])
    assert library.turn().keys == 1
    assert library.sync.parking.count() == 0


def test_where_mysql_does_not_follow_nothing_is_parked(library: Returning) -> None:
    made, error = lent(library), Unsynced(("MEMBER", Key(id="a")), "why", waits=False, item_key=None)
    library.move(Stage.SHADOW)
    with pytest.raises(StageMoved):
        library.turn(*made)
    with pytest.raises(StageMoved):
        library.sync.park({error.of: error})
    assert library.sync.parking.count() == 0
