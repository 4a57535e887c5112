"""The operations whose pairs are tried, on one key each: of a note; of a page, whose item a new slug moves."""

from __future__ import annotations

from itertools import combinations_with_replacement

from tests.unit.interleavings.scenario import Operation, create, delete, put, update
from tests.unit.interleavings.world import Records

NOTE: Records = {("NOTE", 1): {"id": 1, "title": "before"}}
PAGE: Records = {("PAGE", 1): {"id": 1, "slug": "old", "title": "before"}}
KINDS = ("create", "update", "put", "delete")
PAIRS = [*combinations_with_replacement(KINDS, 2), *(("move", kind) for kind in (*KINDS, "move"))]


def operation(kind: str, mark: str, *, page: bool = False) -> Operation:
    """An operation, which writes `mark`."""
    entity = "PAGE" if page else "NOTE"
    match kind:
        case "create" if page:
            return create("PAGE", id=2, slug="old", title=mark)  # takes the slug that the other one may give up
        case "create":
            return create("NOTE", id=1, title=mark)
        case "put" if page:
            return put("PAGE", id=1, slug="old", title=mark)
        case "put":
            return put("NOTE", id=1, title=mark)
        case "update":
            return update(entity, 1, title=mark)
        case "delete":
            return delete(entity, 1)
        case _:
            return update("PAGE", 1, slug=mark)


def pair(kinds: tuple[str, str]) -> tuple[dict[str, Operation], Records]:
    """Two operations, and what is there before."""
    page = "move" in kinds
    found = {
        f"w{n}": operation(kind, mark, page=page)
        for n, (kind, mark) in enumerate(zip(kinds, ("one", "two"), strict=True), 1)
    }
    return found, PAGE if page else {} if "create" in kinds else NOTE
