"""Randomness by position, and the parents that rows find by it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.seed.draw import Draw, Shuffle, Weighted, zipf
from crossfade.seed.relations import ByParent, Choice, Steady, chosen, partner, tree

UNITS = st.floats(0, 1, exclude_max=True)


def test_draws_are_known() -> None:
    """The numbers themselves: whoever changes them changes every row of every seed."""
    assert [Draw(7, "users", "email").bits(i) for i in range(3)] == [
        7980323947248469690,
        13863721780958786280,
        7866295282726045001,
    ]


@given(st.integers(0, 2**40), st.integers(1, 2**63))
def test_numbers_are_below(i: int, n: int) -> None:
    assert 0 <= Draw("x").below(i, n) < n
    assert 0 <= Draw("x").unit(i) < 1


@given(UNITS, st.integers(1, 2**40), st.floats(0, 3))
def test_zipf_is_below(u: float, n: int, skew: float) -> None:
    assert 0 <= zipf(u, n, skew) < n


def test_zipf_prefers_the_first() -> None:
    draw = Draw("z")
    found = Counter(zipf(draw.unit(i), 100, 1.0) for i in range(20_000))
    assert 1.6 < found[0] / found[1] < 2.4
    assert found[0] > 10 * found[50]


@given(st.integers(1, 5000), st.integers(0, 2**30))
@settings(max_examples=50)
def test_a_shuffle_has_every_number_once(n: int, place: int) -> None:
    order = Shuffle(Draw(place), n)
    assert sorted(order[i] for i in range(n)) == list(range(n))


def test_weights() -> None:
    choice = Weighted(["a", "b", "c"], [1, 0.0001, 3])
    assert [choice.at(u) for u in (0.0, 0.2, 0.26, 0.99)] == ["a", "a", "c", "c"]


def grown(parents: int, high: int, room: int) -> ByParent:
    rows = ByParent(Steady(100, parents), Draw("per", high), 0, high, lambda i: room)
    rows.rows = rows.total()
    return rows


@given(st.integers(1, 300), st.integers(1, 9), st.integers(1, 9), st.data())
@settings(max_examples=60)
def test_rows_lie_with_their_parents(parents: int, high: int, room: int, data: st.DataObject) -> None:
    rows = grown(parents, high, room)
    placed = [(p, k, rows.count(p)) for p in range(parents) for k in range(rows.count(p))]
    assert len(placed) == rows.rows
    assert max((count for _, _, count in placed), default=0) <= min(high, room)
    fresh = grown(parents, high, room)
    for i in data.draw(st.lists(st.integers(0, max(0, rows.rows - 1)), max_size=20)) if placed else ():
        assert fresh.place(i) == placed[i]
    assert [rows.start(p) for p in range(parents)] == [sum(q < p for q, _, _ in placed) for p in range(parents)]


@given(st.integers(1, 60), st.integers(1, 40), st.integers(1, 6), st.floats(0, 2))
@settings(max_examples=60)
def test_siblings_have_different_partners(parents: int, others: int, high: int, skew: float) -> None:
    other = Steady(50, others)
    owner = Steady(100, parents)
    rows = ByParent(owner, Draw("pairs"), 0, high, lambda p: other.available(owner.progress(p)))
    rows.rows = rows.total()
    pick = partner(rows, other, Choice(skew), Draw("partner"))
    pairs = [(rows.place(i)[0], pick(i)) for i in range(rows.rows)]
    assert len(set(pairs)) == len(pairs)
    assert all(q is not None and 0 <= q < others for _, q in pairs)


@given(st.integers(1, 200), st.integers(1, 200), st.floats(0, 2))
@settings(max_examples=40)
def test_chosen_rows_are_there(rows: int, others: int, skew: float) -> None:
    pick = chosen(Steady(300, rows), Steady(100, others), Choice(skew), Draw("c"))
    assert all((p := pick(i)) is not None and 0 <= p < others for i in range(rows))


def test_trees_lead_back() -> None:
    pick = tree(Choice(0.5, 0.2), Draw("t"))
    parents = [pick(i) for i in range(500)]
    assert parents[0] is None
    assert all(p is None or p < i for i, p in enumerate(parents))
    assert 60 < parents.count(None) < 140
