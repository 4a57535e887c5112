"""Reads from MySQL: whole calls of a repository, against an ORM session on the same driver, and the driver alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any

from benchmarks.contest import Cheaper, Contest, Contestant, repeated

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from crossfade import App

PAGE = 100
_NUMBERS = range(1, 501)
_ORM, _DRIVER = "ORM session", "driver alone"
_MODE = (
    "{} of MySQL in a container, which has a core of its own; {}; one thread; the ORM's session is new for each call"
)
_ARTICLE, _PRODUCT = "a row of 14 columns", "a row of 10 columns, 3 joined rows and a count"
_DRIVERS = {"pymysql": "PyMySQL", "mysqldb": "mysqlclient"}


def contests() -> list[Contest]:
    """Gets by key, and pages, on either driver."""
    goal, made = (Cheaper(_ORM, 2.2),), []
    for driver, name in _DRIVERS.items():
        article, product = (_MODE.format(what, name) for what in (_ARTICLE, _PRODUCT))
        enter = partial(_articles, driver)
        made += [
            Contest(f"mysql_get_{driver}", f"get by key, {name}", article, partial(enter, _got), goals=goal),
            Contest(f"mysql_find_{driver}", f"find of {PAGE}, {name}", article, partial(enter, _found)),
            Contest(
                f"mysql_joined_{driver}", f"get with joins, {name}", product, partial(_products, driver), goals=goal
            ),
        ]
    return made


@contextmanager
def _opened(driver: str, contract: Any, schema: Callable[[str], object]) -> Iterator[tuple[App, Engine]]:
    """crossfade, and an engine for the others, on a database of this contest's own."""
    import sqlalchemy as sa  # noqa: PLC0415 - naming the contests loads nothing

    import crossfade  # noqa: PLC0415 - as above
    from benchmarks.sales import server  # noqa: PLC0415 - as above
    from tests.integration.servers import on_mysqlclient  # noqa: PLC0415 - as above

    with ExitStack() as stack:
        url = stack.enter_context(stack.enter_context(server()).database())
        schema(url)
        url = on_mysqlclient(url) if driver == "mysqldb" else url
        engine = sa.create_engine(url)
        stack.callback(engine.dispose)
        yield stack.enter_context(crossfade.open(contract, mysql_url=url, stage="mysql")), engine


# ---------------------------------------------------------------------------------------------------- articles


@contextmanager
def _articles(driver: str, compared: Callable[[App, Engine], Sequence[Contestant]]) -> Iterator[Sequence[Contestant]]:
    from benchmarks.articles import SCHEMA, Article, article, contract  # noqa: PLC0415 - as above
    from tests.integration.servers import connected  # noqa: PLC0415 - as above

    def schema(url: str) -> None:
        with connected(url) as connection, connection.cursor() as cursor:
            cursor.execute(SCHEMA)

    with _opened(driver, contract(), schema) as (app, engine):
        app.repository(Article).put_many(article(number) for number in _NUMBERS)
        yield compared(app, engine)


def _got(app: App, engine: Engine) -> Sequence[Contestant]:
    import sqlalchemy as sa  # noqa: PLC0415 - as above
    from sqlalchemy.orm import Session  # noqa: PLC0415 - as above

    from benchmarks.articles import SHOP, Article, article  # noqa: PLC0415 - as above
    from benchmarks.mysql_orm import Stored  # noqa: PLC0415 - as above

    repository, numbers = app.repository(Article), cycle([article(number).id for number in _NUMBERS])
    raw: Any = engine.raw_connection().driver_connection
    raw.autocommit(True)
    names = ", ".join(column.name for column in sa.inspect(Stored).columns)
    statement = f"SELECT {names} FROM articles WHERE shop = %s AND id = %s"  # noqa: S608 - the mapping's own names

    def ours() -> object:
        return repository.get({"shop": SHOP, "id": next(numbers)})

    def orm() -> object:
        with Session(engine) as session:
            return session.get(Stored, (SHOP, next(numbers)))

    def alone() -> object:
        with raw.cursor() as cursor:
            cursor.execute(statement, (SHOP, next(numbers)))
            return cursor.fetchall()

    return _checked(("crossfade", ours), (_ORM, orm), (_DRIVER, alone))


def _found(app: App, engine: Engine) -> Sequence[Contestant]:
    import sqlalchemy as sa  # noqa: PLC0415 - as above
    from sqlalchemy.orm import Session  # noqa: PLC0415 - as above

    from benchmarks.articles import SHOP, Article  # noqa: PLC0415 - as above
    from benchmarks.mysql_orm import Stored  # noqa: PLC0415 - as above

    repository = app.repository(Article)

    def ours() -> object:
        return repository.find("of_shop", shop=SHOP, limit=PAGE).items

    def orm() -> object:
        statement = sa.select(Stored).where(Stored.shop == SHOP).order_by(Stored.id).limit(PAGE + 1)
        with Session(engine) as session:
            return session.scalars(statement).all()

    return _checked(("crossfade", ours), (_ORM, orm))


# --------------------------------------------------------------------------------------------------- products


@contextmanager
def _products(driver: str) -> Iterator[Sequence[Contestant]]:
    from sqlalchemy.orm import Session  # noqa: PLC0415 - as above

    from benchmarks.mysql_orm import StoredProduct  # noqa: PLC0415 - as above
    from examples.shop.shop import CONTRACT  # noqa: PLC0415 - as above
    from tests.integration.servers import load_schema  # noqa: PLC0415 - as above

    with _opened(driver, CONTRACT, lambda url: load_schema(url, CONTRACT.with_name("schema.sql"))) as (app, engine):
        repository, numbers = _made_products(app)

        def orm() -> object:
            with Session(engine) as session:
                return session.get(StoredProduct, next(numbers))

        yield _checked(("crossfade", lambda: repository.get(next(numbers))), (_ORM, orm))


def _made_products(app: App) -> tuple[Any, Iterator[int]]:
    """The repository of products, and the ids of some of them, over and over."""
    from decimal import Decimal  # noqa: PLC0415 - as above

    from examples.shop.entities import Category, Product, User  # noqa: PLC0415 - as above

    seller = app.repository(User).create(User(username="s", email="s@example.org", password_hash="00$00")).id or 0  # noqa: S106 - of nobody
    category = None
    for name in ("Technology", "Electronics", "Phones"):
        category = app.repository(Category).create(Category(name=name, parent_id=category)).id
    repository = app.repository(Product)
    phone = Product(
        seller_id=seller, category_id=category or 0, name="Phone", price=Decimal("499.90"), inventory_quantity=17,
        description="Does what phones do. " * 4, image_url="https://example.org/images/1.jpg",
    )  # fmt: skip
    return repository, cycle([repository.create(phone).id or 0 for _ in range(200)])


def _checked(*contestants: tuple[str, Callable[[], object]]) -> list[Contestant]:
    """The contestants, each of which finds something."""
    for name, call in contestants:
        if not call():
            raise RuntimeError(f"{name} finds nothing")
    return [Contestant(name, repeated(call)) for name, call in contestants]
