"""Run every operation of the shop on MySQL and on DynamoDB and compare the answers.

`python -m examples.shop.demo` needs no server: the embedded stand-ins are used, SQLite in a file and a
DynamoDB imitation in the process. Real servers: see tests/integration/shop.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

import crossfade
from crossfade.dal.errors import CrossfadeError
from examples.shop.errors import ShopError
from examples.shop.plain import differences, plain
from examples.shop.seed import START, seed
from examples.shop.shop import CONTRACT, Shop
from examples.shop.tour import TOUR, Ids, Step

STAGES = ("mysql", "dynamodb")


@dataclass
class Clock:
    """The time of both stores: the same for the same step."""

    now: datetime = START + timedelta(days=60)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Side:
    """One store and the shop on it."""

    app: crossfade.App
    ids: Ids = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shop = Shop.on(self.app)

    def take(self, step: Step) -> tuple[Any, float]:
        """The answer of a step, or its refusal, in plain values; and how long it took, in seconds."""
        began = time.perf_counter()
        try:
            answer = step.act(self.shop, self.ids)
        except (CrossfadeError, ShopError) as error:
            answer = error
        return plain(answer), time.perf_counter() - began


@dataclass(frozen=True)
class Outcome:
    """One operation on both stores: the answer of MySQL, where the other one differs, the times in seconds."""

    pattern: str
    title: str
    answer: Any
    different: list[str]
    seconds: tuple[float, float]


def compare(sides: Sequence[Side], clock: Clock) -> list[Outcome]:
    """Seed both stores and take every step on both."""
    for side in sides:
        side.ids = seed(side.app)
    outcomes = []
    for step in TOUR:
        clock.now += timedelta(minutes=1)
        (one, fast), (other, slow) = (side.take(step) for side in sides)
        outcomes.append(Outcome(step.pattern, step.title, one, list(differences(one, other)), (fast, slow)))
    return outcomes


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes, one a line, each difference below its own."""
    width = max(len(o.title) for o in outcomes)
    lines = [f"{'':5} {'operation':{width}}  {'mysql':>8} {'dynamodb':>9}  answer"]
    for outcome in outcomes:
        fast, slow = (f"{s * 1000:.1f}" for s in outcome.seconds)
        said = "different" if outcome.different else f"equal: {_short(outcome.answer)}"
        lines.append(f"{outcome.pattern:5} {outcome.title:{width}}  {fast:>8} {slow:>9}  {said}")
        lines += [f"{'':5} {d}" for d in outcome.different]
    return "\n".join(lines)


def closing(outcomes: Sequence[Outcome], seconds: float) -> str:
    """What it comes to, in a line."""
    wrong = sum(bool(o.different) for o in outcomes)
    found = {0: "every answer was the same on both", 1: "1 answer was different"}.get(wrong, f"{wrong} were different")
    return f"{len(outcomes)} operations on MySQL (SQLite) and DynamoDB (moto) in {seconds:.0f} s: {found}."


def _short(answer: Any) -> str:
    if isinstance(answer, dict) and "items" in answer and "cursor" in answer:
        return f"{_many(answer['items'])}{', and more' if answer['cursor'] else ''}"
    if isinstance(answer, dict) and "error" in answer:
        return f"refused, {answer['error']}"
    if isinstance(answer, dict):
        kept = {k: v for k, v in answer.items() if not isinstance(v, (dict, list))}
        named = next((f"{k} {v}" for k in ("username", "product_name", "name", "id") if (v := kept.get(k))), None)
        return named or ", ".join(f"{k} {v}" for k, v in kept.items())[:60] or f"{len(answer)} parts"
    return _many(answer) if isinstance(answer, list) else json.dumps(answer)


def _many(rows: list[Any]) -> str:
    return f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything, answers included, as JSON.")
def main(as_json: bool) -> None:
    """Run every operation of the shop on both stores. Exit 0 if every answer was the same, else 1."""
    began = time.perf_counter()
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="crossfade-") as folder:
        # The embedded DynamoDB is the process's: a prefix of its own finds it empty, whoever used it before.
        prefix = f"{Path(folder).name}-"
        apps = [
            crossfade.open(CONTRACT, stage=stage, embedded=True, embedded_path=folder, table_prefix=prefix, clock=clock)
            for stage in STAGES
        ]
        try:
            outcomes = compare([Side(app) for app in apps], clock)
        finally:
            for app in apps:
                app.close()
    different = sum(bool(o.different) for o in outcomes)
    if as_json:
        click.echo(json.dumps({"different": different, "operations": [vars(o) for o in outcomes]}, indent=2))
    else:
        click.echo(table(outcomes))
        click.echo("\n" + closing(outcomes, time.perf_counter() - began))
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
