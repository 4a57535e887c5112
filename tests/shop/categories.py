"""Categories: AP19 to AP28."""

from __future__ import annotations

import pytest

from crossfade.dal.errors import DuplicateUnique, InvalidValue, MissingReference, NotFound, Referenced
from examples.shop.categories import Node
from examples.shop.errors import CategoryCycle
from tests.shop.world import World, names


def forest(world: World) -> dict[str, int]:
    """Two roots, one of them three levels deep; by name."""
    ids: dict[str, int] = {}
    for name, parent in [
        ("Technology", None),
        ("Electronics", "Technology"),
        ("Phones", "Electronics"),
        ("Radios", "Electronics"),
        ("Books", None),
        ("Etexts", "Books"),
    ]:
        ids[name] = world.category(name, ids[parent] if parent else None)
    return ids


def test_ap26_ap24_create_and_get(world: World) -> None:
    root = world.shop.categories.create("Technology")
    assert (root.parent_id, root.parent_name, root.product_count, root.child_count) == (None, "ROOT", 0, 0)
    assert root.created_at == world.clock.now
    child = world.shop.categories.create("Electronics", root.id)
    assert (child.parent_id, child.parent_name) == (root.id, "Technology")
    assert child.id is not None
    assert world.shop.categories.get(child.id) == child
    with pytest.raises(NotFound):
        world.shop.categories.get(10_000)


def test_ap26_refusals(world: World) -> None:
    ids = forest(world)
    with pytest.raises(DuplicateUnique) as caught:
        world.shop.categories.create("Phones", ids["Books"])
    assert caught.value.fields == ("name",)
    with pytest.raises(MissingReference):
        world.shop.categories.create("Orphans", 10_000)
    for name in ("", "  ", "ROOT"):
        with pytest.raises(InvalidValue):
            world.shop.categories.create(name)
    assert len(world.shop.categories.all()) == 6


def test_ap20_ap21_ap22_lists_by_name(world: World) -> None:
    ids = forest(world)
    assert names(world.shop.categories.all()) == ["Books", "Electronics", "Etexts", "Phones", "Radios", "Technology"]
    assert names(world.shop.categories.roots()) == ["Books", "Technology"]
    assert names(world.shop.categories.children(ids["Electronics"])) == ["Phones", "Radios"]
    assert world.shop.categories.children(ids["Phones"]) == []


def test_ap19_by_prefix(world: World) -> None:
    forest(world)
    assert names(world.shop.categories.starting_with("E").items) == ["Electronics", "Etexts"]
    assert names(world.shop.categories.starting_with("El").items) == ["Electronics"]
    assert names(world.shop.categories.starting_with("e").items) == []
    page = world.shop.categories.starting_with("", limit=4)
    rest = world.shop.categories.starting_with("", limit=4, cursor=page.cursor)
    assert (names(rest.items), rest.cursor) == (["Radios", "Technology"], None)


def test_ap23_path(world: World) -> None:
    ids = forest(world)
    assert names(world.shop.categories.path(ids["Phones"])) == ["Technology", "Electronics", "Phones"]
    assert names(world.shop.categories.path(ids["Books"])) == ["Books"]
    with pytest.raises(NotFound):
        world.shop.categories.path(10_000)


def test_ap25_tree(world: World) -> None:
    forest(world)

    def shape(nodes: list[Node]) -> list[tuple[str, object]]:
        return [(n.category.name, shape(n.children)) for n in nodes]

    assert shape(world.shop.categories.tree()) == [
        ("Books", [("Etexts", [])]),
        ("Technology", [("Electronics", [("Phones", []), ("Radios", [])])]),
    ]


