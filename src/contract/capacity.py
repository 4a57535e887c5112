"""The capacity that a provisioned table needs for the peak rates of its contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from crossfade.contract.model import Contract
from crossfade.contract.workload import STAGES, by_place, requests

# Application Auto Scaling's own default for DynamoDB: capacity of which the peak takes 70%.
UTILIZATION = 0.7


@dataclass(frozen=True, slots=True)
class Throughput:
    """Provisioned read and write units a second; 1 is the least there is."""

    read: int = 1
    write: int = 1


def provisioned(read: float, write: float) -> Throughput:
    """The capacity for units a second at the peak."""
    # A ratio such as 70/0.7 is a hair off its whole number.
    return Throughput(*(max(1, ceil(round(units / UTILIZATION, 6))) for units in (read, write)))


def throughput(contract: Contract, table: str) -> dict[str | None, Throughput]:
    """The capacity of a table (under None) and of its indexes by name, for the stage that takes most.

    As far as the contract says rates; what it is silent about gets no capacity.
    """
    every = requests(contract)
    peaks: list[Mapping[tuple[str, str | None], tuple[float, float]]] = [
        {place: (use.read, use.write) for place, use in by_place(every, stage).items()} for stage in STAGES
    ]
    names = (None, *(i.name for i in contract.tables[table].indexes))
    found = {}
    for name in names:
        units = [peak.get((table, name), (0.0, 0.0)) for peak in peaks]
        found[name] = provisioned(max(r for r, _ in units), max(w for _, w in units))
    return found
