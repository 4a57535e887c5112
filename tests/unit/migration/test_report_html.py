"""The page of a report: its numbers are the report's, and nothing in the values is more than text."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfade.dal.redaction import digest
from crossfade.migration.report import Counts, Difference, Direction, FieldDifference, Report
from crossfade.migration.report_html import html_report
from crossfade.migration.report_plots import CLASSES
from crossfade.migration.shown import COLUMNS

VOID = {"meta"}
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "section", "dl", "dt", "dd", "table",
    "caption", "thead", "tbody", "tr", "th", "td", "code", "svg", "desc", "text", "rect",
}  # fmt: skip
HOSTILE = "</code></style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;\x00\x1b\u202e"


class Page(HTMLParser):
    """A page, read: fails where elements are not closed in their order, or are none that a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: dict[str, list[dict[str, str | None]]] = {}
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS
        assert not [name for name, _ in attrs if name.startswith("on") or name in {"style", "href", "src"}]
        self.attributes.setdefault(tag, []).append(dict(attrs))
        self.texts.setdefault(tag, []).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data


def report(entities: dict[str, Counts], *differences: Difference, direction: Direction = "forward") -> Report:
    moment = "2026-01-02T03:04:05+00:00"
    return Report("f", "c.json", "", moment, moment, 1.0, True, entities, differences, direction=direction)


USER = Counts(1_200, 1_100, 40, 30, 20, 10, 5, 6, 7, 8)
ORDER = Counts(rows=1_000_000, equal=999_999, missing=1)


def test_the_numbers_are_the_reports() -> None:
    found = report({"USER": USER, "ORDER": ORDER})
    page = Page(html_report(found))
    cells = [
        text for text, of in zip(page.texts["td"], page.attributes["td"], strict=True) if of.get("class") == "number"
    ]
    wanted = [f"{getattr(c, name):,}" for c in (USER, ORDER, found.total) for name in COLUMNS]
    assert cells == wanted
    bars = [title for title in page.texts["title"] if ": " in title]
    assert [b for b in bars if b.split(":")[0] in CLASSES] == [f"{n}: {getattr(found.total, n):,}" for n in CLASSES]
    assert "USER, missing: 30" in bars
    assert "ORDER, missing: 1" in bars
    assert "USER: 1,100 equal, 40 mismatch" in page.texts["desc"][1]


def test_a_single_difference_among_many_is_seen_in_its_bar() -> None:
    page = Page(html_report(report({"ORDER": ORDER})))
    found = [int(of["width"] or 0) for of in page.attributes["rect"] if of["class"] == "missing"]
    assert min(found) >= 3


def test_an_equal_report_says_so() -> None:
    page = Page(html_report(report({"USER": Counts(rows=5, equal=5)})))
    assert page.texts["p"] == ["equal: 5 rows, no difference"]
    assert "Examples" not in page.texts["h2"]


@pytest.mark.parametrize("text", [HOSTILE, "]]>", "<!--", "&lt;", "\ud800", "\ufffe"])
def test_values_are_text_whatever_is_in_them(text: str) -> None:
    fields = (FieldDifference(text, text, None), FieldDifference("x", None, text))
    differences = [
        Difference("mismatch", text, text, {text: {"S": text}}, {text: text}, reason=text, fields=fields),
        Difference("extra", None, text, {text: {"S": text}}),
    ]
    hostile = report({text: Counts(mismatch=1, extra=1)}, *differences)
    html_report(hostile).encode()
    page = Page(html_report(hostile))
    assert page.texts["h3"][1] == "(no entity): extra"
    assert {"\x00", "\x1b", "\u202e"}.isdisjoint(html_report(hostile))


@settings(deadline=None)
@given(st.text(st.characters()))
def test_any_text_gives_a_page(text: str) -> None:
    fields = (FieldDifference(text, text, text),)
    Page(html_report(report({}, Difference("mismatch", text, text, {}, {text: text}, reason=text, fields=fields))))


def test_source_and_target_stand_side_by_side() -> None:
    difference = Difference("mismatch", "USER", "t", {}, {"id": "1"}, fields=(FieldDifference("name", '"a"', None),))
    both: list[tuple[Direction, list[str]]] = [("forward", ["MySQL", "DynamoDB"]), ("reverse", ["DynamoDB", "MySQL"])]
    for direction, sides in both:
        page = Page(html_report(report({"USER": Counts(mismatch=1)}, difference, direction=direction)))
        assert page.texts["th"][-4:] == ["field", *sides, "name"]
        assert page.texts["code"][-2:] == ["mismatch USER id=1", '"a"']
        assert page.texts["td"][-1] == "absent"


def test_what_is_left_out_is_counted() -> None:
    differences = [Difference("extra", "E", "t", {}, {"id": str(i)}) for i in range(1_030)]
    page = Page(html_report(report({"E": Counts(extra=1_030)}, *differences), examples=20))
    assert len(page.texts["code"]) == 20
    assert page.texts["p"][-1] == "and 1,010 more in the report"


def test_a_sensitive_item_key_is_told_by_digest() -> None:
    text = html_report(report({}, Difference("extra", None, "t", {"PK": {"S": "bob@x"}}, sensitive=True)))
    assert "bob@x" not in text
    assert digest("bob@x") in text


def test_nothing_is_loaded_and_the_style_is_the_one_that_is_allowed() -> None:
    text = html_report(report({"USER": USER}))
    page = Page(text)
    policy = page.attributes["meta"][1]["content"]
    style = base64.b64encode(hashlib.sha256(page.texts["style"][0].encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{style}'")
    assert "http" not in text.replace("http-equiv", "")
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_plots_are_named_and_described() -> None:
    page = Page(html_report(report({"USER": USER})))
    for of in page.attributes["svg"]:
        named = (of["aria-labelledby"] or "").split()
        ids = {a.get("id") for tag in ("title", "desc") for a in page.attributes[tag]}
        assert of["role"] == "img"
        assert ids >= set(named)
