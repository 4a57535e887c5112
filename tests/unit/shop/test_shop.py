"""Every operation of the shop: see tests/shop."""

from tests.shop.carts import *  # noqa: F403 - the tests are the same on every store
from tests.shop.categories import *  # noqa: F403 - as above
from tests.shop.concurrency import *  # noqa: F403 - as above
from tests.shop.orders import *  # noqa: F403 - as above
from tests.shop.products import *  # noqa: F403 - as above
from tests.shop.users import *  # noqa: F403 - as above
from tests.shop.web import *  # noqa: F403 - as above