def test_ap27_rename_moves_what_lies_below(world: World) -> None:
    ids = forest(world)
    seller = world.seller()
    fone = world.product("Fone", seller, ids["Phones"])
    renamed = world.shop.categories.rename(ids["Electronics"], "Gadgets")
    assert (renamed.id, renamed.name, renamed.child_count) == (ids["Electronics"], "Gadgets", 2)
    assert [c.parent_name for c in world.shop.categories.children(ids["Electronics"])] == ["Gadgets", "Gadgets"]
    assert world.shop.categories.get(ids["Phones"]).parent_name == "Gadgets"
    assert world.shop.products.get(fone).category_path == "Phones < Gadgets < Technology"
    world.shop.categories.rename(ids["Phones"], "Fones")
    assert world.shop.products.get(fone).category_name == "Fones"
    world.shop.categories.rename(ids["Technology"], "Tech")
    assert world.shop.products.get(fone).category_path == "Fones < Gadgets < Tech"


def test_ap27_rename_refusals(world: World) -> None:
    ids = forest(world)
    with pytest.raises(DuplicateUnique):
        world.shop.categories.rename(ids["Phones"], "Books")
    with pytest.raises(NotFound):
        world.shop.categories.rename(10_000, "Nothing")
    with pytest.raises(InvalidValue):
        world.shop.categories.rename(ids["Phones"], "ROOT")
    assert world.shop.categories.rename(ids["Phones"], "Phones").name == "Phones"


def test_ap27_move(world: World) -> None:
    ids = forest(world)
    fone = world.product("Fone", world.seller(), ids["Phones"])
    moved = world.shop.categories.move(ids["Phones"], ids["Books"])
    assert (moved.parent_id, moved.parent_name) == (ids["Books"], "Books")
    assert names(world.shop.categories.children(ids["Books"])) == ["Etexts", "Phones"]
    assert world.shop.categories.get(ids["Electronics"]).child_count == 1
    assert world.shop.categories.get(ids["Books"]).child_count == 2
    assert world.shop.products.get(fone).category_path == "Phones < Books"
    assert world.shop.categories.move(ids["Phones"], None).parent_name == "ROOT"
    assert names(world.shop.categories.roots()) == ["Books", "Phones", "Technology"]


def test_ap27_no_circles(world: World) -> None:
    ids = forest(world)
    for below in ("Technology", "Electronics", "Phones"):
        with pytest.raises(CategoryCycle):
            world.shop.categories.move(ids["Technology"], ids[below])
    with pytest.raises(MissingReference):
        world.shop.categories.move(ids["Technology"], 10_000)
    with pytest.raises(NotFound):
        world.shop.categories.move(10_000, ids["Books"])
    assert names(world.shop.categories.path(ids["Phones"])) == ["Technology", "Electronics", "Phones"]


def test_ap28_delete_makes_roots_of_children(world: World) -> None:
    ids = forest(world)
    assert world.shop.categories.delete(ids["Electronics"]) is True
    assert world.shop.categories.delete(ids["Electronics"]) is False
    assert names(world.shop.categories.roots()) == ["Books", "Phones", "Radios", "Technology"]
    assert world.shop.categories.get(ids["Phones"]).parent_id is None
    assert world.shop.categories.get(ids["Technology"]).child_count == 0
    assert world.shop.categories.create("Electronics").child_count == 0


def test_ap28_not_with_products(world: World) -> None:
    ids = forest(world)
    fone = world.product("Fone", world.seller(), ids["Phones"])
    with pytest.raises(Referenced):
        world.shop.categories.delete(ids["Phones"])
    assert world.shop.categories.delete(ids["Electronics"]) is True
    assert world.shop.products.get(fone).category_path == "Phones"
    world.shop.products.delete(fone, world.shop.products.get(fone).seller_id)
    assert world.shop.categories.delete(ids["Phones"]) is True


def test_name_taken(world: World) -> None:
    ids = forest(world)
    taken = world.shop.categories.name_taken
    assert (taken("Phones"), taken("phones"), taken("Phones", excluding=ids["Phones"])) == (True, False, False)
    assert taken("Phones", excluding=ids["Books"])


def test_product_count(world: World) -> None:
    ids = forest(world)
    seller = world.seller()
    for name in ("One", "Two"):
        world.product(name, seller, ids["Phones"])
    assert world.shop.categories.product_count(ids["Phones"]) == 2
    assert world.shop.categories.product_count(ids["Electronics"]) == 0
    with pytest.raises(NotFound):
        world.shop.categories.product_count(10_000)
