"""The shop's tests: written once, run on every store by tests/unit/shop and tests/integration/shop.

They use the services alone; the numbers in their names are those of the access patterns.
"""

import pytest

for _name in ("carts", "categories", "concurrency", "orders", "products", "users", "web", "world"):
    pytest.register_assert_rewrite(f"tests.shop.{_name}")
