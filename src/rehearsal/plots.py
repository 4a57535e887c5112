"""A rehearsal over time, as SVG: lines above bands of stages, with the faults marked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from crossfade.dal.stage import Stage
from crossfade.migration.report_plots import tag
from crossfade.rehearsal.outcome import Outcome
from crossfade.rehearsal.schedule import ORDER

_LEFT, _WIDTH, _HEIGHT, _TOP, _BOTTOM = 60, 900, 180, 18, 24


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot.

    Attributes:
        name: for the legend.
        points: (seconds, value).
        class_: of its style.
    """

    name: str
    points: Sequence[tuple[float, float]]
    class_: str

    @property
    def most(self) -> float:
        """The largest value; 0 where there is none."""
        return max((value for _, value in self.points), default=0.0)


@dataclass(frozen=True, slots=True)
class Band:
    """A time in one stage, in seconds."""

    stage: Stage
    begun: float
    ended: float


def bands(outcome: Outcome) -> list[Band]:
    """The stages, one after the other."""
    stage, begun, found = ORDER[0], 0.0, []
    for move in outcome.moves:
        at = outcome.seconds(move.window.ended)
        found.append(Band(stage, begun, at))
        stage, begun = move.to, at
    return [*found, Band(stage, begun, outcome.seconds(outcome.window.ended))]


def plot(outcome: Outcome, name: str, title: str, unit: str, lines: Sequence[Line]) -> Element:
    """Lines over the time of a rehearsal.

    Args:
        outcome: the rehearsal.
        name: the plot's, for links within the page.
        title: for people.
        unit: of the values.
        lines: what is drawn.
    """
    whole = max(1.0, outcome.seconds(outcome.window.ended))
    scale = _Scale(whole, _ceiling(max(line.most for line in lines)))
    told = "; ".join(
        f"{line.name}: at most {max((v for _, v in line.points), default=0):,.0f} {unit}" for line in lines
    )
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", told, id=f"{name}-desc"),
        *_bands(outcome, scale),
        *_faults(outcome, scale),
        *_axes(scale, unit),
        *(tag("polyline", points=scale.points(line), class_=f"line {line.class_}") for line in lines),
        *_legend(lines),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """From seconds and values to places."""

    seconds: float
    most: float

    def x(self, at: float) -> float:
        return _LEFT + (_WIDTH - _LEFT) * min(at, self.seconds) / self.seconds

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / self.most

    def points(self, line: Line) -> str:
        return " ".join(f"{self.x(at):.1f},{self.y(value):.1f}" for at, value in line.points)

    def area(self, begun: float, ended: float, least: float = 0) -> dict[str, str]:
        at = self.x(begun)
        wide = max(least, self.x(ended) - at)
        return {"x": f"{at:.1f}", "y": str(_TOP), "width": f"{wide:.1f}", "height": str(_HEIGHT - _TOP - _BOTTOM)}


def _bands(outcome: Outcome, scale: _Scale) -> Iterator[Element]:
    for band in bands(outcome):
        title = tag("title", f"{band.stage}, {band.begun:.1f} to {band.ended:.1f} s")
        yield tag("rect", title, class_=f"stage-{band.stage.replace('_', '-')}", **scale.area(band.begun, band.ended))


def _faults(outcome: Outcome, scale: _Scale) -> Iterator[Element]:
    for fault in outcome.faults:
        begun, ended = outcome.seconds(fault.window.begun), outcome.seconds(fault.window.ended)
        title = tag(
            "title", f"{fault.kind} at {begun:.1f} s" + (f", to {ended:.1f} s" if fault.kind == "stall" else "")
        )
        yield tag("rect", title, class_=fault.kind, **scale.area(begun, ended, least=1.5))


def _axes(scale: _Scale, unit: str) -> Iterator[Element]:
    for part in (0, 0.5, 1):
        y = f"{scale.y(scale.most * part):.1f}"
        yield tag("line", x1=str(_LEFT), x2=str(_WIDTH), y1=y, y2=y, class_="grid")
        yield tag("text", f"{scale.most * part:,g}", x=str(_LEFT - 6), y=y, class_="value")
    yield tag("text", unit, x="0", y="11")
    step = _ceiling(scale.seconds / 8)
    for number in range(int(scale.seconds / step) + 1):
        at = f"{scale.x(number * step):.1f}"
        yield tag("text", f"{number * step:g} s", x=at, y=str(_HEIGHT - 6))


def _legend(lines: Sequence[Line]) -> Iterator[Element]:
    for number, line in enumerate(lines if len(lines) > 1 else ()):
        at = _WIDTH - 90 * (len(lines) - number)
        yield tag("line", x1=str(at), x2=str(at + 16), y1="8", y2="8", class_=f"line {line.class_}")
        yield tag("text", line.name, x=str(at + 21), y="12")


def _ceiling(value: float) -> float:
    """The next of 1, 2, 5, 10, 20 ... that is no less; of what is below 1, 1."""
    power = 1.0
    while True:
        for step in (1, 2, 5):
            if step * power >= value:
                return step * power
        power *= 10
