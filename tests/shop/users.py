"""Users: AP1 to AP7, AP45, AP46, AP48, admins, what a changed email and a deleted account take along."""

from __future__ import annotations

import pytest

from crossfade.dal.errors import DuplicateUnique, MissingReference, NotFound, Referenced
from examples.shop.entities import CartLine, User
from examples.shop.errors import NotSeller, WrongPassword
from tests.shop.world import World, stored_id


def test_ap01_register_gives_id_and_times(world: World) -> None:
    user = world.shop.users.register("ann", "ann@example.org", "correct horse", first_name="Ann")
    assert user.id is not None
    assert user.created_at == user.updated_at == world.clock.now
    assert (user.first_name, user.last_name, user.is_seller, user.super_admin) == ("Ann", None, False, False)
    assert world.shop.users.profile(user.id) == user


@pytest.mark.parametrize(
    ("username", "email", "fields"),
    [("ann", "other@example.org", ("username",)), ("other", "ann@example.org", ("email",))],
)
def test_ap01_username_and_email_are_unique(world: World, username: str, email: str, fields: tuple[str]) -> None:
    ann = world.user("ann")
    with pytest.raises(DuplicateUnique) as caught:
        world.shop.users.register(username, email, "correct horse")
    assert caught.value.fields == fields
    assert world.shop.users.profile(ann).username == "ann"
    assert world.shop.users.by_username("other") is None
    assert world.shop.users.by_email("other@example.org") is None


def test_ap01_names_that_differ_in_case_differ(world: World) -> None:
    small, large = world.user("ann"), world.user("Ann")
    by_name = world.shop.users.by_username
    assert [u and u.id for u in (by_name("ann"), by_name("Ann"), by_name("ANN"))] == [small, large, None]


def test_ap02_sign_in(world: World) -> None:
    user = world.shop.users.register("ann", "ann@example.org", "correct horse")
    assert world.shop.users.sign_in("ann", "correct horse") == user
    for name, password in [("ann", "wrong horse"), ("bob", "correct horse")]:
        with pytest.raises(WrongPassword):
            world.shop.users.sign_in(name, password)


def test_ap02_changed_password(world: World) -> None:
    user_id = stored_id(world.shop.users.register("ann", "ann@example.org", "correct horse"))
    with pytest.raises(WrongPassword):
        world.shop.users.change_password(user_id, "wrong horse", "battery staple")
    world.shop.users.change_password(user_id, "correct horse", "battery staple")
    assert world.shop.users.sign_in("ann", "battery staple").id == user_id
    with pytest.raises(WrongPassword):
        world.shop.users.sign_in("ann", "correct horse")


def test_ap03_ap07_by_id(world: World) -> None:
    ann = world.user("ann")
    assert world.shop.users.profile(ann).username == "ann"
    assert world.shop.users.of_token(ann) == world.shop.users.profile(ann)
    assert world.shop.users.of_token(ann + 1000) is None
    with pytest.raises(NotFound):
        world.shop.users.profile(ann + 1000)


def test_ap04_update_profile(world: World) -> None:
    ann = world.user("ann", first_name="Ann")
    before = world.shop.users.profile(ann)
    world.clock.tick(60)
    after = world.shop.users.update_profile(ann, username="anna", last_name="Lee", first_name=None)
    assert (after.username, after.first_name, after.last_name) == ("anna", None, "Lee")
    assert (after.created_at, after.updated_at) == (before.created_at, world.clock.now)
    assert world.shop.users.profile(ann) == after
    assert world.shop.users.by_username("ann") is None
    assert world.shop.users.by_username("anna") == after


def test_ap04_what_is_taken_or_absent_is_refused(world: World) -> None:
    ann, _ = world.user("ann"), world.user("bob")
    before = world.shop.users.profile(ann)
    with pytest.raises(DuplicateUnique) as caught:
        world.shop.users.update_profile(ann, username="bob", email="new@example.org")
    assert caught.value.fields == ("username",)
    with pytest.raises(DuplicateUnique) as caught:
        world.shop.users.update_profile(ann, email="bob@example.org")
    assert caught.value.fields == ("email",)
    with pytest.raises(NotFound):
        world.shop.users.update_profile(ann + 1000, first_name="Nobody")
    with pytest.raises(TypeError):
        world.shop.users.update_profile(ann, super_admin=True)
    assert world.shop.users.profile(ann) == before
    assert world.shop.users.by_email("new@example.org") is None


def test_ap04_a_freed_name_can_be_taken(world: World) -> None:
    ann = world.user("ann")
    world.shop.users.update_profile(ann, username="anna", email="anna@example.org")
    again = world.user("ann")
    assert again != ann
    assert world.shop.users.by_email("ann@example.org") == world.shop.users.profile(again)


