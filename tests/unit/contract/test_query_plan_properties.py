"""For any templates and values: partitions and bounds hold every record asked for, in the order promised.

DynamoDB is a dictionary here: partitions of items ordered by the UTF-8 bytes (or the numbers) of their sort keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crossfade.contract.model import Attribute, Contract, Entity
from crossfade.contract.model_rules import AccessPattern
from crossfade.contract.plan import PlanError, QueryPlan, item_key, key_value, plan_pattern
from crossfade.dal.condition import holds
from crossfade.dal.query import Range
from tests.unit.contract.planned import GSI1, contract, entity, field

Record = dict[str, Any]

_TEXT = st.text("ab#%!~ \ud7ff\U0010ffffAé", max_size=3)
_MOMENTS = st.integers(0, 32_000_000).map(lambda s: datetime(1999, 12, 30, tzinfo=UTC) + timedelta(seconds=s))
_FIELDS: dict[str, tuple[Attribute, st.SearchStrategy[Any], tuple[str, ...]]] = {
    "id": (field("id", "int unsigned", nullable=False), st.integers(0, 30), ("", ":010d", ":03d")),
    "n": (field("n", "int"), st.integers(-20, 200), ("", ":05d")),
    "u": (field("u", "smallint unsigned"), st.integers(0, 200), ("", ":05d", ":02d|none")),
    "m": (field("m", "decimal(6,2) unsigned"), st.decimals(0, 200, places=2), ("", ":07.2f", ":04.0f")),
    "s": (field("s", "varchar(9)"), _TEXT, ("", ":upper", ":lower", "|none")),
    "f": (field("f", "varchar(9)", fold="casefold"), _TEXT, ("",)),
    "t": (field("t", "datetime(3)"), _MOMENTS, ("", ":%Y", ":%Y-%m", ":%Y%m%d%H%M%S%f")),
    "d": (field("d", "date"), st.dates(date(1999, 12, 30), date(2000, 1, 3)), ("", ":%Y%m%d", ":%Y")),
    "b": (field("b", "tinyint(1)"), st.booleans(), (":flag", "")),
    "x": (field("x", "binary(2)"), st.binary(min_size=2, max_size=2), ("",)),
}
_LITERALS = st.sampled_from(["", "#", "E#", "-", "é", "E#%"])


@st.composite
def templates(draw: st.DrawFn, *names: str) -> str:
    """A template of these fields in order, with literals around them."""
    parts = [draw(_LITERALS)]
    for name in names:
        parts.append("{" + name + draw(st.sampled_from(_FIELDS[name][2])) + "}")
        parts.append(draw(_LITERALS.filter(bool)))
    if draw(st.booleans()):
        parts.pop()
    return "".join(parts) or "X"


@st.composite
def ranges(draw: st.DrawFn, name: str, *, closed: bool) -> Range | None:
    values = _FIELDS[name][1]
    end = values if closed else st.none() | values
    low, high = draw(st.tuples(end, end))
    if low is not None and high is not None and draw(st.integers(0, 9)):
        low, high = sorted((low, high))
    if name in {"s", "f"} and draw(st.booleans()):
        return Range(prefix=draw(_TEXT))
    kind = draw(st.sampled_from(["both", "open", "one", "both"] if closed else ["both", "open", "one", "none"]))
    match kind:
        case "none":
            return None
        case "one":
            return Range(ge=low, le=low)
        case "both":
            return Range(ge=low, le=high)
        case _:
            return Range(gt=low, lt=high)


@dataclass
class World:
    """A planned pattern, records, and the call to make."""

    contract: Contract
    plan: QueryPlan
    records: list[Record]
    by: Record
    asked: Range | None

    @property
    def entity(self) -> Entity:
        return self.contract.entities["E"]

    def expected(self) -> list[Record]:
        """What the call means, on any store."""
        pattern = self.plan.pattern

        def wanted(record: Record) -> bool:
            equal = all(record[f] == v for f, v in self.by.items())
            there = all(record[f] is not None for f in self.plan.present) and all(record[f] for f in self.plan.truthy)
            inside = self.asked is None or holds(self.asked.condition(pattern.range or ""), record)
            return equal and there and inside

        return sorted(filter(wanted, self.records), key=self.order)

    def order(self, record: Record) -> tuple[Any, ...]:
        return tuple(record[f] for f in self.plan.sort_fields)

    def arrive(self, after: Sequence[Any] | None, *, descending: bool) -> list[Record]:
        """What DynamoDB sends for the plan's requests, in its order; not yet checked."""
        plan, values = self.plan, self.plan.resolution.values(self.by)
        found: list[Record] = []
        for partition in plan.partitions(values, self.asked, after, descending=descending):
            bounds = plan.sort_bounds(values, self.asked, after, descending=descending)
            if bounds.empty:
                continue
            items = [(self.keys(r), r) for r in self.records]
            inside = [(s, r) for (p, s), r in items if p == partition and _within(s, bounds.low, bounds.high)]
            found += [r for _, r in sorted(inside, key=lambda i: _bytes(i[0]), reverse=descending)]
        return found

    def keys(self, record: Mapping[str, Any]) -> tuple[Any, Any]:
        """The partition and sort value of a record's item in the plan's index; None where it is not in it."""
        plan = self.plan
        assert plan.partition is not None
        partition = key_value(plan.partition, plan.partition_type, record)
        sort = key_value(plan.sort, plan.sort_type, record) if plan.sort else "-"
        absent = partition in {None, ""} or sort in {None, ""}
        return (None, None) if absent else (partition, sort)


