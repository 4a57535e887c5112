"""The value round trips of the servers, on SQLite."""

from tests.integration.mysql.test_values import (
    test_decimals_sort_as_numbers,
    test_unsigned_bigints_sort_as_numbers,
    test_what_is_stored_is_read_back,
)

__all__ = [
    "test_decimals_sort_as_numbers",
    "test_unsigned_bigints_sort_as_numbers",
    "test_what_is_stored_is_read_back",
]
