"""The size of chunks follows the time that they take."""

from __future__ import annotations

from crossfade.migration.chunk import Chunk, ChunkResult, Counts, Size, Sizes, counted
from crossfade.mysql.scan import Span


def sizes_at(rate: float, chunks: int, size: Size) -> list[int]:
    """The sizes of chunks while so many rows a second are copied."""
    found = []
    for _ in range(chunks):
        size = size.after(size.limit, size.limit / rate)
        found.append(size.limit)
    return found


def test_it_grows_to_what_the_target_takes() -> None:
    assert sizes_at(900, 6, Size.of(Sizes(seconds=1.0, first=100))) == [200, 400, 800, 900, 900, 900]


def test_it_shrinks_when_the_store_slows_down() -> None:
    found = sizes_at(50, 8, Size(Sizes(), 1000, 1000.0))
    assert found == sorted(found, reverse=True)
    assert found[-1] in range(50, 60)


def test_it_stays_within_bounds() -> None:
    assert sizes_at(10**6, 10, Size.of(Sizes(most=700)))[-1] == 700
    assert sizes_at(0.1, 20, Size.of(Sizes(least=7)))[-1] == 7
    assert Size.of(Sizes(first=100, least=1, most=4)).limit == 4


def test_a_chunk_without_rows_says_nothing() -> None:
    size = Size.of(Sizes())
    assert size.after(0, 0.0) == size


def test_no_time_at_all_is_no_division_by_nothing() -> None:
    assert Size.of(Sizes(first=100)).after(100, 0.0).limit == 200


def test_numbers_add_up() -> None:
    result = ChunkResult("E", Span(), 5, 2, 1, 1, (), (9,), True, 0.5, 2.5)
    assert counted(result) + counted(result) == Counts(10, 4, 2, 2, 0, 5.0)
    assert Chunk("E", Span(), 1) == Chunk("E", Span(None, None), 1)
