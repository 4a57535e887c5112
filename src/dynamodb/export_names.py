"""Names that a tool allows, for names that DynamoDB allows."""

from __future__ import annotations

import re
from collections.abc import Iterable


def logical_names(names: Iterable[str], suffix: str = "") -> dict[str, str]:
    """CloudFormation's logical names, letters and digits alone: `crossfade_lookup` is `CrossfadeLookup`."""
    return _distinct((n, "".join(w[:1].upper() + w[1:] for w in re.split(r"[^A-Za-z0-9]+", n)) + suffix) for n in names)


def block_names(names: Iterable[str]) -> dict[str, str]:
    """Terraform's names, letters, digits, `_` and `-`, a letter or `_` first."""
    made = ((n, re.sub(r"[^A-Za-z0-9_-]", "_", n)) for n in names)
    return _distinct((n, text if re.match(r"[A-Za-z_]", text) else f"_{text}") for n, text in made)


def _distinct(made: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The names made, a number behind those that another name has got already."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name, text in made:
        number, free = 2, text
        while free in taken:
            number, free = number + 1, f"{text}{number}"
        taken.add(free)
        found[name] = free
    return found
