"""Which chunk comes next, through interruptions of every kind."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest

from crossfade.migration.chunk import Chunk, ChunkResult, Counts, Sizes
from crossfade.migration.report_json import ReportError
from crossfade.migration.walk import Walk
from crossfade.mysql.scan import Position, Span

SIZES = Sizes(first=3, least=1, most=5)


class Texts:
    """Positions of one number."""

    def dump(self, position: Position | None) -> list[str] | None:
        return None if position is None else [str(position[0])]

    def load(self, texts: Sequence[str] | None) -> Position | None:
        return None if texts is None else (int(texts[0]),)


CODECS = {"A": Texts(), "B": Texts()}
SPANS = {"A": [Span(None, (10,)), Span((10,), (20,)), Span((20,), None)], "B": [Span()]}
ROWS = {"A": range(31), "B": range(7)}


def begun() -> Walk:
    return Walk.begin(CODECS, SIZES, SPANS.__getitem__)


def copied(chunk: Chunk) -> tuple[ChunkResult, list[int]]:
    """What a chunk's copy would answer, and the rows in it."""
    after = -1 if chunk.span.after is None else chunk.span.after[0]
    until = 10**9 if chunk.span.until is None else chunk.span.until[0]
    rows = [n for n in ROWS[chunk.entity] if after < n <= until][: chunk.limit]
    last = (rows[-1],) if rows else None
    count = len(rows)
    result = ChunkResult(
        chunk.entity, chunk.span, count, count, 0, 0, (), last, count == chunk.limit, 0.001, float(count)
    )
    return result, rows


@pytest.mark.parametrize("seed", range(20))
def test_every_row_is_copied_whatever_fails_and_however_often_it_is_resumed(seed: int) -> None:
    chance = random.Random(seed)
    walk, met, flying = begun(), [], []
    while not walk.finished:
        what = chance.random()
        if what < 0.5 and (chunk := walk.next()) is not None:
            flying.append(chunk)
        elif what < 0.8 and flying:
            chunk = flying.pop(chance.randrange(len(flying)))
            result, rows = copied(chunk)
            walk.done(chunk, result)
            met += [(chunk.entity, n) for n in rows]
        elif what < 0.9 and flying:
            walk.back(flying.pop(chance.randrange(len(flying))))
        elif what > 0.97:
            walk, flying = Walk.go_on(CODECS, SIZES, json.loads(json.dumps(walk.state()))), []
    assert sorted(met) == [(name, n) for name in ("A", "B") for n in ROWS[name]]
    assert walk.total == Counts(38, 38, 0, 0, 0, 38.0)


def test_a_span_is_walked_by_one_worker_at_a_time() -> None:
    walk = begun()
    chunks = [walk.next() for _ in range(4)]
    assert [c and c.span for c in chunks] == [*SPANS["A"], *SPANS["B"]]
    assert walk.next() is None
    assert chunks[1] is not None
    walk.done(chunks[1], copied(chunks[1])[0])
    following = walk.next()
    assert following is not None
    assert following.span == Span((13,), (20,))


def test_the_state_leaves_out_what_is_done() -> None:
    walk = begun()
    while (chunk := walk.next()) is not None and chunk.entity == "A":
        walk.done(chunk, copied(chunk)[0])
    assert walk.state()["spans"] == {"B": [[None, None]]}


COUNTS = {"rows": 1, "written": 1, "present": 0, "expired": 0, "dead": 0, "units": 1.5}
STATE = {"counts": {"A": COUNTS, "B": COUNTS}, "spans": {"A": [[["1"], None]]}}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"counts": None}, "$.state.counts wants an object"),
        ({"counts": {"A": COUNTS}}, "$.state.counts wants exactly A, B"),
        ({"counts": {"A": COUNTS, "B": COUNTS | {"rows": "1"}}}, "$.state.counts.B.rows wants a number, not '1'"),
        ({"counts": {"A": COUNTS | {"more": 1}, "B": COUNTS}}, "look at more"),
        ({"counts": {"A": COUNTS | {"units": float("nan")}, "B": COUNTS}}, "$.state.counts.A.units wants a number"),
        ({"spans": []}, "$.state.spans wants an object"),
        ({"spans": {"C": []}}, "$.state.spans.C is of no entity"),
        ({"spans": {"A": [[None]]}}, "$.state.spans.A[0] wants the two ends"),
        ({"spans": {"A": [[None, 5]]}}, "$.state.spans.A[0][1] wants a list, not 5"),
        ({"spans": {"A": [[None, ["x"]]]}}, "$.state.spans.A[0][1] is no position: invalid literal"),
        ({"more": 1}, "$.state wants exactly counts, spans"),
    ],
)
def test_a_state_that_was_damaged_is_refused_and_says_where(changed: dict[str, object], says: str) -> None:
    assert Walk.go_on(CODECS, SIZES, STATE).state() == STATE
    with pytest.raises(ReportError) as caught:
        Walk.go_on(CODECS, SIZES, STATE | changed)
    assert says in str(caught.value)
