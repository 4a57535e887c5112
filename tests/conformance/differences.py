"""What an implementation is known not to do, each with its reason. What is not listed here must pass."""

from __future__ import annotations

_RACES = "moto does not make a conditional write one step: two threads can both pass the condition"
_SIZE = "moto raises for size() of an attribute that is absent, where DynamoDB finds the condition false"
_DIGITS = "moto adds with 28 digits, where DynamoDB has 38"


# MySQL 9 refuses to cascade to what something restricts, also where that goes along in the same cascade; the
# others delete all of it. (The order in which InnoDB followed foreign keys decided that before.)

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


# Which of several obstacles a write is told of: MySQL reports the first that its server meets (InnoDB checks foreign
# keys while it inserts), the other stores in the order that the interface gives. Of several missing references
# or taken unique values, any one may be told.
OBSTACLES = frozenset({"DuplicateKey", "DuplicateUnique", "MissingReference"})
TELLS_ANY_OBSTACLE = frozenset({"sqlite", "mysql", "mariadb"})


def same_refusal(kind: str, got: str | None, expected: str | None) -> bool:
    """Whether the error `got` by an implementation is as good as the one `expected`.

    Args:
        kind: the implementation.
        got: the error's name; None for none.
        expected: the memory store's.
    """
    if got == expected:
        return True
    return kind in TELLS_ANY_OBSTACLE and {got, expected} <= OBSTACLES


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
