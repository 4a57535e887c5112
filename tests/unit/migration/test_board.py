"""The board: how old what it tells may be, and that it never goes back."""

from __future__ import annotations

import pytest

from crossfade.dal.errors import SchemaMismatch
from crossfade.dal.stage import Stage, Standing
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.stage_item import StageItems
from crossfade.migration.board import LiveBoard
from crossfade.migration.lease import Leases
from crossfade.mysql.install import uninstall
from tests.unit.dal.stepped import Seconds
from tests.unit.migration.embedded import GROUP, Shop


@pytest.fixture
def seconds() -> Seconds:
    """The board's clock."""
    return Seconds()


@pytest.fixture
def board(shop: Shop, seconds: Seconds) -> LiveBoard:
    """A board that asks again after a second."""
    items = StageItems(shop.stores.dynamodb.layout, Calls(shop.stores.dynamodb.clients))
    return LiveBoard(shop.stores, shop.groups.rows, Leases(items, clock=seconds), clock=seconds)


def test_it_asks_again_when_what_it_knows_is_old(shop: Shop, board: LiveBoard, seconds: Seconds) -> None:
    assert board.standings() == {GROUP: Standing()}
    there = shop.move(Stage.DUAL_WRITE)
    seconds.now += 0.99
    assert board.standings() == {GROUP: Standing()}
    seconds.now += 0.01
    assert board.standings() == {GROUP: there}


def test_what_a_write_met_counts_at_once(board: LiveBoard) -> None:
    board.standings()
    there = {GROUP: Standing(Stage.DUAL_WRITE, 1)}
    board.moved(there)
    assert board.standings() == there


def test_it_never_goes_back(board: LiveBoard, seconds: Seconds) -> None:
    """A slow writer tells of a stage that has passed, and a slow reader reads it."""
    later = {GROUP: Standing(Stage.SHADOW, 2)}
    board.moved(later)
    board.moved({GROUP: Standing(Stage.DUAL_WRITE, 1)})
    assert board.standings() == later
    seconds.now += 5
    assert board.standings() == later


def test_what_is_not_known_of_another_group_is_kept(board: LiveBoard) -> None:
    board.moved({"other": Standing(Stage.SHADOW, 2)})
    board.moved({GROUP: Standing(Stage.DUAL_WRITE, 1)})
    assert board.standings() == {"other": Standing(Stage.SHADOW, 2), GROUP: Standing(Stage.DUAL_WRITE, 1)}


def test_what_is_not_installed_is_said(shop: Shop, board: LiveBoard, seconds: Seconds) -> None:
    uninstall(shop.stores.mysql.engine)
    with pytest.raises(SchemaMismatch, match="run `crossfade install`"):
        board.standings()


def test_an_item_that_is_behind_mysqls_row_follows_it(shop: Shop, board: LiveBoard, seconds: Seconds) -> None:
    """Whoever flipped the row died before the item."""
    there = shop.move(Stage.LIVE)
    assert board.standings() == {GROUP: there}
    items = StageItems(shop.stores.dynamodb.layout, Calls(shop.stores.dynamodb.clients))
    view = items.look(GROUP)
    assert view is not None
    assert (view.standing, view.held) == (there, None)


def test_with_dynamodb_in_authority_mysql_is_not_asked(shop: Shop, board: LiveBoard, seconds: Seconds) -> None:
    there = shop.move(Stage.LIVE)
    board.standings()
    uninstall(shop.stores.mysql.engine)
    seconds.now += 5
    assert board.standings() == {GROUP: there}
