"""What an implementation is known not to do, each with its reason. What is not listed here must pass."""

from __future__ import annotations

_RACES = "moto does not make a conditional write one step: two threads can both pass the condition"
_LEFT = "MySQL judges each write of a unit as it is made, DynamoDB what all of them leave: it sees nothing in between"
_DIGITS = "moto adds with 28 digits, where DynamoDB has 38"
SOMETIMES = frozenset({_RACES})
"""Reasons that show only sometimes. By any other one a test has to fail."""


# MySQL 9 refuses to cascade to what something restricts, also where that goes along in the same cascade; the
# others delete all of it. (The order in which InnoDB followed foreign keys decided that before.)

_UNITS = {"test_what_a_unit_holds_in_between_is_judged": _LEFT}
_MOTO = {
    **_UNITS,
    "test_change[exact_-": _DIGITS,
    "test_defect_read_modify_write_of_an_embedded_list": _RACES,
    "test_defect_uniqueness_by_check_then_act": _RACES,
}
# By implementation: the beginning of a test's name (with its parameters, without the implementation), and why.
DIFFERENCES: dict[str, dict[str, str]] = {
    "moto": _MOTO, "moto_tombstones": _MOTO, "dynamodb": _UNITS, "dynamodb_boto3": _UNITS,
    "dynamodb_tombstones": _UNITS,
}  # fmt: skip
# By implementation: a module of cases, and why none of them holds.
MODULES: dict[str, dict[str, str]] = {
    "moto": {"cases_threads": _RACES},
    "moto_tombstones": {"cases_threads": _RACES},
}


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


def judges_what_is_left(kind: str, got: str | None, expected: str | None) -> bool:
    """Whether a unit of several writes was made by an implementation, and refused for one of them by the memory store.

    Args:
        kind: the implementation.
        got, expected: as for `same_refusal`.
    """
    return got is None and expected in OBSTACLES and _UNITS.items() <= DIFFERENCES.get(kind, {}).items()


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