def _bytes(sort: Any) -> Any:
    return sort.encode("utf-8", "surrogatepass") if isinstance(sort, str) else sort


def _within(sort: Any, low: Any, high: Any) -> bool:
    if sort is None:
        return False
    value = _bytes(sort)
    return (low is None or value >= _bytes(low)) and (high is None or value <= _bytes(high))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A pattern with records of which most have the equalities asked for."""
    ranged = draw(st.sampled_from([*sorted(set(_FIELDS) - {"b"}), "t", "t", "s", "u", None]))
    others = draw(st.permutations(sorted(set(_FIELDS) - {ranged})))
    by = others[: draw(st.integers(0, 2))]
    in_partition = by[: draw(st.integers(0, len(by)))]
    if ranged in {"t", "d"} and draw(st.integers(0, 2)):
        in_partition = [*in_partition, ranged]
    sorting = [*(f for f in by if f not in in_partition), *([ranged] if ranged else [])]
    sorting += draw(st.sampled_from([[], ["id"], others[-1:], [*others[-1:], "id"]]))
    if draw(st.integers(0, 9)) == 0:
        sorting.reverse()
    sort = draw(templates(*dict.fromkeys(sorting)))
    keys = {"PK": "{id}", "GSI1PK": draw(templates(*in_partition)), "GSI1SK": sort}
    attributes = [attribute for attribute, _, _ in _FIELDS.values()]
    pattern = AccessPattern("p", tuple(by), range=ranged, index="GSI1")
    made = contract(
        entity("E", attributes, keys, ("id",), pattern, escape=draw(st.booleans())),
        indexes=(GSI1,),
        key_types=draw(st.sampled_from([{}, {"GSI1SK": "N"}])) if sort in {"{n}", "{u}", "{m}"} else {},
    )
    try:
        plan = plan_pattern(made, "E", "p")
    except PlanError:
        assume(False)
    asked = draw(ranges(ranged, closed=plan.enumerated is not None)) if ranged else None
    given = {f: True if f in plan.truthy else draw(_FIELDS[f][1]) for f in by}
    record = st.fixed_dictionaries(
        {n: v if n == "id" else st.one_of(v, v, v, v, st.none()) for n, (_, v, _) in _FIELDS.items()}
    )
    alike = st.builds(lambda r, same: {**r, **given} if same else r, record, st.integers(0, 4).map(bool))
    records = draw(st.lists(alike, min_size=3, max_size=12, unique_by=lambda r: r["id"]))
    # An empty key is refused when it is written, so no store holds such a record.
    records = [r for r in records if all(key_value(t, "S", r) != "" for t in made.entities["E"].keys.values())]
    return World(made, plan, records, given, asked)


@settings(max_examples=800, deadline=None)
@given(worlds(), st.booleans(), st.integers(0, 5))
def test_what_arrives_holds_the_answer_in_the_order_promised(world: World, descending: bool, seen: int) -> None:
    plan = world.plan
    expected = world.expected()
    if descending:
        expected.reverse()
    after = world.order(expected[seen - 1]) if 0 < seen <= len(expected) else None
    rest = expected[seen:] if after is not None else expected

    arrived = world.arrive(after, descending=descending)

    checked = [r for r in arrived if r in rest]
    assert sorted(checked, key=world.order, reverse=descending) == rest
    if plan.total:
        assert checked == rest
    elif plan.ordered and plan.pattern.range is not None:
        order = [r[plan.pattern.range] for r in checked]
        assert order == sorted(order, reverse=descending)


@given(st.decimals(0, 200, places=2))
def test_an_item_key_round_trips_its_text(amount: Decimal) -> None:
    made = contract(entity("E", [_FIELDS["m"][0]], {"PK": "M#{m:07.2f}"}, ("m",)))
    assert item_key(made, "E", {"m": amount}) == {"PK": f"M#{amount:07.2f}"}
