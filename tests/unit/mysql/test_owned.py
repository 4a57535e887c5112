"""The tests of owned rows, on SQLite."""

from tests.integration.mysql.test_owned import (
    lists,
    test_a_field_without_a_value_that_its_column_wants_is_named,
    test_a_row_s_unique_index_names_its_fields,
    test_a_row_without_a_value_that_its_column_wants_is_named,
    test_rows_at_the_beginning_that_stay_are_not_touched,
    test_rows_of_another_kind_are_left,
)

__all__ = [
    "lists",
    "test_a_field_without_a_value_that_its_column_wants_is_named",
    "test_a_row_s_unique_index_names_its_fields",
    "test_a_row_without_a_value_that_its_column_wants_is_named",
    "test_rows_at_the_beginning_that_stay_are_not_touched",
    "test_rows_of_another_kind_are_left",
]
