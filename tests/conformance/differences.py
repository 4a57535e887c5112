"""What an implementation is known not to do, each with its reason. What is not listed here must pass."""

from __future__ import annotations

_RACES = "moto does not make a conditional write one step: two threads can both pass the condition"
_SIZE = "moto raises for size() of an attribute that is absent, where DynamoDB finds the condition false"
_DIGITS = "moto adds with 28 digits, where DynamoDB has 38"

# By implementation: the beginning of a test's name (with its parameters, without the implementation), and why.
DIFFERENCES: dict[str, dict[str, str]] = {
    "moto": {
        "test_change[exact_-": _DIGITS,
        "test_a_condition_in_a_filter[Comparison(field='span', operator='<'": _SIZE,
        "test_a_condition_in_a_filter[Comparison(field='span', operator='>'": _SIZE,
        "test_a_condition_before_a_change[Comparison(field='span', operator='<'": _SIZE,
        "test_a_condition_before_a_change[Comparison(field='span', operator='>'": _SIZE,
        "test_defect_read_modify_write_of_an_embedded_list": _RACES,
        "test_defect_uniqueness_by_check_then_act": _RACES,
    },
}
# By implementation: a module of cases, and why none of them holds.
MODULES: dict[str, dict[str, str]] = {"moto": {"cases_threads": _RACES}}


def difference(kind: str, test: str, module: str) -> str | None:
    """Why an implementation is not held to a test, or None.

    Args:
        kind: the implementation.
        test: the test's name, with its parameters, without the implementation.
        module: the module it is written in.
    """
    of_module = MODULES.get(kind, {}).get(module.rpartition(".")[2])
    listed = (reason for start, reason in DIFFERENCES.get(kind, {}).items() if test.startswith(start))
    return of_module or next(listed, None)