def test_ap04_a_changed_email_moves_cart_and_orders(world: World) -> None:
    pen, ink = world.goods(10, 10)
    ann, bob = world.user("ann"), world.user("bob")
    bought = world.order(ann, (pen, 2))
    world.shop.carts.add(ann, ink, 3)
    world.shop.carts.add(bob, ink, 1)
    world.shop.users.update_profile(ann, email="new@example.org")
    assert world.cart(ann) == {ink: 3}
    assert world.shop.orders.history(ann).items == [bought]
    assert world.shop.orders.get(stored_id(bought), ann) == bought
    assert world.shop.carts.add(ann, ink, 1).quantity == 4
    assert world.shop.orders.cancel(stored_id(bought), ann).status == "cancelled"
    world.shop.users.update_profile(bob, email="ann@example.org")
    assert world.cart(bob) == {ink: 1}
    assert world.shop.orders.count(bob) == 0


def test_ap05_ap45_ap46_ap48_sellers(world: World) -> None:
    ann = world.user("ann")
    with pytest.raises(NotSeller):
        world.shop.users.seller_profile(ann)
    with pytest.raises(NotSeller):
        world.shop.users.update_seller(ann, first_name="Ann")
    assert world.shop.users.become_seller(ann).is_seller
    assert world.shop.users.seller_profile(ann).username == "ann"
    assert world.shop.users.update_seller(ann, first_name="Ann").first_name == "Ann"
    for act in (world.shop.users.become_seller, world.shop.users.seller_profile, world.shop.users.update_seller):
        with pytest.raises(NotFound):
            act(ann + 1000)


def test_taken(world: World) -> None:
    world.user("ann")
    users = world.shop.users
    assert (users.username_taken("ann"), users.username_taken("bob")) == (True, False)
    assert (users.email_taken("ann@example.org"), users.email_taken("ann")) == (True, False)


def test_super_admins_by_name_with_pages(world: World) -> None:
    ids = {name: world.user(name) for name in ("dora", "ann", "carl", "bob")}
    for name in ("dora", "ann", "carl"):
        assert world.shop.users.promote(ids[name]).super_admin
    first = world.shop.users.super_admins(limit=2)
    assert [u.username for u in first.items] == ["ann", "carl"]
    second = world.shop.users.super_admins(limit=2, cursor=first.cursor)
    assert ([u.username for u in second.items], second.cursor) == (["dora"], None)
    assert not world.shop.users.demote(ids["carl"]).super_admin
    assert [u.username for u in world.shop.users.super_admins().items] == ["ann", "dora"]
    with pytest.raises(NotFound):
        world.shop.users.promote(ids["bob"] + 1000)


def test_delete_takes_cart_orders_and_products_along(world: World) -> None:
    pen, ink = world.goods(10, 10)
    ann, bob = world.user("ann"), world.seller("bob")
    own = world.product("Bob's", bob, world.category("Others"))
    world.order(bob, (pen, 2))
    world.shop.carts.add(bob, ink, 1)
    world.shop.carts.add(ann, own, 1)
    world.shop.carts.add(ann, ink, 1)
    others = world.shop.products.get(own).category_id
    assert world.shop.users.delete(bob) is True
    assert world.shop.users.of_token(bob) is None
    assert world.shop.users.by_username("bob") is None
    with pytest.raises(NotFound):
        world.shop.products.get(own)
    assert world.cart(ann) == {ink: 1}
    assert world.shop.orders.by_status("pending").items == []
    assert world.shop.categories.product_count(others) == 0
    assert world.shop.products.get(pen).times_ordered == 0
    assert world.shop.users.delete(bob) is False
    again = world.user("bob")
    assert (world.cart(again), world.shop.orders.count(again)) == ({}, 0)


def test_delete_is_refused_while_others_hold_orders_of_its_products(world: World) -> None:
    (pen,) = world.goods(10)
    ann = world.user("ann")
    seller = world.shop.products.get(pen).seller_id
    world.order(ann, (pen, 1))
    with pytest.raises(Referenced):
        world.shop.users.delete(seller)
    assert world.shop.users.profile(seller).is_seller
    assert world.stock(pen) == 9
    assert world.shop.users.delete(ann) is True
    assert world.shop.users.delete(seller) is True


def test_nothing_can_be_added_to_an_absent_user(world: World) -> None:
    (pen,) = world.goods(1)
    with pytest.raises(MissingReference):
        world.backend.repository(CartLine).create(CartLine(user_id=10_000, product_id=pen, quantity=1))


def test_password_hashes_stay_out_of_texts(world: World) -> None:
    assert "00$00" not in repr(world.backend.repository(User).get(world.user("ann")))
