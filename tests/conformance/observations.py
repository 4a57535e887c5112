"""What every `ObservationStore` does: subclass the rules beside a fixture `make`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from crossfade.dal.observation import Batch, Observation, ObservationStore, ReadDifference, Totals, Window

START = datetime(2024, 5, 1, 12, tzinfo=UTC)
SEEN = Observation(
    "shop",
    "THING",
    "find",
    "sha256:0123",
    "mismatch",
    "",
    START + timedelta(seconds=7, microseconds=250_001),
    (
        ReadDifference("name", "ä “quoted” \N{GRINNING FACE}", None, "id=1"),
        ReadDifference("(keys)", None, "id=1; id=2"),
    ),
    ({"id": "1"}, {"id": "2", "part": "x"}),
    0.25,
    None,
)


class MakeStore(Protocol):
    """Makes an empty store."""

    def __call__(self, keep: int = 100) -> ObservationStore: ...


def count(entity: str, minutes: int, totals: Totals, group: str = "shop") -> Batch:
    """A batch of one window."""
    return Batch({Window(group, entity, START + timedelta(minutes=minutes)): totals})


class ObservationStoreRules:
    """The rules."""

    def test_totals_are_read_from_a_time_on(self, make: MakeStore) -> None:
        store = make()
        every = Totals(equal=1, tolerated=2, mismatch=3, candidate_failed=4, skipped=5)
        store.add(count("THING", 0, every))
        store.add(count("THING", 1, Totals(equal=2)))
        store.add(count("THING", 1, Totals(equal=3, mismatch=1)))
        store.add(count("OTHER", 2, Totals(skipped=4)))
        store.add(count("thing", 2, Totals(skipped=1)))
        store.add(count("THING", 1, Totals(equal=9), group="Shop"))
        assert store.totals("shop", START) == {
            "THING": every + Totals(equal=5, mismatch=1),
            "OTHER": Totals(skipped=4),
            "thing": Totals(skipped=1),
        }
        assert store.totals("shop", START + timedelta(seconds=119))["THING"] == Totals(equal=5, mismatch=1)
        assert store.totals("shop", START + timedelta(minutes=3)) == {}

    def test_a_batch_adds_to_many_windows(self, make: MakeStore) -> None:
        store = make()
        windows = {Window("shop", f"E{n % 3}", START + timedelta(minutes=n)): Totals(equal=n) for n in range(1, 30)}
        for _ in range(2):
            store.add(Batch(windows))
        assert sum(store.totals("shop", START).values(), Totals()) == Totals(equal=2 * sum(range(1, 30)))

    def test_a_mismatch_comes_back_as_it_was(self, make: MakeStore) -> None:
        store = make()
        plain = replace(SEEN, at=SEEN.at - timedelta(days=1), differences=(), keys=(), control_seconds=None)
        store.add(Batch({}, [plain, SEEN]))
        assert list(store.mismatches("shop")) == [SEEN, plain]

    def test_of_each_entity_the_most_recent_mismatches_stay(self, make: MakeStore) -> None:
        store = make(keep=2)
        seen = [replace(SEEN, asked=str(n)) for n in range(5)]
        other = replace(SEEN, entity="OTHER", at=SEEN.at - timedelta(seconds=1))
        store.add(Batch({}, [other, *seen[:3], replace(SEEN, group="else")]))
        store.add(Batch({}, seen[3:]))
        assert list(store.mismatches("shop")) == [seen[4], seen[3], other]
        assert list(store.mismatches("shop", limit=1)) == [seen[4]]

    def test_a_group_is_forgotten_alone_and_up_to_a_time(self, make: MakeStore) -> None:
        store = make()
        for group in ("shop", "else"):
            for minutes in (0, 1):
                store.add(count("THING", minutes, Totals(equal=1), group))
                store.add(Batch({}, [replace(SEEN, group=group, at=START + timedelta(minutes=minutes))]))
        store.forget("shop", before=START + timedelta(seconds=90))
        assert store.totals("shop", START) == {"THING": Totals(equal=1)}
        assert [seen.at for seen in store.mismatches("shop")] == [START + timedelta(minutes=1)]
        store.forget("shop")
        assert (store.totals("shop", START), list(store.mismatches("shop"))) == ({}, [])
        assert store.totals("else", START) == {"THING": Totals(equal=2)}
        assert len(store.mismatches("else")) == 2
