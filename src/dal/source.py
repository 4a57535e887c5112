"""Functions that are made of text: straight-line code for one entity, where a loop over its fields would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """A function's source.

    Attributes:
        text: the source, which defines `codec`.
        names: what it refers to.
    """

    text: str
    names: Mapping[str, Any] = field(repr=False)

    def function(self) -> Callable[..., Any]:
        """The function."""
        space = dict(self.names)
        exec(compile(self.text, "<codec>", "exec"), space)  # noqa: S102 - made by the stores, of quoted names alone
        made: Callable[..., Any] = space["codec"]
        return made
