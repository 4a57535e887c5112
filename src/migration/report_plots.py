"""Elements of a page, and a report's plots as SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from crossfade.migration.report import Report
from crossfade.migration.shown import visible

CLASSES = ("mismatch", "missing", "extra", "undecodable", "unreadable")
"""What keeps the stores from being equal, as `Counts` names it."""

_LABEL, _BAR, _ROW, _WIDTH = 150, 460, 26, 720
_LEAST = 3  # of the plot's units: one difference among millions is seen


def tag(name: str, /, *children: Element | str, **attributes: str) -> Element:
    """An element; texts are escaped when it is written.

    Args:
        name: its name.
        children: its content.
        attributes: by name, with `_` for `-`, and one more behind what is a word of Python.
    """
    made = Element(name, {n.removesuffix("_").replace("_", "-"): v for n, v in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made


def classes_plot(report: Report) -> Element:
    """How many differences there are of each class, as bars."""
    found = [(name, getattr(report.total, name)) for name in CLASSES]
    told = ", ".join(f"{count:,} {name}" for name, count in found)
    plot = _plot("classes", "Differences by class", told, len(found))
    most = max(1, *(count for _, count in found))
    for row, (name, count) in enumerate(found):
        width = _widths([count], most)[0]
        _label(plot, row, name)
        _segment(plot, row, 0, width, name, f"{name}: {count:,}")
        _text(plot, row, _LABEL + width + 8, f"{count:,}")
    return plot


def entities_plot(report: Report) -> Element:
    """What each entity's rows and items are, as shares of one bar."""
    told = "; ".join(
        f"{_name(name)}: " + ", ".join(f"{getattr(c, n):,} {n}" for n in ("equal", *CLASSES) if getattr(c, n))
        for name, c in report.entities.items()
    )
    plot = _plot("entities", "Equal rows and different items by entity", told, len(report.entities) + 1)
    for row, (name, counts) in enumerate(report.entities.items()):
        parts = [(n, getattr(counts, n)) for n in ("equal", *CLASSES)]
        total = sum(count for _, count in parts)
        _label(plot, row, _name(name))
        at = 0
        for (part, count), width in zip(parts, _widths([c for _, c in parts], total), strict=True):
            _segment(plot, row, at, width, part, f"{_name(name)}, {part}: {count:,}")
            at += width
        _text(plot, row, _LABEL + _BAR + 8, f"{total:,}")
    _legend(plot, len(report.entities))
    return plot


def _plot(name: str, title: str, description: str, rows: int) -> Element:
    height = rows * _ROW
    plot = tag(
        "svg", tag("title", title, id=f"{name}-title"), tag("desc", description, id=f"{name}-desc"),
        viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_labelledby=f"{name}-title {name}-desc",
    )  # fmt: skip
    plot.set("width", str(_WIDTH))
    plot.set("height", str(height))
    return plot


def _widths(counts: Sequence[int], most: int) -> list[int]:
    """The lengths of a bar's parts: in proportion, but for those that would not be seen."""
    widths = [max(_LEAST, count * _BAR // most) if count else 0 for count in counts]
    over = sum(widths) - _BAR
    if over > 0:
        longest = widths.index(max(widths))
        widths[longest] -= over
    return widths


def _label(plot: Element, row: int, text: str) -> None:
    _text(plot, row, 0, text)


def _text(plot: Element, row: int, at: int, text: str) -> None:
    SubElement(plot, "text", {"x": str(at), "y": str(row * _ROW + 17)}).text = text


def _segment(plot: Element, row: int, at: int, width: int, class_: str, title: str) -> None:
    if width:
        place = {"x": str(_LABEL + at), "y": str(row * _ROW + 4), "width": str(width), "height": str(_ROW - 8)}
        plot.append(tag("rect", tag("title", title), class_=class_, **place))


def _legend(plot: Element, row: int) -> None:
    for i, name in enumerate(("equal", *CLASSES)):
        at = i * _WIDTH // 6
        place = {"x": str(at), "y": str(row * _ROW + 8), "width": "12", "height": "12"}
        plot.append(tag("rect", class_=name, **place))
        _text(plot, row, at + 17, name)


def _name(entity: str) -> str:
    return visible(entity, 18) or "(no entity)"
