"""Categories (AP19 to AP28)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from crossfade.dal import Page, Repository, prefix
from crossfade.dal.errors import InvalidValue, NotFound
from examples.shop.backend import Backend, every, only, retried
from examples.shop.entities import Category
from examples.shop.errors import CategoryCycle

# What `parent_name` says of a category without a parent.
ROOT = "ROOT"


@dataclass(frozen=True)
class Node:
    """A category with what lies below it, by name."""

    category: Category
    children: list[Node] = field(default_factory=list)


class Categories:
    """The tree of categories."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._categories: Repository[Category] = backend.repository(Category)

    def starting_with(self, text: str, *, limit: int | None = None, cursor: str | None = None) -> Page[Category]:
        """Categories whose name starts with `text`, by name (AP19)."""
        return self._categories.find("all", name=prefix(text), limit=limit, cursor=cursor)

    def all(self) -> list[Category]:
        """Every category, by name (AP20)."""
        return list(every(self._categories, "all"))

    def roots(self) -> list[Category]:
        """The categories without a parent, by name (AP21)."""
        return list(every(self._categories, "under", parent_name=ROOT))

    def children(self, parent_id: int) -> list[Category]:
        """The categories right below another, by name (AP22)."""
        return list(every(self._categories, "children", parent_id=parent_id))

    def path(self, category_id: int) -> list[Category]:
        """The way from the root to the category, both included (AP23). Raises NotFound."""
        way = [self.get(category_id)]
        while (parent_id := way[-1].parent_id) is not None:
            parent = self._categories.get(parent_id)
            if parent is None or any(parent.id == c.id for c in way):
                break  # moved or deleted between two reads: the way ends here
            way.append(parent)
        return way[::-1]

    def get(self, category_id: int) -> Category:
        """The category (AP24). Raises NotFound."""
        category = self._categories.get(category_id)
        if category is None:
            raise _absent(category_id)
        return category

    def tree(self) -> list[Node]:
        """The roots with all that lies below them (AP25)."""
        return _nodes(self.all())

    def create(self, name: str, parent_id: int | None = None) -> Category:
        """Add a category (AP26).

        Raises:
            DuplicateUnique: the name is taken, anywhere in the tree.
            MissingReference: there is no such parent.
            InvalidValue: the name is empty, or ROOT.
        """
        _check_name(name)
        return self._categories.create(Category(name=name, parent_id=parent_id))

    def rename(self, category_id: int, name: str) -> Category:
        """Give a category another name (AP27); what lies below it and its products move along.

        Raises:
            NotFound: there is no such category.
            DuplicateUnique, InvalidValue: as for `create`.
        """
        _check_name(name)
        return self._categories.update(category_id, {"name": name})

    def move(self, category_id: int, parent_id: int | None) -> Category:
        """Hang a category below another one, or make it a root (AP27).

        The way up from the new parent is read inside the unit of work, so that two moves at once cannot close
        a circle between them.

        Raises:
            NotFound: there is no such category.
            MissingReference: there is no such parent.
            CategoryCycle: the parent is the category itself or lies below it.
        """
        retried(lambda: self._move(category_id, parent_id))
        return self.get(category_id)

    def delete(self, category_id: int) -> bool:
        """Delete a category; those right below it become roots (AP28). False if there is none.

        Raises:
            Referenced: it has products.
        """
        return self._categories.delete(category_id)

    def name_taken(self, name: str, *, excluding: int | None = None) -> bool:
        """Whether a category, another than `excluding`, has the name."""
        found = only(self._categories.find("all", name=name))
        return found is not None and found.id != excluding

    def product_count(self, category_id: int) -> int:
        """How many products lie right in the category. Raises NotFound."""
        return self.get(category_id).product_count or 0

    def _move(self, category_id: int, parent_id: int | None) -> None:
        with self._backend.unit_of_work() as work:
            categories = work.repository(Category)
            above = parent_id
            while above is not None:
                if above == category_id:
                    raise CategoryCycle(f"category {category_id} cannot lie below {parent_id}")
                parent: Category | None = categories.get(above)
                above = None if parent is None else parent.parent_id
            categories.update(category_id, {"parent_id": parent_id})
            work.commit()


def _nodes(categories: Iterable[Category]) -> list[Node]:
    nodes = {c.id: Node(c) for c in categories}
    roots: list[Node] = []
    for node in nodes.values():
        parent = nodes.get(node.category.parent_id)
        (roots if parent is None else parent.children).append(node)
    return roots


def _check_name(name: str) -> None:
    if not name.strip() or name == ROOT:
        raise InvalidValue("name", f"must not be empty, nor {ROOT}", entity="CATEGORY")


def _absent(category_id: int) -> NotFound:
    return NotFound("there is no such category", entity="CATEGORY", key={"id": category_id})
