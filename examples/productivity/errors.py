"""What the calendar refuses for reasons of its own; everything else is one of crossfade's errors."""

from __future__ import annotations

from collections.abc import Mapping


class InvalidEvent(Exception):
    """The event cannot be as it is given; `problems` says what is wrong with each field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{field} {problem}" for field, problem in self.problems.items()))
