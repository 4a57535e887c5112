"""When a stream is taken for drained."""

from __future__ import annotations

from tests.unit.dynamodb.streaming import numbers_of, streaming


def test_drained_takes_answers_enough_over_time_enough() -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.begins("a", after=1)
        made.gives("a-0", then="a-1")
        assert made.take() is None
        # The one at 0 came before the moment; those at 2 and 4 follow too soon to count.
        for number, now in enumerate((1.0, 2.0, 3.0, 4.0), start=1):
            assert not made.reader.drained(0.5), now
            made.time = now
            if now == 4.0:
                made.lists("a")
            made.gives(f"a-{number}", then=f"a-{number + 1}")
            assert made.take() is None
        assert not made.reader.drained(0.5)
        made.time = 5.0
        made.lists("a")
        made.gives("a-5", then="a-6")
        assert made.take() is None
        assert made.reader.drained(0.5)
        assert not made.reader.drained(3.5)


def test_a_change_that_comes_late_begins_it_again() -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.begins("a", after=1)
        made.gives("a-0", then="a-1")
        assert made.take() is None
        made.time = 2.0
        made.gives("a-1", 2, then="a-2")
        batch = made.reader.read()
        assert batch is not None
        made.reader.acknowledge(batch)
        for number, now in enumerate((4.0, 6.0, 8.0), start=2):
            assert not made.reader.drained(0.0)
            made.time = now
            if now in {4.0, 8.0}:
                made.lists("a")
            made.gives(f"a-{number}", then=f"a-{number + 1}")
            assert made.take() is None
        assert made.reader.drained(0.0)


def test_a_stream_that_others_never_leave_quiet_is_drained_by_what_was_made_late_enough() -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.begins("a", after=1)
        # Four seconds of quiet, and one by which clocks may differ, after the moment, which is 1.
        for number, (now, at) in enumerate(((2.0, 1.0), (5.5, 5.0), (7.0, 5.9), (8.0, 6.0))):
            assert not made.reader.drained(1.0), now
            made.time = now
            if now == 5.5:
                made.lists("a")
            made.gives(f"a-{number}", number + 2, then=f"a-{number + 1}", made=at)
            batch = made.reader.read()
            assert batch is not None
            assert not made.reader.drained(1.0), "it is not acknowledged"
            made.reader.acknowledge(batch)
        assert made.reader.drained(1.0)
        assert not made.reader.drained(1.1)
        assert made.reader.noisy(5.0)
        assert not made.reader.noisy(5.1)


def test_what_is_not_acknowledged_is_not_drained() -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        made.gives("a-0", 1, then=None)
        batch = made.reader.read()
        assert batch is not None
        assert numbers_of(batch) == [1]
        made.time = 100.0
        assert not made.reader.drained(0.0)


def test_a_shard_that_a_listing_leaves_out_is_read_all_the_same() -> None:
    with streaming({}) as made:
        made.lists("a")
        made.begins("a")
        made.gives("a-0", then="a-1")
        assert made.take() is None
        made.time = 4.0
        made.lists()
        made.gives("a-1", then="a-2")
        assert made.take() is None
        assert not made.reader.drained(0.0)


def test_a_shard_that_ended_may_have_children_that_are_not_listed_yet() -> None:
    with streaming({"a": 1}) as made:
        made.lists("a")
        made.begins("a", after=1)
        made.gives("a-0", then=None)
        assert made.take() is None
        made.time = 1.0
        made.lists("a")
        assert made.take() is None
        assert not made.reader.drained(0.0)
        made.time = 5.0
        made.lists("a", ("b", "a"))
        made.begins("b")
        made.gives("b-0", then="b-1")
        assert made.take() is None
        assert not made.reader.drained(0.0)
