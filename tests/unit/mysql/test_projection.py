"""The projection tests of the servers, on SQLite."""

from tests.integration.mysql.test_projection import (
    store,
    test_check_lists_everything_that_is_missing,
    test_conditions_on_derived_fields,
    test_every_derivation,
    test_measured_facts,
    test_pages_sorted_by_a_derived_field,
    test_update_under_a_condition_on_a_derived_field,
    test_where_there_is_nothing_to_join,
)

__all__ = [
    "store",
    "test_check_lists_everything_that_is_missing",
    "test_conditions_on_derived_fields",
    "test_every_derivation",
    "test_measured_facts",
    "test_pages_sorted_by_a_derived_field",
    "test_update_under_a_condition_on_a_derived_field",
    "test_where_there_is_nothing_to_join",
]
