"""A rehearsal as one HTML page: no script, nothing loaded, fit for printing. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, tostring

from crossfade.dal.stage import Stage
from crossfade.migration.report_plots import tag
from crossfade.rehearsal.outcome import Outcome, verdict
from crossfade.rehearsal.plots import Line, plot
from crossfade.rehearsal.series import SECOND

_COLOURS = {
    Stage.MYSQL: "#6a7fdb", Stage.DUAL_WRITE: "#4ba3c3", Stage.SHADOW: "#5fb49c", Stage.LIVE: "#8fbf5f",
    Stage.RAMP_DOWN: "#d9a441", Stage.DYNAMODB: "#e07a5f",
}  # fmt: skip
_STAGES = "".join(
    f".stage-{stage.replace('_', '-')} {{ fill: {colour}; opacity: .22; }}\n" for stage, colour in _COLOURS.items()
)
_STYLE = f"""
:root {{ color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --line: #d0d0d8; --soft: #f4f4f7; --good: #4f8a63;
  --bad: #d1495b; --one: #2f4bb5; --other: #b5562f; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e8e8ee; --paper: #17171b; --line: #3c3c46; --soft: #222228;
  --one: #9db0ff; --other: #ffb28f; }} }}
body {{ color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, sans-serif; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid var(--line); padding: .2rem .5rem; text-align: left; }}
th {{ background: var(--soft); }} td.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
svg {{ width: 100%; height: auto; display: block; }} svg text {{ fill: var(--ink); font-size: 11px; }}
svg text.value {{ text-anchor: end; dominant-baseline: middle; }}
.grid {{ stroke: var(--line); stroke-width: 1; }} .line {{ fill: none; stroke-width: 1.5; }}
.one {{ stroke: var(--one); }} .other {{ stroke: var(--other); }}
.kill {{ fill: var(--bad); }} .stall {{ fill: var(--bad); opacity: .25; }}
{_STAGES}.key {{ display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .9em; }}
.key svg {{ width: 1em; height: 1em; display: inline; vertical-align: middle; }}
.verdict {{ border-left: .4rem solid var(--bad); padding-left: .8rem; }}
.verdict.passed {{ border-color: var(--good); }}
@media print {{ section, tr, svg {{ break-inside: avoid; }} rect, th {{ print-color-adjust: exact; }} }}
"""


def page(outcome: Outcome) -> str:
    """The page."""
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width"),
        tag("title", f"crossfade rehearse: {verdict(outcome)[0]}"),
        tag("style", _STYLE),
    )
    made = tag("html", head, tag("body", *_body(outcome)), lang="en")
    return f"<!DOCTYPE html>\n{tostring(made, encoding='unicode', method='html')}\n"


def _body(outcome: Outcome) -> Iterator[Element]:
    first, *rest = verdict(outcome)
    yield tag("h1", "A migration, rehearsed")
    result = tag("div", tag("strong", first), class_="verdict passed" if outcome.ok else "verdict")
    result.extend(tag("div", line) for line in rest)
    yield result
    yield from _plots(outcome)
    yield tag("section", tag("h2", "Moves"), _moves(outcome))
    if outcome.findings is not None and not outcome.findings.ok:
        yield tag("section", tag("h2", "What the checker found"), tag("pre", str(outcome.findings)))


def _plots(outcome: Outcome) -> Iterator[Element]:
    points = outcome.points
    rate = [Line("operations", [(p.at + 0.5, p.operations) for p in points], "one")]
    late = [
        Line("p50", [(p.at + 0.5, p.median * 1000) for p in points if p.operations], "one"),
        Line("p99", [(p.at + 0.5, p.late * 1000) for p in points if p.operations], "other"),
    ]
    depth = [Line("changes", [(outcome.seconds(d.at), d.rows) for d in outcome.depths], "one")]
    yield _key()
    yield tag("section", tag("h2", "Throughput"), plot(outcome, "rate", "Throughput", "operations a second", rate))
    yield tag("section", tag("h2", "Latency"), plot(outcome, "late", "Latency", "ms", late))
    yield tag(
        "section",
        tag("h2", "Outbox: changes that wait to be carried over"),
        plot(outcome, "depth", "Depth of the outbox", "changes", depth),
    )


def _key() -> Element:
    classes = [(f"stage-{stage.replace('_', '-')}", str(stage)) for stage in Stage]
    classes += [("kill", "a process killed"), ("stall", "DynamoDB stalls")]
    swatches = (
        tag("span", tag("svg", tag("rect", width="10", height="10", class_=name), viewBox="0 0 10 10"), f" {says}")
        for name, says in classes
    )
    return tag("p", *swatches, class_="key")


def _moves(outcome: Outcome) -> Element:
    heads = ("at, s", "from", "to", "took, ms", "tries", "held, ms", "longest held write, ms, at most")
    rows = [
        (
            f"{outcome.seconds(move.window.begun):.1f}", str(move.origin), str(move.to),
            f"{(move.window.ended - move.window.begun) / SECOND * 1000:.0f}", f"{move.tries}",
            f"{move.held * 1000:.0f}", f"{held * 1000:.0f}",
        )
        for move, held in zip(outcome.moves, outcome.held, strict=True)
    ]  # fmt: skip
    return tag(
        "table",
        tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))),
        tag("tbody", *(tag("tr", *_cells(row)) for row in rows)),
    )


def _cells(row: Iterable[str]) -> Iterator[Element]:
    for place, text in enumerate(row):
        yield tag("td", text) if place in {1, 2} else tag("td", text, class_="number")
