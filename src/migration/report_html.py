"""A verification's report as one HTML page: no script, nothing loaded, fit for printing. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

from crossfade.migration.report import Difference, Report
from crossfade.migration.report_plots import classes_plot, entities_plot, tag
from crossfade.migration.shown import COLUMNS, first_examples, headline, verdict, visible

_LONGEST = 500  # characters of a value
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --line: #d0d0d8; --soft: #f4f4f7;
  --equal: #8fbf9f; --mismatch: #d1495b; --missing: #e39230; --extra: #6a7fdb; --undecodable: #8e5ea2;
  --unreadable: #4a4a55; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ee; --paper: #17171b; --line: #3c3c46; --soft: #222228;
  --equal: #4f8a63; --unreadable: #a5a5b2; } }
body { color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, sans-serif; max-width: 70rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { background: var(--soft); } td.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font-family: ui-monospace, monospace; font-size: .9em; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font-size: 13px; }
.equal { fill: var(--equal); } .mismatch { fill: var(--mismatch); } .missing { fill: var(--missing); }
.extra { fill: var(--extra); } .undecodable { fill: var(--undecodable); } .unreadable { fill: var(--unreadable); }
.verdict { font-size: 1.1rem; border-left: .4rem solid var(--mismatch); padding-left: .8rem; }
.verdict.same { border-color: var(--equal); } .absent { font-style: italic; }
@media print { body { margin: 0; max-width: none; } section, tr, svg { break-inside: avoid; }
  rect, th { print-color-adjust: exact; } }
"""


def html_report(report: Report, *, examples: int = 20) -> str:
    """The page. Sensitive values are left out, of item keys too; values are text, whatever is in them.

    Args:
        report: the report.
        examples: how many differences of each entity and kind are shown.
    """
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    title = f"crossfade: {'equal' if report.equal else 'different'}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width"),
        tag("title", title),
        tag("style", _STYLE),
    )
    page = tag("html", head, tag("body", *_body(report, examples)), lang="en")
    return f"<!DOCTYPE html>\n{tostring(page, encoding='unicode', method='html')}\n"


def _body(report: Report, examples: int) -> Iterator[Element]:
    source, target = report.sides
    yield tag("h1", f"{source} and {target}, compared")
    yield tag("p", verdict(report), class_="verdict same" if report.equal else "verdict")
    yield _facts(report)
    if not report.equal:
        yield tag("section", tag("h2", "Differences by class"), classes_plot(report))
    yield tag("section", tag("h2", "Entities"), entities_plot(report))
    yield _counts(report)
    if report.differences:
        yield tag("h2", "Examples")
        yield from _examples(report, examples)


def _facts(report: Report) -> Element:
    source, target = report.sides
    facts = {
        "source": source,
        "target": target,
        "contract": visible(report.contract),
        "fingerprint": visible(report.fingerprint),
        "table prefix": visible(report.prefix) or "none",
        "started": visible(report.started),
        "finished": visible(report.finished),
        "sample": "every key" if report.sample >= 1 else f"{report.sample:.2%} of the keys",
        "items without a row": "looked for" if report.extras else "not looked for",
    }
    if report.truncated:
        facts["differences"] = f"the first {len(report.differences):,} are kept"
    made = [part for name, value in facts.items() for part in (tag("dt", name), tag("dd", value))]
    made += [part for note in report.notes for part in (tag("dt", "note"), tag("dd", visible(note, _LONGEST)))]
    return tag("dl", *made)


def _counts(report: Report) -> Element:
    rows = [*((visible(name) or "(no entity)", c) for name, c in report.entities.items()), ("all", report.total)]
    heads = tag("tr", tag("th", "entity", scope="col"), *(tag("th", c, scope="col") for c in COLUMNS))
    body = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            *(tag("td", f"{getattr(counts, c):,}", class_="number") for c in COLUMNS),
        )
        for name, counts in rows
    ]
    return tag("table", tag("caption", "Counts"), tag("thead", heads), tag("tbody", *body), id="counts")


def _examples(report: Report, examples: int) -> Iterator[Element]:
    found: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for difference in first_examples(report, examples):
        found[difference.entity or "", difference.kind].append(difference)
    kept: dict[tuple[str, str], int] = defaultdict(int)
    for difference in report.differences:
        kept[difference.entity or "", difference.kind] += 1
    for (entity, kind), differences in found.items():
        more = kept[entity, kind] - len(differences)
        after = [tag("p", f"and {more:,} more in the report")] if more else []
        heading = tag("h3", f"{visible(entity) or '(no entity)'}: {kind}")
        yield tag("section", heading, *(p for d in differences for p in _example(report, d)), *after)


def _example(report: Report, difference: Difference) -> Iterator[Element]:
    yield tag("p", tag("code", headline(difference)))
    if difference.fields:
        heads = tag("tr", *(tag("th", name, scope="col") for name in ("field", *report.sides)))
        rows = [
            tag("tr", tag("th", visible(f.field), scope="row"), _value(f.source), _value(f.target))
            for f in difference.fields
        ]
        yield tag("table", tag("thead", heads), tag("tbody", *rows))


def _value(text: str | None) -> Element:
    if text is None:
        return tag("td", "absent", class_="absent")
    return tag("td", tag("code", visible(text, _LONGEST)))
