"""What holds for whatever is written: it is read again, found, filtered, and has its times; on every implementation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfade.dal import F
from examples.coagent.entities import Competitor
from examples.coagent.keys import KINDS
from examples.coagent.repository import Stored
from tests.systems.coagent_samples import CHANGES, payload, sample
from tests.unit.coagent.world import FEW, IMPLEMENTATIONS, World, entities, kept, opened

kinds = st.sampled_from(KINDS)
everywhere = pytest.mark.parametrize("on", IMPLEMENTATIONS)


@everywhere
def test_what_is_written_is_read(on: str, tmp_path: Path) -> None:
    with opened(on, tmp_path) as world:

        @FEW
        @given(st.data())
        def check(data: st.DataObject) -> None:
            coagent, owner = world.coagent, world.owner()
            first = data.draw(entities(data.draw(kinds), owner))
            created = coagent.create(first)
            assert payload(created.data) == kept(first)
            assert coagent.get(created.key) == created.data
            assert coagent.get_with_metadata(created.key) == created
            assert coagent.query(created.key.partition).items == [created]
            second = data.draw(entities(type(first), owner))
            replaced = coagent.put(second)
            assert coagent.get(replaced.key) == replaced.data
            assert payload(replaced.data) == kept(second)
            assert coagent.delete(replaced.key)
            assert coagent.get(replaced.key) is None

        check()


@everywhere
def test_a_partition_is_read_in_the_order_of_its_sort_keys_in_pages_of_any_size(on: str, tmp_path: Path) -> None:
    with opened(on, tmp_path) as world:

        @FEW
        @given(st.data(), st.integers(1, 9), st.booleans())
        def check(data: st.DataObject, limit: int, backwards: bool) -> None:
            owner = world.owner()
            stored = _several(data, world, owner)
            for partition in {s.key.partition for s in stored}:
                prefix = data.draw(st.sampled_from([s.key.sort for s in stored])).partition("#")[0]
                prefix = prefix[: data.draw(st.integers(0, len(prefix)))]
                expected = sorted(
                    (s for s in stored if s.key.partition == partition and s.key.sort.startswith(prefix)),
                    key=lambda s: s.key.sort.encode(),
                    reverse=backwards,
                )
                assert _all(world, partition, prefix, limit, backwards) == expected

        check()


def _several(data: st.DataObject, world: World, owner: str) -> list[Stored[Any]]:
    drawn = [data.draw(entities(kind, owner)) for kind in data.draw(st.lists(kinds, min_size=1, max_size=12))]
    by_key = {world.coagent.keys.of(e): e for e in drawn}
    assert world.coagent.write_many(by_key.values()).failed == {}
    found = world.coagent.get_many(by_key)
    assert {key: payload(s.data) for key, s in found.items()} == {key: kept(e) for key, e in by_key.items()}
    return list(found.values())


def _all(world: World, partition: str, prefix: str, limit: int, backwards: bool) -> list[Stored[Any]]:
    found: list[Stored[Any]] = []
    cursor: str | None = None
    while True:
        order: Any = "desc" if backwards else "asc"
        page = world.coagent.query(partition, prefix, limit=limit, order=order, cursor=cursor)
        assert len(page.items) <= limit
        assert page.cursor is None or len(page.items) == limit
        found, cursor = found + page.items, page.cursor
        if cursor is None:
            return found


@everywhere
def test_a_filter_leaves_what_fulfils_it(on: str, tmp_path: Path) -> None:
    with opened(on, tmp_path) as world:

        @FEW
        @given(st.data(), st.integers(1, 4))
        def check(data: st.DataObject, limit: int) -> None:
            coagent, owner = world.coagent, world.owner()
            drawn = data.draw(st.lists(entities(Competitor, owner), max_size=8, unique_by=lambda e: e.id))
            coagent.write_many(drawn)
            bound = data.draw(st.sampled_from([e.review_count or 0 for e in drawn] or [0]))
            where = (F("review_count") >= bound) & (F("website").is_null() | (F("tracked") == True))  # noqa: E712 - builds a condition
            wanted = [
                e.id
                for e in sorted(drawn, key=lambda e: str(e.id).encode())
                if (e.review_count or 0) >= bound and (e.website is None or e.tracked is not False)
            ]
            found: list[str | None] = []
            cursor: str | None = None
            while True:
                page = coagent.query(f"USER#{owner}", "COMPETITOR#", where=where, limit=limit, cursor=cursor)
                found += [s.data.id for s in page.items]
                cursor = page.cursor
                if cursor is None:
                    break
            assert found == wanted

        check()


@everywhere
def test_times_are_those_of_the_clock_in_milliseconds(on: str, tmp_path: Path) -> None:
    with opened(on, tmp_path) as world:

        @FEW
        @given(kinds, st.integers(0, 10**9), st.integers(1, 10**6))
        def check(kind: type[Any], start: int, later: int) -> None:
            coagent = world.coagent
            world.clock.now = datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=start, milliseconds=start % 1000)
            began = 978_307_200_000 + start * 1000 + start % 1000
            entity = sample(kind, world.owner())
            created = coagent.create(entity)
            assert (created.created_at, created.updated_at) == (began, began)
            world.clock.advance(milliseconds=later)
            field, value = CHANGES[kind]
            changed = coagent.update(created.key, {field: value})
            assert (changed.created_at, changed.updated_at) == (began, began + later)
            world.clock.advance(milliseconds=later)
            replaced = coagent.put(entity)
            assert (replaced.created_at, replaced.updated_at) == (began, began + 2 * later)
            found = coagent.get_with_metadata(created.key)
            assert found == replaced

        check()
