"""The tests of owned rows, on SQLite."""

from tests.integration.mysql.test_owned import (
    lists,
    test_a_row_s_unique_index_names_its_fields,
    test_rows_at_the_beginning_that_stay_are_not_touched,
    test_rows_of_another_kind_are_left,
)

__all__ = [
    "lists",
    "test_a_row_s_unique_index_names_its_fields",
    "test_rows_at_the_beginning_that_stay_are_not_touched",
    "test_rows_of_another_kind_are_left",
]
